// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <malloc.h>
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_case.h"

// New settings, draining, ICMP, memory.

static void bad_settings(void **state)
{
	const struct turn_settings good = w.settings;
	struct turn_settings bad[] = {good, good, good, good, good};

	(void)state;
	bad[0].realm = "";
	bad[1].relay_port_min = 0;
	bad[2].relay_port_min = 60000;
	bad[2].relay_port_max = 59999;
	bad[3].life_default_s = 0;
	bad[4].relay_count = TURN_RELAYS_MAX + 1;
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(turn_reconfigure(w.turn, &bad[i]), -EINVAL);
		assert_null(turn_new(&bad[i], NULL, NULL, 0));
		assert_int_equal(errno, EINVAL);
	}
	assert_int_equal(client_allocate(&c), 0);
}

static void users_change(void **state)
{
	static const struct turn_user next[] = {{"alice", "changed"}};

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	w.settings.users = next;
	w.settings.user_count = 1;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(client_refresh(&c, 600), 401);
	c.password = "changed";
	assert_int_equal(client_refresh(&c, 600), 0);
	c.user = "bob";
	assert_int_equal(client_refresh(&c, 600), 401);
}

static void secrets_change(void **state)
{
	static const char *const both[] = {"next", "s3cret"}, *const next[] = {"next"};
	char user[64], password[64];

	(void)state;
	turn_credential_issue(w.turn, "zoe", 600, w.now.wall_s, user, sizeof user, password,
			      sizeof password);
	c.user = user;
	c.password = password;
	assert_int_equal(client_allocate(&c), 0);
	w.settings.shared_secrets = both;
	w.settings.shared_secret_count = 2;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(client_refresh(&c, 600), 0);
	w.settings.shared_secrets = next;
	w.settings.shared_secret_count = 1;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(client_refresh(&c, 600), 401);
	w.settings.shared_secret_count = 0;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(turn_credential_issue(w.turn, "zoe", 60, 0, user, sizeof user, password,
					       sizeof password),
			 -ENOENT);
}

static void relays_change(void **state)
{
	struct turn_relay_address other;
	struct net_endpoint relay;
	struct turn_client d;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	relay = client_allocation(&c)->relay[0];
	assert_int_equal(net_addr_parse(&other.addr, "198.18.0.2"), 0);
	w.settings.relays = &other;
	w.settings.relay_count = 1;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_ptr_equal(turn_find_relay(w.turn, &relay), client_allocation(&c));
	assert_int_equal(client_refresh(&c, 600), 0);
	client_init(&d, &w, "198.18.0.11:5000", "alice", "secret");
	assert_int_equal(client_allocate(&d), 0);
	assert_true(net_addr_equal(&client_allocation(&d)->relay[0].addr, &other.addr));
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_null(turn_find_relay(w.turn, &relay));
	for (unsigned i = 0; i < 2 * TURN_RELAYS_MAX; i++) { // rows are used again
		other.addr.b[15] = (uint8_t)(i + 3);
		assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
		assert_int_equal(client_allocate(&c), 0);
		assert_int_equal(client_refresh(&c, 0), 0);
	}
}

static void denied_peers_lose_what_they_had(void **state)
{
	struct net_prefix denied;
	unsigned changed;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(client_permit(&c, "198.19.0.3:1"), 0);
	assert_int_equal(client_permit(&c, "198.18.0.3:1"), 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.19.0.4:5000"), 0);
	changed = w.changed;
	assert_int_equal(net_prefix_parse(&denied, "198.19.0.0/16"), 0);
	w.settings.peers.deny = &denied;
	w.settings.peers.deny_count = 1;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(client_allocation(&c)->permission_count, 1);
	assert_int_equal(client_allocation(&c)->channel_count, 0);
	assert_int_equal(w.changed, changed + 1);
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(w.changed, changed + 1);
	assert_int_equal(client_permit(&c, "198.19.0.3:1"), 403);
}

static void a_second_family_by_the_draft(void **state)
{
	for (unsigned legacy = 0; legacy < 2; legacy++) {
		(void)state;
		w.settings.legacy_channels = legacy;
		assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
		client_begin(&c, STUN_ALLOCATE);
		client_put_u8(&c, STUN_REQUESTED_TRANSPORT, 17);
		client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY_DRAFT, 2);
		assert_int_equal(client_send(&c), 0);
		assert_int_equal(client_reply_count(&c, STUN_XOR_RELAYED_ADDRESS), 1 + legacy);
		assert_int_equal(client_refresh(&c, 0), 0);
	}
}

