// SPDX-License-Identifier: Apache-2.0
// What the crowd says, and what it hears.
#include "rooms_private.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

#define FRAME_TS 960
#define HEADER_LEN 42 // Ethernet, IPv4, UDP

static uint32_t draw(struct players *c)
{
	c->seed = c->seed * 1664525u + 1013904223u;
	return c->seed >> 8;
}

// A voice is between -20 and -45 dBov for a second, and a word is not as loud as the next.
static uint8_t level_of(struct players *c, struct member *m)
{
	if (m->index % 50 == 1)
		m->loud = (uint8_t)(20 + draw(c) % 26);
	m->level = (uint8_t)(m->loud + draw(c) % 5);
	return 0x80 | m->level;
}

static void shot_make(struct players *c, struct shot *s, uint32_t player)
{
	struct member *m = &c->members[player];
	struct rtp_line line = {.ssrc = 1, .pt = 111, .level_id = LEVEL_ID};
	struct rtp_stamp stamp = {.ts = m->ts, .seq = (uint16_t)m->index};
	struct net_udp_header h = {.link = {.src = {{2, 0, 0, 0, 0, 9}}, .dst = c->port.mac},
				   .dst = {c->flow->locals[0].addr, VOICE_PORT},
				   .ttl = 64};
	struct srtp_leaving leaving = {.side = &m->theirs.tx, .index = m->index, .ssrc = 1};
	uint8_t payload[ROOMS_FRAME_MAX];
	struct rtp_mould mould;

	stamp.level = level_of(c, m);
	h.src = member_endpoint(player);
	memset(payload, (int)player, c->payload);
	rtp_mould_make(&mould, &line);
	leaving.packet = s->bytes + HEADER_LEN;
	leaving.header_len = (uint16_t)rtp_mould_cast(leaving.packet, &mould, &stamp);
	leaving.src = payload;
	leaving.len = (uint16_t)c->payload;
	srtp_seal_burst(&c->worker->engine, &leaving, 1);
	s->len = (uint16_t)net_header_write(s->bytes, &h, srtp_sealed_len(&leaving));
	s->player = player;
	m->index++;
	m->ts += FRAME_TS;
}

void players_round(struct players *c)
{
	for (unsigned i = 0; i < c->order_count; i++)
		shot_make(c, &c->shots[i], c->order[i]);
	c->next = 0;
}

static const struct shot *shot_next(struct players *c, struct shot *room)
{
	uint64_t due = c->start_tsc + c->turn * c->period_tsc;
	uint32_t player;

	if (c->shots)
		return c->next < c->order_count ? &c->shots[c->next++] : NULL;
	if (!c->period_tsc || rte_rdtsc() < due)
		return NULL;
	player = c->order[c->next];
	c->next = (c->next + 1) % c->order_count;
	shot_make(c, room, player);
	c->members[player].due_tsc = due;
	c->turn++;
	return room;
}

static void behind_note(struct players *c, uint64_t now)
{
	uint64_t due = c->period_tsc ? (now - c->start_tsc) / c->period_tsc : 0;

	if (c->period_tsc && now > c->start_tsc && due > c->turn &&
	    due - c->turn > c->counts.behind_most)
		c->counts.behind_most = due - c->turn;
}

uint16_t players_on_rx(uint16_t port, uint16_t queue, struct rte_mbuf *packets[], uint16_t n,
		       uint16_t most, void *ctx)
{
	uint64_t start = rte_rdtsc();
	struct players *c = ctx;
	const struct shot *s;
	struct shot room;

	(void)port;
	(void)queue;
	behind_note(c, start);
	while (n < most && (s = shot_next(c, &room))) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(c->port.pool);

		if (!m)
			break;
		memcpy(rte_pktmbuf_append(m, s->len), s->bytes, s->len);
		packets[n++] = m;
		c->counts.sent++;
	}
	c->counts.generate_cycles += rte_rdtsc() - start;
	return n;
}

// --- What comes out ----------------------------------------------------------------------------------------

static bool content_ok(struct players *c, struct member *m, const uint8_t *rtp, unsigned len)
{
	uint8_t copy[ROOMS_FRAME_MAX];
	struct rtp_facts facts;
	struct srtp_arriving a;
	const uint8_t *payload;

	memcpy(copy, rtp, len);
	if (rtp_decode(&facts, copy, len))
		return false;
	a = (struct srtp_arriving){.side = &m->theirs.rx,
				   .streams = &m->streams,
				   .bytes = copy,
				   .ssrc = facts.ssrc,
				   .seq = facts.seq,
				   .header_len = facts.header_len,
				   .len = (uint16_t)len};
	c->counts.opened++;
	if (srtp_open_burst(&c->worker->engine, &a, 1) != 1 ||
	    a.len - facts.header_len != (int)c->payload)
		return false;
	payload = rtp_payload(&facts);
	return payload[0] == (uint8_t)rtp_csrc(&facts, 0) &&
	       !memcmp(payload, payload + 1, c->payload - 1u);
}

static bool sequence_ok(struct players *c, struct member *m, unsigned slot, uint16_t seq)
{
	bool first = !(m->heard_of >> slot & 1), whole = first || seq == m->expected[slot];

	m->heard_of |= (uint16_t)(1u << slot);
	m->expected[slot] = (uint16_t)(seq + 1);
	c->counts.gaps += !whole;
	return whole;
}

static bool copy_ok(struct players *c, const uint8_t *frame, unsigned len, uint64_t now)
{
	const uint8_t *rtp = frame + HEADER_LEN;
	uint32_t player = member_index(frame + 30), ssrc = read32(rtp + 8),
		 talker = read32(rtp + 12);
	struct member *m = &c->members[player];

	if (player >= c->count || ssrc >> 5 != player + 1 || talker >= c->count ||
	    talker == player || (ssrc & 31) >= ROOMS_SLOTS_MAX ||
	    c->members[talker].room != m->room)
		return false;
	if (c->period_tsc)
		latency_add(&c->latency, now - c->members[talker].due_tsc);
	return sequence_ok(c, m, ssrc & 31, (uint16_t)(rtp[2] << 8 | rtp[3])) &&
	       (!m->streams.at || content_ok(c, m, rtp, len - HEADER_LEN));
}

uint16_t players_on_tx(uint16_t port, uint16_t queue, struct rte_mbuf *packets[], uint16_t n,
		       void *ctx)
{
	uint64_t start = rte_rdtsc();
	struct players *c = ctx;

	(void)port;
	(void)queue;
	for (unsigned i = 0; i < n; i++)
		c->counts.wrong += !copy_ok(c, rte_pktmbuf_mtod(packets[i], uint8_t *),
					    packets[i]->data_len, start);
	c->counts.received += n;
	c->counts.check_cycles += rte_rdtsc() - start;
	return n;
}
