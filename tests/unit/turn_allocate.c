// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_case.h"

// RFC 8656 section 7.

static void reopen(void)
{
	turn_free(w.turn);
	world_open(&w);
	assert_non_null(w.turn);
	client_login(&c);
}

static void request_begin(void)
{
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
}

static void plain_allocation(void **state)
{
	struct net_endpoint relay, mapped;
	struct turn_allocation *a;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	relay = client_reply_endpoint(&c, STUN_XOR_RELAYED_ADDRESS);
	mapped = client_reply_endpoint(&c, STUN_XOR_MAPPED_ADDRESS);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 600);
	assert_int_equal(client_reply_count(&c, STUN_XOR_RELAYED_ADDRESS), 1);
	assert_true(client_reply_has(&c, STUN_SOFTWARE));
	assert_false(client_reply_has(&c, STUN_RESERVATION_TOKEN));
	assert_true(net_endpoint_equal(&mapped, &c.tuple.client));
	assert_true(net_addr_equal(&relay.addr, &c.tuple.server.addr));
	assert_in_range(relay.port, 49152, 65535);
	a = client_allocation(&c);
	assert_non_null(a);
	assert_ptr_equal(turn_find_relay(w.turn, &relay), a);
	assert_ptr_equal(turn_find_id(w.turn, a->id), a);
	assert_ptr_equal(turn_next(w.turn, NULL), a);
	assert_null(turn_next(w.turn, a));
	assert_int_equal(a->due_ms, w.now.ms + 600000);
	assert_string_equal(a->user, "alice");
	assert_int_equal(w.made, 1);
	assert_int_equal(turn_count(w.turn), 1);
}

static void repeated_request_gets_the_same_answer(void **state)
{
	uint8_t first[STUN_MESSAGE_MAX];
	size_t len;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	len = c.answer_len;
	memcpy(first, c.answer, len);
	world_wait(&w, 39000);
	assert_int_equal(client_repeat(&c), 0);
	assert_int_equal(c.answer_len, len);
	assert_memory_equal(c.answer, first, len);
	assert_int_equal(w.made, 1);
	world_wait(&w, 2000);
	assert_int_equal(client_repeat(&c), 437);
}

static void another_request_on_the_tuple(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_allocate(&c), 437);
	assert_true(c.reply.integrity);
	c.user = "bob";
	c.password = "hunter2";
	assert_int_equal(client_allocate(&c), 437);
	c.tuple.transport = TURN_TCP; // another tuple
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(turn_count(w.turn), 2);
}

static void transport_is_asked_for(void **state)
{
	(void)state;
	client_begin(&c, STUN_ALLOCATE);
	assert_int_equal(client_send(&c), 400);
	client_begin(&c, STUN_ALLOCATE);
	stun_put(&c.w, STUN_REQUESTED_TRANSPORT, "\x11", 1);
	assert_int_equal(client_send(&c), 400);
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, TURN_TCP);
	assert_int_equal(client_send(&c), 442);
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, 1);
	client_put_u8(&c, STUN_REQUESTED_ADDRESS_FAMILY, 9); // transport comes first
	assert_int_equal(client_send(&c), 442);
	assert_int_equal(turn_count(w.turn), 0);
}

static uint32_t life_of(uint32_t asked)
{
	uint32_t life;

	request_begin();
	stun_put_u32(&c.w, STUN_LIFETIME, asked);
	assert_int_equal(client_send(&c), 0);
	life = client_reply_u32(&c, STUN_LIFETIME);
	assert_int_equal(client_allocation(&c)->due_ms, w.now.ms + life * 1000);
	assert_int_equal(client_refresh(&c, 0), 0);
	return life;
}

static void lifetimes_are_bounded(void **state)
{
	(void)state;
	assert_int_equal(life_of(0), 600);
	assert_int_equal(life_of(1), 600);
	assert_int_equal(life_of(601), 601);
	assert_int_equal(life_of(3600), 3600);
	assert_int_equal(life_of(3601), 3600);
	assert_int_equal(life_of(UINT32_MAX), 3600);
	request_begin();
	stun_put(&c.w, STUN_LIFETIME, "\0\0", 2);
	assert_int_equal(client_send(&c), 400);
}

static unsigned family(uint8_t requested, uint8_t additional)
{
	request_begin();
	if (requested)
		client_put_u8(&c, STUN_REQUESTED_ADDRESS_FAMILY, requested);
	if (additional)
		client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY, additional);
	return client_send(&c);
}