static void the_address_that_was_reached_goes_first(void **state)
{
	struct turn_relay_address many[8];

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		assert_int_equal(net_addr_parse(&many[i].addr, "198.18.0.1"), 0);
		many[i].addr.b[15] = (uint8_t)(8 - i);
	}
	w.settings.relays = many;
	w.settings.relay_count = 8;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	for (unsigned i = 0; i < 20; i++) {
		assert_int_equal(client_allocate(&c), 0);
		assert_true(net_addr_equal(&client_allocation(&c)->relay[0].addr,
					   &c.tuple.server.addr));
		assert_int_equal(client_refresh(&c, 0), 0);
	}
}

static void bounds_grow(void **state)
{
	struct turn_client d;
	uint64_t ids[40];

	(void)state;
	w.settings.allocations_max = 20;
	turn_free(w.turn);
	world_open(&w);
	for (unsigned i = 0; i < 40; i++) {
		client_init(&d, &w, "198.18.0.11:1", "alice", "secret");
		d.tuple.client.port = (uint16_t)(i + 1);
		if (i == 20) {
			assert_int_equal(client_allocate(&d), 508);
			w.settings.allocations_max = 1000;
			assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
		}
		assert_int_equal(client_allocate(&d), 0);
		ids[i] = client_allocation(&d)->id;
	}
	for (unsigned i = 0; i < 40; i++) {
		assert_non_null(turn_find_id(w.turn, ids[i]));
		d.tuple.client.port = (uint16_t)(i + 1);
		assert_int_equal(client_allocation(&d)->id, ids[i]);
	}
}

static void draining(void **state)
{
	struct net_endpoint elsewhere = client_endpoint("198.18.9.9:3478");
	struct turn_client d;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	turn_drain(w.turn, true, NULL);
	assert_int_equal(client_repeat(&c), 0);
	assert_int_equal(client_refresh(&c, 600), 0);
	client_init(&d, &w, "198.18.0.11:5000", "alice", "secret");
	assert_int_equal(client_allocate(&d), 508);
	turn_drain(w.turn, true, &elsewhere);
	assert_int_equal(client_allocate(&d), 300);
	assert_memory_equal(stun_find(&d.reply, STUN_ALTERNATE_SERVER)->value,
			    "\0\1\x0d\x96\xc6\x12\x09\x09", 8);
	assert_true(d.reply.integrity);
	client_init(&d, &w, "[2001:2::11]:5000", "alice", "secret");
	assert_int_equal(client_allocate(&d), 508); // of another family: of no use
	turn_drain(w.turn, false, NULL);
	assert_int_equal(client_allocate(&d), 0);
}

static void icmp_reaches_the_client(void **state)
{
	static const uint8_t tid[STUN_TID_LEN] = {1, 2, 3};
	struct net_icmp_error e = {.type = 3, .code = 4, .data = 1400};
	uint8_t out[128];
	struct stun_message m;
	struct turn_allocation *a;
	size_t len;

	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	a = client_allocation(&c);
	e.src = a->relay[0];
	e.dst = client_endpoint("198.18.0.20:9");
	assert_int_equal(turn_icmp(w.turn, a, &e, out, sizeof out, tid), 0); // no permission
	assert_int_equal(client_permit(&c, "198.18.0.20:1"), 0);
	len = turn_icmp(w.turn, a, &e, out, sizeof out, tid);
	assert_int_equal(stun_decode(&m, out, len), 0);
	assert_int_equal(m.class_, STUN_INDICATION);
	assert_int_equal(m.method, STUN_DATA);
	assert_null(stun_find(&m, STUN_DATA_ATTR));
	assert_non_null(stun_find(&m, STUN_XOR_PEER_ADDRESS));
	assert_memory_equal(stun_find(&m, STUN_ICMP)->value, "\0\0\x06\x04\0\0\x05\x78", 8);
	e.code = 3; // only a "too big" tells an MTU
	len = turn_icmp(w.turn, a, &e, out, sizeof out, tid);
	assert_int_equal(stun_decode(&m, out, len), 0);
	assert_memory_equal(stun_find(&m, STUN_ICMP)->value, "\0\0\x06\x03\0\0\0\0", 8);
	e.type = 8;
	assert_int_equal(turn_icmp(w.turn, a, &e, out, sizeof out, tid), 0);
	e.type = 3;
	e.src.port ^= 1;
	assert_int_equal(turn_icmp(w.turn, a, &e, out, sizeof out, tid), 0);
}

