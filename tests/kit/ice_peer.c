// SPDX-License-Identifier: Apache-2.0
#include "kit/ice_peer.h"

#include <stdio.h>
#include <string.h>

#include "kit/kit.h"

struct net_endpoint peer_endpoint(const char *text)
{
	struct net_endpoint e;

	assert_int_equal(net_endpoint_parse(&e, text), 0);
	return e;
}

void peer_init(struct peer *p)
{
	uint8_t random[ICE_RANDOM_LEN];

	memset(p, 0, sizeof *p);
	for (unsigned i = 0; i < sizeof random; i++)
		random[i] = (uint8_t)(i * 37 + 11);
	p->now_ms = 50000;
	p->ours = peer_endpoint("192.0.2.1:3478");
	assert_int_equal(ice_agent_init(&p->agent, random, PEER_UFRAG, p->now_ms), 0);
	p->agent.tie_breaker = 1000;
}

static void role_put(struct stun_writer *s, const struct peer_check *c)
{
	uint8_t value[8];

	for (unsigned i = 0; i < 8; i++)
		value[i] = (uint8_t)(c->tie_breaker >> (56 - 8 * i));
	if (!c->no_role)
		stun_put(s, c->controlled ? STUN_ICE_CONTROLLED : STUN_ICE_CONTROLLING, value, 8);
}

static void attributes_put(struct stun_writer *s, const struct peer *p, const struct peer_check *c)
{
	char name[128];

	snprintf(name, sizeof name, "%s:%s", c->ufrag ? c->ufrag : p->agent.ours.ufrag,
		 c->theirs ? c->theirs : PEER_UFRAG);
	if (!c->no_username)
		stun_put(s, STUN_USERNAME, name, strlen(name));
	if (!c->no_priority)
		stun_put_u32(s, STUN_PRIORITY, c->priority ? c->priority : PEER_PRIORITY);
	role_put(s, c);
	if (c->nominates)
		stun_put(s, STUN_USE_CANDIDATE, NULL, 0);
	if (c->extra)
		stun_put_u32(s, c->extra, 7);
}

void peer_write(struct peer *p, const struct peer_check *c)
{
	const char *pwd = c->pwd ? c->pwd : p->agent.ours.pwd;
	uint8_t tid[STUN_TID_LEN] = {c->tid ? c->tid : ++p->tid};
	struct stun_writer s = stun_begin(p->bytes, sizeof p->bytes, (enum stun_class)c->class_,
					  c->method ? c->method : STUN_BINDING, tid);

	attributes_put(&s, p, c);
	if (!c->no_integrity)
		stun_put_integrity(&s, STUN_INTEGRITY_SHA1, pwd, strlen(pwd));
	if (c->behind)
		stun_put_u32(&s, c->behind, 7);
	if (!c->no_fingerprint)
		stun_put_fingerprint(&s);
	p->len = stun_end(&s);
	assert_true(p->len > 0);
}

unsigned peer_send(struct peer *p, const char *from)
{
	struct ice_packet packet = {peer_endpoint(from), p->ours, p->bytes, p->len};

	return ice_check(&p->agent, &packet, p->now_ms, &p->reply);
}

unsigned peer_check(struct peer *p, const char *from, const struct peer_check *c)
{
	peer_write(p, c);
	return peer_send(p, from);
}

unsigned peer_code(const struct peer *p, const char *pwd)
{
	const struct stun_attr *error;
	struct stun_message m;

	assert_int_equal(stun_decode(&m, p->reply.bytes, p->reply.len), 0);
	assert_memory_equal(m.tid, p->bytes + 8, STUN_TID_LEN);
	assert_true(stun_fingerprint_ok(&m));
	assert_int_equal(m.method, STUN_BINDING);
	if (pwd)
		assert_true(stun_integrity_ok(&m, STUN_INTEGRITY_SHA1, pwd, strlen(pwd)));
	else
		assert_int_equal(m.integrity, 0);
	error = stun_find(&m, STUN_ERROR_CODE);
	assert_int_equal(m.class_, error ? STUN_ERROR : STUN_SUCCESS);
	return error ? error->value[2] * 100u + error->value[3] : 0;
}
