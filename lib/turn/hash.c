// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <string.h>

// SipHash-2-4: clients choose what is hashed (ports, names), so the hash is keyed; and as a MAC of
// 64 bits it makes a nonce for a thirtieth of the cost of an HMAC through OpenSSL.
static uint64_t rotate(uint64_t v, unsigned n)
{
	return v << n | v >> (64 - n);
}

static void mix(uint64_t v[4])
{
	v[0] += v[1];
	v[2] += v[3];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] = rotate(v[0], 32);
	v[2] += v[1];
	v[0] += v[3];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] = rotate(v[2], 32);
}

static void absorb(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	mix(v);
	mix(v);
	v[0] ^= word;
}

static uint64_t little_endian(const uint8_t *p, size_t n)
{
	uint64_t word = 0;

	for (size_t i = 0; i < n; i++)
		word |= (uint64_t)p[i] << 8 * i;
	return word;
}

uint64_t turn_hash(const struct turn_hash_key *key, const void *bytes, size_t len_bytes)
{
	const uint8_t *p = bytes;
	uint64_t v[4] = {
		key->k[0] ^ 0x736f6d6570736575u,
		key->k[1] ^ 0x646f72616e646f6du,
		key->k[0] ^ 0x6c7967656e657261u,
		key->k[1] ^ 0x7465646279746573u,
	};
	size_t left = len_bytes;

	for (; left >= 8; left -= 8, p += 8)
		absorb(v, little_endian(p, 8));
	absorb(v, little_endian(p, left) | (uint64_t)len_bytes << 56);
	v[2] ^= 0xff;
	for (unsigned i = 0; i < 4; i++)
		mix(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint64_t turn_random(struct turn *t)
{
	uint64_t n = t->random_count++;

	return turn_hash(&t->random_key, &n, sizeof n);
}
