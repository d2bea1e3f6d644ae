// SPDX-License-Identifier: Apache-2.0
#include "unit/neighbour_fake.h"

// Our own addresses: answered for, announced, defended.

static void answers_arp(void **state)
{
	struct net_addr us = fake_addr("198.18.0.1");
	struct net_mac nine = fake_mac(9);
	struct fake_heard h;

	(void)state;
	fake_forget();
	fake_ask(WAN, "198.18.0.9", "198.18.0.1", nine);
	assert_int_equal(fake.sent_count, 1);
	h = fake_heard(0);
	assert_int_equal(h.port, WAN);
	assert_int_equal(h.neigh.op, NET_NEIGH_TELL);
	assert_true(h.neigh.solicited);
	assert_true(net_addr_equal(&h.neigh.target, &us));
	assert_memory_equal(h.neigh.mac.b, fake.node.ports[WAN].mac.b, 6);
	assert_memory_equal(h.dst.b, nine.b, 6);
}

static void answers_in_the_vlan(void **state)
{
	(void)state;
	fake_forget();
	fake_ask(LAN, "10.0.0.9", "10.0.0.1", fake_mac(9));
	assert_int_equal(fake.sent_count, 1);
	assert_int_equal(fake_heard(0).facts.vlan, 42);
	assert_int_equal(fake_heard(0).port, LAN);
}

static void answers_solicitations(void **state)
{
	struct net_addr us = fake_addr("2001:2::1"), them = fake_addr("2001:2::9");
	struct net_mac nine = fake_mac(9);
	struct fake_heard h;

	(void)state;
	fake_forget();
	fake_ask(WAN, "2001:2::9", "2001:2::1", nine);
	assert_int_equal(fake.sent_count, 1);
	h = fake_heard(0);
	assert_int_equal(h.neigh.op, NET_NEIGH_TELL);
	assert_true(h.neigh.solicited && h.neigh.override && !h.neigh.router);
	assert_true(net_addr_equal(&h.neigh.target, &us));
	assert_true(net_addr_equal(&h.facts.dst.addr, &them));
	assert_memory_equal(h.dst.b, nine.b, 6);
}

static void answers_probes_of_others(void **state)
{
	static const struct net_mac all_nodes = {{0x33, 0x33, 0, 0, 0, 1}};
	struct net_mac nine = fake_mac(9);

	(void)state;
	fake_forget();
	fake_ask(WAN, "0.0.0.0", "198.18.0.1", nine);
	fake_ask(WAN, "::", "2001:2::1", nine);
	assert_int_equal(fake.sent_count, 2);
	assert_int_equal(fake_heard(0).neigh.op, NET_NEIGH_TELL);
	assert_memory_equal(fake_heard(0).dst.b, nine.b, 6);
	assert_int_equal(fake_heard(1).neigh.op, NET_NEIGH_TELL);
	assert_memory_equal(fake_heard(1).dst.b, all_nodes.b, 6);
	// They were told; that they asked is no claim.
	assert_int_equal(fake_logged("duplicate_address"), 0);
}

// A solicitation to us alone that leaves its MAC out (RFC 4861 section 4.3).
static void answers_solicitations_without_mac(void **state)
{
	uint8_t frame[128];
	struct net_addr us = fake_addr("2001:2::1"), them = fake_addr("2001:2::9");
	struct net_mac nine = fake_mac(9);
	struct net_link l = {.src = nine, .dst = fake.node.ports[WAN].mac};
	size_t len = net_neigh_ask(frame, &l, &them, &us) - 8;
	uint16_t sum;

	(void)state;
	fake_forget();
	frame[14 + 5] = 24;
	frame[56] = frame[57] = 0;
	sum = net_l4_checksum(&them, &us, 58, frame + 54, 24);
	memcpy(frame + 56, &sum, 2);
	assert_true(fake_receive(WAN, PUNT_NEIGHBOUR, frame, len));
	assert_int_equal(fake.sent_count, 1);
	assert_memory_equal(fake_heard(0).dst.b, nine.b, 6);
}

static void keeps_silent_for_others(void **state)
{
	uint8_t frame[128];
	struct net_link l = {.src = fake_mac(9), .vlan = 43};
	struct net_addr us = fake_addr("10.0.0.1"), them = fake_addr("10.0.0.9");

	(void)state;
	fake_forget();
	fake_ask(WAN, "198.18.0.9", "198.18.0.2", fake_mac(9)); // another's
	fake_ask(WAN, "10.0.0.9", "10.0.0.1", fake_mac(9)); // ours, but not on that port
	fake_ask(LAN, "198.18.0.9", "198.18.0.1", fake_mac(9));
	assert_true(fake_receive(LAN, PUNT_NEIGHBOUR, frame, net_neigh_ask(frame, &l, &them, &us)));
	l.vlan = 0;
	assert_true(fake_receive(LAN, PUNT_NEIGHBOUR, frame, net_neigh_ask(frame, &l, &them, &us)));
	assert_int_equal(fake.sent_count, 0);
	assert_int_equal(fake.drops[PUNT_DROP_UNKNOWN], 5);
}

