// SPDX-License-Identifier: Apache-2.0
#include "unit/neighbour_fake.h"

#include "control/neighbour.h"

// The first question to its answer or its end, and what waits meanwhile.

static void asks_at_once(void **state)
{
	static const struct net_mac all = {{0xff, 0xff, 0xff, 0xff, 0xff, 0xff}};
	struct net_addr from = fake_addr("198.18.7.1");
	struct fake_heard h;
	uint32_t hop = hop_to("198.18.7.9");

	(void)state;
	assert_int_equal(fake.sent_count, 1);
	h = fake_heard(0);
	assert_int_equal(h.port, LAN);
	assert_int_equal(h.facts.vlan, 42);
	assert_memory_equal(h.dst.b, all.b, 6);
	assert_memory_equal(h.src.b, fake.node.ports[LAN].mac.b, 6);
	assert_memory_equal(h.neigh.mac.b, fake.node.ports[LAN].mac.b, 6);
	assert_true(net_addr_equal(&h.neigh.sender, &from));
	assert_int_equal(fake_asked("198.18.7.9"), 1);
	// Workers need the port before the MAC.
	assert_unresolved(hop);
	assert_int_equal(fake_hop(hop).port, LAN);
}

static void asks_the_group_in_ip6(void **state)
{
	static const struct net_mac group = {{0x33, 0x33, 0xff, 0, 0x12, 0x34}};
	struct net_addr from = fake_addr("2001:2::1");
	struct fake_heard h;

	(void)state;
	hop_to("2001:2::1234");
	assert_int_equal(fake_asked("2001:2::1234"), 1);
	h = fake_heard(0);
	assert_memory_equal(h.dst.b, group.b, 6);
	assert_true(net_addr_equal(&h.neigh.sender, &from));
}

static void an_answer_resolves(void **state)
{
	uint32_t four = hop_known("198.18.0.9", 9), six = hop_known("2001:2::9", 10);

	(void)state;
	assert_int_not_equal(four, six);
	fake_run(2000);
	assert_int_equal(fake_asked("198.18.0.9") + fake_asked("2001:2::9"), 0);
}

static void one_neighbour_one_hop(void **state)
{
	uint32_t hop = hop_to("198.18.0.9");
	struct net_addr a = fake_addr("198.18.0.9");

	(void)state;
	assert_int_equal(neighbour_hop(&fake.node, &a), hop);
	assert_int_equal(fake_asked("198.18.0.9"), 1);
}

static void an_answer_on_another_port_does_not(void **state)
{
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_tell(LAN, "198.18.0.9", fake_mac(9));
	assert_unresolved(hop);
}

static void asks_four_times_then_fails(void **state)
{
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_run(NEIGHBOUR_ASK_MS - 10);
	assert_int_equal(fake_asked("198.18.0.9"), 1);
	fake_run(20);
	assert_int_equal(fake_asked("198.18.0.9"), 2);
	fake_run(4 * NEIGHBOUR_ASK_MS);
	assert_int_equal(fake_asked("198.18.0.9"), NEIGHBOUR_ASKS);
	assert_unresolved(hop);
	assert_true(fake_logged("neighbour_failed") >= 1);
}

static void a_failed_one_is_asked_again_later(void **state)
{
	uint32_t hop = hop_to("198.18.0.9");
	unsigned said;

	(void)state;
	fake_run(1500);
	said = fake_logged("neighbour_failed");
	fake_run(NEIGHBOUR_FAILED_MS - 1000);
	assert_int_equal(fake_asked("198.18.0.9"), NEIGHBOUR_ASKS);
	fake_run(600);
	assert_int_equal(fake_asked("198.18.0.9"), NEIGHBOUR_ASKS + 1);
	fake_run(2000);
	assert_int_equal(fake_logged("neighbour_failed"), said); // said once
	fake_tell(WAN, "198.18.0.9", fake_mac(9));
	assert_ready(hop, fake_mac(9), WAN);
}

static void a_packet_or_a_user_asks_a_failed_one_at_once(void **state)
{
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_run(1500);
	fake_forget();
	fake_relay(hop, 1);
	assert_int_equal(fake_asked("198.18.0.9"), 1);
	fake_tell(WAN, "198.18.0.9", fake_mac(9));
	assert_int_equal(fake.sent_count, 2);
	hop_to("198.18.0.10");
	fake_run(1500);
	hop_to("198.18.0.10");
	assert_int_equal(fake_asked("198.18.0.10"), 1);
	assert_int_equal(neighbour_hop(&fake.node, &a), hop);
}

static void held_packets_go_out_in_order(void **state)
{
	static const uint8_t ether[12] = {2, 0, 0, 0, 0, 9, 2, 0, 0, 0, 0, 0xf0};
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_forget();
	for (unsigned i = 0; i < NEIGHBOUR_HOLD + 3; i++)
		fake_relay(hop, (uint8_t)i);
	assert_int_equal(fake.sent_count, 0);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 3); // the oldest
	fake_tell(WAN, "198.18.0.9", fake_mac(9));
	assert_int_equal(fake.sent_count, NEIGHBOUR_HOLD);
	for (unsigned i = 0; i < NEIGHBOUR_HOLD; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(fake.sent[i].m, const uint8_t *);

		assert_int_equal(fake.sent[i].port, WAN);
		assert_memory_equal(frame, ether, sizeof ether);
		assert_int_equal(frame[59], i + 3);
	}
	// From now on nothing waits.
	fake_relay(hop, 77);
	assert_int_equal(fake.sent_count, NEIGHBOUR_HOLD + 1);
}

