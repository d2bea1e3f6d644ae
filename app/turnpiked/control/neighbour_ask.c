// SPDX-License-Identifier: Apache-2.0
#include "control/neighbour.h"

#include <stddef.h>

#include "control/route.h"

#define ASK_BYTES 128 // as net_neigh_ask wants it

static bool mac_equal(const struct net_mac *a, const struct net_mac *b)
{
	return !memcmp(a->b, b->b, sizeof a->b);
}

static void publish(const struct neighbour *e)
{
	union flow_hop hop = {.port = e->port, .state = FLOW_HOP_UNRESOLVED};

	if (neighbour_usable(e)) {
		hop.mac = e->mac;
		hop.state = FLOW_HOP_READY;
	}
	flow_hop_set(e->node->flow, e->hop, hop);
}

static void wait_ms(struct neighbour *e, uint64_t ms)
{
	timer_start(&e->node->timers, &e->timer, e->node->now_ms + ms);
}

static void say(const struct neighbour *e, enum log_level level, const char *event)
{
	char addr[NET_TEXT_MAX], mac[NET_TEXT_MAX];

	host_log(level, event, "address", net_addr_format(&e->addr, addr), "port",
		 e->node->ports[e->port].name, "mac", net_mac_format(&e->mac, mac), NULL);
}

// One question. Without a packet to put it in, the next one has to do.
static void ask_once(struct neighbour *e, bool unicast)
{
	struct node *n = e->node;
	const struct net_addr *from = route_source(n, e->port, &e->addr);
	struct net_link link = neighbour_link(n, e->port);
	struct rte_mbuf *m = from ? punt_new(n, e->port, ASK_BYTES) : NULL;

	if (!m)
		return;
	if (unicast)
		link.dst = e->mac;
	neighbour_send(n, m, e->port,
		       net_neigh_ask(rte_pktmbuf_mtod(m, uint8_t *), &link, from, &e->addr));
}

static void ask_next(struct neighbour *e)
{
	// The owner of an address that was only hinted at may have another MAC: everyone is asked.
	bool unicast = e->phase == NEIGHBOUR_PROBING && !e->hinted && e->asks < NEIGHBOUR_ASKS / 2;

	e->asks++;
	wait_ms(e, NEIGHBOUR_ASK_MS);
	ask_once(e, unicast);
}

void neighbour_ask(struct neighbour *e, enum neighbour_phase phase)
{
	e->phase = (uint8_t)phase;
	e->asks = 0;
	ask_next(e);
}

static void give_up(struct neighbour *e)
{
	// Nobody contradicts its own frames.
	if (e->hinted) {
		e->phase = NEIGHBOUR_REACHABLE;
		wait_ms(e, NEIGHBOUR_FRESH_MS);
		return;
	}
	if (!e->failure_told)
		say(e, LOG_LEVEL_INFO, "neighbour_failed");
	e->failure_told = true;
	e->phase = NEIGHBOUR_FAILED;
	publish(e);
	neighbour_held_drop(e, UINT64_MAX);
	wait_ms(e, NEIGHBOUR_FAILED_MS);
}

void neighbour_fire(struct timer *t, uint64_t now_ms)
{
	struct neighbour *e = (struct neighbour *)((char *)t - offsetof(struct neighbour, timer));

	neighbour_held_drop(e, now_ms);
	if (!e->uses)
		neighbour_free(e);
	else if (e->phase == NEIGHBOUR_REACHABLE)
		neighbour_ask(e, NEIGHBOUR_PROBING);
	else if (e->phase == NEIGHBOUR_FAILED)
		neighbour_ask(e, NEIGHBOUR_INCOMPLETE);
	else if (e->asks < NEIGHBOUR_ASKS)
		ask_next(e);
	else
		give_up(e);
}

static void resolve(struct neighbour *e, const struct net_mac *mac)
{
	e->mac = *mac;
	e->phase = NEIGHBOUR_REACHABLE;
	e->hinted = false;
	e->failure_told = false;
	publish(e);
	wait_ms(e, NEIGHBOUR_FRESH_MS);
	neighbour_held_send(e);
	say(e, LOG_LEVEL_DEBUG, "neighbour_up");
}

static void say_moved(const struct neighbour *e, const struct net_mac *to)
{
	char addr[NET_TEXT_MAX], was[NET_TEXT_MAX], is[NET_TEXT_MAX];

	host_log(LOG_LEVEL_INFO, "neighbour_moved", "address", net_addr_format(&e->addr, addr),
		 "port", e->node->ports[e->port].name, "from", net_mac_format(&e->mac, was), "to",
		 net_mac_format(to, is), NULL);
}

// Not asked for: good enough to send by, but the station that it names is asked to confirm.
static void overhear(struct neighbour *e, const struct net_neigh *heard)
{
	if (!heard->has_mac || (neighbour_usable(e) && mac_equal(&e->mac, &heard->mac)))
		return;
	if (neighbour_usable(e))
		say_moved(e, &heard->mac);
	e->mac = heard->mac;
	e->hinted = false;
	neighbour_ask(e, NEIGHBOUR_PROBING);
	publish(e);
	neighbour_held_send(e);
}

static void take_answer(struct neighbour *e, const struct net_neigh *heard)
{
	bool known = neighbour_usable(e);
	bool same = known && (heard->has_mac ? mac_equal(&e->mac, &heard->mac) : !e->hinted);
	bool asked = e->phase == NEIGHBOUR_INCOMPLETE || e->phase == NEIGHBOUR_PROBING;

	// RFC 4861 section 7.2.5: no MAC, or one that is not to replace what a cache has.
	if (!same && (!heard->has_mac || (known && !e->hinted && !heard->override)))
		return;
	if (!asked) {
		overhear(e, heard);
		return;
	}
	if (known && !same)
		say_moved(e, &heard->mac);
	resolve(e, heard->has_mac ? &heard->mac : &e->mac);
}

bool neighbour_learn(struct node *n, unsigned port, const struct net_neigh *heard)
{
	bool told = heard->op == NET_NEIGH_TELL;
	struct neighbour *e =
		neighbour_find(n->neighbour, port, told ? &heard->target : &heard->sender);

	if (!e)
		return false;
	if (told)
		take_answer(e, heard);
	else
		overhear(e, heard);
	return true;
}

void neighbour_take_hint(struct neighbour *e, const struct net_mac *mac)
{
	if (neighbour_usable(e))
		return;
	e->mac = *mac;
	e->hinted = true;
	if (e->phase == NEIGHBOUR_FAILED)
		neighbour_ask(e, NEIGHBOUR_PROBING);
	e->phase = NEIGHBOUR_PROBING;
	publish(e);
	neighbour_held_send(e);
}
