// SPDX-License-Identifier: Apache-2.0
#include "kit/turn_client.h"

#include <stdio.h>
#include <string.h>

#include "kit/kit.h"

static const struct turn_user users[] = {{"alice", "secret"}, {"bob", "hunter2"}};
static const char *const secrets[] = {"s3cret"};
static struct turn_relay_address relays[2];
static const uint8_t algorithms[8] = {0, STUN_SHA256, 0, 0, 0, STUN_MD5, 0, 0};

static int world_made(void *ctx, struct turn_allocation *a)
{
	struct turn_world *w = ctx;

	assert_int_equal(a->permission_count + a->channel_count, 0);
	if (w->refuse)
		return w->refuse;
	w->made++;
	return 0;
}

static void world_changed(void *ctx, struct turn_allocation *a)
{
	struct turn_world *w = ctx;

	assert_ptr_equal(turn_find_id(w->turn, a->id), a);
	w->changed++;
}

static void world_gone(void *ctx, struct turn_allocation *a)
{
	struct turn_world *w = ctx;

	assert_non_null(a->user);
	w->end = a->end;
	w->gone++;
}

static void world_told(void *ctx, const struct turn_told *told)
{
	struct turn_world *w = ctx;

	assert_non_null(told->from);
	assert_int_equal(told->allocation == NULL, told->kind == TURN_TOLD_REFUSED);
	w->told[told->kind]++;
	w->last = *told;
	snprintf(w->last_user, sizeof w->last_user, "%.*s", (int)told->user_len,
		 told->user ? told->user : "");
}

static bool world_refused(void *ctx, const char *user, size_t user_len)
{
	const struct turn_world *w = ctx;

	return w->revoked && user_len == strlen(w->revoked) && !memcmp(user, w->revoked, user_len);
}

void world_init(struct turn_world *w)
{
	size_t deny_count;

	memset(w, 0, sizeof *w);
	assert_int_equal(net_addr_parse(&relays[0].addr, "198.18.0.1"), 0);
	assert_int_equal(net_addr_parse(&relays[1].addr, "2001:2::1"), 0);
	w->settings = (struct turn_settings){
		.realm = CLIENT_REALM,
		.software = "kit",
		.users = users,
		.user_count = 2,
		.shared_secrets = secrets,
		.shared_secret_count = 1,
		.relays = relays,
		.relay_count = 2,
		.relay_port_min = 49152,
		.relay_port_max = 65535,
		.allocations_max = 64,
		.life_default_s = 600,
		.life_max_s = 3600,
		.permission_s = 300,
		.channel_s = 600,
	};
	w->settings.peers.deny = turn_deny_default(&deny_count);
	w->settings.peers.deny_count = deny_count;
	memset(w->settings.nonce_key, 7, sizeof w->settings.nonce_key);
	w->now = (struct turn_now){.ms = 100000, .wall_s = 1800000000};
}

void world_open(struct turn_world *w)
{
	const struct turn_sink sink = {world_made, world_changed, world_gone, world_told,
				       world_refused};

	w->turn = turn_new(&w->settings, &sink, w, w->now.ms);
}

void world_close(struct turn_world *w)
{
	turn_free(w->turn);
	w->turn = NULL;
	assert_int_equal(w->made, w->gone);
}

void world_wait(struct turn_world *w, uint64_t ms)
{
	w->now.ms += ms;
	w->now.wall_s += ms / 1000;
	turn_advance(w->turn, w->now, 1u << 30);
}

struct net_endpoint client_endpoint(const char *text)
{
	struct net_endpoint e;

	assert_int_equal(net_endpoint_parse(&e, text), 0);
	return e;
}

void client_init(struct turn_client *c, struct turn_world *w, const char *from, const char *user,
		 const char *password)
{
	memset(c, 0, sizeof *c);
	c->world = w;
	c->tuple.client = client_endpoint(from);
	c->tuple.server = client_endpoint(*from == '[' ? "[2001:2::1]:3478" : "198.18.0.1:3478");
	c->tuple.transport = TURN_UDP;
	c->user = user;
	c->password = password;
	c->realm = CLIENT_REALM;
}

void client_begin(struct turn_client *c, unsigned method)
{
	uint8_t tid[STUN_TID_LEN] = {'t', 'i', 'd', (uint8_t)(c->transactions >> 8),
				     (uint8_t)c->transactions};

	memcpy(tid + 5, &c->tuple.client.port, 2);
	c->transactions++;
	c->w = stun_begin(c->request, sizeof c->request, STUN_REQUEST, method, tid);
}

void client_put_u8(struct turn_client *c, uint16_t type, uint8_t first)
{
	stun_put_u32(&c->w, type, (uint32_t)first << 24);
}

void client_put_peer(struct turn_client *c, const char *peer)
{
	struct net_endpoint e = client_endpoint(peer);

	stun_put_endpoint(&c->w, STUN_XOR_PEER_ADDRESS, &e);
}

static struct stun_key client_key(const struct turn_client *c)
{
	struct stun_key key;

	assert_int_equal(stun_key_derive(&key, c->style == CLIENT_MD5 ? STUN_MD5 : STUN_SHA256,
					 c->user, strlen(c->user), c->realm, c->password),
			 0);
	return key;
}

