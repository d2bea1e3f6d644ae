// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKED_WORKER_H
#define TURNPIKED_WORKER_H

#include <rte_mbuf.h>
#include <rte_ring.h>
#include <stdbool.h>
#include <stdint.h>

#include "metric/latency.h"
#include "path/path.h"
#include "port/port.h"

// A data-lane thread and all that it writes. The control lane makes it, reads its counters at any time
// (each is one aligned word that only grows), and sets `stop`.

#define LISTENERS_MAX 16 // TURN_LISTEN_MAX, and those that close
#define WORKER_LISTENER_CLOSING 0x10000u // beside the port: no new clients

struct worker_queue {
	uint8_t port; // index in node's ports
	uint8_t queue;
	uint64_t packets, bytes;
	struct latency latency;
};

// Where this worker sends for a port: by its own queue, or through the worker that has one.
struct worker_tx {
	struct rte_ring *hand_over; // that worker's inject ring; NULL: own queue
	uint16_t port_id; // DPDK's
	uint16_t queue;
	uint16_t n;
	struct rte_mbuf *packets[BURST_MAX];
	uint8_t ways[BURST_MAX]; // enum path_way
	uint64_t sent, bytes;
};

struct worker_step {
	uint64_t packets, batches, cycles;
};

struct worker_budget { // GCRA: a packet conforms when credit_tsc is not ahead of now by more than a burst
	uint64_t credit_tsc;
	uint64_t period_tsc;
};

static inline uint32_t worker_listener_port(uint32_t listener)
{
	return listener & 0xffff;
}

struct worker {
	unsigned id, cpu, lcore;
	struct flow *flow;
	const struct tap
		*tap; // NULL: nothing is captured. Published by the control lane, a word at once.
	const struct port *ports;
	unsigned port_count;
	uint16_t vlans[PORTS_MAX];
	// UDP ports of TURN, 0: none. Written by the control lane while we run, a word at once: control/listen.c.
	uint32_t listeners[LISTENERS_MAX];
	unsigned listener_count; // so many words may be in use; only grows
	uint16_t voice_ports[VOICE_PORTS_MAX]; // UDP ports of players
	unsigned voice_port_count;
	struct srtp_engine engine;
	uint32_t voices, voice_salt; // make native SSRCs
	struct rte_ring
		*crossing[WORKERS_MAX]; // of each worker: media of its rooms; many producers
	uint8_t dscp; // for relayed datagrams that arrive unmarked
	enum port_idle idle;
	uint64_t tsc_hz;
	uint64_t tid[2]; // makes transaction ids
	uint16_t ip_id;
	uint32_t now_s; // steady seconds, of this round
	uint64_t next_s_tsc;

	struct worker_queue queues[PORT_QUEUES_MAX * 2];
	unsigned queue_count;
	struct worker_tx tx[PORTS_MAX];
	struct rte_ring *inject; // many producers
	struct rte_ring *punt[PUNT_CLASSES];
	struct worker_budget budgets[PUNT_CLASSES];
	struct worker_budget source_rule; // its period and burst
	uint64_t sources[PUNT_SOURCES]; // credit_tsc of each bucket
	struct worker_budget player_rule; // the same for players, each by its index
	uint64_t players[PUNT_SOURCES];

	struct worker_step steps[PATH_STEPS];
	uint64_t drops[PATH_REASON_COUNT];
	uint64_t ways[PATH_WAYS]; // packets that left
	uint64_t received, injected, punted;
	uint64_t crossed_out, crossed_in; // handed to, and taken from, other workers
	uint64_t voiced; // media of players that ended in a room; its copies are of PATH_VOICE
	uint64_t copies; // made for hearers; those that did not leave are among the drops
	uint64_t opened[SRTP_PROFILES][SRTP_CROWDED + 1]; // media, by enum srtp_verdict
	uint64_t sealed[SRTP_PROFILES];
	uint64_t punts[PUNT_CLASSES];
	uint64_t punts_refused[PUNT_CLASSES];
	uint64_t relayed_packets[2], relayed_bytes[2]; // [0] to peer, [1] to client
	uint64_t busy_cycles, idle_cycles;
	struct path path;
	bool stop;
} __attribute__((aligned(64)));

// What is to be captured right now; NULL: nothing, as good as always.
static inline const struct tap *worker_tap(const struct worker *w)
{
	const struct tap *t = __atomic_load_n(&w->tap, __ATOMIC_ACQUIRE);

	return __builtin_expect(t != NULL, 0) ? t : NULL;
}

struct node;

int workers_open(struct node *n); // makes them, gives them queues
int workers_start(struct node *n); // launches their threads
void workers_close(struct node *n); // stops and frees them

#endif
