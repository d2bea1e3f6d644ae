// SPDX-License-Identifier: Apache-2.0
#include "ice/ice.h"
#include "kit/kit.h"

static struct ice_local local(const char *at, const char *outside)
{
	struct ice_local l = {0};

	assert_int_equal(net_endpoint_parse(&l.at, at), 0);
	if (outside)
		assert_int_equal(net_addr_parse(&l.outside, outside), 0);
	return l;
}

static void assert_at(const struct ice_candidate *c, const char *want)
{
	struct net_endpoint at;

	assert_int_equal(net_endpoint_parse(&at, want), 0);
	assert_true(net_endpoint_equal(&c->at, &at));
}

static void test_single(void **state)
{
	struct ice_local from = local("192.0.2.1:3478", NULL);
	struct ice_candidate c;

	(void)state;
	assert_int_equal(ice_candidates_make(&c, 1, &from, 1), 1);
	assert_at(&c, "192.0.2.1:3478");
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
	assert_at(&c[0], "[2001:db8::1]:3478");
	assert_at(&c[1], "192.0.2.1:3478");
	assert_at(&c[2], "192.0.2.2:3478");
	assert_at(&c[3], "[fd00::1]:3478");
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
	assert_at(&c[0], "203.0.113.5:3478");
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
