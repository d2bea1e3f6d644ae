// SPDX-License-Identifier: Apache-2.0
#include "ice/private.h"

#include <errno.h>

static const uint16_t known[] = {STUN_USERNAME, STUN_MESSAGE_INTEGRITY,
				 STUN_MESSAGE_INTEGRITY_SHA256, STUN_PRIORITY, STUN_USE_CANDIDATE};

// One check on its way: what it says and whose credentials it used.
struct check {
	struct stun_message message;
	const struct ice_credentials *credentials; // NULL until authentic
	struct ice_ask ask;
};

// Ends an answer begun in `s`: with integrity when it was authentic, and a fingerprint.
static void reply_end(struct ice_reply *r, struct stun_writer *s, const struct check *c)
{
	if (c->credentials)
		stun_put_integrity(s, STUN_INTEGRITY_SHA1, c->credentials->pwd, ICE_PWD_LEN);
	stun_put_fingerprint(s);
	r->len = (uint16_t)stun_end(s);
}

static enum ice_verdict reply_error(struct ice_reply *r, const struct check *c, unsigned code,
				    enum ice_verdict verdict)
{
	struct stun_writer s =
		stun_begin(r->bytes, sizeof r->bytes, STUN_ERROR, STUN_BINDING, c->message.tid);
	uint16_t unknown[ICE_UNKNOWN_MAX];
	unsigned n = stun_unknown(&c->message, known, BASE_COUNT(known), unknown, ICE_UNKNOWN_MAX);

	stun_put_error(&s, code);
	if (code == 420)
		stun_put_unknown(&s, unknown, n < ICE_UNKNOWN_MAX ? n : ICE_UNKNOWN_MAX);
	reply_end(r, &s, c);
	return verdict;
}

static enum ice_verdict reply_success(struct ice_reply *r, const struct check *c)
{
	struct stun_writer s =
		stun_begin(r->bytes, sizeof r->bytes, STUN_SUCCESS, STUN_BINDING, c->message.tid);

	stun_put_endpoint(&s, STUN_XOR_MAPPED_ADDRESS, &c->ask.packet->from);
	reply_end(r, &s, c);
	return ICE_ANSWERED;
}

// "OURS:THEIRS"; `theirs` empty takes any.
static bool username_is(const struct stun_attr *name, const char *ours, const char *theirs)
{
	size_t len = strlen(theirs);

	if (name->len < ICE_UFRAG_LEN + 1 || memcmp(name->value, ours, ICE_UFRAG_LEN) ||
	    name->value[ICE_UFRAG_LEN] != ':')
		return false;
	return !len || (name->len == ICE_UFRAG_LEN + 1 + len &&
			!memcmp(name->value + ICE_UFRAG_LEN + 1, theirs, len));
}

static const struct ice_credentials *credentials_find(const struct ice_agent *a, struct check *c)
{
	const struct stun_attr *name = stun_find(&c->message, STUN_USERNAME);

	c->ask.generation = a->generation;
	if (username_is(name, a->ours.ufrag, a->theirs))
		return &a->ours;
	c->ask.generation--;
	if (a->old_until_ms && c->ask.now_ms < a->old_until_ms &&
	    username_is(name, a->old.ufrag, a->theirs_old))
		return &a->old;
	return NULL;
}

static bool check_authentic(const struct ice_agent *a, struct check *c)
{
	const struct ice_credentials *found = credentials_find(a, c);

	if (!found || !stun_integrity_ok(&c->message, STUN_INTEGRITY_SHA1, found->pwd, ICE_PWD_LEN))
		return false;
	c->credentials = found;
	return true;
}

// 0, -ENOENT or -EBADMSG.
static int tie_breaker_of(const struct stun_message *m, uint16_t type, uint64_t *out)
{
	const struct stun_attr *attr = stun_find(m, type);
	uint64_t value = 0;

	if (!attr)
		return -ENOENT;
	if (attr->len != 8)
		return -EBADMSG;
	for (unsigned i = 0; i < 8; i++)
		value = value << 8 | attr->value[i];
	*out = value;
	return 0;
}

// RFC 8445 section 7.3.1.1. 0 when there is no conflict or it was settled by our changing sides,
// -EADDRINUSE when the peer has to change, -EBADMSG.
static int role_settle(const struct ice_agent *a, const struct stun_message *m, bool *controlling)
{
	uint64_t theirs = 0;
	int controls = tie_breaker_of(m, STUN_ICE_CONTROLLING, &theirs);
	int controlled = tie_breaker_of(m, STUN_ICE_CONTROLLED, &theirs);
	bool conflict = a->controlling ? !controls : !controlled;

	*controlling = a->controlling;
	if (controls == -EBADMSG || controlled == -EBADMSG || (!controls && !controlled))
		return -EBADMSG;
	if (!conflict)
		return 0;
	// The larger number controls; ours is the larger when they are equal.
	if ((a->tie_breaker >= theirs) == a->controlling)
		return -EADDRINUSE;
	*controlling = !a->controlling;
	return 0;
}

static enum ice_verdict check_take(struct ice_agent *a, struct check *c, struct ice_reply *r)
{
	const struct stun_message *m = &c->message;
	bool controlling;
	int err;

	if (stun_unknown(m, known, BASE_COUNT(known), NULL, 0))
		return reply_error(r, c, 420, ICE_UNKNOWN_ATTRIBUTE);
	if (stun_find_u32(m, STUN_PRIORITY, &c->ask.priority))
		return reply_error(r, c, 400, ICE_BAD_REQUEST);
	err = role_settle(a, m, &controlling);
	if (err == -EADDRINUSE)
		return reply_error(r, c, 487, ICE_ROLE_CONFLICT);
	if (err)
		return reply_error(r, c, 400, ICE_BAD_REQUEST);
	a->controlling = controlling;
	c->ask.nominates = stun_find(m, STUN_USE_CANDIDATE) && !controlling;
	r->events = (uint16_t)pair_check(a, &c->ask, r);
	return reply_success(r, c);
}

static enum ice_verdict check_answer(struct ice_agent *a, struct check *c, struct ice_reply *r)
{
	const struct ice_packet *p = c->ask.packet;
	struct stun_message *m = &c->message;

	if (stun_decode(m, p->bytes, p->len_bytes) || m->method != STUN_BINDING)
		return ICE_BAD;
	if (m->class_ != STUN_REQUEST)
		return ICE_IGNORED;
	if (!stun_fingerprint_ok(m))
		return ICE_BAD;
	if (!m->integrity || !stun_find(m, STUN_USERNAME))
		return reply_error(r, c, 400, ICE_BAD_REQUEST);
	if (!check_authentic(a, c))
		return reply_error(r, c, 401, ICE_UNAUTHENTICATED);
	memcpy(&c->ask.tid_hash, m->tid, sizeof c->ask.tid_hash);
	return check_take(a, c, r);
}

unsigned ice_check(struct ice_agent *a, const struct ice_packet *p, uint64_t now_ms,
		   struct ice_reply *reply)
{
	struct check c = {.ask = {.packet = p, .now_ms = now_ms}};

	reply->len = 0;
	reply->events = 0;
	reply->verdict = (uint8_t)check_answer(a, &c, reply);
	return reply->events;
}
