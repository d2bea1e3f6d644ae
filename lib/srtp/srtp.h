// SPDX-License-Identifier: Apache-2.0
#ifndef SRTP_TURNPIKE_H // libsrtp2 has the other name
#define SRTP_TURNPIKE_H

// SRTP and SRTCP (RFC 3711, RFC 7714) in bursts of packets of different players. No state moves
// before the tag was verified. What a thread works with is its own `struct srtp_engine`; keys are
// immutable and may be used by all threads at once.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"

enum srtp_profile {
	SRTP_AEAD_AES_128_GCM,
	SRTP_AEAD_AES_256_GCM,
	SRTP_AES128_CM_SHA1_80,
};
#define SRTP_PROFILES 3

#define SRTP_KEY_MAX 32
#define SRTP_SALT_MAX 14
#define SRTP_AUTH_LEN 20
#define SRTP_CM_TAG_LEN 10 // of an HMAC-SHA1's 20 bytes
#define SRTP_GCM_TAG_LEN 16
#define SRTP_TAG_MAX SRTP_GCM_TAG_LEN
#define SRTP_EXPORT_MAX (2 * (SRTP_KEY_MAX + SRTP_SALT_MAX))
#define SRTP_RTCP_OVERHEAD_MAX (SRTP_TAG_MAX + 4)

unsigned srtp_key_len(enum srtp_profile profile); // bytes of a master key
unsigned srtp_salt_len(enum srtp_profile profile);
// Bytes to ask of the DTLS exporter "EXTRACTOR-dtls_srtp".
static inline unsigned srtp_export_len(enum srtp_profile profile)
{
	return 2 * (srtp_key_len(profile) + srtp_salt_len(profile));
}
static inline unsigned srtp_tag_len(enum srtp_profile profile)
{
	return profile == SRTP_AES128_CM_SHA1_80 ? SRTP_CM_TAG_LEN : SRTP_GCM_TAG_LEN;
}
// As text: "aead_aes_128_gcm", …
const char *srtp_profile_name(enum srtp_profile profile);

// Session keys of one direction, of RTP or of RTCP. Holds secrets: base_wipe() after use.
struct srtp_secrets {
	enum srtp_profile profile;
	uint8_t cipher[SRTP_KEY_MAX];
	uint8_t auth[SRTP_AUTH_LEN]; // of CM only
	uint8_t salt[SRTP_SALT_MAX]; // 12 bytes of GCM, the rest is 0
};

// RFC 3711 section 4.3 from a master key and salt. 0, or -ENOMEM, -EIO (libcrypto failed).
int srtp_derive(struct srtp_secrets *rtp, struct srtp_secrets *rtcp, enum srtp_profile profile,
		const uint8_t *key, const uint8_t *salt);

// One packet for a driver. CM authenticates header, ciphertext and `roc` as one, so there `aad` must
// end where the ciphertext begins (dst of a seal, src of an open), and the 4 bytes behind it are the
// driver's meanwhile: the tag's, or of SRTCP the word's. An open puts back what it found.
struct srtp_key;
struct srtp_job {
	const struct srtp_key *key;
	const uint8_t *aad;
	const uint8_t *src;
	uint8_t *dst; // == src, or no byte in common
	uint8_t *tag; // written by a seal; an open compares with it
	uint8_t iv[16]; // GCM: 12 bytes
	uint32_t roc; // CM: authenticated after the ciphertext; of SRTCP, the word with E and index
	uint16_t aad_len;
	uint16_t len;
	uint8_t profile; // the key's
	uint8_t status; // of an open: 0 right, 1 forged, and dst is rubbish then
};

struct cipher_ops {
	const char *name;
	// 0, or -errno. One thread at a time; what it makes is immutable and shared by all.
	int (*key_new)(struct srtp_key **out, const struct srtp_secrets *secrets);
	void (*key_free)(struct srtp_key *key); // wiped; NULL is allowed
	// n ≤ SRTP_BURST_MAX, profiles mixed at will. Opening returns how many were right.
	unsigned (*open)(void *ctx, struct srtp_job jobs[], unsigned n);
	void (*seal)(void *ctx, struct srtp_job jobs[], unsigned n);
	void *(*ctx_new)(int socket); // one a thread; socket -1: any. NULL: no memory
	void (*ctx_free)(void *ctx);
};

// A driver and one thread's context of it.
struct srtp_engine {
	const struct cipher_ops *ops;
	void *ctx;
};

// One direction of one player, RTP or RTCP: all that opening or sealing needs. Read-only when made.
struct srtp_side {
	const struct srtp_key *key;
	uint8_t profile;
	uint8_t salt[SRTP_SALT_MAX];
};

