// SPDX-License-Identifier: Apache-2.0
#include "unit/neighbour_fake.h"

#include "control/neighbour.h"

// Known neighbours: confirmed, moved, hinted at, gone, forgotten.

static void a_used_one_is_confirmed(void **state)
{
	struct net_mac nine = fake_mac(9);
	uint32_t hop = hop_known("198.18.0.9", 9);

	(void)state;
	fake_run(NEIGHBOUR_FRESH_MS - 20);
	assert_int_equal(fake_asked("198.18.0.9"), 0);
	fake_forget();
	fake_run(40);
	assert_int_equal(fake_asked("198.18.0.9"), 1);
	for (unsigned i = 0; i < fake.sent_count; i++) {
		struct fake_heard h = fake_heard(i);
		struct net_addr a = fake_addr("198.18.0.9");

		if (net_addr_equal(&h.neigh.target, &a))
			assert_memory_equal(h.dst.b, nine.b, 6); // it alone
	}
	assert_ready(hop, nine, WAN);
	fake_tell(WAN, "198.18.0.9", nine);
	fake_forget();
	fake_run(NEIGHBOUR_FRESH_MS - 20);
	assert_int_equal(fake_asked("198.18.0.9"), 0);
}

static void one_that_is_gone_is_found_out(void **state)
{
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = hop_known("198.18.0.9", 9);
	unsigned to_all = 0, to_it = 0;

	(void)state;
	fake_run(NEIGHBOUR_FRESH_MS + 4 * NEIGHBOUR_ASK_MS - 20);
	assert_ready(hop, fake_mac(9), WAN); // serves while it is asked
	fake_run(60);
	assert_unresolved(hop);
	for (unsigned i = 0; i < fake.sent_count; i++) {
		struct fake_heard h = fake_heard(i);

		if (net_addr_equal(&h.neigh.target, &a))
			h.dst.b[0] & 1 ? to_all++ : to_it++;
	}
	assert_int_equal(to_it, NEIGHBOUR_ASKS / 2);
	assert_int_equal(to_all, NEIGHBOUR_ASKS / 2);
}

static void an_unused_one_is_forgotten(void **state)
{
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = hop_known("198.18.0.9", 9);

	(void)state;
	neighbour_release(&fake.node, hop);
	fake_run(NEIGHBOUR_FRESH_MS / 2);
	assert_int_equal(neighbour_hop(&fake.node, &a), hop); // still known
	neighbour_release(&fake.node, hop);
	fake_run(NEIGHBOUR_FRESH_MS);
	assert_int_equal(fake_asked("198.18.0.9"), 0);
	assert_null(neighbour_find(fake.node.neighbour, WAN, &a));
	assert_null(fake.node.neighbour->hops[hop]);
}

static void an_unused_unknown_one_is_forgotten_soon(void **state)
{
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_relay(hop, 1);
	neighbour_release(&fake.node, hop);
	fake_run(NEIGHBOUR_UNUSED_MS - 20);
	assert_non_null(neighbour_find(fake.node.neighbour, WAN, &a));
	fake_run(40);
	assert_null(neighbour_find(fake.node.neighbour, WAN, &a));
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 1);
	// A late packet for a hop that is no more.
	fake_relay(hop, 2);
	assert_int_equal(fake.drops[PUNT_DROP_NEIGHBOUR], 2);
}

static void uses_are_counted(void **state)
{
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = hop_known("198.18.0.9", 9);

	(void)state;
	assert_int_equal(neighbour_hop(&fake.node, &a), hop);
	neighbour_release(&fake.node, hop);
	fake_run(NEIGHBOUR_FRESH_MS + 100);
	assert_int_equal(fake_asked("198.18.0.9"), 1);
	assert_ready(hop, fake_mac(9), WAN);
}

static void a_move_is_followed(void **state)
{
	struct net_mac ten = fake_mac(10);
	uint32_t hop = hop_known("198.18.0.9", 9);

	(void)state;
	fake_ask(WAN, "198.18.0.9", "198.18.0.9", ten); // gratuitous
	assert_ready(hop, ten, WAN);
	assert_int_equal(fake_logged("neighbour_moved"), 1);
	// Anyone could have said so: the new station has to confirm it.
	assert_int_equal(fake_asked("198.18.0.9"), 1);
	assert_memory_equal(fake_heard(0).dst.b, ten.b, 6);
	fake_tell(WAN, "198.18.0.9", ten);
	fake_forget();
	fake_run(NEIGHBOUR_FRESH_MS - 20);
	assert_int_equal(fake_asked("198.18.0.9"), 0);
	fake_ask(WAN, "198.18.0.9", "198.18.0.1", fake_mac(11)); // a request to us
	assert_ready(hop, fake_mac(11), WAN);
	assert_int_equal(fake_logged("neighbour_moved"), 2);
	fake_ask(WAN, "198.18.0.9", "198.18.0.1", fake_mac(11));
	assert_int_equal(fake_logged("neighbour_moved"), 2);
}

