// SPDX-License-Identifier: Apache-2.0
#ifndef SRTP_PRIVATE_H
#define SRTP_PRIVATE_H

#include "base/base.h"
#include "srtp/srtp.h"

#define RTCP_HEADER_LEN 8 // what SRTCP leaves readable
#define RTCP_WORD_LEN 4 // E bit and index
#define RTCP_ENCRYPTED 0x80000000u

static inline uint32_t get32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void put32(uint8_t *p, uint32_t v)
{
	p[0] = (uint8_t)(v >> 24);
	p[1] = (uint8_t)(v >> 16);
	p[2] = (uint8_t)(v >> 8);
	p[3] = (uint8_t)v;
}

// RFC 7714 section 8.1 and RFC 3711 section 4.1.1: the salt, with the SSRC and the index laid over
// it. RTCP's index has 31 bits in the same place (RFC 7714 section 9.1).
static inline void iv_make(uint8_t iv[16], const struct srtp_side *side, uint32_t ssrc,
			   uint64_t index)
{
	bool cm = side->profile == SRTP_AES128_CM_SHA1_80;
	uint64_t high = cm ? ssrc : (uint64_t)ssrc << 16 | index >> 32;
	uint64_t low = cm ? index << 16 : index << 32;
	uint64_t salt[2];

	// Two words, big-endian: GCM's IV is 12 bytes, CM's 16 of which the last two count blocks.
	memcpy(salt, side->salt, 8);
	salt[1] = 0;
	memcpy(&salt[1], side->salt + 8, SRTP_SALT_MAX - 8);
	salt[0] ^= __builtin_bswap64(high);
	salt[1] ^= __builtin_bswap64(low);
	memcpy(iv, salt, 16);
}

#endif