// The four of a player. srtp_sides_new() takes the exporter's block (RFC 5764 section 4.2), and
// whether we were the DTLS server. The caller owns it; srtp_sides_free() where no worker looks any
// more. 0, or -EINVAL (length), -ENOMEM, -EIO.
struct srtp_sides {
	struct srtp_side rx, tx, rx_rtcp, tx_rtcp;
};
struct srtp_exported {
	const uint8_t *bytes;
	size_t len;
	enum srtp_profile profile;
	bool server; // we were it
};
int srtp_sides_new(struct srtp_sides *out, const struct cipher_ops *ops,
		   const struct srtp_exported *exported);
void srtp_sides_free(struct srtp_sides *sides, const struct cipher_ops *ops);

// What was received of one SSRC: highest index, and which of the 128 up to it.
struct srtp_stream {
	uint32_t ssrc;
	uint32_t started; // 0: nothing came yet
	uint64_t highest;
	uint64_t window[2]; // bit 0 of [0] is `highest`
};

// The streams of one player (RTP, or RTCP), in memory of the caller: `count` of at most `max`.
// A stream enters it with its first authentic packet and stays (leaving would allow a replay).
struct srtp_streams {
	struct srtp_stream *at;
	uint16_t count;
	uint16_t max;
};
struct srtp_stream *srtp_stream_find(const struct srtp_streams *streams, uint32_t ssrc);

// RFC 3711 section 3.3.1: the most likely index of `seq`. Of a stream without packets: ROC 0.
uint64_t srtp_index_likely(const struct srtp_stream *stream, uint16_t seq);
// The second candidate, where the first is not sure: a sender that started just before the wrap, or
// a gap of more than a quarter of the circle. False where there is none worth the cycles.
bool srtp_index_other(const struct srtp_stream *stream, uint16_t seq, uint64_t *index);
// True when this index may still come: not seen, not older than the window.
bool srtp_index_fresh(const struct srtp_stream *stream, uint64_t index);
// Only after the tag was verified. 0, or -EALREADY: seen before or too old.
int srtp_commit(struct srtp_stream *stream, uint64_t index);

enum srtp_verdict {
	SRTP_OK,
	SRTP_MALFORMED, // shorter than header and tag
	SRTP_REPLAYED,
	SRTP_FORGED,
	SRTP_CROWDED, // one more SSRC than the player may send
};
const char *srtp_verdict_name(enum srtp_verdict verdict);

// A packet to open in place: rtp_decode() told header_len, seq and ssrc.
struct srtp_arriving {
	const struct srtp_side *side;
	struct srtp_streams *streams;
	uint8_t *bytes;
	uint64_t index; // out, where SRTP_OK
	uint32_t ssrc;
	uint16_t seq;
	uint16_t header_len;
	uint16_t len; // in: of the packet; out, where SRTP_OK: without the tag
	uint8_t verdict; // out
};
// Opens n ≤ SRTP_BURST_MAX packets, of any players; same streams twice is fine. Returns how many are
// SRTP_OK. The others' payloads are rubbish afterwards.
unsigned srtp_open_burst(const struct srtp_engine *engine, struct srtp_arriving packets[],
			 unsigned n);

// A packet to seal: the header stands at `packet` already (its seq is the lower half of index), the
// payload is read from `src` (shared, untouched) and written behind the header, then the tag.
// There must be room for header_len + len + SRTP_TAG_MAX bytes.
struct srtp_leaving {
	const struct srtp_side *side;
	const uint8_t *src; // may be packet + header_len
	uint8_t *packet;
	uint64_t index; // 48 bits: ROC and sequence number
	uint32_t ssrc;
	uint16_t header_len;
	uint16_t len; // of the payload
};
void srtp_seal_burst(const struct srtp_engine *engine, const struct srtp_leaving packets[],
		     unsigned n);
static inline unsigned srtp_sealed_len(const struct srtp_leaving *p)
{
	return p->header_len + p->len + srtp_tag_len((enum srtp_profile)p->side->profile);
}

// SRTCP, for the control lane: one packet (compound or reduced-size) in place. *len is in and out.
enum srtp_verdict srtp_open_rtcp(const struct srtp_engine *engine, const struct srtp_side *side,
				 struct srtp_streams *streams, uint8_t *bytes, size_t *len);
// Seals `*len` bytes (encrypted; E set) in room for SRTP_RTCP_OVERHEAD_MAX more. `index` is the
// player's counter of 31 bits, moved on by one. 0, or -EINVAL (length), -EOVERFLOW: keys used up.
int srtp_seal_rtcp(const struct srtp_engine *engine, const struct srtp_side *side, uint32_t *index,
		   uint8_t *bytes, size_t *len);

#endif
