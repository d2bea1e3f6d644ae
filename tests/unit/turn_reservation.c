// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_client.h"

// EVEN-PORT and RESERVATION-TOKEN, RFC 8656 section 7.2.

static struct turn_world w;
static struct turn_client c, d;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	world_open(&w);
	assert_non_null(w.turn);
	client_init(&c, &w, "198.18.0.10:5000", "alice", "secret");
	client_login(&c);
	client_init(&d, &w, "198.18.0.11:5000", "alice", "secret");
	client_login(&d);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(&w);
	return 0;
}

static void ports(uint16_t min, uint16_t max)
{
	w.settings.relay_port_min = min;
	w.settings.relay_port_max = max;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
}

static void request_begin(struct turn_client *who)
{
	client_begin(who, STUN_ALLOCATE);
	client_put_u8(who, STUN_REQUESTED_TRANSPORT, TURN_UDP);
}

static unsigned even(struct turn_client *who, bool reserve)
{
	request_begin(who);
	stun_put(&who->w, STUN_EVEN_PORT, reserve ? "\x80" : "\0", 1);
	return client_send(who);
}

static uint64_t token_of(const struct turn_client *who)
{
	const struct stun_attr *a = stun_find(&who->reply, STUN_RESERVATION_TOKEN);
	uint64_t token;

	assert_non_null(a);
	assert_int_equal(a->len, 8);
	memcpy(&token, a->value, 8);
	return token;
}

static unsigned redeem(struct turn_client *who, uint64_t token)
{
	request_begin(who);
	stun_put(&who->w, STUN_RESERVATION_TOKEN, &token, sizeof token);
	return client_send(who);
}

static uint16_t port_of(const struct turn_client *who)
{
	return client_allocation(who)->relay[0].port;
}

static void even_ports_are_even(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		assert_int_equal(even(&c, false), 0);
		assert_int_equal(port_of(&c) % 2, 0);
		assert_false(client_reply_has(&c, STUN_RESERVATION_TOKEN));
		assert_int_equal(client_refresh(&c, 0), 0);
	}
	request_begin(&c);
	stun_put(&c.w, STUN_EVEN_PORT, "\0\0\0\0", 4);
	assert_int_equal(client_send(&c), 400);
}

static void even_port_with_two_families(void **state)
{
	(void)state;
	request_begin(&c);
	stun_put(&c.w, STUN_EVEN_PORT, "\x80", 1);
	client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY, 2);
	assert_int_equal(client_send(&c), 400);
	request_begin(&c);
	stun_put(&c.w, STUN_EVEN_PORT, "\0", 1);
	client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY, 2);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_allocation(&c)->relay[0].port % 2, 0);
	assert_int_equal(client_allocation(&c)->relay[1].port % 2, 0);
}

static void pair_is_reserved_and_redeemed(void **state)
{
	struct turn_client e;
	uint64_t token;
	uint16_t port;

	(void)state;
	ports(50000, 50001);
	assert_int_equal(even(&c, true), 0);
	token = token_of(&c);
	port = port_of(&c);
	assert_int_equal(port, 50000);
	assert_int_equal(client_repeat(&c), 0);
	assert_int_equal(token_of(&c), token);
	assert_int_equal(client_allocate(&d), 508); // the other one is kept
	assert_int_equal(redeem(&d, token ^ 1), 508);
	d.user = "bob"; // whoever has the token
	d.password = "hunter2";
	assert_int_equal(redeem(&d, token), 0);
	assert_int_equal(port_of(&d), 50001);
	assert_int_equal(client_repeat(&d), 0);
	client_init(&e, &w, "198.18.0.12:5000", "alice", "secret");
	assert_int_equal(client_allocate(&e), 508); // both in use
	assert_int_equal(client_refresh(&d, 0), 0);
	assert_int_equal(redeem(&d, token), 508); // once only
	assert_int_equal(client_allocate(&d), 0);
	assert_int_equal(port_of(&d), 50001);
}

static void reservation_ends(void **state)
{
	uint64_t token;

	(void)state;
	ports(50000, 50001);
	assert_int_equal(even(&c, true), 0);
	token = token_of(&c);
	world_wait(&w, 29990);
	assert_int_equal(client_allocate(&d), 508);
	w.now.ms += 10; // no timer yet
	assert_int_equal(redeem(&d, token), 508);
	world_wait(&w, 20);
	assert_int_equal(client_allocate(&d), 0);
}

static void reservation_outlives_its_allocation(void **state)
{
	uint64_t token;

	(void)state;
	assert_int_equal(even(&c, true), 0);
	token = token_of(&c);
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(redeem(&d, token), 0);
	assert_int_equal(port_of(&d) % 2, 1);
}

static void token_with_others(void **state)
{
	static const uint16_t types[] = {STUN_REQUESTED_ADDRESS_FAMILY,
					 STUN_ADDITIONAL_ADDRESS_FAMILY};
	uint64_t token;

	(void)state;
	assert_int_equal(even(&c, true), 0);
	token = token_of(&c);
	for (unsigned i = 0; i < 3; i++) {
		request_begin(&d);
		stun_put(&d.w, STUN_RESERVATION_TOKEN, &token, sizeof token);
		if (i < 2)
			client_put_u8(&d, types[i], (uint8_t)(i + 1));
		else
			stun_put(&d.w, STUN_EVEN_PORT, "\0", 1);
		assert_int_equal(client_send(&d), 400);
	}
	request_begin(&d);
	stun_put(&d.w, STUN_RESERVATION_TOKEN, "1234567", 7);
	assert_int_equal(client_send(&d), 400);
	assert_int_equal(redeem(&d, token), 0);
}

static void no_pair_left(void **state)
{
	(void)state;
	ports(50001, 50002);
	assert_int_equal(even(&c, true), 508);
	assert_int_equal(even(&c, false), 0);
	assert_int_equal(port_of(&c), 50002);
	assert_int_equal(even(&d, false), 508);
	assert_int_equal(client_allocate(&d), 0);
}

// A port that is kept counts as an allocation of its user.
static void reservations_meet_the_quota(void **state)
{
	uint64_t token;

	(void)state;
	w.settings.allocations_per_user_max = 2;
	ports(49152, 65535);
	assert_int_equal(client_allocate(&d), 0);
	assert_int_equal(even(&c, true), 486);
	assert_int_equal(client_refresh(&d, 0), 0);
	assert_int_equal(even(&c, true), 0);
	token = token_of(&c);
	assert_int_equal(client_allocate(&d), 486);
	assert_int_equal(redeem(&d, token), 0);
}

static void refusal_leaves_the_reservation(void **state)
{
	uint64_t token;

	(void)state;
	ports(50000, 50001);
	w.refuse = -ENOMEM;
	assert_int_equal(even(&c, true), 508);
	w.refuse = 0;
	assert_int_equal(even(&c, true), 0);
	token = token_of(&c);
	w.refuse = -ENOMEM;
	assert_int_equal(redeem(&d, token), 508);
	w.refuse = 0;
	assert_int_equal(redeem(&d, token), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(even_ports_are_even),
		T(even_port_with_two_families),
		T(pair_is_reserved_and_redeemed),
		T(reservation_ends),
		T(reservation_outlives_its_allocation),
		T(token_with_others),
		T(no_pair_left),
		T(reservations_meet_the_quota),
		T(refusal_leaves_the_reservation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