// Everything that takes memory, in one go; any allocation on the way may fail.
static bool whole_life(void *ctx)
{
	struct turn_world *m = ctx;
	char user[64], password[64];
	struct turn_client d;
	bool done = false;
	unsigned code;

	world_init(m);
	m->settings.allocations_per_user_max = 5;
	m->settings.relay_port_min = 50000;
	m->settings.relay_port_max = 50001;
	world_open(m);
	if (!m->turn)
		return false;
	turn_credential_issue(m->turn, "zoe", 600, m->now.wall_s, user, sizeof user, password,
			      sizeof password);
	client_init(&d, m, "198.18.0.10:5000", user, password);
	client_login(&d);
	client_begin(&d, STUN_ALLOCATE);
	client_put_u8(&d, STUN_REQUESTED_TRANSPORT, TURN_UDP);
	stun_put(&d.w, STUN_EVEN_PORT, "\x80", 1);
	code = client_send(&d);
	if (code == 508) { // nothing of the first attempt is left in the way
		assert_int_equal(client_repeat(&d), 0);
	} else if (!client_permit(&d, "198.18.0.20:1")) {
		code = client_bind(&d, 0x4000, "198.18.0.21:1");
		assert_true(code == 0 || code == 508);
		assert_int_equal(client_allocation(&d)->channel_count, code == 0);
		assert_int_equal(client_allocation(&d)->permission_count, code ? 1 : 2);
		m->settings.allocations_max = 1000;
		done = !code && !turn_reconfigure(m->turn, &m->settings);
	} else {
		assert_int_equal(turn_count(m->turn), m->made);
	}
	world_close(m);
	return done;
}

static void every_allocation_may_fail(void **state)
{
	struct turn_world m;

	(void)state;
	assert_true(kit_allocation_fails(whole_life, &m) > 25);
}

static size_t heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

static void one_life(unsigned i)
{
	struct turn_client d;
	char user[64], password[64], name[16] = "user-";

	name[5] = (char)('a' + i % 26);
	client_init(&d, &w, "198.19.0.1:1", "alice", "secret");
	d.tuple.client.port = (uint16_t)(i % 50000 + 1);
	turn_credential_issue(w.turn, name, 600 + i, w.now.wall_s, user, sizeof user, password,
			      sizeof password);
	d.user = user;
	d.password = password;
	assert_int_equal(client_allocate(&d), 0);
	assert_int_equal(client_permit(&d, "198.18.0.20:1"), 0);
	assert_int_equal(client_bind(&d, 0x4000, "198.18.0.21:1"), 0);
	assert_int_equal(client_refresh(&d, 0), 0);
}

static void ten_thousand_leave_nothing(void **state)
{
	size_t before;

	(void)state;
	one_life(0);
	before = heap_bytes();
	for (unsigned i = 1; i <= 10000; i++)
		one_life(i);
	assert_int_equal(turn_count(w.turn), 0);
	assert_int_equal(w.made, 10001);
	assert_int_equal(w.gone, 10001);
	// What malloc keeps in its caches counts as used; 16 bytes lost a life would be 160,000.
	assert_in_range(heap_bytes(), 0, before + 2048);
}

#define MANY 20000

static void an_allocation_is_small(void **state)
{
	struct turn_client d;
	size_t before;

	(void)state;
	w.settings.allocations_max = MANY;
	w.settings.relay_port_min = 1024;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	before = heap_bytes();
	client_init(&d, &w, "198.19.0.1:1", "alice", "secret");
	for (unsigned i = 0; i < MANY; i++) {
		d.tuple.client.port = (uint16_t)(i + 1);
		d.nonce_len = 0;
		assert_int_equal(client_allocate(&d), 0);
		assert_int_equal(client_permit(&d, "198.18.0.20:1"), 0);
		assert_int_equal(client_bind(&d, 0x4000, "198.18.0.20:1"), 0);
	}
	// Beside these the tables: a pointer, an account's bucket, twice two cells of 4 bytes.
	assert_in_range((heap_bytes() - before) / MANY, 0, 390);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(bad_settings),
		T(users_change),
		T(secrets_change),
		T(relays_change),
		T(denied_peers_lose_what_they_had),
		T(a_second_family_by_the_draft),
		T(the_address_that_was_reached_goes_first),

		T(bounds_grow),
		T(draining),
		T(icmp_reaches_the_client),
		cmocka_unit_test(every_allocation_may_fail),
		T(ten_thousand_leave_nothing),
		T(an_allocation_is_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
