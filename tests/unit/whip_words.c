// SPDX-License-Identifier: Apache-2.0
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "control/whip.h"

static void test_paths(void **state)
{
	struct whip_path p;
	char long_room[ROOM_NAME_MAX + 8] = "/whip/";

	(void)state;
	assert_true(whip_path_read("/whip/lobby", &p));
	assert_string_equal(p.room, "lobby");
	assert_string_equal(p.session, "");
	assert_true(whip_path_read("/whip/lobby/0123456789abcdef", &p));
	assert_string_equal(p.room, "lobby");
	assert_string_equal(p.session, "0123456789abcdef");
	assert_false(whip_path_read("/whip/", &p));
	assert_false(whip_path_read("/whip/lobby/", &p));
	assert_false(whip_path_read("/whip//0123456789abcdef", &p));
	assert_false(whip_path_read("/whip/lobby/0123456789abcdef/", &p));
	assert_false(whip_path_read("/whip/lobby/0123456789abcdef0", &p));
	assert_false(whip_path_read("/whop/lobby", &p));
	assert_false(whip_path_read("/whi", &p));
	memset(long_room + 6, 'x', ROOM_NAME_MAX);
	assert_true(whip_path_read(long_room, &p));
	long_room[6 + ROOM_NAME_MAX] = 'x';
	assert_false(whip_path_read(long_room, &p));
}

static void test_escape(void **state)
{
	char out[WHIP_ESCAPED_MAX], worst[ROOM_NAME_MAX + 1];

	(void)state;
	assert_string_equal(whip_escape(out, "a-b._~9"), "a-b._~9");
	assert_string_equal(whip_escape(out, "a%b#?\xc3"), "a%25b%23%3F%C3");
	memset(worst, '%', ROOM_NAME_MAX);
	worst[ROOM_NAME_MAX] = 0;
	assert_int_equal(strlen(whip_escape(out, worst)), 3 * ROOM_NAME_MAX);
}

static void test_bearer(void **state)
{
	(void)state;
	assert_string_equal(whip_bearer("Bearer a.b.c"), "a.b.c");
	assert_string_equal(whip_bearer("bearer  a.b.c"), "a.b.c");
	assert_null(whip_bearer("Bearer "));
	assert_null(whip_bearer("Basic YTpi"));
	assert_null(whip_bearer("Bearera.b.c"));
	assert_null(whip_bearer(""));
	assert_null(whip_bearer(NULL));
}

static void test_types(void **state)
{
	(void)state;
	assert_true(whip_type_is("application/sdp", "application/sdp"));
	assert_true(whip_type_is(" Application/SDP ; charset=utf-8", "application/sdp"));
	assert_false(whip_type_is("application/sdpx", "application/sdp"));
	assert_false(whip_type_is("application/sd", "application/sdp"));
	assert_false(whip_type_is("", "application/sdp"));
	assert_false(whip_type_is(NULL, "application/sdp"));
}

static void test_accepts(void **state)
{
	static const char type[] = "application/sdp";

	(void)state;
	assert_true(whip_accepts(NULL, type));
	assert_true(whip_accepts("", type));
	assert_true(whip_accepts("*/*", type));
	assert_true(whip_accepts("text/html, application/*;q=0.5", type));
	assert_true(whip_accepts("text/html,application/sdp", type));
	assert_true(whip_accepts("application/sdp; q=0.001", type));
	assert_false(whip_accepts("text/html", type));
	assert_false(whip_accepts("application/sdp;q=0", type));
	assert_false(whip_accepts("application/sdp ; q=0.0, text/html", type));
	assert_false(whip_accepts("app/*", type));
	assert_false(whip_accepts(",,", type));
}

static void test_etags(void **state)
{
	(void)state;
	assert_true(whip_etag_fits("\"abc\"", "\"abc\""));
	assert_true(whip_etag_fits("\"x\", \"abc\" ", "\"abc\""));
	assert_true(whip_etag_fits("*", "\"abc\""));
	assert_false(whip_etag_fits("W/\"abc\"", "\"abc\""));
	assert_false(whip_etag_fits("\"ab\"", "\"abc\""));
	assert_false(whip_etag_fits("\"abcd\"", "\"abc\""));
	assert_false(whip_etag_fits("", "\"abc\""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths),   cmocka_unit_test(test_escape),
		cmocka_unit_test(test_bearer),  cmocka_unit_test(test_types),
		cmocka_unit_test(test_accepts), cmocka_unit_test(test_etags),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
