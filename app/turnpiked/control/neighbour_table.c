// SPDX-License-Identifier: Apache-2.0
#include "control/neighbour.h"

#include <stdlib.h>

static struct neighbour **bucket_of(const struct neighbour_state *s, unsigned port,
				    const struct net_addr *addr)
{
	__extension__ unsigned __int128 mixed =
		(unsigned __int128)(addr->d[0] ^ s->key[0] ^ port) * (addr->d[1] ^ s->key[1]);
	uint64_t h = (uint64_t)mixed ^ (uint64_t)(mixed >> 64);

	h ^= h >> 32;
	return (struct neighbour **)&s->buckets[(h ^ h >> 16) % NEIGHBOUR_BUCKETS];
}

struct neighbour *neighbour_find(const struct neighbour_state *s, unsigned port,
				 const struct net_addr *addr)
{
	struct neighbour *e = *bucket_of(s, port, addr);

	while (e && (e->port != port || !net_addr_equal(&e->addr, addr)))
		e = e->next;
	return e;
}

struct neighbour *neighbour_new(struct node *n, unsigned port, const struct net_addr *addr)
{
	struct neighbour_state *s = n->neighbour;
	struct neighbour **bucket = bucket_of(s, port, addr);
	struct neighbour *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	if (flow_hop_new(n->flow, &e->hop)) {
		free(e);
		return NULL;
	}
	e->timer.fire = neighbour_fire;
	e->node = n;
	e->addr = *addr;
	e->port = (uint8_t)port;
	e->next = *bucket;
	*bucket = e;
	s->hops[e->hop] = e;
	// Workers write headers for that port before the MAC is known.
	flow_hop_set(n->flow, e->hop,
		     (union flow_hop){.port = e->port, .state = FLOW_HOP_UNRESOLVED});
	return e;
}

void neighbour_free(struct neighbour *e)
{
	struct neighbour_state *s = e->node->neighbour;
	struct neighbour **link = bucket_of(s, e->port, &e->addr);

	neighbour_held_drop(e, UINT64_MAX);
	timer_stop(&e->timer);
	while (*link != e)
		link = &(*link)->next;
	*link = e->next;
	s->hops[e->hop] = NULL;
	flow_hop_retire(e->node->flow, e->hop);
	free(e);
}

static struct rte_mbuf *held_take(struct neighbour *e)
{
	struct rte_mbuf *m = e->held_first;

	e->held_first = punt_of(m)->next_held;
	if (!e->held_first)
		e->held_last = NULL;
	e->held_count--;
	e->node->neighbour->held--;
	return m;
}

void neighbour_hold(struct neighbour *e, struct rte_mbuf *m)
{
	struct neighbour_state *s = e->node->neighbour;
	struct punt *p = punt_of(m);

	// Of voice, the newest is worth most.
	if (e->held_count == NEIGHBOUR_HOLD)
		punt_drop(e->node, held_take(e), PUNT_DROP_NEIGHBOUR);
	if (s->held == NEIGHBOUR_HELD_MAX) {
		punt_drop(e->node, m, PUNT_DROP_NEIGHBOUR);
		return;
	}
	p->next_held = NULL;
	p->due_ms = e->node->now_ms + NEIGHBOUR_HOLD_MS;
	if (e->held_last)
		punt_of(e->held_last)->next_held = m;
	else
		e->held_first = m;
	e->held_last = m;
	e->held_count++;
	s->held++;
}

void neighbour_forward(struct neighbour *e, struct rte_mbuf *m)
{
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);

	memcpy(frame, e->mac.b, 6);
	memcpy(frame + 6, e->node->ports[e->port].mac.b, 6);
	punt_inject(e->node, m, e->port);
}

void neighbour_held_send(struct neighbour *e)
{
	while (e->held_first)
		neighbour_forward(e, held_take(e));
}

void neighbour_held_drop(struct neighbour *e, uint64_t due_ms)
{
	while (e->held_first && punt_of(e->held_first)->due_ms <= due_ms)
		punt_drop(e->node, held_take(e), PUNT_DROP_NEIGHBOUR);
}