static void malformed_is_dropped(void **state)
{
	uint8_t frame[128];
	struct net_addr us = fake_addr("2001:2::1"), them = fake_addr("2001:2::9");
	struct net_link l = {.src = fake_mac(9)};
	size_t len = net_neigh_ask(frame, &l, &them, &us);

	(void)state;
	fake_forget();
	frame[len - 1] ^= 1; // its checksum is wrong now
	assert_true(fake_receive(WAN, PUNT_NEIGHBOUR, frame, len));
	assert_int_equal(fake.sent_count, 0);
	assert_int_equal(fake.drops[PUNT_DROP_UNKNOWN], 1);
}

// A router advertisement: type 134, hop limit 255, to all nodes.
static void router_advertisements_are_ignored(void **state)
{
	uint8_t frame[14 + 40 + 16] = {0x33, 0x33, 0, 0, 0, 1, 2, 0, 0, 0, 0, 9, 0x86, 0xdd, 0x60};
	struct net_addr from = fake_addr("fe80::9"), to = fake_addr("ff02::1");
	struct net_addr far = fake_addr("2001:db8::1");
	uint16_t sum;

	(void)state;
	fake_tell(WAN, "2001:2::fe", fake_mac(0xfe));
	fake_forget();
	frame[19] = 16;
	frame[20] = 58;
	frame[21] = 255;
	memcpy(frame + 22, from.b, 16);
	memcpy(frame + 38, to.b, 16);
	frame[54] = 134;
	frame[60] = 0xff; // router lifetime
	sum = net_l4_checksum(&from, &to, 58, frame + 54, 16);
	memcpy(frame + 56, &sum, 2);
	assert_true(fake_receive(WAN, PUNT_NEIGHBOUR, frame, sizeof frame));
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 1);
	assert_int_equal(fake.sent_count, 0);
	assert_ready(neighbour_hop(&fake.node, &far), fake_mac(0xfe), WAN);
}

struct own_count {
	unsigned probes, announcements;
};

static struct own_count count(const char *addr)
{
	struct net_addr a = fake_addr(addr);
	struct own_count c = {0, 0};

	for (unsigned i = 0; i < fake.sent_count; i++) {
		struct fake_heard h = fake_heard(i);

		if (h.neigh.op == NET_NEIGH_NONE || !net_addr_equal(&h.neigh.target, &a))
			continue;
		assert_true(h.dst.b[0] & 1);
		if (h.neigh.op == NET_NEIGH_TELL)
			c.announcements++;
		else if (net_addr_is_unspecified(&h.neigh.sender))
			c.probes++;
	}
	return c;
}

static void probes_then_announces(void **state)
{
	static const char *const own[] = {"198.18.0.1", "2001:2::1", "10.0.0.1", "198.18.7.1"};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(own); i++) {
		assert_int_equal(count(own[i]).probes, 1); // at open
		assert_int_equal(count(own[i]).announcements, 0);
	}
	fake_run(5000);
	for (unsigned i = 0; i < BASE_COUNT(own); i++) {
		assert_int_equal(count(own[i]).probes, 2);
		assert_int_equal(count(own[i]).announcements, 2);
	}
}

static void duplicates_are_told_of(void **state)
{
	(void)state;
	fake_run(5000);
	fake_forget();
	fake_tell(WAN, "198.18.0.1", fake_mac(9)); // answers our probe
	assert_int_equal(fake_logged("duplicate_address"), 1);
	assert_int_equal(count("198.18.0.1").announcements, 1); // defended
	fake_ask(WAN, "198.18.0.1", "198.18.0.1", fake_mac(9));
	fake_ask(WAN, "198.18.0.1", "198.18.0.33", fake_mac(9));
	assert_int_equal(fake_logged("duplicate_address"), 1); // not again so soon
	assert_int_equal(count("198.18.0.1").announcements, 1);
	fake_tell(WAN, "2001:2::1", fake_mac(9)); // another address
	assert_int_equal(fake_logged("duplicate_address"), 2);
	fake_run(NEIGHBOUR_DEFEND_MS);
	fake_ask(WAN, "198.18.0.1", "198.18.0.33", fake_mac(9));
	assert_int_equal(fake_logged("duplicate_address"), 3);
}

static void our_own_frames_are_no_duplicates(void **state)
{
	(void)state;
	fake_ask(WAN, "198.18.0.1", "198.18.0.1", fake.node.ports[WAN].mac);
	fake_ask(WAN, "::", "2001:2::1", fake.node.ports[WAN].mac);
	fake_forget();
	fake_ask(LAN, "198.18.0.1", "198.18.0.33", fake_mac(9)); // not an address of that port
	assert_int_equal(fake_logged("duplicate_address"), 0);
	assert_int_equal(fake.sent_count, 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(answers_arp),
		T(answers_in_the_vlan),
		T(answers_solicitations),
		T(answers_probes_of_others),
		T(answers_solicitations_without_mac),
		T(keeps_silent_for_others),
		T(malformed_is_dropped),
		T(router_advertisements_are_ignored),
		T(probes_then_announces),
		T(duplicates_are_told_of),
		T(our_own_frames_are_no_duplicates),
	};

	return cmocka_run_group_tests(tests, fake_group_setup, NULL);
}
