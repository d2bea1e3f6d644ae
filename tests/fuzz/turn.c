// SPDX-License-Identifier: Apache-2.0
#undef NDEBUG // the assertions are the test
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "turn/turn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// The input is a script: messages of four clients, most of them signed so that they get past
// authentication, between steps of time and of the operator. After each step the server's state is
// looked over.

#define REALM "turnpike.test"
#define CLIENTS 4
#define ALLOCATIONS 6
#define STEPS_MAX 64

static const struct turn_user users[2] = {{"alice", "secret"}, {"bob", "hunter2"}};
static const uint8_t algorithms[8] = {0, STUN_SHA256, 0, 0, 0, STUN_MD5, 0, 0};

struct client {
	struct turn_tuple tuple;
	char nonce[64];
	size_t nonce_len;
};

struct play {
	struct turn *turn;
	struct turn_settings settings;
	struct turn_relay_address relays[2];
	struct turn_now now;
	struct client clients[CLIENTS];
	struct cursor script;
	unsigned made, gone;
	uint32_t transactions;
	uint8_t message[STUN_MESSAGE_MAX];
	size_t message_len;
	struct client *sender;
};

static int play_made(void *ctx, struct turn_allocation *a)
{
	struct play *p = ctx;

	// One in 16 is refused, by its number, so that a run can be replayed.
	if (a->id % 16 == 15)
		return -1;
	p->made++;
	return 0;
}

static void play_changed(void *ctx, struct turn_allocation *a)
{
	struct play *p = ctx;

	assert(turn_find_id(p->turn, a->id) == a);
}

static void play_gone(void *ctx, struct turn_allocation *a)
{
	struct play *p = ctx;

	assert(a->id);
	p->gone++;
}

static struct stun_key key_of(unsigned user, enum stun_algorithm algorithm)
{
	static struct stun_key keys[2][3];
	struct stun_key *k = &keys[user][algorithm];

	if (!k->len)
		stun_key_derive(k, algorithm, users[user].name, strlen(users[user].name), REALM,
				users[user].password);
	return *k;
}

static void play_begin(struct play *p)
{
	const struct turn_sink sink = {play_made, play_changed, play_gone};

	net_addr_parse(&p->relays[0].addr, "198.18.0.1");
	net_addr_parse(&p->relays[1].addr, "2001:2::1");
	p->settings = (struct turn_settings){
		.realm = REALM,
		.users = users,
		.user_count = 2,
		.relays = p->relays,
		.relay_count = 2,
		.relay_port_min = 50001,
		.relay_port_max = 50008,
		.allocations_max = ALLOCATIONS,
		.life_default_s = 60,
		.life_max_s = 120,
		.permission_s = 30,
		.channel_s = 60,
	};
	p->settings.peers.deny = turn_deny_default(&p->settings.peers.deny_count);
	p->now = (struct turn_now){.ms = 1000, .wall_s = 1800000000};
	p->turn = turn_new(&p->settings, &sink, p, p->now.ms);
	assert(p->turn);
	for (unsigned i = 0; i < CLIENTS; i++) {
		net_endpoint_parse(&p->clients[i].tuple.client,
				   i % 2 ? "[2001:2::10]:5000" : "198.18.0.10:5000");
		p->clients[i].tuple.client.port += i;
		p->clients[i].tuple.server.addr = p->relays[i % 2].addr;
		p->clients[i].tuple.server.port = 3478;
		p->clients[i].tuple.transport = TURN_UDP;
	}
}

// --- What must hold --------------------------------------------------------------------------------

static bool serves(const struct turn_allocation *a, const struct net_addr *peer)
{
	for (unsigned i = 0; i < 2; i++)
		if (a->relay[i].port && net_addr_is4(&a->relay[i].addr) == net_addr_is4(peer))
			return true;
	return false;
}

static void peers_check(const struct play *p, const struct turn_allocation *a)
{
	assert(a->permission_count <= TURN_PERMISSIONS_MAX);
	assert(a->channel_count <= TURN_CHANNELS_MAX);
	for (unsigned i = 0; i < a->permission_count; i++) {
		const struct net_addr *peer = &a->permissions[i].peer;

		assert(turn_peer_allowed(&p->settings.peers, peer) && serves(a, peer));
		for (unsigned j = 0; j < i; j++)
			assert(!net_addr_equal(peer, &a->permissions[j].peer));
	}
	for (unsigned i = 0; i < a->channel_count; i++) {
		const struct turn_channel *c = &a->channels[i];

		assert(c->number >= TURN_CHANNEL_MIN && c->number <= 0x7fff && c->peer.port);
		assert(turn_peer_allowed(&p->settings.peers, &c->peer.addr));
		assert(serves(a, &c->peer.addr));
		for (unsigned j = 0; j < i; j++) {
			assert(c->number != a->channels[j].number);
			assert(!net_endpoint_equal(&c->peer, &a->channels[j].peer));
		}
	}
}