static void families(void **state)
{
	struct net_endpoint relay;

	(void)state;
	assert_int_equal(family(3, 0), 440);
	assert_int_equal(family(1, 2), 400);
	assert_int_equal(family(2, 2), 400);
	assert_int_equal(family(0, 1), 400);
	assert_int_equal(family(0, 3), 400);
	assert_int_equal(family(1, 0), 0);
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(family(2, 0), 0);
	relay = client_reply_endpoint(&c, STUN_XOR_RELAYED_ADDRESS);
	assert_int_equal(net_addr_family(&relay.addr), NET_IP6);
	assert_int_equal(client_reply_count(&c, STUN_XOR_RELAYED_ADDRESS), 1);
}

static void ipv6_client_gets_ipv4_unless_it_asks(void **state)
{
	struct net_endpoint relay;
	struct turn_client d;

	(void)state;
	client_init(&d, &w, "[2001:2::10]:5000", "alice", "secret");
	assert_int_equal(client_allocate(&d), 0);
	relay = client_reply_endpoint(&d, STUN_XOR_RELAYED_ADDRESS);
	assert_int_equal(net_addr_family(&relay.addr), NET_IP4);
}

static void family_not_served(void **state)
{
	const struct turn_relay_address *both = w.settings.relays;

	(void)state;
	w.settings.relay_count = 1;
	reopen();
	assert_int_equal(family(2, 0), 440);
	assert_int_equal(family(0, 2), 0);
	assert_int_equal(client_reply_count(&c, STUN_XOR_RELAYED_ADDRESS), 1);
	assert_memory_equal(stun_find(&c.reply, STUN_ADDRESS_ERROR_CODE)->value, "\2\0\4\x28", 4);
	assert_int_equal(client_repeat(&c), 0);
	assert_true(client_reply_has(&c, STUN_ADDRESS_ERROR_CODE));
	w.settings.relays = both + 1;
	reopen();
	assert_int_equal(family(0, 0), 440);
	assert_int_equal(family(2, 0), 0);
}

static void dual_allocation(void **state)
{
	struct turn_allocation *a;

	(void)state;
	assert_int_equal(family(0, 2), 0);
	assert_int_equal(client_reply_count(&c, STUN_XOR_RELAYED_ADDRESS), 2);
	assert_false(client_reply_has(&c, STUN_ADDRESS_ERROR_CODE));
	a = client_allocation(&c);
	assert_int_equal(net_addr_family(&a->relay[0].addr), NET_IP4);
	assert_int_equal(net_addr_family(&a->relay[1].addr), NET_IP6);
	assert_ptr_equal(turn_find_relay(w.turn, &a->relay[0]), a);
	assert_ptr_equal(turn_find_relay(w.turn, &a->relay[1]), a);
	assert_int_equal(client_repeat(&c), 0);
	assert_int_equal(client_reply_count(&c, STUN_XOR_RELAYED_ADDRESS), 2);
}

static void dual_allocation_with_one_family_full(void **state)
{
	struct turn_client d;

	(void)state;
	w.settings.relay_port_min = w.settings.relay_port_max = 50000;
	reopen();
	client_init(&d, &w, "198.18.0.11:5000", "alice", "secret");
	assert_int_equal(client_allocate(&d), 0);
	assert_int_equal(family(0, 0), 508);
	assert_int_equal(family(0, 2), 0);
	assert_memory_equal(stun_find(&c.reply, STUN_ADDRESS_ERROR_CODE)->value, "\1\0\5\x08", 4);
	assert_int_equal(net_addr_family(&client_allocation(&c)->relay[0].addr), NET_IP6);
	assert_int_equal(client_allocation(&c)->relay[1].port, 0);
	assert_int_equal(turn_relayed(w.turn, NET_IP4), 1);
	assert_int_equal(turn_relayed(w.turn, NET_IP6), 1);
}

static void dont_fragment_is_supported(void **state)
{
	(void)state;
	request_begin();
	stun_put(&c.w, STUN_DONT_FRAGMENT, "", 0);
	assert_int_equal(client_send(&c), 0);
	assert_true(client_allocation(&c)->dont_fragment);
}

