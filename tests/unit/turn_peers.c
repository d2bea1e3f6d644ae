// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_case.h"

// Permissions and channels: RFC 8656 sections 9, 10, 12, and who may be a peer at all.

static struct turn_allocation *make(uint8_t additional)
{
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
	if (additional)
		client_put_u8(&c, STUN_ADDITIONAL_ADDRESS_FAMILY, additional);
	assert_int_equal(client_send(&c), 0);
	return client_allocation(&c);
}

static void permission_lives_its_time(void **state)
{
	struct turn_allocation *a = make(0);

	(void)state;
	assert_int_equal(client_permit(&c, "198.18.0.20:9"), 0);
	assert_int_equal(a->permission_count, 1);
	assert_int_equal(w.changed, 1);
	world_wait(&w, 200000);
	assert_int_equal(client_permit(&c, "198.18.0.20:10"), 0); // the port does not matter
	assert_int_equal(a->permission_count, 1);
	assert_int_equal(w.changed, 1); // refreshed only
	assert_int_equal(a->permissions[0].due_ms, w.now.ms + 300000);
	world_wait(&w, 299000);
	assert_int_equal(a->permission_count, 1);
	world_wait(&w, 1000);
	assert_int_equal(a->permission_count, 0);
	assert_int_equal(w.changed, 2);
	assert_int_equal(turn_count(w.turn), 1);
}

static void without_allocation(void **state)
{
	(void)state;
	assert_int_equal(client_permit(&c, "198.18.0.20:9"), 437);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 437);
	assert_true(c.reply.integrity);
}

static void several_peers_all_or_nothing(void **state)
{
	struct turn_allocation *a = make(0);

	(void)state;
	client_begin(&c, STUN_CREATE_PERMISSION);
	assert_int_equal(client_send(&c), 400);
	client_begin(&c, STUN_CREATE_PERMISSION);
	client_put_peer(&c, "198.18.0.20:9");
	client_put_peer(&c, "198.18.0.21:9");
	client_put_peer(&c, "198.18.0.20:10");
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(a->permission_count, 2);
	assert_int_equal(w.changed, 1);
	client_begin(&c, STUN_CREATE_PERMISSION);
	client_put_peer(&c, "198.18.0.22:9");
	client_put_peer(&c, "10.0.0.1:9");
	assert_int_equal(client_send(&c), 403);
	client_begin(&c, STUN_CREATE_PERMISSION);
	client_put_peer(&c, "198.18.0.22:9");
	client_put_peer(&c, "[2001:2::20]:9");
	assert_int_equal(client_send(&c), 443);
	client_begin(&c, STUN_CREATE_PERMISSION);
	client_put_peer(&c, "198.18.0.22:9");
	stun_put(&c.w, STUN_XOR_PEER_ADDRESS, "\0\1\0\0", 4);
	assert_int_equal(client_send(&c), 400);
	assert_int_equal(a->permission_count, 2);
}

