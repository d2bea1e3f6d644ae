// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "control/whip.h"

#define START_MS 1000000

union source {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

static union source source_of(const char *text)
{
	union source s = {0};

	if (inet_pton(AF_INET, text, &s.four.sin_addr) == 1)
		s.any.sa_family = AF_INET;
	else if (inet_pton(AF_INET6, text, &s.six.sin6_addr) == 1)
		s.any.sa_family = AF_INET6;
	return s;
}

static unsigned note(struct whip_guard *g, const char *text, uint64_t now_ms)
{
	union source s = source_of(text);

	return whip_guard_note(g, &s.any, now_ms);
}

static void exhaust(struct whip_guard *g, const char *text)
{
	for (unsigned i = 0; i < WHIP_GUARD_MAX; i++)
		assert_int_equal(note(g, text, START_MS), 0);
}

static void a_source_has_so_many_a_window(void **state)
{
	struct whip_guard g = {0};

	(void)state;
	exhaust(&g, "192.0.2.1");
	assert_int_equal(note(&g, "192.0.2.1", START_MS), WHIP_GUARD_WINDOW_S);
	assert_int_equal(note(&g, "192.0.2.1", START_MS + 10500), WHIP_GUARD_WINDOW_S - 10);
	assert_int_equal(note(&g, "192.0.2.1", START_MS + WHIP_GUARD_WINDOW_S * 1000 - 1), 1);
	assert_int_equal(note(&g, "192.0.2.1", START_MS + WHIP_GUARD_WINDOW_S * 1000), 0);
}

static void others_are_not_meant(void **state)
{
	struct whip_guard g = {0};

	(void)state;
	exhaust(&g, "192.0.2.1");
	assert_int_equal(note(&g, "192.0.2.2", START_MS), 0);
	assert_int_equal(note(&g, "2001:db8::1", START_MS), 0);
	assert_int_equal(whip_guard_note(&g, NULL, START_MS), 0);
	assert_true(note(&g, "::ffff:192.0.2.1", START_MS) > 0);
}

static void ipv6_counts_by_64_bits(void **state)
{
	struct whip_guard g = {0};

	(void)state;
	exhaust(&g, "2001:db8:0:1::1");
	assert_true(note(&g, "2001:db8:0:1:ffff::2", START_MS) > 0);
	assert_int_equal(note(&g, "2001:db8:0:2::1", START_MS), 0);
}

static void a_crowd_does_not_wash_a_guesser_out(void **state)
{
	struct whip_guard g = {0};
	char text[32];

	(void)state;
	exhaust(&g, "192.0.2.1");
	for (unsigned i = 0; i < 3 * WHIP_GUARD_ROWS; i++) {
		snprintf(text, sizeof text, "198.18.%u.%u", i >> 8, i & 255);
		assert_int_equal(note(&g, text, START_MS + 1), 0);
	}
	assert_true(note(&g, "192.0.2.1", START_MS + 2) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_source_has_so_many_a_window),
		cmocka_unit_test(others_are_not_meant),
		cmocka_unit_test(ipv6_counts_by_64_bits),
		cmocka_unit_test(a_crowd_does_not_wash_a_guesser_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
