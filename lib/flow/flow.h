// SPDX-License-Identifier: Apache-2.0
#ifndef FLOW_FLOW_H
#define FLOW_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_prefetch.h>
#include <rte_rcu_qsbr.h>

#include "config/limits.h"
#include "net/net.h"

// The tables that workers read. The control lane is the only writer; workers read under QSBR and
// report quiescence once a round. What a reader may still hold is freed after a grace period.

// --- Local addresses: fixed from start to stop -----------------------------------------------------

struct flow_local {
	struct net_addr addr;
	uint8_t bits; // prefix, 128-bit form
	uint8_t port; // index of the port that has it
};

#define FLOW_LOCAL_NONE 255
#define FLOW_LOCAL_HINTS 256

// --- Next hops ---------------------------------------------------------------------------------------

// One word, so that a worker always reads a consistent one.
union flow_hop {
	uint64_t word;
	struct {
		struct net_mac mac;
		uint8_t port; // to send by
		uint8_t state; // enum flow_hop_state
	};
};
enum flow_hop_state { FLOW_HOP_UNRESOLVED, FLOW_HOP_READY };

// Hops that are always there.
#define FLOW_HOP_SELF 0u // one of our own addresses: hairpin
#define FLOW_HOP_NONE 1u // no route
#define FLOW_HOP_FIRST 2u

// --- Sessions ----------------------------------------------------------------------------------------

// Where a packet of a session may go to or come from: a permission (port and channel 0) or a channel.
struct flow_peer {
	struct net_addr addr;
	uint32_t hop;
	uint16_t port;
	uint16_t channel;
	uint8_t relay; // which of the session's relays speaks its family
	uint8_t pad[5];
	// Made by flow: what the checksum gains when (client, server) becomes (relay, this peer). A permission's
	// lacks the peer's port.
	uint16_t sum;
};

// A TURN allocation as workers see it: never changed once published, replaced as a whole.
struct flow_session {
	struct net_endpoint client;
	uint32_t client_hop;
	uint32_t index; // of flow_counts, dense
	uint16_t server_local; // where the client reached us: index of a local address …
	uint16_t server_port; // … and port
	uint16_t relay_local[2]; // relayed transport addresses; port 0: none
	uint16_t relay_port[2];
	uint16_t peer_count;
	uint16_t hash_mask; // of the two indices behind the peers, 0: too few to need one
	uint64_t
		cycles_per_byte_q8; // TSC cycles that a byte costs of the rate, times 256; 0: no bound
	struct flow_session *retired_next; // control lane
	struct flow_peer peers[];
};

// What one worker counted of one session: a cache line, in arrays that begin on one. Written by that
// worker alone.
struct flow_counts {
	uint64_t packets[2]; // [0] client to peer, [1] peer to client
	uint64_t bytes[2]; // payload
	uint64_t credit_tsc[2]; // when the next packet conforms (GCRA)
	uint32_t last_s[2]; // steady seconds of the last packet; 0: none yet
	uint32_t dropped[2]; // over the rate
};
_Static_assert(sizeof(struct flow_counts) == 64, "one cache line");

struct flow_key { // of a client's packets to a listener; 32 bytes is a size rte_hash compares by SIMD
	struct net_addr addr;
	uint16_t port; // host order, like the others
	uint16_t server_local;
	uint16_t server_port;
	uint16_t pad[5];
};

struct flow_settings {
	const struct flow_local *locals;
	unsigned local_count;
	uint32_t sessions_max;
	uint32_t players_max, rooms_max; // voice.h; 0: no voice
	unsigned workers;
	int socket; // NUMA node, or -1
};

// Read by workers through the inline functions below, written through flow_*() by the control lane.
struct flow {
	struct flow_local locals[FLOW_LOCALS_MAX];
	unsigned local_count;
	uint8_t local_hints[PORTS_MAX]
			   [FLOW_LOCAL_HINTS]; // by flow_local_hash: an index, or FLOW_LOCAL_NONE
	uint32_t sessions_max;
	uint32_t players_max, rooms_max;
	unsigned workers;
	uint32_t *relay_ports[FLOW_LOCALS_MAX]; // [port] → slot + 1, NULL where nothing is relayed
	struct flow_session **slots; // sessions_max, and behind them players_max of voice.h
	const struct voice_room **rooms; // by index
	uint64_t *hops; // union flow_hop as word
	uint32_t *client_hints; // by a flow_key's hash: slot + 1, none, or more than one
	uint32_t hint_mask;
	struct rte_hash *clients; // flow_key → slot
	struct rte_rcu_qsbr *qsbr;
	struct flow_counts *counts[WORKERS_MAX]; // [worker][slot]
	struct flow_private *private_; // control lane
};