static void permissions_are_bounded(void **state)
{
	struct turn_allocation *a = make(0);
	char peer[64];

	(void)state;
	for (unsigned i = 0; i < TURN_PERMISSIONS_MAX - 1; i++) {
		snprintf(peer, sizeof peer, "198.18.1.%u:9", i);
		assert_int_equal(client_permit(&c, peer), 0);
	}
	client_begin(&c, STUN_CREATE_PERMISSION);
	for (unsigned i = 0; i < 3; i++)
		client_put_peer(&c, "198.18.1.255:9"); // three times the last one
	assert_int_equal(client_send(&c), 0);
	assert_int_equal(a->permission_count, TURN_PERMISSIONS_MAX);
	assert_int_equal(client_permit(&c, "198.18.2.1:9"), 508);
	assert_int_equal(client_permit(&c, "198.18.1.1:9"), 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.2.1:9"), 508);
	assert_int_equal(a->channel_count, 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.1.1:9"), 0);
	client_begin(&c, STUN_CREATE_PERMISSION);
	for (unsigned i = 0; i <= TURN_PEERS_PER_REQUEST; i++)
		client_put_peer(&c, "198.18.1.1:9");
	assert_int_equal(client_send(&c), 508);
}

static void families_of_peers(void **state)
{
	(void)state;
	make(0);
	assert_int_equal(client_permit(&c, "[2001:2::20]:9"), 443);
	assert_int_equal(client_bind(&c, 0x4000, "[2001:2::20]:9"), 443);
	assert_int_equal(client_refresh(&c, 0), 0);
	make(2);
	assert_int_equal(client_permit(&c, "[2001:2::20]:9"), 0);
	assert_int_equal(client_permit(&c, "198.18.0.20:9"), 0);
}

// Every spelling of an address that is denied: as itself and hidden in an IPv6 address.
static void denied_peers(void **state)
{
	static const char *const peers[] = {
		"0.0.0.0:9",
		"0.1.2.3:9",
		"10.0.0.1:9",
		"100.64.0.1:9",
		"127.0.0.1:9",
		"169.254.169.254:9",
		"172.16.0.1:9",
		"172.31.255.255:9",
		"192.168.1.1:9",
		"224.0.0.1:9",
		"255.255.255.255:9",
		"240.0.0.1:9",
		"[::]:9",
		"[::1]:9",
		"[fe80::1]:9",
		"[fc00::1]:9",
		"[fd00::1]:9",
		"[ff02::1]:9",
		"[::127.0.0.1]:9",
		"[64:ff9b::10.0.0.1]:9",
		"[64:ff9b:1::1]:9",
		"[2002:7f00:1::1]:9",
		"[2002:a00:1::]:9",
		"[fec0::1]:9",
		"[100::1]:9",
		"[64:ff9b::7f00:1]:9",
	};

	(void)state;
	make(2);
	for (unsigned i = 0; i < sizeof peers / sizeof *peers; i++) {
		if (client_permit(&c, peers[i]) != 403)
			fail_msg("%s may be a peer", peers[i]);
		assert_int_equal(client_bind(&c, 0x4000, peers[i]), 403);
	}
	assert_int_equal(client_allocation(&c)->permission_count, 0);
	assert_int_equal(client_permit(&c, "[64:ff9b::198.18.0.20]:9"), 0);
	assert_int_equal(client_permit(&c, "198.18.0.1:49152"), 0); // our own relay: hairpin
}

// IPv4 in an IPv6 attribute: no way round the family, nor round the rules.
static void mapped_peers(void **state)
{
	static const uint8_t mapped[20] = {0, 2, 0x21, 0x1b};
	uint8_t value[20];
	struct turn_allocation *a = make(0);

	(void)state;
	for (unsigned round = 0; round < 2; round++) {
		client_begin(&c, STUN_CREATE_PERMISSION);
		memcpy(value, mapped, 4);
		memset(value + 4, 0, 16);
		memset(value + 14, 0xff, 2);
		memcpy(value + 16, "\xc6\x12\0\x14", 4);
		for (unsigned i = 0; i < 4; i++)
			value[4 + i] ^= (uint8_t)(STUN_MAGIC >> (24 - 8 * i));
		for (unsigned i = 0; i < 12; i++)
			value[8 + i] ^= c.request[8 + i];
		stun_put(&c.w, STUN_XOR_PEER_ADDRESS, value, sizeof value);
		assert_int_equal(client_send(&c), round ? 403 : 443);
		assert_int_equal(a->permission_count, 0);
		assert_int_equal(client_refresh(&c, 0), 0);
		a = make(2);
	}
}

static void allow_wins(void **state)
{
	struct net_prefix allow;
	struct net_addr inner;

	(void)state;
	assert_int_equal(net_prefix_parse(&allow, "10.1.0.0/16"), 0);
	w.settings.peers.allow = &allow;
	w.settings.peers.allow_count = 1;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	make(2);
	assert_int_equal(client_permit(&c, "10.1.2.3:9"), 0);
	assert_int_equal(client_permit(&c, "10.2.2.3:9"), 403);
	assert_int_equal(client_permit(&c, "172.32.0.1:9"), 0); // just past 172.16.0.0/12
	assert_int_equal(client_permit(&c, "[2002:a01:1::]:9"), 0);
	assert_int_equal(net_prefix_parse(&allow, "2002::/16"), 0);
	assert_int_equal(net_addr_parse(&inner, "2002:a01:1::"), 0);
	assert_false(turn_peer_allowed(&w.settings.peers, &inner));
}

static void channel_binds_and_permits(void **state)
{
	struct turn_allocation *a = make(0);

	(void)state;
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 0);
	assert_int_equal(a->channel_count, 1);
	assert_int_equal(a->channels[0].number, 0x4000);
	assert_int_equal(a->channels[0].peer.port, 9);
	assert_int_equal(a->permission_count, 1);
	assert_int_equal(w.changed, 1);
	assert_int_equal(client_repeat(&c), 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 0);
	assert_int_equal(w.changed, 1);
	assert_int_equal(client_bind(&c, 0x4fff, "198.18.0.20:10"), 0);
	assert_int_equal(a->channel_count, 2);
	assert_int_equal(a->permission_count, 1);
}

static void channel_bad_requests(void **state)
{
	struct turn_allocation *a = make(0);

	(void)state;
	assert_int_equal(client_bind(&c, 0x3fff, "198.18.0.20:9"), 400);
	assert_int_equal(client_bind(&c, 0x5000, "198.18.0.20:9"), 400);
	assert_int_equal(client_bind(&c, 0x7fff, "198.18.0.20:9"), 400);
	assert_int_equal(client_bind(&c, 0xffff, "198.18.0.20:9"), 400);
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.20:0"), 400);
	client_begin(&c, STUN_CHANNEL_BIND);
	stun_put_u32(&c.w, STUN_CHANNEL_NUMBER, 0x40000000);
	assert_int_equal(client_send(&c), 400);
	client_begin(&c, STUN_CHANNEL_BIND);
	client_put_peer(&c, "198.18.0.20:9");
	assert_int_equal(client_send(&c), 400);
	client_begin(&c, STUN_CHANNEL_BIND);
	stun_put(&c.w, STUN_CHANNEL_NUMBER, "\x40", 2);
	client_put_peer(&c, "198.18.0.20:9");
	assert_int_equal(client_send(&c), 400);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:10"), 400);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.21:9"), 400);
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.20:9"), 400);
	assert_int_equal(a->channel_count, 1);
	assert_int_equal(a->permission_count, 1);
}

