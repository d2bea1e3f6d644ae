// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

static void check_inner(const char *text, const char *first, const char *second)
{
	struct net_addr inner[2], a = addr_of(text);
	unsigned want = (first != NULL) + (second != NULL);
	char got[NET_TEXT_MAX];

	assert_int_equal(net_addr_inner4(&a, inner), want);
	if (first)
		assert_string_equal(net_addr_format(&inner[0], got), first);
	if (second)
		assert_string_equal(net_addr_format(&inner[1], got), second);
}

static void test_inner4(void **state)
{
	(void)state;
	check_inner("127.0.0.1", "127.0.0.1", NULL);
	check_inner("::ffff:10.1.2.3", "10.1.2.3", NULL);
	check_inner("::10.1.2.3", "10.1.2.3", NULL);
	check_inner("::ffff:0:10.1.2.3", "10.1.2.3", NULL);
	check_inner("64:ff9b::10.1.2.3", "10.1.2.3", NULL);
	check_inner("64:ff9b::127.0.0.1", "127.0.0.1", NULL);
	check_inner("64:ff9b:1::192.168.0.1", "192.168.0.1", "0.0.0.0");
	check_inner("64:ff9b:1:7f00:0:100::", "0.0.0.0", "127.0.0.1");
	check_inner("2002:7f00:1::1", "127.0.0.1", NULL);
	check_inner("2002:a01:203:4::5", "10.1.2.3", NULL);
	// RFC 4380's own example: server 65.54.227.120, client 192.0.2.45
	check_inner("2001:0:4136:e378:8000:63bf:3fff:fdd2", "65.54.227.120", "192.0.2.45");
	check_inner("2001:db8::5efe:10.1.2.3", "10.1.2.3", NULL);
	check_inner("2001:db8::100:5efe:10.1.2.3", "10.1.2.3", NULL);
	check_inner("2001:db8::200:5efe:10.1.2.3", "10.1.2.3", NULL);
	check_inner("2002:a01:203::5efe:127.0.0.1", "10.1.2.3", "127.0.0.1");
}

static void test_inner4_none(void **state)
{
	static const char *const plain[] = {
		"::",
		"::1",
		"2001:db8::1",
		"fe80::1",
		"2001:1::1",
		"2003:7f00:1::1",
		"64:ff9c::7f00:1",
		"64:ff9b:2::7f00:1",
		"64:ff9b:0:1::7f00:1",
		"::fffe:7f00:1",
		"2102:7f00:1::1",
		"2001:db8::1:5efe:7f00:1",
		"2001:db8::5ffe:7f00:1",
		"2001:db8::5eff:7f00:1",
		"2001:db8::1ff:5efe:7f00:1",
		"2001:db8::400:5efe:7f00:1",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof plain / sizeof plain[0]; i++)
		check_inner(plain[i], NULL, NULL);
}

static bool unspecified(const char *text)
{
	struct net_addr a = addr_of(text);

	return net_addr_is_unspecified(&a);
}

static bool multicast(const char *text)
{
	struct net_addr a = addr_of(text);

	return net_addr_is_multicast(&a);
}

static bool loopback(const char *text)
{
	struct net_addr a = addr_of(text);

	return net_addr_is_loopback(&a);
}

static bool broadcast(const char *text)
{
	struct net_addr a = addr_of(text);

	return net_addr_is_broadcast(&a);
}

static void test_kinds_of_addresses(void **state)
{
	(void)state;
	assert_true(unspecified("::") && unspecified("0.0.0.0"));
	assert_false(unspecified("::1") || unspecified("0.0.0.1") || unspecified("1::"));
	assert_true(multicast("224.0.0.1") && multicast("239.255.255.255") && multicast("ff02::1"));
	assert_false(multicast("223.255.255.255") || multicast("240.0.0.1") ||
		     multicast("fe80::1"));
	assert_true(loopback("127.0.0.1") && loopback("127.255.0.9") && loopback("::1"));
	assert_false(loopback("128.0.0.1") || loopback("::") || loopback("::2"));
	assert_true(broadcast("255.255.255.255"));
	assert_false(broadcast("255.255.255.254") || broadcast("ffff::"));
}

