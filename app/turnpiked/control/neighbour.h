// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_NEIGHBOUR_H
#define CONTROL_NEIGHBOUR_H

#include "node.h"

// Next hops: who is asked, who answered, what waits for them (RFC 826, RFC 4861 section 7.3). Shared by
// the files control/neighbour*.c. Control lane.

#define NEIGHBOUR_BUCKETS 65536

enum neighbour_phase {
	NEIGHBOUR_INCOMPLETE, // asked, nothing known; packets wait
	NEIGHBOUR_REACHABLE,
	NEIGHBOUR_PROBING, // asked again; the MAC serves meanwhile
	NEIGHBOUR_FAILED, // did not answer
};

struct neighbour {
	struct timer timer; // always runs; what for depends on the phase
	struct node *node;
	struct neighbour *next; // of the same bucket
	struct net_addr addr;
	uint32_t hop; // in flow's table
	uint32_t uses;
	struct net_mac mac; // REACHABLE, PROBING
	uint8_t port;
	uint8_t phase; // enum neighbour_phase
	uint8_t asks; // since the phase began
	uint8_t held_count;
	bool hinted; // the MAC is from a frame of its, not from an answer
	bool failure_told; // in the log
	struct rte_mbuf *held_first, *held_last;
};

struct neighbour_state {
	uint64_t key[2]; // random: who may choose addresses cannot choose buckets
	struct neighbour *buckets[NEIGHBOUR_BUCKETS];
	struct neighbour *hops[FLOW_HOPS_MAX]; // by index in flow's table
	unsigned held; // packets, of all neighbours
	uint32_t pinned[PORTS_MAX * 2]; // hops of the gateways, kept resolved
	unsigned pinned_count;
	struct timer own_timer; // announcements of our addresses
	struct node *own_node;
	unsigned own_step;
	uint64_t defend_ms[FLOW_LOCALS_MAX]; // not before
};

// True when packets can be sent to it.
static inline bool neighbour_usable(const struct neighbour *e)
{
	return e->phase == NEIGHBOUR_REACHABLE || e->phase == NEIGHBOUR_PROBING;
}
// Gives a frame of `len_bytes`, written to `m` from its start, to a worker.
static inline void neighbour_send(struct node *n, struct rte_mbuf *m, unsigned port,
				  size_t len_bytes)
{
	m->data_len = (uint16_t)len_bytes;
	m->pkt_len = m->data_len;
	punt_inject(n, m, port);
}
// Our end of frames on a port; the other end is 0.
static inline struct net_link neighbour_link(const struct node *n, unsigned port)
{
	return (struct net_link){.src = n->ports[port].mac,
				 .vlan = (uint16_t)n->settings.ports.at[port].vlan};
}

// --- control/neighbour_table.c ---------------------------------------------------------------------------

struct neighbour *neighbour_find(const struct neighbour_state *s, unsigned port,
				 const struct net_addr *addr);
// A new one, unused, not asked yet; NULL without memory or a free hop.
struct neighbour *neighbour_new(struct node *n, unsigned port, const struct net_addr *addr);
// Drops what waits for it.
void neighbour_free(struct neighbour *e);
// Keeps a packet, a whole frame but for its two MACs, until the MAC is known. Takes it over.
void neighbour_hold(struct neighbour *e, struct rte_mbuf *m);
// Sends a packet of that kind. Takes it over.
void neighbour_forward(struct neighbour *e, struct rte_mbuf *m);
void neighbour_held_send(struct neighbour *e);
void neighbour_held_drop(struct neighbour *e, uint64_t due_ms); // what is due by then

// --- control/neighbour_ask.c -----------------------------------------------------------------------------

// Begins to ask, in phase INCOMPLETE or PROBING.
void neighbour_ask(struct neighbour *e, enum neighbour_phase phase);
void neighbour_fire(struct timer *t, uint64_t now_ms);
// A packet spoke of a neighbour that we know; false: of none.
bool neighbour_learn(struct node *n, unsigned port, const struct net_neigh *heard);
// Its MAC as a frame of its showed it.
void neighbour_take_hint(struct neighbour *e, const struct net_mac *mac);

// --- control/neighbour_own.c -----------------------------------------------------------------------------

void neighbour_own_start(struct node *n); // probes for duplicates, then announces
// Answers a request for an address of ours; false when it is none.
bool neighbour_own_answer(struct node *n, struct rte_mbuf *m, const struct net_neigh *asked);
// Someone else says that they have our address `local`.
void neighbour_own_claimed(struct node *n, unsigned local, const struct net_mac *by);

#endif