static void legacy_channels(void **state)
{
	(void)state;
	w.settings.legacy_channels = true;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	make(0);
	assert_int_equal(client_bind(&c, 0x7fff, "198.18.0.20:9"), 0);
	assert_int_equal(client_bind(&c, 0x8000, "198.18.0.21:9"), 400);
}

static void channel_lives_its_time(void **state)
{
	struct turn_allocation *a = make(0);

	(void)state;
	assert_int_equal(client_refresh(&c, 3600), 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 0);
	world_wait(&w, 300000);
	assert_int_equal(a->permission_count, 0); // the channel stands without its permission
	assert_int_equal(a->channel_count, 1);
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.20:9"), 400);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 0);
	assert_int_equal(a->permission_count, 1);
	world_wait(&w, 599000);
	assert_int_equal(a->channel_count, 1);
	w.now.ms += 1000; // no timer yet
	assert_int_equal(client_bind(&c, 0x4001, "198.18.0.20:9"), 0);
	assert_int_equal(a->channel_count, 1);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.21:9"), 0);
}

static void channel_ends_before_its_permission(void **state)
{
	struct turn_allocation *a = make(0);

	(void)state;
	w.settings.channel_s = 60;
	assert_int_equal(turn_reconfigure(w.turn, &w.settings), 0);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.0.20:9"), 0);
	world_wait(&w, 60000);
	assert_int_equal(a->channel_count, 0);
	assert_int_equal(a->permission_count, 1);
}

static void channels_are_bounded(void **state)
{
	struct turn_allocation *a = make(0);
	char peer[64];

	(void)state;
	for (unsigned i = 0; i < TURN_CHANNELS_MAX; i++) {
		snprintf(peer, sizeof peer, "198.18.1.1:%u", i + 1);
		assert_int_equal(client_bind(&c, (uint16_t)(0x4000 + i), peer), 0);
	}
	assert_int_equal(client_bind(&c, 0x4f00, "198.18.1.2:9"), 508);
	assert_int_equal(a->permission_count, 1);
	assert_int_equal(client_bind(&c, 0x4000, "198.18.1.1:1"), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(permission_lives_its_time),
		T(without_allocation),
		T(several_peers_all_or_nothing),
		T(permissions_are_bounded),
		T(families_of_peers),
		T(denied_peers),
		T(mapped_peers),
		T(allow_wins),
		T(channel_binds_and_permits),
		T(channel_bad_requests),
		T(legacy_channels),
		T(channel_lives_its_time),
		T(channel_ends_before_its_permission),
		T(channels_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
