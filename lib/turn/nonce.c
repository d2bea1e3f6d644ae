// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <string.h>

#define COOKIE STUN_NONCE_COOKIE "wAAA" // base64 of the two features' bits
#define COOKIE_LEN (sizeof COOKIE - 1)
#define STAMP_LEN 4 // base64 of 24 bits of seconds
#define TAG_LEN 11 // base64 of 64 bits
_Static_assert(COOKIE_LEN + STAMP_LEN + TAG_LEN == TURN_NONCE_LEN, "fills whole words");
_Static_assert((STUN_FEATURE_PASSWORD_ALGORITHMS | STUN_FEATURE_USERNAME_ANONYMITY) == 0xc00000,
	       "wAAA stands for c00000");

// SHA-256 first: the client takes the first that it knows.
const uint8_t turn_password_algorithms[8] = {0, STUN_SHA256, 0, 0, 0, STUN_MD5, 0, 0};

static void nonce_at(const struct turn *t, const struct net_endpoint *client, uint64_t second,
		     char out[TURN_NONCE_LEN])
{
	uint64_t facts[4] = {client->addr.d[0], client->addr.d[1], client->port, second};
	uint64_t tag = turn_hash(&t->nonce_key, facts, sizeof facts);
	uint8_t stamp[3] = {(uint8_t)(second >> 16), (uint8_t)(second >> 8), (uint8_t)second};

	memcpy(out, COOKIE, COOKIE_LEN);
	turn_base64(out + COOKIE_LEN, stamp, sizeof stamp);
	turn_base64(out + COOKIE_LEN + STAMP_LEN, (const uint8_t *)&tag, sizeof tag);
}

void turn_nonce_make(const struct turn *t, const struct net_endpoint *client, uint64_t now_ms,
		     char out[TURN_NONCE_LEN])
{
	nonce_at(t, client, now_ms / 1000, out);
}

static unsigned digit_of(uint8_t c)
{
	if (c >= 'A' && c <= 'Z')
		return c - 'A';
	if (c >= 'a' && c <= 'z')
		return c - 'a' + 26u;
	if (c >= '0' && c <= '9')
		return c - '0' + 52u;
	return c == '+' ? 62 : 63;
}

// The stamp says which second to compute for; the comparison of the whole says whether it is true.
bool turn_nonce_fresh(const struct turn *t, const struct net_endpoint *client, uint64_t now_ms,
		      const struct stun_attr *nonce)
{
	uint64_t second = now_ms / 1000;
	char expected[TURN_NONCE_LEN];
	uint32_t stamp = 0, age;

	if (nonce->len != TURN_NONCE_LEN)
		return false;
	for (unsigned i = 0; i < STAMP_LEN; i++)
		stamp = stamp << 6 | digit_of(nonce->value[COOKIE_LEN + i]);
	age = ((uint32_t)second - stamp) & 0xffffff;
	if (age > TURN_NONCE_LIFE_S || age > second)
		return false;
	nonce_at(t, client, second - age, expected);
	return base_equal_secret(expected, nonce->value, TURN_NONCE_LEN);
}