static void state_check(struct play *p)
{
	unsigned count = 0;

	for (struct turn_allocation *a = turn_next(p->turn, NULL); a; a = turn_next(p->turn, a)) {
		count++;
		assert(turn_find(p->turn, &a->tuple) == a);
		assert(turn_find_id(p->turn, a->id) == a);
		assert(a->relay[0].port || a->relay[1].port);
		for (unsigned i = 0; i < 2; i++)
			if (a->relay[i].port)
				assert(turn_find_relay(p->turn, &a->relay[i]) == a &&
				       a->relay[i].port >= 50001 && a->relay[i].port <= 50008);
		peers_check(p, a);
	}
	assert(count == turn_count(p->turn) && count == p->made - p->gone);
	assert(count <= ALLOCATIONS);
}

// --- Messages --------------------------------------------------------------------------------------

static void nonce_learn(struct client *c, const struct stun_message *m)
{
	const struct stun_attr *a = stun_find(m, STUN_NONCE);

	if (!a || a->len > sizeof c->nonce)
		return;
	memcpy(c->nonce, a->value, a->len);
	c->nonce_len = a->len;
}

static void message_send(struct play *p)
{
	static uint8_t out[STUN_MESSAGE_MAX];
	struct stun_message m;
	size_t len;

	if (!p->sender)
		return;
	len = turn_request(p->turn, &p->sender->tuple, p->message, p->message_len, p->now, out,
			   sizeof out);
	if (!len)
		return;
	assert(len <= sizeof out && !stun_decode(&m, out, len));
	assert(m.class_ == STUN_SUCCESS || m.class_ == STUN_ERROR);
	assert(!memcmp(m.tid, p->message + 8, STUN_TID_LEN));
	assert((m.class_ == STUN_ERROR) == (stun_find(&m, STUN_ERROR_CODE) != NULL));
	assert(!m.fingerprint || stun_fingerprint_ok(&m));
	nonce_learn(p->sender, &m);
}

static struct net_endpoint peer_read(struct play *p)
{
	static const char *const known[] = {
		"198.18.0.20:9", "198.18.0.21:9",    "[2001:2::20]:9",        "127.0.0.1:9",
		"10.0.0.1:80",   "[2002:a00:1::]:1", "[64:ff9b::7f00:1]:443", "198.18.0.1:50002",
	};
	uint8_t which = cursor_u8(&p->script);
	struct net_endpoint e;

	net_endpoint_parse(&e, known[which % 8]);
	if (which & 0x80)
		e.port = cursor_u16(&p->script);
	if (which & 0x40)
		e.addr.b[15] = cursor_u8(&p->script);
	return e;
}

static void attribute_put(struct play *p, struct stun_writer *w)
{
	static const uint16_t types[] = {
		STUN_REQUESTED_TRANSPORT,
		STUN_LIFETIME,
		STUN_REQUESTED_ADDRESS_FAMILY,
		STUN_ADDITIONAL_ADDRESS_FAMILY,
		STUN_EVEN_PORT,
		STUN_RESERVATION_TOKEN,
		STUN_CHANNEL_NUMBER,
		STUN_DONT_FRAGMENT,
		STUN_XOR_PEER_ADDRESS,
		STUN_USERNAME,
		STUN_NONCE,
		STUN_PASSWORD_ALGORITHM,
		STUN_PASSWORD_ALGORITHMS,
		STUN_CHANGE_REQUEST,
	};
	uint8_t kind = cursor_u8(&p->script);
	const uint8_t *value;
	uint8_t len;

	if (kind < 64) {
		struct net_endpoint e = peer_read(p);

		stun_put_endpoint(w, STUN_XOR_PEER_ADDRESS, &e);
		return;
	}
	if (kind < 128) {
		stun_put_u32(w, types[kind % 8], cursor_u32(&p->script));
		return;
	}
	len = cursor_u8(&p->script) % 40;
	value = cursor_bytes(&p->script, len);
	if (value)
		stun_put(w, types[kind % 14], value, len);
}

