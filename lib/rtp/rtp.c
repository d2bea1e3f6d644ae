// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

#define VERSION_BITS 0x80
#define PADDING_BIT 0x20
#define EXTENSION_BIT 0x10
#define EXT_HEADER_LEN 4
#define LEN_MAX 65535

static int ext_decode(struct rtp_facts *f)
{
	size_t left = f->len - f->header_len;
	const uint8_t *p = f->bytes + f->header_len;

	if (left < EXT_HEADER_LEN || left - EXT_HEADER_LEN < 4u * get16(p + 2))
		return -EBADMSG;
	f->ext_profile = get16(p);
	f->ext_at = (uint16_t)(f->header_len + EXT_HEADER_LEN);
	f->ext_len = (uint16_t)(4 * get16(p + 2));
	f->header_len = (uint16_t)(f->ext_at + f->ext_len);
	return 0;
}

int rtp_decode(struct rtp_facts *out, const uint8_t *bytes, size_t len)
{
	struct rtp_facts f = {.bytes = bytes, .len = (uint16_t)len};

	if (len < RTP_HEADER_LEN || len > LEN_MAX || (bytes[0] & 0xc0) != VERSION_BITS)
		return -EBADMSG;
	f.csrc_count = bytes[0] & 15;
	f.padded = bytes[0] & PADDING_BIT;
	f.marker = bytes[1] >> 7;
	f.pt = bytes[1] & 127;
	f.seq = get16(bytes + 2);
	f.ts = get32(bytes + 4);
	f.ssrc = get32(bytes + 8);
	f.header_len = (uint16_t)(RTP_HEADER_LEN + 4 * f.csrc_count);
	if (f.header_len > len)
		return -EBADMSG;
	if (bytes[0] & EXTENSION_BIT && ext_decode(&f))
		return -EBADMSG;
	f.payload_len = (uint16_t)(f.len - f.header_len);
	*out = f;
	return 0;
}

int rtp_unpad(struct rtp_facts *f)
{
	unsigned pad;

	if (!f->padded)
		return 0;
	pad = f->payload_len ? f->bytes[f->len - 1] : 0;
	if (!pad || pad > f->payload_len)
		return -EBADMSG;
	f->payload_len = (uint16_t)(f->payload_len - pad);
	f->len = (uint16_t)(f->len - pad);
	f->padded = false;
	return 0;
}

uint32_t rtp_csrc(const struct rtp_facts *f, unsigned i)
{
	return i < f->csrc_count ? get32(f->bytes + RTP_HEADER_LEN + 4 * i) : 0;
}

int rtp_red_decode(struct rtp_red_block out[RTP_RED_MAX], const uint8_t *payload, size_t len)
{
	struct cursor c = cursor_of(payload, len);
	unsigned n = 0;

	for (uint8_t first = cursor_u8(&c); first & 0x80; first = cursor_u8(&c), n++) {
		uint32_t rest = (uint32_t)cursor_u8(&c) << 16 | cursor_u16(&c);

		if (n == RTP_RED_MAX - 1)
			return -EBADMSG;
		out[n].pt = first & 127;
		out[n].ts_back = (uint16_t)(rest >> 10);
		out[n].len = rest & 0x3ff;
	}
	if (c.bad)
		return -EBADMSG;
	for (unsigned i = 0; i < n; i++)
		out[i].data = cursor_bytes(&c, out[i].len);
	if (c.bad || cursor_left(&c) > LEN_MAX)
		return -EBADMSG;
	// The header of the primary block is the one byte that stopped the first loop.
	out[n].pt = payload[4 * n] & 127;
	out[n].ts_back = 0;
	out[n].len = (uint16_t)cursor_left(&c);
	out[n].data = c.at;
	return (int)n + 1;
}
