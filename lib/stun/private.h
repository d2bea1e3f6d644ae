// SPDX-License-Identifier: Apache-2.0
#ifndef STUN_PRIVATE_H
#define STUN_PRIVATE_H

#include "stun/stun.h"

#define ATTR_HEADER_LEN 4u
#define SHA1_LEN 20u
#define SHA256_LEN 32u
#define FINGERPRINT_LEN 4u

static inline uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)get16(p) << 16 | get16(p + 2);
}

static inline void put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
}

static inline void put32(uint8_t *p, uint32_t v)
{
	put16(p, (uint16_t)(v >> 16));
	put16(p + 2, (uint16_t)v);
}

static inline size_t pad4(size_t len)
{
	return (len + 3) & ~(size_t)3;
}

// Walks the attributes that count, in order; those that stand behind integrity are passed over.
struct attr_walk {
	const uint8_t *bytes;
	size_t len;
	size_t at;
	bool sha1; // MESSAGE-INTEGRITY was seen
	bool sha256;
	bool bad; // an attribute ends past the end
};

// `bytes` have passed stun_is_message.
static inline struct attr_walk attr_walk_of(const uint8_t *bytes, size_t len_bytes)
{
	return (struct attr_walk){.bytes = bytes, .len = len_bytes, .at = STUN_HEADER_LEN};
}

// False at the end and when bad.
bool attr_next(struct attr_walk *w, struct stun_attr *out);

// The value of an address attribute; as stun_endpoint_decode.
int attr_endpoint(const uint8_t *bytes, const struct stun_attr *a, struct net_endpoint *out,
		  enum net_family *family);
bool attr_is_xor(uint16_t type);
// Bytes of the value, 8 or 20, written to `out`.
size_t attr_endpoint_write(uint8_t *out, uint16_t type, const struct net_endpoint *e,
			   const uint8_t *tid);

// The packet path's view of comprehension: whether this relay knows a type at all.
bool attr_is_known(uint16_t type);

// True when a FINGERPRINT whose value is `a` is right and the last of `len_bytes`.
bool attr_fingerprint_ok(const uint8_t *bytes, size_t len_bytes, const struct stun_attr *a);

struct hmac_part {
	const void *bytes;
	size_t len;
};

struct hmac_key {
	const void *bytes;
	size_t len;
};

// False when OpenSSL refuses; `out` is then not to be used.
bool hmac_parts(enum stun_integrity which, uint8_t *out, const struct hmac_key *key,
		const struct hmac_part *parts, unsigned n);
// The HMAC of a message up to `end_bytes`, whose header says `len_field`.
bool hmac_message(enum stun_integrity which, uint8_t *out, const struct hmac_key *key,
		  const struct hmac_part *message, uint16_t len_field);

#endif
