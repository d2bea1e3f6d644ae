// SPDX-License-Identifier: Apache-2.0
#include "control/neighbour.h"

#include <stddef.h>

#include "base/base.h"

#define FRAME_BYTES 128 // as net_neigh_ask wants it

// After opening. Nothing waits for the outcome: a relay that is restarted has to serve at once, and
// who has the same address hears it from these. Probes come first, since hosts answer them but not
// announcements (RFC 5227 section 2.1.1).
static const struct {
	uint16_t after_ms;
	bool probe;
} own_steps[] = {{0, true}, {250, true}, {250, false}, {2000, false}};

static void tell(struct node *n, const struct flow_local *l, bool probe)
{
	struct net_link link = neighbour_link(n, l->port);
	struct net_neigh own = {.op = NET_NEIGH_TELL, .target = l->addr};
	struct rte_mbuf *m = punt_new(n, l->port, FRAME_BYTES);
	uint8_t *frame;
	size_t len;

	if (!m)
		return;
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	if (probe)
		len = net_neigh_ask(frame, &link, &own.sender, &l->addr);
	else if (net_addr_is4(&l->addr))
		len = net_neigh_ask(frame, &link, &l->addr, &l->addr);
	else
		len = net_neigh_tell(frame, &link, &own);
	neighbour_send(n, m, l->port, len);
}

static void step(struct node *n)
{
	struct neighbour_state *s = n->neighbour;
	bool probe = own_steps[s->own_step++].probe;

	for (unsigned i = 0; i < n->flow->local_count; i++)
		tell(n, &n->flow->locals[i], probe);
	if (s->own_step < BASE_COUNT(own_steps))
		timer_start(&n->timers, &s->own_timer, n->now_ms + own_steps[s->own_step].after_ms);
}

static void fire(struct timer *t, uint64_t now_ms)
{
	struct neighbour_state *s =
		(struct neighbour_state *)((char *)t - offsetof(struct neighbour_state, own_timer));

	(void)now_ms;
	step(s->own_node);
}

void neighbour_own_start(struct node *n)
{
	n->neighbour->own_node = n;
	n->neighbour->own_timer.fire = fire;
	step(n);
}

bool neighbour_own_answer(struct node *n, struct rte_mbuf *m, const struct net_neigh *asked)
{
	unsigned port = punt_of(m)->port;
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct net_link link = neighbour_link(n, port);

	if (asked->op != NET_NEIGH_ASK || flow_local_find(n->flow, &asked->target, (int)port) < 0)
		return false;
	// A solicitation sent to us alone may come without its sender's MAC.
	if (asked->has_mac)
		link.dst = asked->mac;
	else
		memcpy(link.dst.b, frame + 6, 6);
	neighbour_send(n, m, port, net_neigh_tell(frame, &link, asked));
	return true;
}

void neighbour_own_claimed(struct node *n, unsigned local, const struct net_mac *by)
{
	const struct flow_local *l = &n->flow->locals[local];
	char addr[NET_TEXT_MAX], mac[NET_TEXT_MAX];

	if (n->now_ms < n->neighbour->defend_ms[local])
		return;
	n->neighbour->defend_ms[local] = n->now_ms + NEIGHBOUR_DEFEND_MS;
	host_log(LOG_LEVEL_WARN, "duplicate_address", "address", net_addr_format(&l->addr, addr),
		 "port", n->ports[l->port].name, "mac", net_mac_format(by, mac), NULL);
	tell(n, l, false);
}
