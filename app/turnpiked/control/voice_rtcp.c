// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <string.h>

#include <rte_cycles.h>

#include "rtp/rtcp.h"

// Reports of every leg (RFC 3550 section 6): what the player hears of us as a sender, what we hear of it
// as a receiver, and what it says of us. Workers count, we read.

#define REPORT_MS 1000
#define SPREAD_MS 500 // so that those who came together do not report together

void voice_rtcp_begin(struct voice_seat *s)
{
	struct voice_rtcp *r = &s->rtcp;
	uint16_t random;

	host_random(&random, sizeof random);
	*r = (struct voice_rtcp){.due_ms = s->node->now_ms + REPORT_MS / 2 + random % SPREAD_MS};
	r->streams = (struct srtp_streams){.at = r->memory, .max = VOICE_RTCP_STREAMS_MAX};
}

// --- What comes ----------------------------------------------------------------------------------------------

static uint64_t ntp_now(void)
{
	return rtcp_ntp(host_wall_ms() * 1000000);
}

static bool is_ours(const struct voice_seat *s, uint32_t ssrc)
{
	for (unsigned i = 0; i < s->slot_count; i++)
		if (s->legs[i].ssrc == ssrc)
			return true;
	return false;
}

static void blocks_take(struct voice_seat *s, const struct rtcp_packet *p, double *worst)
{
	struct rtcp_block b;

	for (unsigned i = 0; i < p->count && rtcp_block_decode(p, i, &b); i++) {
		int64_t us = is_ours(s, b.ssrc) ? rtcp_round_trip_us(&b, ntp_now()) : -1;
		double loss = b.loss.fraction / 256.0;

		if (us >= 0)
			s->rtcp.round_trip_ms = (double)us / 1000;
		if (is_ours(s, b.ssrc) && loss > *worst)
			*worst = loss;
	}
}

static void packet_take(struct voice_seat *s, const struct rtcp_packet *p, double *worst)
{
	struct rtcp_sender sender;

	if (p->type == RTCP_SR && rtcp_sender_decode(p, &sender)) {
		s->rtcp.lsr = rtcp_ntp_middle(sender.ntp);
		s->rtcp.lsr_ms = s->node->now_ms;
	}
	if (p->type == RTCP_SR || p->type == RTCP_RR)
		blocks_take(s, p, worst);
}

static void compound_take(struct voice_seat *s, const uint8_t *bytes, size_t len)
{
	struct rtcp_walk walk = rtcp_walk_of(bytes, len);
	struct rtcp_packet p;
	double worst = -1;

	while (rtcp_next(&walk, &p))
		packet_take(s, &p, &worst);
	if (worst >= 0)
		s->rtcp.loss_out = worst;
}

void voice_rtcp_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	struct voice_seat *s = voice_by_tuple(n, &p->facts.src, &p->facts.dst);
	uint8_t *bytes = rte_pktmbuf_mtod(m, uint8_t *) + p->facts.payload;
	size_t len = p->facts.payload_len;
	enum srtp_verdict verdict = SRTP_MALFORMED;

	if (s && s->sides && !s->gone && len <= SRTP_RTCP_MAX)
		verdict = srtp_open_rtcp(&n->voice->engine, &s->sides->rx_rtcp, &s->rtcp.streams,
					 bytes, &len);
	n->voice->rtcp[verdict]++;
	if (verdict != SRTP_OK) {
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
		return;
	}
	compound_take(s, bytes, len);
	rte_pktmbuf_free(m);
}

// --- What goes -----------------------------------------------------------------------------------------------

// The worker's counts as of now, the interval since our last look.
static bool block_make(struct voice_seat *s, struct rtcp_block *out)
{
	struct voice_rtcp *r = &s->rtcp;
	struct rtp_reception now = s->state->reception;
	uint32_t ssrc = s->state->ssrc;

	if (!now.started || !ssrc)
		return false;
	if (r->ssrc == ssrc) {
		now.expected_before = r->seen.expected_before;
		now.received_before = r->seen.received_before;
	}
	*out = (struct rtcp_block){.ssrc = ssrc, .loss = rtp_reception_report(&now), .lsr = r->lsr};
	if (r->lsr)
		out->dlsr = (uint32_t)((s->node->now_ms - r->lsr_ms) * 65536 / 1000);
	r->seen = now;
	r->ssrc = ssrc;
	r->loss_in = out->loss.fraction / 256.0;
	r->jitter_in_us = (uint32_t)((uint64_t)out->loss.jitter * 1000000 / 48000);
	return true;
}

static struct rtcp_sender sender_of(const struct voice_slot *slot, uint64_t ntp)
{
	uint32_t path_ms = (uint32_t)(rte_rdtsc() / (rte_get_tsc_hz() / 1000));

	return (struct rtcp_sender){
		.ntp = ntp,
		.rtp_ts = slot->last_ts + (path_ms - slot->last_ms) * ROOM_TS_PER_MS,
		.packets = slot->packets,
		.octets = slot->octets,
	};
}

// One report for each slot that sent; the block about the player goes with the first.
static size_t reports_make(struct voice_seat *s, uint8_t *out, size_t cap, bool bye)
{
	struct rtcp_block block;
	unsigned blocks = block_make(s, &block);
	uint64_t ntp = ntp_now();
	size_t len = 0;

	for (unsigned i = 0; i < s->slot_count && i < s->state->slot_count; i++) {
		struct rtcp_sender sender = sender_of(&s->state->slots[i], ntp);
		struct rtcp_report r = {
			.ssrc = s->legs[i].ssrc,
			.sender = &sender,
			.blocks = &block,
			.block_count = blocks,
			.cname = s->session,
			.bye = bye,
		};

		// Of a native client's many streams no reports are sent: they are the talkers' own.
		if (!sender.packets || s->native)
			continue;
		len += rtcp_report_encode(out + len, cap - len, &r);
		blocks = 0;
	}
	if (blocks) {
		struct rtcp_report r = {
			.ssrc = s->slot_count ? s->legs[0].ssrc : 1,
			.blocks = &block,
			.block_count = blocks,
			.cname = s->session,
			.bye = bye,
		};

		len += rtcp_report_encode(out + len, cap - len, &r);
	}
	return len;
}

static void reports_send(struct voice_seat *s, bool bye)
{
	uint8_t bytes[DTLS_MTU + SRTP_RTCP_OVERHEAD_MAX];
	size_t len = reports_make(s, bytes, DTLS_MTU - SRTP_RTCP_OVERHEAD_MAX, bye);

	if (len && !srtp_seal_rtcp(&s->node->voice->engine, &s->sides->tx_rtcp, &s->rtcp.index,
				   bytes, &len))
		voice_send(s, bytes, len);
}

void voice_rtcp_due(struct voice_seat *s)
{
	s->rtcp.due_ms = s->node->now_ms + REPORT_MS;
	reports_send(s, false);
}

void voice_rtcp_bye(struct voice_seat *s)
{
	reports_send(s, true);
}
