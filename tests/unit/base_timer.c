// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdlib.h>

#include "base/base.h"

// The model: a timer and what has to hold for it, without a wheel.
struct probe {
	struct timer timer; // first: fire() gets back at the probe
	uint64_t wanted_ms; // due, or when it was started, where that is later
	unsigned fired;
};

#define PROBES 400

static struct timer_wheel wheel;
static struct probe probes[PROBES];
static uint64_t last_ms; // when the one before fired should have been
static uint64_t clock_ms;
static uint64_t seed = 0x9e3779b97f4a7c15;

static uint64_t draw(uint64_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed % below;
}

// Short and long spans alike: a random number of bits first.
static uint64_t draw_span(unsigned bits)
{
	return draw(1ULL << draw(bits));
}

static void probe_start(struct probe *p, uint64_t due_ms)
{
	p->wanted_ms = due_ms > clock_ms ? due_ms : clock_ms;
	timer_start(&wheel, &p->timer, due_ms);
	assert_true(timer_running(&p->timer));
}

static void probe_fire(struct timer *t, uint64_t now_ms)
{
	struct probe *p = (struct probe *)t;

	assert_false(timer_running(t));
	assert_true(now_ms >= p->wanted_ms);
	assert_true(p->wanted_ms + TIMER_TICK_MS >= last_ms);
	last_ms = p->wanted_ms;
	p->fired++;
}

// As above, and does to itself and to others what an owner might do.
static void probe_fire_wild(struct timer *t, uint64_t now_ms)
{
	probe_fire(t, now_ms);
	switch (draw(4)) {
	case 0:
		probe_start((struct probe *)t, now_ms);
		break;
	case 1:
		timer_stop(&probes[draw(PROBES)].timer);
		break;
	case 2:
		probe_start(&probes[draw(PROBES)], now_ms + draw_span(20));
		break;
	}
}

static void reset(uint64_t now_ms, void (*fire)(struct timer *, uint64_t))
{
	clock_ms = now_ms;
	timer_wheel_init(&wheel, now_ms);
	for (unsigned i = 0; i < PROBES; i++)
		probes[i] = (struct probe){.timer = {.fire = fire}};
}

static unsigned advance(uint64_t now_ms, unsigned budget)
{
	clock_ms = now_ms;
	last_ms = 0;
	return timer_wheel_advance(&wheel, now_ms, budget);
}

static void check_none_late(void)
{
	for (unsigned i = 0; i < PROBES; i++)
		if (timer_running(&probes[i].timer))
			assert_true(clock_ms < probes[i].wanted_ms + TIMER_TICK_MS);
}

static void run_model(unsigned rounds, unsigned due_bits, unsigned step_bits)
{
	reset(draw_span(40) + 7, probe_fire_wild);
	for (unsigned i = 0; i < rounds; i++) {
		for (unsigned k = draw(8); k; k--)
			probe_start(&probes[draw(PROBES)], clock_ms + draw_span(due_bits));
		if (draw(3) == 0)
			timer_stop(&probes[draw(PROBES)].timer);
		advance(clock_ms + draw_span(step_bits), UINT32_MAX);
		check_none_late();
	}
}

static void test_model_short(void **state)
{
	(void)state;
	seed = 1;
	run_model(40000, 14, 6);
}

static void test_model_long(void **state)
{
	(void)state;
	seed = 2;
	run_model(20000, 30, 17);
}

// Longer than the top level reaches (2^32 ticks), with the clock leaping months.
static void test_model_beyond(void **state)
{
	(void)state;
	seed = 3;
	run_model(150, 38, 34);
}

static void test_each_fires_once(void **state)
{
	unsigned fired = 0;

	(void)state;
	reset(12345, probe_fire);
	for (unsigned i = 0; i < PROBES; i++)
		probe_start(&probes[i], clock_ms + draw(5000000));
	while (clock_ms < 12345 + 5000000 + TIMER_TICK_MS)
		fired += advance(clock_ms + 1 + draw(3000), UINT32_MAX);
	assert_int_equal(fired, PROBES);
	for (unsigned i = 0; i < PROBES; i++)
		assert_int_equal(probes[i].fired, 1);
}

