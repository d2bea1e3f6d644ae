// SPDX-License-Identifier: Apache-2.0
#include "unit/neighbour_fake.h"

#include "control/route.h"

static const struct {
	const char *to;
	enum route_kind kind;
	unsigned port;
	const char *next; // NULL: `to` itself
} routes[] = {
	{"198.18.200.9", ROUTE_VIA, WAN, NULL},
	{"198.18.7.9", ROUTE_VIA, LAN, NULL}, // the longer prefix
	{"10.0.0.77", ROUTE_VIA, LAN, NULL},
	{"192.0.2.1", ROUTE_VIA, WAN, "198.18.0.254"},
	{"10.0.1.1", ROUTE_VIA, WAN, "198.18.0.254"},
	{"2001:2::77", ROUTE_VIA, WAN, NULL},
	{"2001:db8::1", ROUTE_VIA, WAN, "2001:2::fe"},
	{"198.18.0.254", ROUTE_VIA, WAN, NULL},
	{"198.18.0.1", ROUTE_SELF, 0, NULL},
	{"198.18.7.1", ROUTE_SELF, 0, NULL},
	{"2001:2::1", ROUTE_SELF, 0, NULL},
	{"198.18.255.255", ROUTE_NONE, 0, NULL},
	{"198.18.0.0", ROUTE_NONE, 0, NULL},
	{"198.18.7.255", ROUTE_NONE, 0, NULL},
	{"10.0.0.0", ROUTE_NONE, 0, NULL},
	{"255.255.255.255", ROUTE_NONE, 0, NULL},
	{"224.0.0.1", ROUTE_NONE, 0, NULL},
	{"127.0.0.1", ROUTE_NONE, 0, NULL},
	{"0.0.0.0", ROUTE_NONE, 0, NULL},
	{"169.254.1.1", ROUTE_NONE, 0, NULL},
	{"::", ROUTE_NONE, 0, NULL},
	{"::1", ROUTE_NONE, 0, NULL},
	{"ff02::1", ROUTE_NONE, 0, NULL},
	{"fe80::1", ROUTE_NONE, 0, NULL},
};

static void chooses_by_prefix_then_gateway(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(routes); i++) {
		struct net_addr to = fake_addr(routes[i].to), next;
		struct route r = route_find(&fake.node, &to);

		next = fake_addr(routes[i].next ? routes[i].next : routes[i].to);
		if (r.kind != routes[i].kind)
			fail_msg("%s: kind %d", routes[i].to, r.kind);
		if (r.kind != ROUTE_VIA)
			continue;
		if (r.port != routes[i].port || !net_addr_equal(&r.next, &next))
			fail_msg("%s: port %u", routes[i].to, r.port);
	}
}

static void has_no_route_without_gateway(void **state)
{
	struct net_addr four = fake_addr("192.0.2.1"), six = fake_addr("2001:db8::1");

	(void)state;
	fake.node.settings.ports.at[WAN].gateways.n = 1;
	assert_int_equal(route_find(&fake.node, &four).kind, ROUTE_VIA);
	assert_int_equal(route_find(&fake.node, &six).kind, ROUTE_NONE);
	fake.node.settings.ports.at[WAN].gateways.n = 0;
	assert_int_equal(route_find(&fake.node, &four).kind, ROUTE_NONE);
}

static void ignores_a_gateway_that_is_ourselves(void **state)
{
	struct net_addr four = fake_addr("192.0.2.1");

	(void)state;
	fake.node.settings.ports.at[WAN].gateways.at[0] = fake_addr("198.18.0.1");
	assert_int_equal(route_find(&fake.node, &four).kind, ROUTE_NONE);
}

static void asks_from_the_address_that_fits(void **state)
{
	static const struct {
		unsigned port;
		const char *to, *from;
	} rows[] = {{WAN, "198.18.3.3", "198.18.0.1"}, {LAN, "10.0.0.9", "10.0.0.1"},
		    {LAN, "198.18.7.9", "198.18.7.1"}, {WAN, "2001:2::9", "2001:2::1"},
		    {LAN, "192.0.2.1", "10.0.0.1"},    {WAN, "fe80::1", "2001:2::1"}};
	struct net_addr six = fake_addr("2001:2::9");

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(rows); i++) {
		struct net_addr to = fake_addr(rows[i].to), from = fake_addr(rows[i].from);
		const struct net_addr *got = route_source(&fake.node, rows[i].port, &to);

		if (!got || !net_addr_equal(got, &from))
			fail_msg("row %u", i);
	}
	assert_null(route_source(&fake.node, LAN, &six));
}

static void hops_are_special_or_shared(void **state)
{
	struct net_addr self = fake_addr("10.0.0.1"), group = fake_addr("224.1.1.1");
	struct net_addr one = fake_addr("192.0.2.1"), two = fake_addr("203.0.113.9");
	uint32_t hop;

	(void)state;
	assert_int_equal(neighbour_hop(&fake.node, &self), FLOW_HOP_SELF);
	assert_int_equal(neighbour_hop(&fake.node, &group), FLOW_HOP_NONE);
	hop = neighbour_hop(&fake.node, &one);
	assert_true(hop >= FLOW_HOP_FIRST);
	assert_int_equal(neighbour_hop(&fake.node, &two), hop);
	// Nothing to end, and nothing breaks.
	neighbour_release(&fake.node, FLOW_HOP_SELF);
	neighbour_release(&fake.node, FLOW_HOP_NONE);
	neighbour_release(&fake.node, UINT32_MAX);
}

static void gateways_are_asked_for_at_open(void **state)
{
	struct net_addr one = fake_addr("192.0.2.1");

	(void)state;
	assert_int_equal(fake_asked("198.18.0.254"), 1);
	assert_int_equal(fake_asked("2001:2::fe"), 1);
	fake_tell(WAN, "198.18.0.254", fake_mac(9));
	assert_ready(neighbour_hop(&fake.node, &one), fake_mac(9), WAN);
}

static void gateways_stay_known_unused(void **state)
{
	struct net_addr one = fake_addr("192.0.2.1");

	(void)state;
	fake_tell(WAN, "198.18.0.254", fake_mac(9));
	neighbour_release(&fake.node, neighbour_hop(&fake.node, &one));
	fake_forget();
	fake_run(NEIGHBOUR_FRESH_MS + 100);
	assert_int_equal(fake_asked("198.18.0.254"), 1);
	assert_ready(neighbour_hop(&fake.node, &one), fake_mac(9), WAN);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(chooses_by_prefix_then_gateway),      T(has_no_route_without_gateway),
		T(ignores_a_gateway_that_is_ourselves), T(asks_from_the_address_that_fits),
		T(hops_are_special_or_shared),          T(gateways_are_asked_for_at_open),
		T(gateways_stay_known_unused),
	};

	return cmocka_run_group_tests(tests, fake_group_setup, NULL);
}
