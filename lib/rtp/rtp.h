// SPDX-License-Identifier: Apache-2.0
#ifndef RTP_RTP_H
#define RTP_RTP_H

// RTP (RFC 3550), header extensions (RFC 8285), audio level (RFC 6464), RED (RFC 2198). Views into
// the caller's bytes; every length from the wire met a bound before it is told. Any thread.
#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/limits.h"

#define RTP_HEADER_LEN 12
#define RTP_EXT_ONE_BYTE 0xbede
#define RTP_EXT_TWO_BYTE 0x1000 // and the 15 values after it

// What the header says. After rtp_decode() the payload is all that follows it: of an SRTP packet,
// ciphertext and tag. rtp_unpad() takes the padding off, which only an opened packet shows.
struct rtp_facts {
	const uint8_t *bytes;
	uint32_t ts;
	uint32_t ssrc;
	uint16_t seq;
	uint16_t len; // bytes of the packet
	uint16_t header_len; // fixed part, CSRCs and extension: what SRTP leaves readable
	uint16_t payload_len;
	uint16_t ext_at; // offset of the first extension element
	uint16_t ext_len; // bytes of elements, 0 without extension
	uint16_t ext_profile;
	uint8_t csrc_count;
	uint8_t pt;
	bool marker;
	bool padded; // the P bit, as long as the padding was not taken off
};

// True where RFC 7983 and RFC 5761 say that a datagram is RTP or SRTP, not RTCP.
static inline bool rtp_is_rtp(const uint8_t *bytes, size_t len)
{
	return len >= RTP_HEADER_LEN && bytes[0] >> 6 == 2 && !(bytes[1] >= 192 && bytes[1] < 224);
}

// 0, or -EBADMSG. Reads the header only: payload and padding are not looked at.
int rtp_decode(struct rtp_facts *out, const uint8_t *bytes, size_t len);
// Shortens payload_len and len by the padding. 0, or -EBADMSG when it does not fit.
int rtp_unpad(struct rtp_facts *facts);

static inline const uint8_t *rtp_payload(const struct rtp_facts *f)
{
	return f->bytes + f->header_len;
}
// `i` < csrc_count.
uint32_t rtp_csrc(const struct rtp_facts *facts, unsigned i);

// One element of a header extension, one- or two-byte form.
struct rtp_ext {
	const uint8_t *data;
	uint8_t id;
	uint8_t len;
};

// The element after the one at *at (start with 0); false at the end or at a broken one.
bool rtp_ext_next(const struct rtp_facts *facts, unsigned *at, struct rtp_ext *out);
// The first element with this id; false where there is none (id 0: never).
bool rtp_ext_find(const struct rtp_facts *facts, uint8_t id, struct rtp_ext *out);
// RFC 6464: -dBov, 0 (loudest) to 127 (silence), and whether the sender saw voice; -1 without it.
int rtp_audio_level(const struct rtp_facts *facts, uint8_t id, bool *voice);

// Sequence numbers live on a circle: positive when `a` is after `b`.
static inline int16_t rtp_seq_after(uint16_t a, uint16_t b)
{
	return (int16_t)(uint16_t)(a - b);
}
// The number nearest to `near` whose lower 16 bits are `seq`; never below 0.
static inline uint64_t rtp_seq_extend(uint64_t near, uint16_t seq)
{
	int64_t v = (int64_t)near + rtp_seq_after(seq, (uint16_t)near);

	return v < 0 ? (uint64_t)(v + 65536) : (uint64_t)v;
}

// The header of what goes out to one hearer on one of its lines, made when the line is agreed on.
// Afterwards a packet takes one copy and a few stores. The caller owns it; workers only read it.
#define RTP_MOULD_MAX 44 // bytes: 12 fixed, 4 CSRC, 4 + 24 extension
#define RTP_MID_MAX 16 // bytes of a mid that still fits; ours are short
struct rtp_mould {
	uint8_t bytes[RTP_MOULD_MAX];
	uint8_t len; // of the header, a multiple of 4
	uint8_t level_at; // offset of the level's byte; 0: none
	uint8_t csrc_at; // offset of the CSRC; 0: none
	uint8_t spare;
};

struct rtp_line {
	uint32_t ssrc;
	uint8_t pt;
	bool csrc; // the header tells one CSRC
	uint8_t level_id; // 0: no audio level
	uint8_t mid_id; // 0: no mid
	const char *mid;
};

// 0, or -EINVAL: pt above 127, an id above 14, ids alike, or a mid that is empty or too long.
int rtp_mould_make(struct rtp_mould *out, const struct rtp_line *line);

struct rtp_stamp {
	uint32_t ts;
	uint32_t csrc;
	uint16_t seq;
	uint8_t level; // 0 to 127 and, as bit 7, voice: as RFC 6464 sends it
	bool marker;
};

static inline void rtp_put16(uint8_t *at, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(at, &v, sizeof v);
}
static inline void rtp_put32(uint8_t *at, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(at, &v, sizeof v);
}

// Writes RTP_MOULD_MAX bytes to `dst`, of which the first mould->len are the header (the payload is
// written after it, over the rest). Returns mould->len.
static inline unsigned rtp_mould_cast(uint8_t *dst, const struct rtp_mould *mould,
				      const struct rtp_stamp *stamp)
{
	memcpy(dst, mould->bytes, RTP_MOULD_MAX);
	dst[1] = (uint8_t)(dst[1] | stamp->marker << 7);
	rtp_put16(dst + 2, stamp->seq);
	rtp_put32(dst + 4, stamp->ts);
	if (mould->csrc_at)
		rtp_put32(dst + mould->csrc_at, stamp->csrc);
	if (mould->level_at)
		dst[mould->level_at] = stamp->level;
	return mould->len;
}

// RFC 2198: blocks in the order of the packet, redundant ones first, the primary one last.
struct rtp_red_block {
	const uint8_t *data;
	uint16_t len;
	uint16_t ts_back; // how far before the packet's timestamp
	uint8_t pt;
};
// How many blocks (1 to RTP_RED_MAX), or -EBADMSG.
int rtp_red_decode(struct rtp_red_block out[RTP_RED_MAX], const uint8_t *payload, size_t len);

// Reception of one stream (RFC 3550 A.1, A.3, A.8). Written by the one who receives the stream.
struct rtp_reception {
	uint64_t highest; // extended sequence number
	uint64_t base; // first extended one
	uint64_t expected_before;
	uint32_t received;
	uint32_t received_before;
	uint32_t transit;
	uint32_t jitter_q4; // timestamp units, times 16
	uint32_t again; // sequence number that a restarted sender must send next
	bool started;
};

// What one report block says of the stream; lost is clamped to 24 bits with sign.
struct rtp_loss {
	uint32_t highest; // as RTCP tells it
	int32_t lost;
	uint32_t jitter; // timestamp units
	uint8_t fraction; // of 256, since the report before
};

// `arrival` is the local clock in units of the stream's timestamp. False when the packet is so far
// off that it is not counted (a restart is believed when two such packets follow each other).
bool rtp_reception_seen(struct rtp_reception *r, uint16_t seq, uint32_t ts, uint32_t arrival);
// Closes the interval since the report before.
struct rtp_loss rtp_reception_report(struct rtp_reception *r);

#endif