static void a_false_move_ends(void **state)
{
	uint32_t hop = hop_known("198.18.0.9", 9);

	(void)state;
	fake_ask(WAN, "198.18.0.9", "198.18.0.9", fake_mac(66));
	assert_ready(hop, fake_mac(66), WAN);
	fake_run(NEIGHBOUR_ASK_MS * 2 + 50); // 66 does not answer, so all are asked
	fake_tell(WAN, "198.18.0.9", fake_mac(9));
	assert_ready(hop, fake_mac(9), WAN);
}

static void tell_no_override(const char *addr, struct net_mac mac)
{
	struct net_addr a = fake_addr(addr), us = fake_addr("2001:2::1");
	struct net_neigh asked = {NET_NEIGH_ASK, us, a, mac, true, false, false, false};
	struct net_link l = {.src = mac, .dst = fake.node.ports[WAN].mac};
	uint8_t frame[128];
	size_t len = net_neigh_tell(frame, &l, &asked);
	uint16_t sum;

	frame[54 + 4] &= (uint8_t)~0x20;
	frame[56] = frame[57] = 0;
	sum = net_l4_checksum(&a, &us, 58, frame + 54, len - 54);
	memcpy(frame + 56, &sum, 2);
	assert_true(fake_receive(WAN, PUNT_NEIGHBOUR, frame, len));
}

static void an_answer_that_is_not_to_override_does_not(void **state)
{
	uint32_t hop = hop_known("2001:2::9", 9);

	(void)state;
	tell_no_override("2001:2::9", fake_mac(10));
	assert_ready(hop, fake_mac(9), WAN);
	assert_int_equal(fake_logged("neighbour_moved"), 0);
	hop = hop_to("2001:2::10");
	tell_no_override("2001:2::10", fake_mac(10)); // the first one known
	assert_ready(hop, fake_mac(10), WAN);
}

static void a_hint_serves_until_the_answer(void **state)
{
	struct net_mac nine = fake_mac(9), group = {{1, 0, 0, 0, 0, 1}}, zero = {{0}};
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	neighbour_hint(&fake.node, hop, &group);
	neighbour_hint(&fake.node, hop, &zero);
	assert_unresolved(hop);
	fake_relay(hop, 1);
	fake_forget();
	neighbour_hint(&fake.node, hop, &nine);
	assert_ready(hop, nine, WAN);
	assert_int_equal(fake.sent_count, 1); // what was held
	fake_tell(WAN, "198.18.0.9", fake_mac(10));
	assert_ready(hop, fake_mac(10), WAN);
	neighbour_hint(&fake.node, hop, &nine);
	assert_ready(hop, fake_mac(10), WAN);
	neighbour_hint(&fake.node, FLOW_HOP_SELF, &nine);
	neighbour_hint(&fake.node, UINT32_MAX, &nine);
}

static void a_hint_stays_where_nobody_answers(void **state)
{
	struct net_mac nine = fake_mac(9);
	struct net_addr a = fake_addr("198.18.0.9");
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	fake_run(1500);
	assert_unresolved(hop);
	fake_forget();
	neighbour_hint(&fake.node, hop, &nine); // also for a failed one
	fake_run(5000);
	assert_ready(hop, nine, WAN);
	assert_int_equal(fake_asked("198.18.0.9"), NEIGHBOUR_ASKS);
	for (unsigned i = 0; i < fake.sent_count; i++) {
		struct fake_heard h = fake_heard(i);

		if (net_addr_equal(&h.neigh.target, &a))
			assert_true(h.dst.b[0] & 1); // its owner may be another
	}
}

static void an_answer_outlives_its_hint(void **state)
{
	struct net_mac nine = fake_mac(9);
	uint32_t hop = hop_to("198.18.0.9");

	(void)state;
	neighbour_hint(&fake.node, hop, &nine);
	fake_tell(WAN, "198.18.0.9", nine);
	fake_run(NEIGHBOUR_FRESH_MS + 5 * NEIGHBOUR_ASK_MS);
	assert_unresolved(hop); // it answered once, so its silence means something
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(a_used_one_is_confirmed),
		T(one_that_is_gone_is_found_out),
		T(an_unused_one_is_forgotten),
		T(an_unused_unknown_one_is_forgotten_soon),
		T(uses_are_counted),
		T(a_move_is_followed),
		T(a_false_move_ends),
		T(an_answer_that_is_not_to_override_does_not),
		T(a_hint_serves_until_the_answer),
		T(a_hint_stays_where_nobody_answers),
		T(an_answer_outlives_its_hint),
	};

	return cmocka_run_group_tests(tests, fake_group_setup, NULL);
}
