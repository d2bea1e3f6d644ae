// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <string.h>

// What a TURN server understands of the attributes that must be understood.
static const uint16_t known[] = {
	STUN_MAPPED_ADDRESS,
	STUN_USERNAME,
	STUN_MESSAGE_INTEGRITY,
	STUN_ERROR_CODE,
	STUN_UNKNOWN_ATTRIBUTES,
	STUN_CHANNEL_NUMBER,
	STUN_LIFETIME,
	STUN_XOR_PEER_ADDRESS,
	STUN_DATA_ATTR,
	STUN_REALM,
	STUN_NONCE,
	STUN_XOR_RELAYED_ADDRESS,
	STUN_REQUESTED_ADDRESS_FAMILY,
	STUN_EVEN_PORT,
	STUN_REQUESTED_TRANSPORT,
	STUN_DONT_FRAGMENT,
	STUN_MESSAGE_INTEGRITY_SHA256,
	STUN_PASSWORD_ALGORITHM,
	STUN_USERHASH,
	STUN_XOR_MAPPED_ADDRESS,
	STUN_RESERVATION_TOKEN,
};

unsigned turn_unknown_check(const struct turn_exchange *x)
{
	uint16_t one;

	return stun_unknown(&x->m, known, BASE_COUNT(known), &one, 1) ? 420 : 0;
}

void turn_reply_begin(struct turn_exchange *x)
{
	x->w = stun_begin(x->out, x->cap, STUN_SUCCESS, x->m.method, x->m.tid);
}

// The first answer goes to whoever the source address names: no SOFTWARE in it, to keep it small.
static size_t reply_finish(struct turn_exchange *x)
{
	const struct turn_rules *r = x->t->rules;

	if (x->authenticated && r->software_len &&
	    (x->m.method == STUN_ALLOCATE || x->m.method == STUN_REFRESH))
		stun_put(&x->w, STUN_SOFTWARE, r->s.software, r->software_len);
	if (x->authenticated)
		stun_put_integrity(&x->w, x->integrity, x->key.bytes, x->key.len);
	if (x->m.fingerprint)
		stun_put_fingerprint(&x->w);
	return stun_end(&x->w);
}

size_t turn_reply_success(struct turn_exchange *x)
{
	return reply_finish(x);
}

// An empty reason phrase, for the same reason.
static void put_challenge(struct turn_exchange *x, unsigned code)
{
	const uint8_t value[4] = {0, 0, (uint8_t)(code / 100), (uint8_t)(code % 100)};
	const struct turn_rules *r = x->t->rules;
	char nonce[TURN_NONCE_LEN];

	turn_nonce_make(x->t, &x->from->client, x->now.ms, nonce);
	stun_put(&x->w, STUN_ERROR_CODE, value, sizeof value);
	stun_put(&x->w, STUN_REALM, r->s.realm, r->realm_len);
	stun_put(&x->w, STUN_NONCE, nonce, sizeof nonce);
	stun_put(&x->w, STUN_PASSWORD_ALGORITHMS, turn_password_algorithms,
		 sizeof turn_password_algorithms);
}

static void put_unknown(struct turn_exchange *x)
{
	uint16_t types[STUN_ATTRS_MAX];
	unsigned n = stun_unknown(&x->m, known, BASE_COUNT(known), types, BASE_COUNT(types));

	stun_put_unknown(&x->w, types, n);
}

// Not an XOR address: the layout of MAPPED-ADDRESS (RFC 8489 section 14.15).
static void put_alternate(struct turn_exchange *x)
{
	const struct net_endpoint *e = &x->t->alternate;
	bool four = net_addr_is4(&e->addr);
	uint8_t value[20] = {0, four ? 1 : 2, (uint8_t)(e->port >> 8), (uint8_t)e->port};

	memcpy(value + 4, e->addr.b + (four ? 12 : 0), four ? 4 : 16);
	stun_put(&x->w, STUN_ALTERNATE_SERVER, value, four ? 8 : 20);
}

size_t turn_reply_error(struct turn_exchange *x, unsigned code)
{
	x->w = stun_begin(x->out, x->cap, STUN_ERROR, x->m.method, x->m.tid);
	if (code == 401 || code == 438) {
		put_challenge(x, code);
		return reply_finish(x);
	}
	stun_put_error(&x->w, code);
	if (code == 420)
		put_unknown(x);
	if (code == 300)
		put_alternate(x);
	return reply_finish(x);
}
