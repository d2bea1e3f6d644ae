// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

#include <errno.h>

static void check_addr(const char *text, const char *canonical)
{
	struct net_addr a = addr_of(text);
	char got[NET_TEXT_MAX];

	assert_string_equal(net_addr_format(&a, got), canonical);
}

static void test_addr(void **state)
{
	(void)state;
	check_addr("192.0.2.1", "192.0.2.1");
	check_addr("255.255.255.255", "255.255.255.255");
	check_addr("::ffff:192.0.2.1", "192.0.2.1");
	// RFC 5952 section 4: lower case, no leading zeros, the longest run, the first of two, never one
	check_addr("2001:0DB8:0000:0000:0000:0000:0002:0001", "2001:db8::2:1");
	check_addr("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1");
	check_addr("2001:0:0:1:0:0:0:1", "2001:0:0:1::1");
	check_addr("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1");
	check_addr("0:0:0:0:0:0:0:0", "::");
	check_addr("::1", "::1");
	check_addr("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
		   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

static void test_addr_refused(void **state)
{
	static const char *const wrong[] = {
		"",          "1.2.3",         "1.2.3.4.5",
		"256.1.1.1", "1.2.3.4 ",      " 1.2.3.4",
		"0x1.2.3.4", "1.2.3.x",       "01.2.3.4",
		"localhost", ":::",           ":1",
		"1::2::3",   "12345::",       "fe80::1%eth0",
		"[::1]",     "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"::1.2.3",   "1.2.3.4/8",
	};
	struct net_addr a;

	(void)state;
	for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(net_addr_parse(&a, wrong[i]), -EINVAL);
}

static void check_endpoint(const char *text, const char *canonical)
{
	struct net_endpoint e = endpoint_of(text);
	char got[NET_TEXT_MAX];

	assert_string_equal(net_endpoint_format(&e, got), canonical);
}

static void test_endpoint(void **state)
{
	(void)state;
	check_endpoint("192.0.2.1:80", "192.0.2.1:80");
	check_endpoint("192.0.2.1:65535", "192.0.2.1:65535");
	check_endpoint("[2001:DB8::1]:0", "[2001:db8::1]:0");
	check_endpoint("[::ffff:192.0.2.1]:3478", "192.0.2.1:3478");
	check_endpoint("[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535",
		       "[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535");
}

static void test_endpoint_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		":",
		"192.0.2.1",
		"192.0.2.1:",
		"192.0.2.1:65536",
		"192.0.2.1:-1",
		"192.0.2.1:+1",
		"192.0.2.1: 1",
		"192.0.2.1:1x",
		"192.0.2.1:000001",
		"[192.0.2.1]:80",
		"2001:db8::1:80",
		"[2001:db8::1]",
		"[2001:db8::1]80",
		"[2001:db8::1:80",
		"2001:db8::1]:80",
		"[]:80",
		"[:80",
		"[::1]:80:90",
		"host:80",
		"[::1]]:80",
		"[1111111111111111111111111111111111111111111111111111111111111111111]:80",
	};
	struct net_endpoint e;

	(void)state;
	for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(net_endpoint_parse(&e, wrong[i]), -EINVAL);
}

static void check_prefix(const char *text, unsigned bits, const char *canonical)
{
	char got[NET_TEXT_MAX];
	struct net_prefix p;

	assert_int_equal(net_prefix_parse(&p, text), 0);
	assert_int_equal(p.bits, bits);
	assert_string_equal(net_prefix_format(&p, got), canonical);
}

static void test_prefix(void **state)
{
	(void)state;
	check_prefix("192.0.2.1/24", 120, "192.0.2.1/24");
	check_prefix("0.0.0.0/0", 96, "0.0.0.0/0");
	check_prefix("192.0.2.1", 128, "192.0.2.1/32");
	check_prefix("2001:db8::1/48", 48, "2001:db8::1/48");
	check_prefix("2001:db8::1", 128, "2001:db8::1/128");
	check_prefix("::/0", 0, "::/0");
	check_prefix("::ffff:10.0.0.0/104", 104, "10.0.0.0/8");
	check_prefix("::ffff:0:0/90", 90, "::ffff:0.0.0.0/90");
}

static void test_prefix_refused(void **state)
{
	static const char *const wrong[] = {
		"",
		"/",
		"/8",
		"10.0.0.0/",
		"10.0.0.0/33",
		"10.0.0.0/-1",
		"10.0.0.0/8/8",
		"::/129",
		"10.0.0.0/255.0.0.0",
		"10.0.0.0/ 8",
		"10/8",
		"::1/64x",
	};
	struct net_prefix p;

	(void)state;
	for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
		assert_int_equal(net_prefix_parse(&p, wrong[i]), -EINVAL);
}

// Out-parameters are written on success only.
static void test_failure_writes_nothing(void **state)
{
	struct net_endpoint e = endpoint_of("192.0.2.1:80"), before = e;

	(void)state;
	assert_int_equal(net_endpoint_parse(&e, "192.0.2.2:99999"), -EINVAL);
	assert_int_equal(net_addr_parse(&e.addr, "192.0.2.300"), -EINVAL);
	assert_memory_equal(&e, &before, sizeof e);
}

static void test_mac(void **state)
{
	struct net_mac m = {{0x02, 0, 0, 0xab, 0xcd, 0xff}};
	char got[NET_TEXT_MAX];

	(void)state;
	assert_string_equal(net_mac_format(&m, got), "02:00:00:ab:cd:ff");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_addr_refused),
		cmocka_unit_test(test_endpoint),
		cmocka_unit_test(test_endpoint_refused),
		cmocka_unit_test(test_prefix),
		cmocka_unit_test(test_prefix_refused),
		cmocka_unit_test(test_failure_writes_nothing),
		cmocka_unit_test(test_mac),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
