// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_case.h"

// What lib/turn tells beside the path's needs, and why an allocation ended.

static void refreshing_is_told(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(w.told[TURN_TOLD_REFRESHED], 0);
	assert_int_equal(client_refresh(&c, 700), 0);
	assert_int_equal(w.told[TURN_TOLD_REFRESHED], 1);
	assert_int_equal(w.last.life_s, 700);
	assert_ptr_equal(w.last.allocation, client_allocation(&c));
}

static void a_permission_is_told_once(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_permit(&c, "198.18.0.3:0"), 0);
	assert_int_equal(client_permit(&c, "198.18.0.3:0"), 0);
	assert_int_equal(w.told[TURN_TOLD_PERMITTED], 1);
	assert_int_equal(client_permit(&c, "198.18.0.4:0"), 0);
	assert_int_equal(w.told[TURN_TOLD_PERMITTED], 2);
}

static void a_channel_is_told_once_with_its_permission(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.3:5000"), 0);
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.3:5000"), 0);
	assert_int_equal(w.told[TURN_TOLD_PERMITTED], 1);
	assert_int_equal(w.told[TURN_TOLD_BOUND], 1);
	assert_int_equal(w.last.channel, 0x4001);
	assert_int_equal(w.last.peer.port, 5000);
}

static void what_expires_is_told(void **state)
{
	char peer[NET_TEXT_MAX];

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_permit(&c, "198.18.0.4:0"), 0);
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.3:5000"), 0);
	world_wait(&w, 200000);
	assert_int_equal(client_permit(&c, "198.18.0.4:0"), 0);
	world_wait(&w, 101000);
	assert_int_equal(w.told[TURN_TOLD_PERMISSION_EXPIRED], 1); // the channel's
	assert_string_equal(net_addr_format(&w.last.peer.addr, peer), "198.18.0.3");
	assert_int_equal(w.told[TURN_TOLD_CHANNEL_EXPIRED], 0);
	world_wait(&w, 200000);
	assert_int_equal(w.told[TURN_TOLD_PERMISSION_EXPIRED], 2);
	assert_string_equal(net_addr_format(&w.last.peer.addr, peer), "198.18.0.4");
	assert_int_equal(client_refresh(&c, 600), 0);
	world_wait(&w, 100000);
	assert_int_equal(w.told[TURN_TOLD_CHANNEL_EXPIRED], 1);
	assert_int_equal(w.last.channel, 0x4001);
	assert_int_equal(w.last.peer.port, 5000);
	world_wait(&w, 600000);
	assert_int_equal(w.gone, 1);
	assert_int_equal(w.told[TURN_TOLD_PERMISSION_EXPIRED], 2);
}

static void wrong_credentials_are_told_but_no_beginning(void **state)
{
	struct turn_client other;

	(void)state;
	assert_int_equal(w.told[TURN_TOLD_REFUSED], 0);
	client_init(&other, &w, "198.18.0.11:5000", "alice", "wrong");
	client_login(&other);
	assert_int_equal(w.told[TURN_TOLD_REFUSED], 0);
	assert_int_equal(client_allocate(&other), 401);
	assert_int_equal(w.told[TURN_TOLD_REFUSED], 1);
	assert_int_equal(w.last.failure, TURN_AUTH_INTEGRITY);
	assert_string_equal(w.last_user, "alice");
	other.user = "mallory";
	assert_int_equal(client_allocate(&other), 401);
	assert_int_equal(w.last.failure, TURN_AUTH_USER);
	assert_string_equal(w.last_user, "mallory");
}

static void refused_requests_tell_nothing_else(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_permit(&c, "127.0.0.1:0"), 403);
	assert_int_equal(client_bind(&c, 0x3fff, "198.18.0.3:5000"), 400);
	for (unsigned i = 0; i < TURN_TOLD_KINDS; i++)
		assert_int_equal(w.told[i], 0);
}

static void the_end_has_a_reason(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(w.end, TURN_END_CLIENT);
	assert_int_equal(w.told[TURN_TOLD_REFRESHED], 0);

	assert_int_equal(client_allocate(&c), 0);
	world_wait(&w, 601000);
	assert_int_equal(w.end, TURN_END_EXPIRED);

	client_login(&c);
	assert_int_equal(client_allocate(&c), 0);
	turn_delete(w.turn, client_allocation(&c));
	assert_int_equal(w.end, TURN_END_DELETED);

	assert_int_equal(client_allocate(&c), 0);
	turn_free(w.turn);
	w.turn = NULL;
	assert_int_equal(w.end, TURN_END_CLOSED);
	assert_int_equal(w.gone, 4);
}

static void one_family_ended_leaves_the_other_to_expire(void **state)
{
	(void)state;
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
	client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY, 2);
	assert_int_equal(client_send(&c), 0);
	client_begin(&c, STUN_REFRESH);
	stun_put_u32(&c.w, STUN_LIFETIME, 0);
	client_put_u8(&c, STUN_REQUESTED_ADDRESS_FAMILY, 2);
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(w.gone, 0);
	world_wait(&w, 601000);
	assert_int_equal(w.gone, 1);
	assert_int_equal(w.end, TURN_END_EXPIRED);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(refreshing_is_told),
		T(a_permission_is_told_once),
		T(a_channel_is_told_once_with_its_permission),
		T(what_expires_is_told),
		T(wrong_credentials_are_told_but_no_beginning),
		T(refused_requests_tell_nothing_else),
		T(the_end_has_a_reason),
		T(one_family_ended_leaves_the_other_to_expire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
