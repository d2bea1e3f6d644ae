// SPDX-License-Identifier: Apache-2.0
// RTCP as it comes from the wire; reports that it holds are written and read again.
#include "fuzz.h"

#include "rtp/rtcp.h"

static void feedback_walk(const struct rtcp_packet *p)
{
	struct rtcp_arrival a;
	struct rtcp_twcc t;
	uint16_t seq, mask, left;
	unsigned n = 0;

	while (rtcp_nack_pair(p, n, &seq, &mask))
		n++;
	require(8 + 4 * (size_t)n <= p->len || !n);
	if (!rtcp_twcc_decode(p, &t))
		return;
	left = t.left;
	for (n = 0; rtcp_twcc_next(&t, &a); n++)
		require(n < left && t.delta <= p->body + p->len);
}

static void block_same(const struct rtcp_block *a, const struct rtcp_block *b)
{
	require(a->ssrc == b->ssrc && a->lsr == b->lsr && a->dlsr == b->dlsr);
	require(a->loss.lost == b->loss.lost && a->loss.fraction == b->loss.fraction);
	require(a->loss.highest == b->loss.highest && a->loss.jitter == b->loss.jitter);
}

static void report_rewrite(const struct rtcp_packet *p)
{
	struct rtcp_block blocks[RTCP_BLOCKS_MAX], block;
	struct rtcp_report r = {.blocks = blocks, .cname = "fuzz", .bye = p->count & 1};
	struct rtcp_sender sender, again;
	struct rtcp_packet back;
	struct rtcp_walk w;
	uint8_t out[1024];

	while (rtcp_block_decode(p, r.block_count, &blocks[r.block_count])) {
		rtcp_round_trip_us(&blocks[r.block_count], rtcp_ntp(p->len));
		r.block_count++;
	}
	if (!rtcp_source(p, &r.ssrc))
		return;
	r.sender = rtcp_sender_decode(p, &sender) ? &sender : NULL;
	w = rtcp_walk_of(out, rtcp_report_encode(out, sizeof out, &r));
	require(rtcp_next(&w, &back) && back.count == r.block_count);
	require(rtcp_sender_decode(&back, &again) == (r.sender != NULL));
	if (r.sender)
		require(again.ntp == sender.ntp && again.octets == sender.octets);
	for (unsigned i = 0; i < r.block_count; i++) {
		require(rtcp_block_decode(&back, i, &block));
		block_same(&block, &blocks[i]);
	}
	while (rtcp_next(&w, &back))
		;
	require(!w.bad);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcp_walk w = rtcp_walk_of(data, size);
	struct rtcp_packet p;
	const uint8_t *name;
	uint32_t ssrc;
	uint8_t len;

	while (rtcp_next(&w, &p)) {
		require(p.body >= data && p.body + p.len <= data + size);
		view_read(p.body, p.len);
		for (unsigned i = 0; i < 32; i++)
			rtcp_bye_source(&p, i, &ssrc);
		rtcp_media_source(&p, &ssrc);
		ssrc = 1;
		rtcp_source(&p, &ssrc);
		if (rtcp_cname(&p, ssrc, &name, &len)) {
			require(name >= p.body && name + len <= p.body + p.len);
			view_read(name, len);
		}
		feedback_walk(&p);
		report_rewrite(&p);
	}
	return 0;
}