void client_sign(struct turn_client *c)
{
	struct stun_key key = client_key(c);
	uint8_t hash[32];

	stun_userhash(hash, c->user, strlen(c->user), c->realm);
	if (c->userhash)
		stun_put(&c->w, STUN_USERHASH, hash, sizeof hash);
	else
		stun_put(&c->w, STUN_USERNAME, c->user, strlen(c->user));
	stun_put(&c->w, STUN_REALM, c->realm, strlen(c->realm));
	stun_put(&c->w, STUN_NONCE, c->nonce, c->nonce_len);
	if (c->style == CLIENT_SHA256) {
		stun_put(&c->w, STUN_PASSWORD_ALGORITHMS, algorithms, sizeof algorithms);
		stun_put(&c->w, STUN_PASSWORD_ALGORITHM, algorithms, 4);
	}
	stun_put_integrity(&c->w,
			   c->style == CLIENT_MD5 ? STUN_INTEGRITY_SHA1 : STUN_INTEGRITY_SHA256,
			   key.bytes, key.len);
}

static unsigned reply_code(const struct turn_client *c)
{
	const struct stun_attr *a = stun_find(&c->reply, STUN_ERROR_CODE);

	if (c->reply.class_ == STUN_SUCCESS)
		return 0;
	assert_non_null(a);
	assert_true(a->len >= 4);
	return a->value[2] * 100u + a->value[3];
}

static void reply_integrity_check(const struct turn_client *c)
{
	struct stun_key key;

	if (!c->reply.integrity && !c->reply.integrity256)
		return;
	key = client_key(c);
	assert_true(stun_integrity_ok(&c->reply,
				      c->reply.integrity256 ? STUN_INTEGRITY_SHA256
							    : STUN_INTEGRITY_SHA1,
				      key.bytes, key.len));
}

unsigned client_repeat(struct turn_client *c)
{
	c->answer_len = turn_request(c->world->turn, &c->tuple, c->request, c->request_len,
				     c->world->now, c->answer, sizeof c->answer);
	if (!c->answer_len)
		return CLIENT_SILENCE;
	assert_int_equal(stun_decode(&c->reply, c->answer, c->answer_len), 0);
	assert_memory_equal(c->reply.tid, c->request + 8, STUN_TID_LEN);
	assert_int_equal(c->reply.method,
			 stun_type_method((uint16_t)(c->request[0] << 8 | c->request[1])));
	assert_true(c->reply.class_ == STUN_SUCCESS || c->reply.class_ == STUN_ERROR);
	reply_integrity_check(c);
	return reply_code(c);
}

unsigned client_send_plain(struct turn_client *c)
{
	if (c->fingerprint)
		stun_put_fingerprint(&c->w);
	c->request_len = stun_end(&c->w);
	assert_true(c->request_len > 0);
	return client_repeat(c);
}

unsigned client_send(struct turn_client *c)
{
	client_sign(c);
	return client_send_plain(c);
}

static void nonce_keep(struct turn_client *c)
{
	const struct stun_attr *a = stun_find(&c->reply, STUN_NONCE);

	assert_non_null(a);
	memcpy(c->nonce, a->value, a->len);
	c->nonce_len = a->len;
}

void client_login(struct turn_client *c)
{
	client_begin(c, STUN_ALLOCATE);
	client_put_u8(c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
	assert_int_equal(client_send_plain(c), 401);
	nonce_keep(c);
}

unsigned client_allocate(struct turn_client *c)
{
	if (!c->nonce_len)
		client_login(c);
	client_begin(c, STUN_ALLOCATE);
	client_put_u8(c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
	return client_send(c);
}

unsigned client_refresh(struct turn_client *c, uint32_t life_s)
{
	client_begin(c, STUN_REFRESH);
	stun_put_u32(&c->w, STUN_LIFETIME, life_s);
	return client_send(c);
}

unsigned client_permit(struct turn_client *c, const char *peer)
{
	client_begin(c, STUN_CREATE_PERMISSION);
	client_put_peer(c, peer);
	return client_send(c);
}

unsigned client_bind(struct turn_client *c, uint16_t number, const char *peer)
{
	client_begin(c, STUN_CHANNEL_BIND);
	stun_put_u32(&c->w, STUN_CHANNEL_NUMBER, (uint32_t)number << 16);
	client_put_peer(c, peer);
	return client_send(c);
}

struct turn_allocation *client_allocation(const struct turn_client *c)
{
	return turn_find(c->world->turn, &c->tuple);
}

uint32_t client_reply_u32(const struct turn_client *c, uint16_t type)
{
	uint32_t v;

	assert_int_equal(stun_find_u32(&c->reply, type, &v), 0);
	return v;
}

struct net_endpoint client_reply_endpoint(const struct turn_client *c, uint16_t type)
{
	const struct stun_attr *a = stun_find(&c->reply, type);
	enum net_family family;
	struct net_endpoint e;

	assert_non_null(a);
	assert_int_equal(stun_endpoint_decode(&c->reply, a, &e, &family), 0);
	return e;
}

bool client_reply_has(const struct turn_client *c, uint16_t type)
{
	return stun_find(&c->reply, type) != NULL;
}

// Counts in the bytes: of a type there should be one, decoding lists only the first.
unsigned client_reply_count(const struct turn_client *c, uint16_t type)
{
	unsigned n = 0;

	for (size_t at = STUN_HEADER_LEN; at + 4 <= c->answer_len;) {
		unsigned len = (unsigned)c->answer[at + 2] << 8 | c->answer[at + 3];

		n += (unsigned)c->answer[at] << 8 == (type & 0xff00u) &&
		     c->answer[at + 1] == (type & 0xff);
		at += 4 + ((len + 3u) & ~3u);
	}
	return n;
}