static void test_mapped_is_ip4(void **state)
{
	static const uint8_t four[4] = {192, 0, 2, 1};
	struct net_addr a = net_addr_from4(four), mapped = addr_of("::ffff:192.0.2.1");
	struct net_addr six = addr_of("::192.0.2.1"), again = net_addr_from6(mapped.b);

	(void)state;
	assert_true(net_addr_equal(&a, &mapped) && net_addr_equal(&a, &again));
	assert_int_equal(net_addr_family(&mapped), NET_IP4);
	assert_int_equal(net_addr_family(&six), NET_IP6);
	assert_false(net_addr_equal(&a, &six));
}

// Endpoints are keys of hash tables: no byte of them may be left to chance.
static void test_endpoint_has_no_holes(void **state)
{
	struct net_endpoint e;

	(void)state;
	assert_int_equal(sizeof e, sizeof e.addr + sizeof e.port + sizeof e.pad + sizeof e.spare);
	memset(&e, 0xaa, sizeof e);
	assert_int_equal(net_endpoint_parse(&e, "[2001:db8::1]:5"), 0);
	assert_int_equal(e.pad, 0);
	assert_int_equal(e.spare, 0);
}

static bool holds(const char *prefix, const char *addr)
{
	struct net_addr a = addr_of(addr);
	struct net_prefix p;

	assert_int_equal(net_prefix_parse(&p, prefix), 0);
	return net_prefix_holds(&p, &a);
}

static void test_prefix_holds(void **state)
{
	(void)state;
	assert_true(holds("198.18.0.1/15", "198.19.255.255"));
	assert_false(holds("198.18.0.1/15", "198.20.0.0"));
	assert_true(holds("192.0.2.1", "192.0.2.1"));
	assert_false(holds("192.0.2.1", "192.0.2.0"));
	assert_true(holds("2001:2::1/64", "2001:2::ffff:0:0:9"));
	assert_false(holds("2001:2::/64", "2001:2:0:1::"));
	assert_true(holds("2001:2::/65", "2001:2::7fff:0:0:9"));
	assert_false(holds("2001:2::/65", "2001:2::8000:0:0:9"));
	assert_true(holds("2001:2::1", "2001:2::1"));
	assert_false(holds("2001:2::1", "2001:2::"));
	assert_true(holds("fe80::/10", "febf::1"));
	assert_false(holds("fe80::/10", "fec0::1"));
	assert_true(holds("10.0.0.0/8", "::ffff:10.9.9.9"));
	assert_true(holds("::ffff:10.0.0.0/104", "10.9.9.9"));
}

static void test_prefix_families(void **state)
{
	(void)state;
	assert_true(holds("0.0.0.0/0", "203.0.113.9"));
	assert_false(holds("0.0.0.0/0", "2001:db8::1"));
	assert_false(holds("0.0.0.0/0", "::1"));
	assert_true(holds("::/0", "2001:db8::1"));
	assert_true(holds("::/0", "::1"));
	assert_false(holds("::/0", "203.0.113.9"));
	assert_true(holds("::ffff:0:0/96", "203.0.113.9"));
	assert_false(holds("::ffff:0:0/90", "203.0.113.9")); // wider than IPv4: an IPv6 one
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_inner4),
		cmocka_unit_test(test_inner4_none),
		cmocka_unit_test(test_kinds_of_addresses),
		cmocka_unit_test(test_mapped_is_ip4),
		cmocka_unit_test(test_endpoint_has_no_holes),
		cmocka_unit_test(test_prefix_holds),
		cmocka_unit_test(test_prefix_families),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
