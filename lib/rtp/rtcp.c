// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

#define HEADER_LEN 4
#define SENDER_LEN 24 // SSRC and sender's part of an SR
#define FEEDBACK_LEN 8 // two SSRCs
#define SDES_CNAME 1

struct rtcp_walk rtcp_walk_of(const uint8_t *bytes, size_t len)
{
	return (struct rtcp_walk){.at = bytes, .end = bytes + len};
}

static bool walk_stop(struct rtcp_walk *walk)
{
	walk->bad = true;
	walk->at = walk->end;
	return false;
}

bool rtcp_next(struct rtcp_walk *walk, struct rtcp_packet *out)
{
	size_t left = (size_t)(walk->end - walk->at), pad = 0;
	const uint8_t *p = walk->at;
	uint32_t len;

	if (!left)
		return false;
	if (left < HEADER_LEN || p[0] >> 6 != 2)
		return walk_stop(walk);
	len = 4u * get16(p + 2);
	if (len > left - HEADER_LEN)
		return walk_stop(walk);
	if (p[0] & 0x20) {
		pad = len ? p[HEADER_LEN + len - 1] : 0;
		if (!pad || pad > len || len != left - HEADER_LEN) // only the last one is padded
			return walk_stop(walk);
	}
	walk->at = p + HEADER_LEN + len;
	*out = (struct rtcp_packet){.body = p + HEADER_LEN,
				    .len = len - (uint32_t)pad,
				    .type = p[1],
				    .count = p[0] & 31};
	return true;
}

bool rtcp_sender_decode(const struct rtcp_packet *p, struct rtcp_sender *out)
{
	if (p->type != RTCP_SR || p->len < SENDER_LEN)
		return false;
	*out = (struct rtcp_sender){
		.ssrc = get32(p->body),
		.ntp = (uint64_t)get32(p->body + 4) << 32 | get32(p->body + 8),
		.rtp_ts = get32(p->body + 12),
		.packets = get32(p->body + 16),
		.octets = get32(p->body + 20),
	};
	return true;
}

bool rtcp_source(const struct rtcp_packet *p, uint32_t *ssrc)
{
	bool listed = p->type == RTCP_BYE || p->type == RTCP_SDES;

	if (p->type < RTCP_SR || p->type > RTCP_XR || p->len < 4 || (listed && !p->count))
		return false;
	*ssrc = get32(p->body);
	return true;
}

static int32_t lost_of(const uint8_t *p)
{
	int32_t wide = (int32_t)(get32(p) << 8); // the fraction falls off, the sign arrives

	return wide >> 8;
}

bool rtcp_block_decode(const struct rtcp_packet *p, unsigned i, struct rtcp_block *out)
{
	size_t at = (p->type == RTCP_SR ? SENDER_LEN : 4) + (size_t)i * RTCP_BLOCK_LEN;
	const uint8_t *b = p->body + at;

	if ((p->type != RTCP_SR && p->type != RTCP_RR) || i >= p->count ||
	    at + RTCP_BLOCK_LEN > p->len)
		return false;
	*out = (struct rtcp_block){
		.ssrc = get32(b),
		.loss = {.fraction = b[4],
			 .lost = lost_of(b + 4),
			 .highest = get32(b + 8),
			 .jitter = get32(b + 12)},
		.lsr = get32(b + 16),
		.dlsr = get32(b + 20),
	};
	return true;
}

bool rtcp_bye_source(const struct rtcp_packet *p, unsigned i, uint32_t *ssrc)
{
	if (p->type != RTCP_BYE || i >= p->count || p->len < 4 * ((size_t)i + 1))
		return false;
	*ssrc = get32(p->body + 4 * (size_t)i);
	return true;
}

bool rtcp_media_source(const struct rtcp_packet *p, uint32_t *ssrc)
{
	if ((p->type != RTCP_RTPFB && p->type != RTCP_PSFB) || p->len < FEEDBACK_LEN)
		return false;
	*ssrc = get32(p->body + 4);
	return true;
}

bool rtcp_nack_pair(const struct rtcp_packet *p, unsigned i, uint16_t *seq, uint16_t *mask)
{
	size_t at = FEEDBACK_LEN + 4 * (size_t)i;

	if (p->type != RTCP_RTPFB || p->count != RTCP_NACK || at + 4 > p->len)
		return false;
	*seq = get16(p->body + at);
	*mask = get16(p->body + at + 2);
	return true;
}

// The items of one chunk, to its end on a boundary of four; true when the CNAME was among them.
static bool chunk_cname(struct cursor *c, const uint8_t *start, const uint8_t **name, uint8_t *len)
{
	bool found = false;

	for (uint8_t type = cursor_u8(c); type; type = cursor_u8(c)) {
		uint8_t n = cursor_u8(c);
		const uint8_t *data = cursor_bytes(c, n);

		if (!data || type != SDES_CNAME)
			continue;
		*name = data;
		*len = n;
		found = true;
	}
	cursor_bytes(c, (size_t)(start - c->at) & 3);
	return found;
}

bool rtcp_cname(const struct rtcp_packet *p, uint32_t ssrc, const uint8_t **name, uint8_t *len)
{
	struct cursor c = cursor_of(p->body, p->len);
	const uint8_t *text = NULL;
	uint8_t n = 0;

	if (p->type != RTCP_SDES)
		return false;
	for (unsigned i = 0; i < p->count && !c.bad; i++) {
		uint32_t source = cursor_u32(&c);

		if (chunk_cname(&c, p->body, &text, &n) && source == ssrc && !c.bad) {
			*name = text;
			*len = n;
			return true;
		}
	}
	return false;
}
