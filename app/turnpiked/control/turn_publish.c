// SPDX-License-Identifier: Apache-2.0
#include "control/turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "worker.h"

// From an allocation (lib/turn) to what workers see (lib/flow).

static void peer_add(struct node *n, const struct turn_allocation *a, struct flow_peer *out,
		     const struct net_addr *addr)
{
	*out = (struct flow_peer){
		.addr = *addr,
		.hop = neighbour_hop(n, addr),
		.relay = a->relay[1].port && net_addr_is4(&a->relay[1].addr) == net_addr_is4(addr),
	};
}

static unsigned peers_fill(struct node *n, const struct turn_allocation *a, struct flow_peer *out)
{
	unsigned count = 0;

	for (unsigned i = 0; i < a->permission_count; i++)
		peer_add(n, a, &out[count++], &a->permissions[i].peer);
	for (unsigned i = 0; i < a->channel_count; i++) {
		peer_add(n, a, &out[count], &a->channels[i].peer.addr);
		out[count].port = a->channels[i].peer.port;
		out[count++].channel = a->channels[i].number;
	}
	return count;
}

static uint64_t cycles_per_byte_q8(uint64_t bits_per_second)
{
	return bits_per_second ? rte_get_tsc_hz() * 8 * 256 / bits_per_second : 0;
}

static struct flow_session session_of(const struct node *n, const struct turn_allocation *a,
				      uint32_t hop)
{
	struct flow_session s = {
		.client = a->tuple.client,
		.client_hop = hop,
		.index = a->index,
		.server_local = (uint16_t)flow_local_find(n->flow, &a->tuple.server.addr, -1),
		.server_port = a->tuple.server.port,
		.cycles_per_byte_q8 = cycles_per_byte_q8(n->settings.turn.limits.bits_per_second),
	};

	for (unsigned i = 0; i < 2; i++) {
		s.relay_port[i] = a->relay[i].port;
		if (a->relay[i].port)
			s.relay_local[i] =
				(uint16_t)flow_local_find(n->flow, &a->relay[i].addr, -1);
	}
	return s;
}

static void hops_release(struct node *n, const struct flow_peer *peers, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		neighbour_release(n, peers[i].hop);
}

int turn_publish(struct node *n, struct turn_allocation *a, const struct net_mac *from)
{
	struct turn_owner *o = calloc(1, sizeof *o);
	struct flow_publish p = {0};
	int err;

	if (!o)
		return -ENOMEM;
	o->hop = neighbour_hop(n, &a->tuple.client.addr);
	if (from)
		neighbour_hint(n, o->hop, from);
	o->base = flow_counts_sum(n->flow, a->index);
	p.session = session_of(n, a, o->hop);
	err = flow_session_publish(n->flow, &p);
	if (err) {
		neighbour_release(n, o->hop);
		free(o);
		return err;
	}
	a->owner = o;
	return 0;
}

void turn_republish(struct node *n, struct turn_allocation *a)
{
	struct flow_peer peers[TURN_PERMISSIONS_MAX + TURN_CHANNELS_MAX];
	const struct turn_owner *o = a->owner;
	struct flow_session *old = flow_session_at(n->flow, a->index);
	struct flow_publish p = {.peers = peers};

	p.session = session_of(n, a, o->hop);
	p.peer_count = peers_fill(n, a, peers);
	// The old one is read until it is retired, and its memory stays for at least this call.
	if (flow_session_replace(n->flow, &p)) {
		hops_release(n, peers, p.peer_count);
		host_log(LOG_LEVEL_ERROR, "no_memory", "for", "an allocation's peers", NULL);
	} else {
		hops_release(n, old->peers, old->peer_count);
	}
}

void turn_unpublish(struct node *n, struct turn_allocation *a)
{
	struct turn_owner *o = a->owner;
	struct flow_session *s = flow_session_at(n->flow, a->index);

	hops_release(n, s->peers, s->peer_count);
	neighbour_release(n, o->hop);
	flow_session_retire(n->flow, a->index);
	free(o);
	a->owner = NULL;
}

struct flow_counts turn_counts(const struct node *n, const struct turn_allocation *a)
{
	const struct turn_owner *o = a->owner;
	struct flow_counts c = flow_counts_sum(n->flow, a->index);

	for (unsigned way = 0; way < 2; way++) {
		c.packets[way] -= o->base.packets[way];
		c.bytes[way] -= o->base.bytes[way];
		c.dropped[way] -= o->base.dropped[way];
		// The time of a packet of the slot's owner before this one is none of ours.
		if (!c.packets[way])
			c.last_s[way] = 0;
	}
	return c;
}
