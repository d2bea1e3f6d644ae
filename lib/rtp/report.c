// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

#define NTP_TO_UNIX_S 2208988800u // from 1900 to 1970
#define NS_PER_S 1000000000u
#define SDES_CNAME 1

static void head_put(struct writer *w, unsigned count, enum rtcp_type type, size_t body_len)
{
	writer_u32(w, 0x80000000 | count << 24 | (uint32_t)type << 16 | (uint32_t)(body_len / 4));
}

static void sender_put(struct writer *w, const struct rtcp_sender *s)
{
	writer_u32(w, (uint32_t)(s->ntp >> 32));
	writer_u32(w, (uint32_t)s->ntp);
	writer_u32(w, s->rtp_ts);
	writer_u32(w, s->packets);
	writer_u32(w, s->octets);
}

static void block_put(struct writer *w, const struct rtcp_block *b)
{
	writer_u32(w, b->ssrc);
	writer_u32(w, (uint32_t)b->loss.fraction << 24 | ((uint32_t)b->loss.lost & 0xffffff));
	writer_u32(w, b->loss.highest);
	writer_u32(w, b->loss.jitter);
	writer_u32(w, b->lsr);
	writer_u32(w, b->dlsr);
}

static void sdes_put(struct writer *w, uint32_t ssrc, const char *cname)
{
	size_t len = strlen(cname), items = (2 + len + 4) & ~(size_t)3; // ended by 1 to 4 zeros

	head_put(w, 1, RTCP_SDES, 4 + items);
	writer_u32(w, ssrc);
	writer_u8(w, SDES_CNAME);
	writer_u8(w, (uint8_t)len);
	writer_bytes(w, cname, len);
	for (size_t i = 2 + len; i < items; i++)
		writer_u8(w, 0);
}

size_t rtcp_report_encode(uint8_t *out, size_t cap, const struct rtcp_report *r)
{
	struct writer w = writer_of(out, cap);
	size_t blocks = (size_t)r->block_count * RTCP_BLOCK_LEN;

	if (r->block_count > RTCP_BLOCKS_MAX || (r->cname && strlen(r->cname) > RTCP_CNAME_MAX))
		return 0;
	head_put(&w, r->block_count, r->sender ? RTCP_SR : RTCP_RR,
		 4 + (r->sender ? 20 : 0) + blocks);
	writer_u32(&w, r->ssrc);
	if (r->sender)
		sender_put(&w, r->sender);
	for (unsigned i = 0; i < r->block_count; i++)
		block_put(&w, &r->blocks[i]);
	if (r->cname)
		sdes_put(&w, r->ssrc, r->cname);
	if (r->bye) {
		head_put(&w, 1, RTCP_BYE, 4);
		writer_u32(&w, r->ssrc);
	}
	return w.full ? 0 : writer_len(&w);
}

uint64_t rtcp_ntp(uint64_t unix_ns)
{
	uint64_t s = unix_ns / NS_PER_S + NTP_TO_UNIX_S, ns = unix_ns % NS_PER_S;

	return s << 32 | (ns << 32) / NS_PER_S;
}

int64_t rtcp_round_trip_us(const struct rtcp_block *b, uint64_t ntp)
{
	int32_t units = (int32_t)(rtcp_ntp_middle(ntp) - b->lsr - b->dlsr);

	if (!b->lsr || units > RTCP_ROUND_TRIP_MAX_S * 65536 || units < -66)
		return -1;
	// Both clocks are rounded: up to a millisecond below 0 is 0.
	return units < 0 ? 0 : (int64_t)units * 1000000 >> 16;
}
