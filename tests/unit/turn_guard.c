// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "config/limits.h"
#include "kit/kit.h"
#include "kit/turn_client.h"

// Who tries passwords is not heard for a while; nobody else suffers.

static struct turn_world w;
static struct turn_client bad, good;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	world_open(&w);
	assert_non_null(w.turn);
	client_init(&bad, &w, "198.18.0.66:5000", "alice", "guess");
	client_init(&good, &w, "198.18.0.10:5000", "alice", "secret");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(&w);
	return 0;
}

static void guess(struct turn_client *c, unsigned times)
{
	client_login(c);
	for (unsigned i = 0; i < times; i++)
		assert_int_equal(client_allocate(c), 401);
}

static uint64_t limited(void)
{
	return turn_counters(w.turn)->auth_failures[TURN_AUTH_LIMITED];
}

static void a_guesser_is_not_heard(void **state)
{
	(void)state;
	guess(&bad, TURN_GUARD_NAME_MAX);
	assert_int_equal(limited(), 0);
	assert_int_equal(client_allocate(&bad), CLIENT_SILENCE);
	bad.password = "secret"; // nor when it has guessed right
	assert_int_equal(client_allocate(&bad), CLIENT_SILENCE);
	assert_int_equal(limited(), 2);
	world_wait(&w, TURN_GUARD_WINDOW_S * 1000);
	assert_int_equal(client_allocate(&bad), 0);
}

static void another_port_of_it_neither(void **state)
{
	struct turn_client other;

	(void)state;
	guess(&bad, TURN_GUARD_NAME_MAX);
	client_init(&other, &w, "198.18.0.66:6000", "alice", "secret");
	client_login(&other); // without a name there is an answer
	assert_int_equal(client_allocate(&other), CLIENT_SILENCE);
}

static void the_same_user_elsewhere_is_served(void **state)
{
	(void)state;
	guess(&bad, TURN_GUARD_NAME_MAX);
	assert_int_equal(client_allocate(&good), 0);
}

static void another_user_of_that_source_is_served(void **state)
{
	struct turn_client bob;

	(void)state;
	guess(&bad, TURN_GUARD_NAME_MAX);
	client_init(&bob, &w, "198.18.0.66:6000", "bob", "hunter2");
	assert_int_equal(client_allocate(&bob), 0);
}

static void the_source_has_an_end_too(void **state)
{
	struct turn_client bob;
	char user[32];

	(void)state;
	client_init(&bob, &w, "198.18.0.66:6000", "bob", "hunter2");
	assert_int_equal(client_allocate(&bob), 0);
	client_login(&bad);
	bad.user = user;
	for (unsigned i = 0; i < TURN_GUARD_SOURCE_MAX; i++) {
		snprintf(user, sizeof user, "user%u", i);
		assert_int_equal(client_allocate(&bad), 401);
	}
	bad.user = "bob";
	assert_int_equal(client_allocate(&bad), CLIENT_SILENCE);
	assert_int_equal(client_refresh(&bob, 600), 0); // what runs goes on
	assert_int_equal(client_allocate(&good), 0);
}

// Who never saw our challenge may have written any address into the packet.
static void forged_addresses_lock_nobody_out(void **state)
{
	struct turn_client forged;

	(void)state;
	client_login(&bad);
	forged = bad;
	forged.tuple.client = good.tuple.client;
	for (unsigned i = 0; i < 2 * TURN_GUARD_NAME_MAX; i++)
		assert_int_equal(client_allocate(&forged), 401);
	assert_int_equal(client_allocate(&good), 0);
	assert_int_equal(limited(), 0);
}

static void an_ipv6_host_is_its_network(void **state)
{
	struct turn_client other;

	(void)state;
	client_init(&bad, &w, "[2001:2::66]:5000", "alice", "guess");
	guess(&bad, TURN_GUARD_NAME_MAX);
	client_init(&other, &w, "[2001:2::67]:5000", "alice", "secret");
	client_login(&other);
	assert_int_equal(client_allocate(&other), CLIENT_SILENCE);
	client_init(&other, &w, "[2001:2:0:1::66]:5000", "alice", "secret");
	assert_int_equal(client_allocate(&other), 0);
}

// A flood from more sources than there are rows: memory is what it was, and the good are served.
static void a_flood_closes_nothing_wrongly(void **state)
{
	char from[32];

	(void)state;
	for (unsigned i = 0; i < 2 * TURN_GUARD_ROWS; i++) {
		snprintf(from, sizeof from, "198.19.%u.%u:5000", i / 250, i % 250 + 1);
		client_init(&bad, &w, from, "alice", "guess");
		guess(&bad, 1);
	}
	guess(&bad, TURN_GUARD_NAME_MAX - 1);
	assert_int_equal(client_allocate(&bad), CLIENT_SILENCE);
	for (unsigned i = 0; i < 60; i++) {
		snprintf(from, sizeof from, "198.18.1.%u:5000", i + 1);
		client_init(&good, &w, from, "alice", "secret");
		assert_int_equal(client_allocate(&good), 0);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_guesser_is_not_heard),
		T(another_port_of_it_neither),
		T(the_same_user_elsewhere_is_served),
		T(another_user_of_that_source_is_served),
		T(the_source_has_an_end_too),
		T(forged_addresses_lock_nobody_out),
		T(an_ipv6_host_is_its_network),
		T(a_flood_closes_nothing_wrongly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
