// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_case.h"

// RFC 8656 section 8, and what the passing of time ends.

static void dual_make(void)
{
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
	client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY, 2);
	assert_int_equal(client_send(&c), 0);
}

static unsigned refresh_family(uint8_t family, uint32_t life_s)
{
	client_begin(&c, STUN_REFRESH);
	stun_put_u32(&c.w, STUN_LIFETIME, life_s);
	client_put_u8(&c, STUN_REQUESTED_ADDRESS_FAMILY, family);
	return client_send(&c);
}

static void refresh_moves_the_end(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	world_wait(&w, 599990);
	assert_int_equal(client_refresh(&c, 700), 0);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 700);
	assert_true(client_reply_has(&c, STUN_SOFTWARE));
	world_wait(&w, 699980);
	assert_int_equal(turn_count(w.turn), 1);
	world_wait(&w, 40);
	assert_int_equal(turn_count(w.turn), 0);
	assert_int_equal(w.gone, 1);
	assert_int_equal(client_refresh(&c, 600), 437);
	assert_true(c.reply.integrity);
}

static void refresh_may_bring_the_end_nearer(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_refresh(&c, 3600), 0);
	world_wait(&w, 601000); // the first timer has looked and gone on
	assert_int_equal(client_refresh(&c, 600), 0);
	world_wait(&w, 599000);
	assert_int_equal(turn_count(w.turn), 1);
	world_wait(&w, 1000);
	assert_int_equal(turn_count(w.turn), 0);
}

static void refresh_bounds(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_refresh(&c, 1), 0);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 600);
	assert_int_equal(client_refresh(&c, UINT32_MAX), 0);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 3600);
	client_begin(&c, STUN_REFRESH);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 600);
	client_begin(&c, STUN_REFRESH);
	stun_put(&c.w, STUN_LIFETIME, "\0", 1);
	assert_int_equal(client_send(&c), 400);
}

static void zero_deletes(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 0);
	assert_true(c.reply.integrity);
	assert_int_equal(w.gone, 1);
	assert_int_equal(turn_count(w.turn), 0);
	assert_int_equal(client_repeat(&c), 437); // the client takes it for done, section 8.3
	assert_int_equal(client_allocate(&c), 0);
}

// No timer has fired yet when a request comes after the end.
static void the_end_does_not_wait_for_a_timer(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_permit(&c, "198.18.0.20:1"), 0);
	w.now.ms += 600000;
	assert_int_equal(client_refresh(&c, 600), 437);
	assert_int_equal(w.gone, 1);
	assert_int_equal(client_allocate(&c), 0);
}

static void another_user(void **state)
{
	struct turn_client d;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	client_init(&d, &w, "198.18.0.10:5000", "bob", "hunter2");
	client_login(&d);
	assert_int_equal(client_refresh(&d, 0), 441);
	assert_int_equal(client_permit(&d, "198.18.0.20:1"), 441);
	assert_int_equal(client_bind(&d, 0x4000, "198.18.0.20:1"), 441);
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_MISMATCH], 3);
	assert_int_equal(turn_count(w.turn), 1);
}

static void family_must_be_the_allocations(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(refresh_family(2, 600), 443);
	assert_int_equal(refresh_family(7, 600), 443);
	assert_int_equal(refresh_family(2, 0), 443);
	assert_int_equal(refresh_family(1, 600), 0);
	assert_int_equal(refresh_family(1, 0), 0);
	assert_int_equal(turn_count(w.turn), 0);
}

// Section 8.1: deleting one of two ends what belongs to it and leaves the other alone.
static void one_of_two_is_deleted(void **state)
{
	struct turn_allocation *a;
	struct net_endpoint relay;

	(void)state;
	dual_make();
	assert_int_equal(client_permit(&c, "198.18.0.20:1"), 0);
	assert_int_equal(client_bind(&c, 0x4000, "[2001:2::20]:7"), 0);
	a = client_allocation(&c);
	relay = a->relay[0];
	w.changed = 0;
	assert_int_equal(turn_relayed(w.turn, NET_IP4), 1);
	assert_int_equal(refresh_family(1, 0), 0);
	assert_int_equal(turn_relayed(w.turn, NET_IP4), 0);
	assert_int_equal(turn_relayed(w.turn, NET_IP6), 1);
	assert_int_equal(client_reply_u32(&c, STUN_LIFETIME), 0);
	assert_int_equal(w.changed, 1);
	assert_int_equal(w.gone, 0);
	assert_int_equal(a->relay[0].port, 0);
	assert_null(turn_find_relay(w.turn, &relay));
	assert_int_equal(a->permission_count, 1);
	assert_int_equal(a->channel_count, 1);
	assert_int_equal(client_permit(&c, "198.18.0.20:1"), 443);
	assert_int_equal(refresh_family(1, 600), 443);
	assert_int_equal(client_permit(&c, "[2001:2::21]:1"), 0);
	assert_int_equal(refresh_family(2, 0), 0);
	assert_int_equal(w.gone, 1);
}

static void two_lifetimes(void **state)
{
	struct turn_allocation *a;

	(void)state;
	dual_make();
	a = client_allocation(&c);
	assert_int_equal(refresh_family(2, 1200), 0);
	assert_int_equal(a->due_ms, w.now.ms + 1200000);
	assert_int_equal(w.changed, 0);
	world_wait(&w, 600000);
	assert_int_equal(turn_count(w.turn), 1);
	assert_int_equal(w.changed, 1); // a relayed address fewer
	assert_int_equal(a->relay[0].port, 0);
	assert_true(a->relay[1].port != 0);
	assert_int_equal(client_refresh(&c, 600), 0);
	assert_int_equal(a->relay[0].port, 0);
	world_wait(&w, 600000);
	assert_int_equal(turn_count(w.turn), 0);
}

static void many_end_at_their_time(void **state)
{
	struct turn_client d;

	(void)state;
	for (unsigned i = 0; i < 50; i++) {
		client_init(&d, &w, "198.18.0.11:1", "alice", "secret");
		d.tuple.client.port = (uint16_t)(i + 1);
		client_login(&d);
		client_begin(&d, STUN_ALLOCATE);
		client_put_u8(&d, STUN_REQUESTED_TRANSPORT, TURN_UDP);
		stun_put_u32(&d.w, STUN_LIFETIME, 600 + i);
		assert_int_equal(client_send(&d), 0);
	}
	world_wait(&w, 599000);
	for (unsigned i = 0; i < 50; i++) {
		world_wait(&w, 1000);
		assert_int_equal(turn_count(w.turn), 49 - i);
	}
}

// The budget bounds the work of one call; the rest ends with the next.
static void advance_keeps_its_budget(void **state)
{
	struct turn_client d;

	(void)state;
	for (unsigned i = 0; i < 10; i++) {
		client_init(&d, &w, "198.18.0.11:1", "alice", "secret");
		d.tuple.client.port = (uint16_t)(i + 1);
		assert_int_equal(client_allocate(&d), 0);
	}
	w.now.ms += 700000;
	assert_int_equal(turn_advance(w.turn, w.now, 4), 4);
	assert_int_equal(turn_count(w.turn), 6);
	assert_int_equal(turn_advance(w.turn, w.now, 100), 6);
	assert_int_equal(turn_count(w.turn), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refresh_moves_the_end),
		T(refresh_may_bring_the_end_nearer),
		T(refresh_bounds),
		T(zero_deletes),
		T(the_end_does_not_wait_for_a_timer),
		T(another_user),
		T(family_must_be_the_allocations),
		T(one_of_two_is_deleted),
		T(two_lifetimes),
		T(many_end_at_their_time),
		T(advance_keeps_its_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
