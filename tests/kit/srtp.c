// SPDX-License-Identifier: Apache-2.0
#include "kit/srtp.h"
#include "kit/kit.h"

uint32_t kit_roll(struct kit_dice *dice, uint32_t sides)
{
	dice->state ^= dice->state << 13;
	dice->state ^= dice->state >> 7;
	dice->state ^= dice->state << 17;
	return (uint32_t)((dice->state >> 32) % sides);
}

void kit_fill(struct kit_dice *dice, uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)kit_roll(dice, 256);
}

void kit_each_driver(void (*step)(const struct srtp_engine *engine))
{
	const struct cipher_ops *ops;

	for (unsigned i = 0; (ops = crypto_driver(i)); i++) {
		struct srtp_engine engine = {.ops = ops, .ctx = ops->ctx_new(-1)};

		print_message("driver %s\n", ops->name);
		assert_non_null(engine.ctx);
		step(&engine);
		ops->ctx_free(engine.ctx);
	}
}

void kit_pair_open(struct kit_pair *pair, const struct srtp_engine *engine,
		   enum srtp_profile profile, uint8_t seed)
{
	struct kit_dice dice = {.state = 0x9e3779b97f4a7c15u + seed};
	struct srtp_exported e = {.bytes = pair->block, .profile = profile};

	e.len = srtp_export_len(profile);
	pair->profile = profile;
	kit_fill(&dice, pair->block, sizeof pair->block);
	assert_int_equal(srtp_sides_new(&pair->client, engine->ops, &e), 0);
	e.server = true;
	assert_int_equal(srtp_sides_new(&pair->server, engine->ops, &e), 0);
}

void kit_pair_close(struct kit_pair *pair, const struct srtp_engine *engine)
{
	srtp_sides_free(&pair->client, engine->ops);
	srtp_sides_free(&pair->server, engine->ops);
}

unsigned kit_rtp_write(uint8_t *out, const struct kit_rtp *p, struct kit_dice *dice,
		       unsigned *header_len)
{
	unsigned at = RTP_HEADER_LEN + 4 * p->csrcs;

	kit_fill(dice, out, at);
	out[0] = (uint8_t)(0x80 | (p->ext_words ? 0x10 : 0) | p->csrcs);
	out[1] &= 0xbf; // RTCP's types are avoided
	rtp_put16(out + 2, p->seq);
	rtp_put32(out + 8, p->ssrc);
	if (p->ext_words) {
		kit_fill(dice, out + at, 4 + 4 * p->ext_words);
		rtp_put16(out + at + 2, (uint16_t)p->ext_words);
		at += 4 + 4 * p->ext_words;
	}
	kit_fill(dice, out + at, p->payload);
	*header_len = at;
	return at + p->payload;
}

unsigned kit_seal(const struct srtp_engine *engine, const struct srtp_side *side, uint8_t *bytes,
		  unsigned len, uint64_t index)
{
	struct srtp_leaving p = {.side = side, .packet = bytes, .index = index};
	struct rtp_facts f;

	assert_int_equal(rtp_decode(&f, bytes, len), 0);
	assert_int_equal(f.seq, (uint16_t)index);
	p.ssrc = f.ssrc;
	p.header_len = f.header_len;
	p.len = f.payload_len;
	p.src = bytes + f.header_len;
	srtp_seal_burst(engine, &p, 1);
	return srtp_sealed_len(&p);
}

struct srtp_arriving kit_arriving(const struct srtp_side *side, struct srtp_streams *streams,
				  uint8_t *bytes, unsigned len)
{
	struct rtp_facts f;

	assert_int_equal(rtp_decode(&f, bytes, len), 0);
	return (struct srtp_arriving){.side = side,
				      .streams = streams,
				      .bytes = bytes,
				      .ssrc = f.ssrc,
				      .seq = f.seq,
				      .header_len = f.header_len,
				      .len = (uint16_t)len};
}
