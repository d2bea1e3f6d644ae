// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdlib.h>

#include "node.h"
#include "worker.h"

// When systemd hears that the relay lives, with two workers that are only counters.

extern const struct module watchdog_module;

static struct {
	struct node node;
	struct worker workers[2];
	uint64_t wanted_ms;
	unsigned told;
} t;

void __wrap_host_notify_alive(void);
uint64_t __wrap_host_notify_watchdog_ms(void);

void __wrap_host_notify_alive(void)
{
	t.told++;
}

uint64_t __wrap_host_notify_watchdog_ms(void)
{
	return t.wanted_ms;
}

static void begin(uint64_t wanted_ms)
{
	memset(&t, 0, sizeof t);
	t.wanted_ms = wanted_ms;
	t.node.worker_count = 2;
	for (unsigned i = 0; i < 2; i++)
		t.node.workers[i] = &t.workers[i];
	assert_int_equal(watchdog_module.open(&t.node), 0);
}

// A round of the loop at this time, in which each worker had so many cycles more.
static unsigned round_at(uint64_t now_ms, uint64_t first, uint64_t second)
{
	unsigned before = t.told;

	t.workers[0].busy_cycles += first;
	t.workers[1].idle_cycles += second;
	watchdog_module.tick(&t.node, now_ms);
	return t.told - before;
}

static void tells_four_times_an_interval(void **state)
{
	(void)state;
	begin(1000);
	for (uint64_t ms = 1000; ms < 3000; ms++)
		round_at(ms, 1, 1);
	assert_int_equal(t.told, 8);
	watchdog_module.close(&t.node);
	assert_null(t.node.watchdog);
}

static void a_worker_that_hangs_is_not_alive(void **state)
{
	(void)state;
	begin(1000);
	assert_int_equal(round_at(1000, 1, 1), 1);
	assert_int_equal(round_at(1250, 1, 0), 0);
	assert_int_equal(round_at(1500, 0, 0), 0);
	// The first has moved since, too.
	assert_int_equal(round_at(1750, 0, 1), 1);
	assert_int_equal(round_at(2000, 0, 1), 0);
	watchdog_module.close(&t.node);
}

static void silent_when_nobody_watches(void **state)
{
	(void)state;
	begin(0);
	assert_int_equal(round_at(1000, 1, 1) + round_at(100000, 1, 1), 0);
	watchdog_module.close(&t.node);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_four_times_an_interval),
		cmocka_unit_test(a_worker_that_hangs_is_not_alive),
		cmocka_unit_test(silent_when_nobody_watches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