// Each edge between levels, from just before to just after, in steps of one tick.
static void test_cascade_edges(void **state)
{
	static const uint64_t ticks[] = {1,     255,   256,   257,   511,      512,      65535,
					 65536, 65537, 65791, 65792, 16777215, 16777216, 16777217};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(ticks); i++) {
		uint64_t due_ms = 50 + ticks[i] * TIMER_TICK_MS;

		reset(50, probe_fire);
		probe_start(&probes[0], due_ms);
		assert_int_equal(advance(due_ms - 1, 9), 0);
		assert_int_equal(advance(due_ms, 9), 1);
		// From a place in the middle of every level as well.
		reset(0x123456789, probe_fire);
		due_ms = clock_ms + ticks[i] * TIMER_TICK_MS;
		probe_start(&probes[0], due_ms);
		assert_int_equal(advance(due_ms - 1, 9), 0);
		assert_int_equal(advance(due_ms + TIMER_TICK_MS, 9), 1);
	}
}

static void test_budget(void **state)
{
	(void)state;
	reset(0, probe_fire);
	for (unsigned i = 0; i < 100; i++)
		probe_start(&probes[i], 1000);
	assert_int_equal(advance(999, 30), 0);
	assert_int_equal(advance(2000, 0), 0);
	assert_int_equal(advance(2000, 30), 30);
	assert_int_equal(advance(2000, 30), 30);
	// Stopped while it waits its turn.
	for (unsigned i = 0; i < 100; i++)
		if (timer_running(&probes[i].timer)) {
			timer_stop(&probes[i].timer);
			break;
		}
	assert_int_equal(advance(2001, 30), 30);
	assert_int_equal(advance(2001, 30), 9);
	assert_int_equal(advance(2001, 30), 0);
}

static void again_at_once(struct timer *t, uint64_t now_ms)
{
	probe_fire(t, now_ms);
	probe_start((struct probe *)t, 0);
}

static void test_restart_fires_once_a_call(void **state)
{
	(void)state;
	reset(1000, again_at_once);
	probe_start(&probes[0], 0);
	assert_int_equal(advance(900000, UINT32_MAX), 1);
	assert_int_equal(advance(900000, UINT32_MAX), 0);
	assert_int_equal(advance(900000 + TIMER_TICK_MS, UINT32_MAX), 1);
}

static void stop_all(struct timer *t, uint64_t now_ms)
{
	probe_fire(t, now_ms);
	for (unsigned i = 0; i < PROBES; i++)
		timer_stop(&probes[i].timer);
}

static void test_stop_inside_fire(void **state)
{
	(void)state;
	reset(1000, stop_all);
	for (unsigned i = 0; i < PROBES; i++)
		probe_start(&probes[i], 2000);
	assert_int_equal(advance(3000, UINT32_MAX), 1);
	assert_int_equal(advance(9000, UINT32_MAX), 0);
}

static void test_moved(void **state)
{
	(void)state;
	reset(0, probe_fire);
	probe_start(&probes[0], 100);
	probe_start(&probes[0], 100000);
	assert_int_equal(advance(50000, 9), 0);
	probe_start(&probes[0], 50100);
	assert_int_equal(advance(50100, 9), 1);
	assert_int_equal(advance(200000, 9), 0);
}

static void free_owner(struct timer *t, uint64_t now_ms)
{
	(void)now_ms;
	free(t);
}

static void test_owner_freed_inside_fire(void **state)
{
	(void)state;
	reset(0, probe_fire);
	for (unsigned i = 0; i < 50; i++) {
		struct probe *p = calloc(1, sizeof *p);

		assert_non_null(p);
		p->timer.fire = free_owner;
		probe_start(p, i * 7);
	}
	assert_int_equal(advance(1000, UINT32_MAX), 50);
}

static void test_never_and_backwards(void **state)
{
	(void)state;
	reset(5000, probe_fire);
	probe_start(&probes[0], UINT64_MAX);
	probe_start(&probes[1], 6000);
	assert_int_equal(advance(4000, 9), 0); // a clock that steps back fires nothing
	assert_int_equal(advance(6000, 9), 1);
	assert_true(timer_running(&probes[0].timer));
	timer_stop(&probes[0].timer);
	timer_stop(&probes[0].timer);
	assert_false(timer_running(&probes[0].timer));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_model_short),
		cmocka_unit_test(test_model_long),
		cmocka_unit_test(test_model_beyond),
		cmocka_unit_test(test_each_fires_once),
		cmocka_unit_test(test_cascade_edges),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_restart_fires_once_a_call),
		cmocka_unit_test(test_stop_inside_fire),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_owner_freed_inside_fire),
		cmocka_unit_test(test_never_and_backwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
