// SPDX-License-Identifier: Apache-2.0
#include "path/copies.h"

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <stddef.h>
#include <string.h>

#include "path/send.h"
#include "path/sum.h"
#include "worker.h"

// --- Headers of what is sealed -----------------------------------------------------------------------------

static unsigned ether_write(const struct worker *w, uint8_t *at, union flow_hop hop, bool ip4)
{
	uint16_t type = rte_cpu_to_be_16(ip4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	uint16_t tag[2] = {rte_cpu_to_be_16(RTE_ETHER_TYPE_VLAN),
			   rte_cpu_to_be_16(w->vlans[hop.port])};

	memcpy(at, hop.mac.b, 6);
	memcpy(at + 6, w->ports[hop.port].mac.b, 6);
	if (!w->vlans[hop.port]) {
		memcpy(at + 12, &type, sizeof type);
		return 14;
	}
	memcpy(at + 12, tag, sizeof tag);
	memcpy(at + 16, &type, sizeof type);
	return 18;
}

// `at`: the IPv4 header, `len` of it and all behind it.
static void ip4_finish(const struct voice_player *to, uint8_t *at, uint16_t len)
{
	uint16_t total = rte_cpu_to_be_16(len), udp = rte_cpu_to_be_16((uint16_t)(len - 20));
	uint16_t sum = (uint16_t)~sum_fold((uint32_t)to->head_sum + total);

	memcpy(at + 2, &total, sizeof total);
	memcpy(at + 10, &sum, sizeof sum);
	memcpy(at + 24, &udp, sizeof udp);
}

static void ip6_finish(const struct voice_player *to, uint8_t *at, uint16_t len)
{
	uint16_t udp_len = (uint16_t)(len - 40), udp = rte_cpu_to_be_16(udp_len), sum;

	memcpy(at + 4, &udp, sizeof udp);
	memcpy(at + 44, &udp, sizeof udp);
	sum = net_sum_fold(net_sum(at + 48, udp_len - 8u, (uint32_t)to->head_sum + 2u * udp));
	sum = sum ? sum : 0xffff;
	memcpy(at + 46, &sum, sizeof sum);
}

static void copy_finish(struct worker *w, struct rte_mbuf *m, const struct voice_player *to,
			unsigned sealed_len)
{
	unsigned head_len = to->head_len;
	uint8_t *ip = rte_pktmbuf_mtod(m, uint8_t *) + (w->vlans[m->port] ? 18 : 14);
	uint16_t len = (uint16_t)(head_len + sealed_len);

	if (head_len == 28)
		ip4_finish(to, ip, len);
	else
		ip6_finish(to, ip, len);
	m->data_len = (uint16_t)(len + (w->vlans[m->port] ? 18 : 14));
	m->pkt_len = m->data_len;
}

// --- One copy ----------------------------------------------------------------------------------------------

struct payload {
	const uint8_t *at;
	uint16_t len;
	bool red;
};

// A hearer with the same payload types takes RED as it is; another gets the primary block alone.
static struct payload payload_for(const struct slot *s, const struct voice_player *to)
{
	struct payload p = {rtp_payload(&s->rtp), s->rtp.payload_len, false};
	struct rtp_red_block blocks[RTP_RED_MAX];
	int n;

	if (s->rtp.pt == s->player->pt)
		return p;
	p.red = to->red_pt && to->pt == s->player->pt;
	if (p.red)
		return p;
	n = rtp_red_decode(blocks, p.at, p.len);
	p.len = n > 0 ? blocks[n - 1].len : 0;
	p.at = n > 0 ? blocks[n - 1].data : p.at;
	return p;
}

static void slot_count(struct voice_slot *slot, struct voice_state *state,
		       const struct room_rewrite *rw, const struct payload *p, uint32_t now_ms)
{
	slot->packets++;
	slot->octets += p->len;
	slot->last_ts = rw->ts;
	slot->last_ms = now_ms;
	state->sent_packets++;
	state->sent_bytes += p->len;
}

// Writes Ethernet, IP, UDP and RTP headers; the payload follows when it is sealed.
static void copy_write(struct copies *c, const struct copy *copy, const struct room_rewrite *rw,
		       struct rte_mbuf *m, union flow_hop hop)
{
	const struct voice_player *to = copy->to;
	struct payload payload = payload_for(copy->source, to);
	uint8_t *at = rte_pktmbuf_mtod(m, uint8_t *);
	struct rtp_stamp stamp = {
		.ts = rw->ts,
		.csrc = copy->source->player->voice_id,
		.seq = (uint16_t)rw->index,
		.level = copy->source->level,
		.marker = rw->marker,
	};
	unsigned line = VOICE_FAN_SLOT(copy->hearer), header_len;
	uint32_t ssrc =
		to->native ? copy->source->player->state->native_ssrc : to->lines[line].ssrc;

	m->port = hop.port;
	at += ether_write(c->worker, at, hop, to->head_len == 28);
	memcpy(at, to->head, sizeof to->head);
	at += to->head_len;
	header_len = rtp_mould_cast(at, &to->lines[line].mould, &stamp);
	if (to->native)
		rtp_put32(at + 8, ssrc);
	if (payload.red)
		at[1] = (uint8_t)((at[1] & 0x80) | to->red_pt);
	c->leaving[c->made_count] = (struct srtp_leaving){
		.side = &to->tx,
		.src = payload.at,
		.packet = at,
		.index = rw->index,
		.ssrc = ssrc,
		.header_len = (uint16_t)header_len,
		.len = payload.len,
	};
	c->made_for[c->made_count] = to;
	c->made[c->made_count++] = m;
	slot_count(&to->state->slots[line], to->state, rw, &payload, copy->packet->now_ms);
}

// Whoever left the room since the fan was built, and whoever got its index, is not to hear it: another
// worker may be writing the slots by now.
static bool can_hear(const struct copy *copy)
{
	const struct voice_player *to = copy->to;
	unsigned line = VOICE_FAN_SLOT(copy->hearer);

	return to && to->room == copy->room->index && to->tx.key && line < to->line_count &&
	       line < to->state->slot_count;
}

// What fits on the path when all is added; voice frames are far smaller.
static bool fits(const struct port *port, const struct slot *s, const struct voice_player *to)
{
	return to->head_len + RTP_MOULD_MAX + s->rtp.payload_len + SRTP_TAG_MAX <= port->mtu;
}

static void copy_fail(struct worker *w, enum path_reason reason)
{
	w->drops[reason]++;
	w->copies++;
}

// The buffer at hand is of the first port's pool: ports of another socket have another.
static struct rte_mbuf *copy_buffer(const struct port *port, struct rte_mbuf *m)
{
	if (m && m->pool == port->pool)
		return m;
	rte_pktmbuf_free(m);
	return rte_pktmbuf_alloc(port->pool);
}

// Where in the hearer's stream the packet stands; false: it is not for it.
static bool copy_place(const struct copy *copy, struct room_rewrite *rw)
{
	if (!copy->to->native)
		return room_out_step(&copy->to->state->slots[VOICE_FAN_SLOT(copy->hearer)].out,
				     copy->packet, rw);
	// A voice's own stream, the same for all native hearers.
	*rw = (struct room_rewrite){copy->packet->index, copy->packet->ts, copy->packet->marker};
	return true;
}

static void copy_one(struct copies *c, const struct copy *copy, struct rte_mbuf *m)
{
	struct worker *w = c->worker;
	union flow_hop hop = {.word = 0};
	const struct port *port;
	struct room_rewrite rw;

	// Looked at once: it may change meanwhile, and buffer, size and header have to be of one port.
	if (can_hear(copy))
		hop = flow_hop_load(w->flow, copy->to->client_hop);
	if (hop.state != FLOW_HOP_READY) {
		copy_fail(w, PATH_DROP_NO_ROUTE);
		rte_pktmbuf_free(m);
		return;
	}
	if (!copy_place(copy, &rw)) {
		rte_pktmbuf_free(m);
		return;
	}
	port = &w->ports[hop.port];
	m = copy_buffer(port, m);
	if (m && fits(port, copy->source, copy->to)) {
		copy_write(c, copy, &rw, m, hop);
		return;
	}
	copy_fail(w, PATH_DROP_NO_BUFFERS);
	rte_pktmbuf_free(m);
}

// --- A burst of them ---------------------------------------------------------------------------------------

// With many hearers each of these is a miss: they are fetched for all copies at once, one look after the other.
static void copies_fetch(struct copies *c)
{
	const struct flow *f = c->worker->flow;

	for (unsigned i = 0; i < c->n; i++) {
		struct copy *copy = &c->copies[i];
		const uint8_t *to =
			(const uint8_t *)voice_player_at(f, VOICE_FAN_PLAYER(copy->hearer));
		size_t line = offsetof(struct voice_player, lines) +
			      VOICE_FAN_SLOT(copy->hearer) * sizeof(struct voice_line);

		copy->to = (const struct voice_player *)to;
		if (!to)
			continue;
		for (unsigned at = 0; at < offsetof(struct voice_player, lines); at += 64)
			rte_prefetch0(to + at);
		rte_prefetch0(to + line);
		rte_prefetch0(to + line + sizeof(struct voice_line) - 1);
	}
	for (unsigned i = 0; i < c->n; i++) {
		const struct voice_player *to = c->copies[i].to;

		if (!to)
			continue;
		rte_prefetch0(&f->hops[to->client_hop]);
		rte_prefetch0(&to->state->sent_packets);
		rte_prefetch0(&to->state->slots);
	}
	for (unsigned i = 0; i < c->n; i++) {
		const struct voice_player *to = c->copies[i].to;
		const struct voice_slot *slot;

		if (!to)
			continue;
		slot = &to->state->slots[VOICE_FAN_SLOT(c->copies[i].hearer)];
		rte_prefetch0(slot);
		rte_prefetch0((const uint8_t *)(slot + 1) - 1);
	}
}

static void copies_send(struct copies *c)
{
	struct worker *w = c->worker;

	srtp_seal_burst(&w->engine, c->leaving, c->made_count);
	for (unsigned i = 0; i < c->made_count; i++) {
		w->sealed[c->leaving[i].side->profile]++;
		copy_finish(w, c->made[i], c->made_for[i], srtp_sealed_len(&c->leaving[i]));
		send_put(w, c->made[i], PATH_VOICE);
	}
	w->copies += c->made_count;
	c->made_count = 0;
}

void copies_seal(struct copies *c)
{
	const struct worker *w = c->worker;
	struct rte_mbuf *buffers[BURST_MAX];

	if (!c->n)
		return;
	copies_fetch(c);
	if (rte_pktmbuf_alloc_bulk(w->ports[0].pool, buffers, c->n))
		memset(buffers, 0, sizeof buffers);
	for (unsigned i = 0; i < c->n; i++)
		copy_one(c, &c->copies[i], buffers[i]);
	c->n = 0;
	if (c->made_count)
		copies_send(c);
}

void copies_make(struct copies *c, const struct voice_room *room, const struct slot *s,
		 const struct room_packet *packet)
{
	const struct voice_fan *fan = room->fan;
	const struct flow *f = c->worker->flow;
	uint32_t seat = s->player->seat;

	for (uint32_t i = fan->from[seat]; i < fan->from[seat + 1]; i++) {
		rte_prefetch0(&f->slots[f->sessions_max + VOICE_FAN_PLAYER(fan->hearers[i])]);
		c->copies[c->n++] = (struct copy){s, packet, room, NULL, fan->hearers[i]};
		if (c->n == BURST_MAX)
			copies_seal(c);
	}
}