static void quotas(void **state)
{
	struct turn_client more[3];

	(void)state;
	w.settings.allocations_per_user_max = 2;
	w.settings.allocations_max = 3;
	reopen();
	client_init(&more[0], &w, "198.18.0.11:5000", "alice", "secret");
	client_init(&more[1], &w, "198.18.0.12:5000", "alice", "secret");
	client_init(&more[2], &w, "198.18.0.13:5000", "bob", "hunter2");
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_allocate(&more[0]), 0);
	assert_int_equal(client_allocate(&more[1]), 486);
	assert_int_equal(client_allocate(&more[2]), 0);
	more[2].tuple.client.port++;
	more[2].nonce_len = 0;
	assert_int_equal(client_allocate(&more[2]), 508);
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(client_allocate(&more[1]), 0);
}

// A fresh credential is no fresh quota.
static void quota_is_of_the_name(void **state)
{
	struct turn_client more[3];
	char user[3][64], password[3][64];

	(void)state;
	w.settings.allocations_per_user_max = 2;
	reopen();
	for (unsigned i = 0; i < 3; i++) {
		turn_credential_issue(w.turn, "zoe", 600 + i, w.now.wall_s, user[i], sizeof user[i],
				      password[i], sizeof password[i]);
		client_init(&more[i], &w, "198.18.0.11:5000", user[i], password[i]);
		more[i].tuple.client.port += i;
		assert_int_equal(client_allocate(&more[i]), i < 2 ? 0 : 486);
	}
	assert_int_equal(client_refresh(&more[0], 0), 0);
	assert_int_equal(client_allocate(&more[2]), 0);
	turn_credential_issue(w.turn, "zoe2", 600, w.now.wall_s, user[0], sizeof user[0],
			      password[0], sizeof password[0]);
	assert_int_equal(client_allocate(&more[0]), 0);
}

static void sink_refuses(void **state)
{
	(void)state;
	w.refuse = -ENOMEM;
	assert_int_equal(client_allocate(&c), 508);
	assert_int_equal(turn_count(w.turn), 0);
	assert_null(client_allocation(&c));
	assert_null(turn_next(w.turn, NULL));
	assert_int_equal(w.gone, 0);
	w.refuse = 0;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_allocation(&c)->index, 0);
}

// Guessing a relayed port is to be as hard as the range is wide.
static void ports_are_spread(void **state)
{
	static uint8_t seen[65536];
	unsigned distinct = 0;

	(void)state;
	for (unsigned i = 0; i < 200; i++) {
		assert_int_equal(client_allocate(&c), 0);
		distinct += !seen[client_allocation(&c)->relay[0].port]++;
		assert_int_equal(client_refresh(&c, 0), 0);
	}
	assert_in_range(distinct, 185, 200); // by chance alone 198.8 of 16,384
}

static void every_port_can_be_had(void **state)
{
	struct turn_client d;

	(void)state;
	w.settings.relay_port_min = 50001;
	w.settings.relay_port_max = 50064;
	w.settings.allocations_max = 100;
	reopen();
	for (unsigned i = 0; i < 64; i++) {
		client_init(&d, &w, "198.18.0.11:1", "alice", "secret");
		d.tuple.client.port = (uint16_t)(i + 1);
		assert_int_equal(client_allocate(&d), 0);
		assert_in_range(client_allocation(&d)->relay[0].port, 50001, 50064);
	}
	assert_int_equal(client_allocate(&c), 508);
	turn_delete(w.turn, client_allocation(&d));
	assert_int_equal(client_allocate(&c), 0);
}

static void requests_are_counted(void **state)
{
	const struct turn_counters *n = turn_counters(w.turn);

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_allocate(&c), 437);
	assert_int_equal(n->requests[0][0], 1);
	assert_string_equal(turn_counter_methods[0], "allocate");
	for (unsigned i = 0; i < 16; i++) {
		uint64_t expected =
			i == 0 || turn_counter_codes[i] == 401 || turn_counter_codes[i] == 437;

		assert_int_equal(n->requests[0][i], expected);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(plain_allocation),
		T(repeated_request_gets_the_same_answer),
		T(another_request_on_the_tuple),
		T(transport_is_asked_for),
		T(lifetimes_are_bounded),
		T(families),
		T(ipv6_client_gets_ipv4_unless_it_asks),
		T(family_not_served),
		T(dual_allocation),
		T(dual_allocation_with_one_family_full),
		T(dont_fragment_is_supported),
		T(quotas),
		T(quota_is_of_the_name),
		T(sink_refuses),
		T(ports_are_spread),
		T(every_port_can_be_had),
		T(requests_are_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
