// SPDX-License-Identifier: Apache-2.0
#include "node.h"

#include <errno.h>

// ICMP and ICMPv6 for us: echo, errors about datagrams that we relayed, and errors of our own about
// packets that go nowhere.

#define ERROR_BYTES 1400 // as net_error_build wants it
#define INDICATION_BYTES 256 // Data indication with ICMP: two addresses and 8 bytes, no DATA
#define HEADER_BYTES 66 // net_header_len at most

// Port unreachable: when the next one conforms (GCRA). One node a process, one control lane.
static uint64_t closed_credit_ms;

static bool closed_take(uint64_t now_ms)
{
	const uint64_t period_ms = 1000 / ICMP_CLOSED_PER_S;
	uint64_t credit = closed_credit_ms > now_ms ? closed_credit_ms : now_ms;

	if (credit > now_ms + (ICMP_CLOSED_BURST - 1) * period_ms)
		return false;
	closed_credit_ms = credit + period_ms;
	return true;
}

// RFC 8656 section 11.5: to the client, from where it reached us.
static void indication_send(struct node *n, const struct turn_allocation *a, const uint8_t *payload,
			    size_t len)
{
	uint32_t hop = neighbour_hop(n, &a->tuple.client.addr);
	union flow_hop to = flow_hop_get(n->flow, hop);
	struct net_udp_header h = {.src = a->tuple.server,
				   .dst = a->tuple.client,
				   .ttl = 64,
				   .df = true};
	struct rte_mbuf *m = NULL;

	if (hop >= FLOW_HOP_FIRST && to.state == FLOW_HOP_READY)
		m = punt_new(n, to.port, HEADER_BYTES + INDICATION_BYTES);
	if (m) {
		uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

		h.link.src = n->ports[to.port].mac;
		h.link.dst = to.mac;
		h.link.vlan = (uint16_t)n->settings.ports.at[to.port].vlan;
		memcpy(frame + net_header_len(&h), payload, len);
		m->data_len = (uint16_t)net_header_write(frame, &h, len);
		m->pkt_len = m->data_len;
		punt_inject(n, m, to.port);
	}
	neighbour_release(n, hop);
}

static bool error_relay(struct node *n, const struct net_icmp_error *e)
{
	uint8_t payload[INDICATION_BYTES], tid[STUN_TID_LEN];
	const struct turn_allocation *a = n->turn ? turn_find_relay(n->turn, &e->src) : NULL;
	size_t len;

	if (!a || a->tuple.transport != TURN_UDP)
		return false;
	host_random(tid, sizeof tid);
	len = turn_icmp(n->turn, a, e, payload, sizeof payload, tid);
	if (len)
		indication_send(n, a, payload, len);
	return len;
}

static void heard_icmp(struct node *n, const struct punt *p, struct rte_mbuf *m)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct net_icmp_error e;
	int err;

	// What comes by way of PUNT_NEIGHBOUR was not yet found to be for us.
	if (flow_local_find(n->flow, &p->facts.dst.addr, p->port) < 0) {
		punt_drop(n, m, PUNT_DROP_ICMP);
		return;
	}
	if (!net_echo_answer(&p->facts, frame)) {
		punt_inject(n, m, p->port);
		return;
	}
	err = net_icmp_error_parse(&e, &p->facts, frame);
	if (!err && error_relay(n, &e))
		rte_pktmbuf_free(m);
	else
		punt_drop(n, m, err == -EBADMSG ? PUNT_DROP_CHECKSUM : PUNT_DROP_ICMP);
}

// Tells the sender of the packet what became of it, from the address that it was sent to.
static void error_send(struct node *n, const struct punt *p, struct rte_mbuf *m,
		       enum net_error error)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct rte_mbuf *out;
	size_t len;

	if (!net_udp_checksum_ok(&p->facts, frame)) {
		punt_drop(n, m, PUNT_DROP_CHECKSUM);
		return;
	}
	out = punt_new(n, p->port, ERROR_BYTES);
	if (!out) {
		punt_drop(n, m, PUNT_DROP_ICMP);
		return;
	}
	len = net_error_build(rte_pktmbuf_mtod(out, uint8_t *), &p->facts, frame,
			      &p->facts.dst.addr, error, p->mtu);
	if (!len) {
		rte_pktmbuf_free(out);
		punt_drop(n, m, PUNT_DROP_ICMP);
		return;
	}
	out->data_len = (uint16_t)len;
	out->pkt_len = out->data_len;
	punt_inject(n, out, p->port);
	rte_pktmbuf_free(m);
}

static bool icmp_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	switch (p->class_) {
	case PUNT_NEIGHBOUR: // a hop limit of 255, as discovery has it, and yet something else
		if (p->facts.kind != NET_ICMP6)
			return false;
		heard_icmp(n, p, m);
		return true;
	case PUNT_ICMP:
		heard_icmp(n, p, m);
		return true;
	case PUNT_CLOSED:
		if (closed_take(n->now_ms))
			error_send(n, p, m, NET_PORT_UNREACHABLE);
		else
			punt_drop(n, m, PUNT_DROP_ICMP);
		return true;
	case PUNT_BIG:
		error_send(n, p, m, NET_TOO_BIG);
		return true;
	default:
		return false;
	}
}

static int icmp_open(struct node *n)
{
	(void)n;
	closed_credit_ms = 0;
	return 0;
}

const struct module icmp_module = {
	.name = "icmp",
	.open = icmp_open,
	.punt = icmp_punt,
};