static void message_sign(struct play *p, struct stun_writer *w, uint8_t how)
{
	unsigned user = how & 1;
	bool sha256 = how & 2;
	struct stun_key key = key_of(user, sha256 ? STUN_SHA256 : STUN_MD5);
	uint8_t hash[32];

	stun_userhash(hash, users[user].name, strlen(users[user].name), REALM);
	if (how & 4)
		stun_put(w, STUN_USERHASH, hash, sizeof hash);
	else
		stun_put(w, STUN_USERNAME, users[user].name, strlen(users[user].name));
	stun_put(w, STUN_REALM, REALM, strlen(REALM));
	stun_put(w, STUN_NONCE, p->sender->nonce, p->sender->nonce_len);
	if (sha256) {
		stun_put(w, STUN_PASSWORD_ALGORITHMS, algorithms, sizeof algorithms);
		stun_put(w, STUN_PASSWORD_ALGORITHM, algorithms, 4);
	}
	stun_put_integrity(w, sha256 ? STUN_INTEGRITY_SHA256 : STUN_INTEGRITY_SHA1, key.bytes,
			   key.len);
}

static void message_make(struct play *p, uint8_t op)
{
	static const uint16_t methods[] = {STUN_ALLOCATE,     STUN_REFRESH, STUN_CREATE_PERMISSION,
					   STUN_CHANNEL_BIND, STUN_BINDING, STUN_SEND};
	uint8_t how = cursor_u8(&p->script), shape = cursor_u8(&p->script);
	uint8_t tid[STUN_TID_LEN] = {0};
	struct stun_writer w;

	p->sender = &p->clients[op >> 3 & 3];
	p->transactions++;
	memcpy(tid, &p->transactions, sizeof p->transactions);
	w = stun_begin(p->message, sizeof p->message, STUN_REQUEST, methods[shape % 6], tid);
	if (how & 0x20)
		stun_put_u32(&w, STUN_REQUESTED_TRANSPORT, (uint32_t)TURN_UDP << 24);
	for (unsigned i = shape >> 4; i; i--)
		attribute_put(p, &w);
	if (!(how & 0x80))
		message_sign(p, &w, how);
	if (how & 8)
		stun_put_fingerprint(&w);
	p->message_len = stun_end(&w);
	if (p->message_len)
		message_send(p);
}

static void message_raw(struct play *p, uint8_t op)
{
	size_t len = cursor_u8(&p->script);
	const uint8_t *bytes = cursor_bytes(&p->script, len);

	p->sender = &p->clients[op >> 3 & 3];
	if (!bytes)
		return;
	memcpy(p->message, bytes, len);
	p->message_len = len;
	message_send(p);
}

// --- Steps -----------------------------------------------------------------------------------------

static void time_pass(struct play *p)
{
	uint64_t ms = cursor_u16(&p->script) * UINT64_C(50);

	p->now.ms += ms;
	p->now.wall_s += ms / 1000;
	if (ms & 64)
		turn_advance(p->turn, p->now, 3 + (unsigned)(ms & 0xff));
}

static void operator_act(struct play *p)
{
	uint8_t what = cursor_u8(&p->script);
	struct turn_allocation *a = turn_next(p->turn, NULL);

	if (what & 1)
		turn_drain(p->turn, what & 2, what & 4 ? &p->clients[0].tuple.client : NULL);
	if (what & 8) {
		p->settings.legacy_channels = what & 16;
		p->settings.allocations_per_user_max = what & 32 ? 2 : 0;
		assert(!turn_reconfigure(p->turn, &p->settings));
	}
	if (what & 64 && a)
		turn_delete(p->turn, a);
}

static void icmp_arrives(struct play *p)
{
	static const uint8_t tid[STUN_TID_LEN] = {0};
	struct turn_allocation *a = turn_next(p->turn, NULL);
	struct net_icmp_error e = {.type = cursor_u8(&p->script), .code = cursor_u8(&p->script)};
	uint8_t out[128];
	struct stun_message m;
	size_t len;

	if (!a)
		return;
	e.data = cursor_u32(&p->script);
	e.src = a->relay[e.code & 1];
	e.dst = peer_read(p);
	len = turn_icmp(p->turn, a, &e, out, sizeof out, tid);
	assert(!len || (!stun_decode(&m, out, len) && m.class_ == STUN_INDICATION));
}

static void step(struct play *p)
{
	uint8_t op = cursor_u8(&p->script);

	switch (op & 7) {
	case 0:
		message_raw(p, op);
		break;
	case 1:
		time_pass(p);
		break;
	case 2:
		message_send(p);
		break;
	case 3:
		operator_act(p);
		break;
	case 4:
		icmp_arrives(p);
		break;
	default:
		message_make(p, op);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct play p;

	memset(&p, 0, sizeof p);
	p.script = cursor_of(data, size);
	play_begin(&p);
	for (unsigned i = 0; i < STEPS_MAX && cursor_left(&p.script); i++) {
		step(&p);
		state_check(&p);
	}
	turn_free(p.turn);
	assert(p.made == p.gone);
	return 0;
}
