// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "host/host.h"

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

struct seen {
	unsigned times;
	bool read, write;
	int signal;
};

static void on_ready(void *ctx, bool read, bool write)
{
	struct seen *s = ctx;

	s->times++;
	s->read = read;
	s->write = write;
}

static void on_signal(void *ctx, int signal)
{
	struct seen *s = ctx;

	s->times++;
	s->signal = signal;
}

// Less than a millisecond, which libev alone would make a whole one.
static void waits_as_long_as_asked(void **state)
{
	static const unsigned waits_us[] = {50, 200, 1000, 3000};
	struct host_loop *l = host_loop_new();

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		uint64_t best_us = UINT64_MAX;

		for (unsigned n = 0; n < 20; n++) {
			uint64_t start_us = now_us(), took_us;

			assert_int_equal(host_loop_run(l, waits_us[i]), 0);
			took_us = now_us() - start_us;
			assert_true(took_us + 1 >= waits_us[i]);
			best_us = took_us < best_us ? took_us : best_us;
		}
		// The best of 20: a busy machine makes any single one late.
		if (best_us > waits_us[i] + 400)
			fail_msg("asked for %u us, got %llu", waits_us[i],
				 (unsigned long long)best_us);
	}
	host_loop_free(l);
}

static void does_not_wait_when_not_asked(void **state)
{
	struct host_loop *l = host_loop_new();
	uint64_t start_us = now_us();

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(host_loop_run(l, 0), 0);
	assert_true(now_us() - start_us < 500000);
	host_loop_free(l);
}

// An alarm that the run before did not need goes off behind its back; it is no event, and the next
// wait is a whole one.
static void forgets_the_alarm_of_the_run_before(void **state)
{
	struct host_loop *l = host_loop_new();
	struct seen s = {0};
	struct host_watch *w;
	uint64_t start_us;
	char byte;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	w = host_watch_fd(l, ends[0], true, false, on_ready, &s);
	assert_non_null(w);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(host_loop_run(l, 1000), 1);
	assert_int_equal(read(ends[0], &byte, 1), 1);
	usleep(2000);
	start_us = now_us();
	assert_int_equal(host_loop_run(l, 3000), 0);
	assert_true(now_us() - start_us >= 2999);
	host_watch_free(w);
	host_loop_free(l);
	close(ends[0]);
	close(ends[1]);
}

static void watches_descriptors(void **state)
{
	struct host_loop *l = host_loop_new();
	struct seen s = {0};
	struct host_watch *w;
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	w = host_watch_fd(l, ends[0], true, false, on_ready, &s);
	assert_non_null(w);
	assert_int_equal(host_loop_run(l, 0), 0);
	assert_int_equal(write(ends[1], "x", 1), 1);
	assert_int_equal(host_loop_run(l, 1000000), 1); // comes back at once
	assert_int_equal(s.times, 1);
	assert_true(s.read && !s.write);
	assert_int_equal(host_loop_run(l, 0), 1); // level-triggered
	host_watch_change(w, false, false);
	assert_int_equal(host_loop_run(l, 0), 0);
	host_watch_change(w, true, false);
	assert_int_equal(host_loop_run(l, 0), 1);
	host_watch_free(w);
	assert_int_equal(host_loop_run(l, 0), 0);
	close(ends[0]);
	close(ends[1]);
	host_loop_free(l);
}

static void watches_signals(void **state)
{
	struct host_loop *l = host_loop_new();
	struct seen s = {0};

	(void)state;
	assert_int_equal(host_watch_signal(l, SIGUSR1, on_signal, &s), 0);
	assert_int_equal(host_watch_signal(l, SIGHUP, on_signal, &s), 0);
	raise(SIGHUP);
	for (unsigned i = 0; !s.times && i < 100; i++)
		host_loop_run(l, 1000);
	assert_int_equal(s.times, 1);
	assert_int_equal(s.signal, SIGHUP);
	host_loop_free(l);
}

static void survives_a_broken_pipe(void **state)
{
	struct host_loop *l = host_loop_new();
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	close(ends[0]);
	assert_int_equal(write(ends[1], "x", 1), -1);
	assert_int_equal(errno, EPIPE);
	close(ends[1]);
	host_loop_free(l);
}

static void tells_the_time(void **state)
{
	uint64_t start_ms = host_now_ms();

	(void)state;
	usleep(5000);
	assert_in_range(host_now_ms() - start_ms, 4, 4000);
	assert_in_range(host_wall_s(), (uint64_t)time(NULL) - 1, (uint64_t)time(NULL) + 1);
}

static void draws_random_bytes(void **state)
{
	static uint8_t a[100000], b[100000];
	unsigned counts[256] = {0};

	(void)state;
	host_random(a, sizeof a);
	host_random(b, sizeof b);
	assert_memory_not_equal(a, b, sizeof a);
	for (size_t i = 0; i < sizeof a; i++)
		counts[a[i]]++;
	// 390 expected, with a deviation of 20: the last byte included, none is far off.
	for (unsigned i = 0; i < 256; i++)
		assert_in_range(counts[i], 230, 550);
	host_random(b, 0);
}

static void counts_texts(void **state)
{
	const char *first = host_text("%d", 0);

	(void)state;
	for (int i = 1; i < 16; i++)
		assert_int_equal(atoi(host_text("%d", i)), i);
	assert_string_equal(first, "0"); // good until 16 calls later
	assert_int_equal(strlen(host_text("%1000d", 1)), 255);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(survives_a_broken_pipe),
		cmocka_unit_test(waits_as_long_as_asked),
		cmocka_unit_test(does_not_wait_when_not_asked),
		cmocka_unit_test(forgets_the_alarm_of_the_run_before),
		cmocka_unit_test(watches_descriptors),
		cmocka_unit_test(watches_signals),
		cmocka_unit_test(tells_the_time),
		cmocka_unit_test(draws_random_bytes),
		cmocka_unit_test(counts_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
