// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_SRTP_H
#define KIT_SRTP_H

#include "crypto/crypto.h"
#include "rtp/rtp.h"
#include "srtp/srtp.h"

// Numbers that look random and come again with the same seed.
struct kit_dice {
	uint64_t state;
};
uint32_t kit_roll(struct kit_dice *dice, uint32_t sides); // 0 … sides - 1
void kit_fill(struct kit_dice *dice, uint8_t *bytes, size_t len);

// Calls `step` with an engine of each driver that was built in.
void kit_each_driver(void (*step)(const struct srtp_engine *engine));

// Both ends of one conversation, keys from an export block of the seed.
struct kit_pair {
	struct srtp_sides server, client;
	uint8_t block[SRTP_EXPORT_MAX];
	enum srtp_profile profile;
};
void kit_pair_open(struct kit_pair *pair, const struct srtp_engine *engine,
		   enum srtp_profile profile, uint8_t seed);
void kit_pair_close(struct kit_pair *pair, const struct srtp_engine *engine);

// An RTP packet with `csrcs` sources, an extension where `ext_words`, and a payload of dice.
struct kit_rtp {
	uint16_t seq;
	uint32_t ssrc;
	unsigned csrcs;
	unsigned ext_words;
	unsigned payload;
};
// Returns its length; `header_len` is what comes before the payload.
unsigned kit_rtp_write(uint8_t *out, const struct kit_rtp *p, struct kit_dice *dice,
		       unsigned *header_len);
// Seals what kit_rtp_write() wrote at `index`, in place. Returns the length with the tag.
unsigned kit_seal(const struct srtp_engine *engine, const struct srtp_side *side, uint8_t *bytes,
		  unsigned len, uint64_t index);
// A packet as the path would hand it to srtp_open_burst().
struct srtp_arriving kit_arriving(const struct srtp_side *side, struct srtp_streams *streams,
				  uint8_t *bytes, unsigned len);

#endif