// NULL with errno.
struct flow *flow_new(const struct flow_settings *s);
void flow_free(struct flow *f); // no worker runs any more

// --- Control lane ------------------------------------------------------------------------------------

// The local address with this value (and port, when not -1); -1: none.
int flow_local_find(const struct flow *f, const struct net_addr *addr, int port);

// A session to publish: `session` is copied, `peers` too.
struct flow_publish {
	struct flow_session session; // without peers
	const struct flow_peer *peers;
	unsigned peer_count;
};
// Publishes slot `session.index` for the first time: 0 or -errno and nothing is visible.
int flow_session_publish(struct flow *f, const struct flow_publish *p);
// Replaces what is published in that slot; the client must be the same, a relay may be gone. 0 or -ENOMEM.
int flow_session_replace(struct flow *f, const struct flow_publish *p);
void flow_session_retire(struct flow *f, uint32_t slot);

// Next hops, by index; counted by their user.
int flow_hop_new(struct flow *f, uint32_t *hop); // 0 or -ENOSPC; unresolved
void flow_hop_set(struct flow *f, uint32_t hop, union flow_hop value);
union flow_hop flow_hop_get(const struct flow *f, uint32_t hop);
void flow_hop_retire(struct flow *f, uint32_t hop); // no published session may still name it

// Frees what all workers have let go of. Returns how many. Often.
unsigned flow_reclaim(struct flow *f);
// Sum over workers; last_s is the latest.
struct flow_counts flow_counts_sum(const struct flow *f, uint32_t slot);

// --- Workers -----------------------------------------------------------------------------------------

static inline unsigned flow_local_hash(const struct net_addr *addr)
{
	return (addr->b[15] + addr->b[14] * 7u) % FLOW_LOCAL_HINTS;
}

// The address of a port with this value, FLOW_LOCAL_NONE: none. One look, unless two addresses share a
// hint.
static inline uint8_t flow_local_of(const struct flow *f, const struct net_addr *addr,
				    unsigned port)
{
	uint8_t hint = f->local_hints[port][flow_local_hash(addr)];

	if (hint == FLOW_LOCAL_NONE || net_addr_equal(&f->locals[hint].addr, addr))
		return hint;
	for (unsigned i = 0; i < f->local_count; i++)
		if (f->locals[i].port == port && net_addr_equal(&f->locals[i].addr, addr))
			return (uint8_t)i;
	return FLOW_LOCAL_NONE;
}

static inline struct flow_session *flow_session_at(const struct flow *f, uint32_t slot)
{
	return __atomic_load_n(&f->slots[slot], __ATOMIC_ACQUIRE);
}

// The slot of a relayed transport address, -1: none.
static inline int64_t flow_relay_slot(const struct flow *f, unsigned local, uint16_t port)
{
	const uint32_t *ports = __atomic_load_n(&f->relay_ports[local], __ATOMIC_ACQUIRE);

	return ports ? (int64_t)__atomic_load_n(&ports[port], __ATOMIC_RELAXED) - 1 : -1;
}

static inline union flow_hop flow_hop_load(const struct flow *f, uint32_t hop)
{
	return (union flow_hop){.word = __atomic_load_n(&f->hops[hop], __ATOMIC_RELAXED)};
}

// Sessions of slots (-1: NULL) of up to BURST_MAX packets. With many sessions each of the words that lead to
// one is a miss: they are fetched for all packets at once, and so are the lines that come next (header
// and peers, the worker's counts).
static inline void flow_sessions_load(const struct flow *f, const int64_t *slots, unsigned n,
				      unsigned worker, struct flow_session *out[])
{
	for (unsigned i = 0; i < n; i++) {
		if (slots[i] < 0)
			continue;
		rte_prefetch0(&f->slots[slots[i]]);
		rte_prefetch0(&f->counts[worker][slots[i]]); // nothing there for a player
	}
	for (unsigned i = 0; i < n; i++) {
		out[i] = slots[i] < 0 ? NULL : flow_session_at(f, (uint32_t)slots[i]);
		rte_prefetch0(out[i]);
		rte_prefetch0((const uint8_t *)out[i] + 64);
	}
}

// Sessions of up to BURST_MAX keys at once, NULL where there is none.
void flow_sessions_find(const struct flow *f, const struct flow_key *keys, unsigned n,
			unsigned worker, struct flow_session *out[]);

// The channel with this number, NULL: none.
const struct flow_peer *flow_peer_by_channel(const struct flow_session *s, uint16_t number);
// The permission for this address; *channel is the channel for (address, port), or NULL.
const struct flow_peer *flow_peer_by_addr(const struct flow_session *s, const struct net_addr *addr,
					  uint16_t port, const struct flow_peer **channel);

#endif
