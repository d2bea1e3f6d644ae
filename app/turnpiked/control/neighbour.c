// SPDX-License-Identifier: Apache-2.0
#include "control/neighbour.h"

#include <errno.h>
#include <stdlib.h>

#include "base/base.h"
#include "control/route.h"

// The hop of a neighbour, with one use more; asks when nothing is known and no question is under way.
static uint32_t neighbour_use(struct node *n, unsigned port, const struct net_addr *addr)
{
	struct neighbour *e = neighbour_find(n->neighbour, port, addr);
	bool fresh = !e;

	if (!e)
		e = neighbour_new(n, port, addr);
	if (!e) {
		host_log(LOG_LEVEL_WARN, "neighbours_full", "port", n->ports[port].name, NULL);
		return FLOW_HOP_NONE;
	}
	if (fresh || e->phase == NEIGHBOUR_FAILED || (!e->uses && !neighbour_usable(e)))
		neighbour_ask(e, NEIGHBOUR_INCOMPLETE);
	e->uses++;
	return e->hop;
}

uint32_t neighbour_hop(struct node *n, const struct net_addr *to)
{
	struct route r = route_find(n, to);

	if (r.kind == ROUTE_VIA)
		return neighbour_use(n, r.port, &r.next);
	return r.kind == ROUTE_SELF ? FLOW_HOP_SELF : FLOW_HOP_NONE;
}

static struct neighbour *neighbour_at(struct node *n, uint32_t hop)
{
	return hop < FLOW_HOPS_MAX ? n->neighbour->hops[hop] : NULL;
}

void neighbour_release(struct node *n, uint32_t hop)
{
	struct neighbour *e = neighbour_at(n, hop);

	// A packet that waits to be punted may still name this hop: its index is not reused at once.
	if (e && !--e->uses && e->timer.due_ms < n->now_ms + NEIGHBOUR_UNUSED_MS)
		timer_start(&n->timers, &e->timer, n->now_ms + NEIGHBOUR_UNUSED_MS);
}

void neighbour_hint(struct node *n, uint32_t hop, const struct net_mac *mac)
{
	static const struct net_mac zero;
	struct neighbour *e = neighbour_at(n, hop);

	if (e && !(mac->b[0] & 1) && memcmp(mac->b, zero.b, sizeof zero.b))
		neighbour_take_hint(e, mac);
}

static void punt_hop(struct node *n, const struct punt *p, struct rte_mbuf *m)
{
	struct neighbour *e = neighbour_at(n, p->hop);

	if (!e) {
		punt_drop(n, m, PUNT_DROP_NEIGHBOUR);
	} else if (neighbour_usable(e)) {
		neighbour_forward(e, m);
	} else {
		if (e->phase == NEIGHBOUR_FAILED)
			neighbour_ask(e, NEIGHBOUR_INCOMPLETE);
		neighbour_hold(e, m);
	}
}

// What it says about others and about us; true when it was of use.
static bool heard_take(struct node *n, unsigned port, const struct net_neigh *heard,
		       const struct net_mac *from)
{
	int local = flow_local_find(n->flow,
				    heard->op == NET_NEIGH_TELL ? &heard->target : &heard->sender,
				    (int)port);

	if (local < 0)
		return neighbour_learn(n, port, heard);
	neighbour_own_claimed(n, (unsigned)local, from);
	return true;
}

// Routers' advertisements and redirects are not among what net_neigh_parse knows: routes come from
// the configuration alone.
static bool punt_heard(struct node *n, const struct punt *p, struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct net_neigh heard;
	struct net_mac from;
	bool useful = false;
	int err = net_neigh_parse(&heard, &p->facts, frame);

	if (err == -ENOMSG)
		return false;
	if (!err && p->facts.vlan == n->settings.ports.at[p->port].vlan) {
		memcpy(from.b, heard.has_mac ? heard.mac.b : frame + 6, 6);
		// Some networks give us our own frames back.
		if (memcmp(from.b, n->ports[p->port].mac.b, 6)) {
			useful = heard_take(n, p->port, &heard, &from);
			if (neighbour_own_answer(n, m, &heard))
				return true;
		}
	}
	if (useful)
		rte_pktmbuf_free(m);
	else
		punt_drop(n, m, PUNT_DROP_UNKNOWN);
	return true;
}

static bool neighbour_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	if (p->class_ == PUNT_NEIGHBOUR)
		return punt_heard(n, p, m);
	if (p->class_ != PUNT_HOP)
		return false;
	punt_hop(n, p, m);
	return true;
}

// Gateways are kept resolved: a first packet to the world is not to wait.
static void gateways_pin(struct node *n)
{
	struct neighbour_state *s = n->neighbour;

	for (unsigned p = 0; p < n->port_count; p++) {
		const struct port_settings *ps = &n->settings.ports.at[p];

		for (size_t i = 0; i < ps->gateways.n && s->pinned_count < BASE_COUNT(s->pinned);
		     i++)
			if (route_source(n, p, &ps->gateways.at[i]))
				s->pinned[s->pinned_count++] =
					neighbour_use(n, p, &ps->gateways.at[i]);
	}
}

static int neighbour_open(struct node *n)
{
	n->neighbour = calloc(1, sizeof *n->neighbour);
	if (!n->neighbour)
		return -ENOMEM;
	host_random(n->neighbour->key, sizeof n->neighbour->key);
	neighbour_own_start(n);
	gateways_pin(n);
	return 0;
}

static void neighbour_close(struct node *n)
{
	struct neighbour_state *s = n->neighbour;

	if (!s)
		return;
	timer_stop(&s->own_timer);
	for (unsigned i = 0; i < FLOW_HOPS_MAX; i++)
		if (s->hops[i])
			neighbour_free(s->hops[i]);
	free(s);
	n->neighbour = NULL;
}

const struct module neighbour_module = {
	.name = "neighbour",
	.open = neighbour_open,
	.close = neighbour_close,
	.punt = neighbour_punt,
};
