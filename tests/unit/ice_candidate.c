// SPDX-License-Identifier: Apache-2.0
#include "ice/ice.h"
#include "kit/kit.h"

#include <string.h>

static struct ice_local local(const char *at, const char *outside)
{
	struct ice_local l = {0};

	assert_int_equal(net_endpoint_parse(&l.at, at), 0);
	if (outside)
		assert_int_equal(net_addr_parse(&l.outside, outside), 0);
	return l;
}

static void assert_text(const struct ice_candidate *c, const char *tail)
{
	char text[ICE_CANDIDATE_TEXT_MAX];
	const char *at = strstr(ice_candidate_format(c, text), " 1 udp ");

	assert_non_null(at);
	assert_memory_equal(text, "candidate:", 10);
	assert_string_equal(at + 7, tail);
}

// RFC 8445 section 5.1.2.1: 2^24 * 126 + 2^8 * local preference + 255.
static void test_single(void **state)
{
	struct ice_local from = local("192.0.2.1:3478", NULL);
	struct ice_candidate c;

	(void)state;
	assert_int_equal(ice_candidates_make(&c, 1, &from, 1), 1);
	assert_text(&c, "2130706431 192.0.2.1 3478 typ host");
}

static void test_order(void **state)
{
	struct ice_local from[] = {
		local("192.0.2.1:3478", NULL),     local("[fd00::1]:3478", NULL),
		local("[2001:db8::1]:3478", NULL), local("192.0.2.2:3478", NULL),
		local("192.0.2.1:3478", NULL), // twice
	};
	struct ice_candidate c[5];

	(void)state;
	assert_int_equal(ice_candidates_make(c, 5, from, 5), 4);
	assert_text(&c[0], "2130706431 2001:db8::1 3478 typ host");
	assert_text(&c[1], "2130706175 192.0.2.1 3478 typ host");
	assert_text(&c[2], "2130705919 192.0.2.2 3478 typ host");
	assert_text(&c[3], "2130705663 fd00::1 3478 typ host");
	for (unsigned i = 0; i < 4; i++)
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(c[i].foundation, c[j].foundation);
	assert_int_equal(ice_candidates_make(c, 2, from, 5), 2);
}

static void test_nat(void **state)
{
	struct ice_local from[] = {local("10.0.0.5:3478", "203.0.113.5"),
				   local("10.0.0.6:3478", "203.0.113.5"),
				   local("0.0.0.0:3478", NULL)};
	struct ice_candidate c[3];

	(void)state;
	assert_int_equal(ice_candidates_make(c, 3, from, 3), 1);
	assert_text(&c[0], "2130706431 203.0.113.5 3478 typ host");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_single),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_nat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