static void held_packets_are_dropped_in_time(void **state)
{
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_relay(hop, 1);
	fake_relay(hop, 2);
	fake_run(NEIGHBOUR_HOLD_MS - 20);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 0);
	fake_run(40);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 2);
	fake_tell(WAN, "198.18.0.9", fake_mac(9));
	assert_ready(hop, fake_mac(9), WAN);
}

static void asking_anew_does_not_hold_longer(void **state)
{
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_relay(hop, 1);
	neighbour_release(&fake.node, hop);
	fake_run(NEIGHBOUR_HOLD_MS - 200);
	assert_int_equal(hop_to("198.18.0.9"), hop);
	fake_run(2 * NEIGHBOUR_ASK_MS);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 1);
	assert_int_equal(fake_asked("198.18.0.9"), 2 + 1);
}

static void dead_peers_do_not_empty_the_pool(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 300; i++) {
		char text[NET_TEXT_MAX];
		uint32_t hop;

		snprintf(text, sizeof text, "198.18.%u.%u", 100 + i / 200, i % 200 + 1);
		hop = hop_to(text);
		for (unsigned k = 0; k < NEIGHBOUR_HOLD; k++)
			fake_relay(hop, (uint8_t)k);
	}
	assert_int_equal(fake.node.neighbour->held, NEIGHBOUR_HELD_MAX);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR],
			 300 * NEIGHBOUR_HOLD - NEIGHBOUR_HELD_MAX);
	fake_run(1500);
	assert_int_equal(fake.node.neighbour->held, 0);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 300 * NEIGHBOUR_HOLD);
}

static void a_flood_makes_no_entries(void **state)
{
	unsigned before = 0, after = 0;

	(void)state;
	fake_forget();
	for (unsigned i = 0; i < FLOW_HOPS_MAX; i++)
		before += fake.node.neighbour->hops[i] != NULL;
	for (unsigned i = 0; i < 20000; i++) {
		char text[NET_TEXT_MAX];

		snprintf(text, sizeof text, "198.18.%u.%u", 10 + i / 250 % 200, i % 250 + 1);
		if (i & 1)
			fake_ask(WAN, text, "198.18.0.77", fake_mac((uint8_t)i));
		else
			fake_tell(WAN, text, fake_mac((uint8_t)i));
	}
	for (unsigned i = 0; i < FLOW_HOPS_MAX; i++)
		after += fake.node.neighbour->hops[i] != NULL;
	assert_int_equal(after, before);
	assert_int_equal(fake.sent_count, 0);
	assert_int_equal(fake.drops[PUNT_DROP_UNKNOWN], 20000);
}

static void without_packets_it_asks_later(void **state)
{
	uint32_t hop;

	(void)state;
	fake.no_packets = true;
	hop = hop_to("198.18.0.9");
	assert_int_equal(fake.sent_count, 0);
	fake.no_packets = false;
	fake_run(NEIGHBOUR_ASK_MS + 20);
	assert_int_equal(fake_asked("198.18.0.9"), 1);
	assert_unresolved(hop);
}

static bool hop_once(void *ctx)
{
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = neighbour_hop(&fake.node, &a);

	(void)ctx;
	if (hop == FLOW_HOP_NONE)
		return false;
	neighbour_release(&fake.node, hop);
	fake_run(NEIGHBOUR_UNUSED_MS + 20);
	return true;
}

static void survives_without_memory(void **state)
{
	(void)state;
	assert_int_equal(kit_allocation_fails(hop_once, NULL), 2);
}

static void full_is_no_route(void **state)
{
	unsigned spare = 0;
	uint32_t hop;

	(void)state;
	while (!flow_hop_new(fake.node.flow, &hop))
		spare++;
	assert_true(spare > 100000);
	assert_int_equal(hop_to("198.18.0.9"), FLOW_HOP_NONE);
	assert_int_equal(fake_logged("neighbours_full"), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(asks_at_once),
		T(asks_the_group_in_ip6),
		T(an_answer_resolves),
		T(one_neighbour_one_hop),
		T(an_answer_on_another_port_does_not),
		T(asks_four_times_then_fails),
		T(a_failed_one_is_asked_again_later),
		T(a_packet_or_a_user_asks_a_failed_one_at_once),
		T(held_packets_go_out_in_order),
		T(held_packets_are_dropped_in_time),
		T(asking_anew_does_not_hold_longer),
		T(dead_peers_do_not_empty_the_pool),
		T(a_flood_makes_no_entries),
		T(without_packets_it_asks_later),
		T(survives_without_memory),
		T(full_is_no_route),
	};

	return cmocka_run_group_tests(tests, fake_group_setup, NULL);
}
