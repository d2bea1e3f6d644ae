// SPDX-License-Identifier: Apache-2.0
#ifndef CAPTURE_CAPTURE_H
#define CAPTURE_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"
#include "net/net.h"

// In-service capture: what matches, the lane on which a worker hands its copies to the thread that writes
// them, and the blocks of a pcapng file. Pure.

// --- What matches ------------------------------------------------------------------------------------

enum capture_kind { CAPTURE_SESSION, CAPTURE_PEER, CAPTURE_REASON };

struct capture_filter { // all of it fixed before workers see it
	uint8_t kind; // enum capture_kind
	uint8_t reason; // CAPTURE_REASON: what the path calls it
	struct net_endpoint client, server; // CAPTURE_SESSION, between these two …
	struct net_endpoint relay[2]; // … and to and from these; port 0: none
	struct net_endpoint peer; // CAPTURE_PEER; port 0: any
};

// By what the frame says: so one rule serves what comes in, what is dropped and what leaves. Only whole
// UDP datagrams have a session or a peer.
bool capture_matches(const struct capture_filter *f, const struct net_facts *facts);

// --- From a worker to the writer -----------------------------------------------------------------------

enum capture_way { CAPTURE_IN, CAPTURE_OUT, CAPTURE_DROPPED };

struct capture_mark { // what a frame does not say
	uint32_t queue;
	uint8_t way; // enum capture_way
	uint8_t reason; // CAPTURE_DROPPED: what the path calls it
	uint8_t port, worker;
};

struct capture_record {
	uint64_t tsc; // of the burst
	struct capture_mark mark;
	uint16_t len, kept; // of the frame; of that in `bytes`
	uint8_t bytes[CAPTURE_SNAP];
};

// One producer, one consumer, each with a cache line of its own. Not rte_ring: that holds pointers, so
// records would have to come from a pool, and a writer of low priority that is put to sleep while it gives
// one back would keep the workers waiting. Here nobody waits for anybody.
struct capture_lane {
	uint64_t head __attribute__((aligned(64))); // records put; the worker's
	uint64_t seen; // that matched
	uint64_t lost; // of these: no room
	uint64_t tail __attribute__((aligned(64))); // records taken; the writer's
	struct capture_record records[CAPTURE_RECORDS] __attribute__((aligned(64)));
};

// Worker: the record to fill, NULL when the lane is full (counted); then capture_lane_put.
struct capture_record *capture_lane_room(struct capture_lane *l);
void capture_lane_put(struct capture_lane *l);
// Writer: the oldest, NULL: none; then capture_lane_taken.
const struct capture_record *capture_lane_first(const struct capture_lane *l);
void capture_lane_taken(struct capture_lane *l);
// The lane whose oldest record is the oldest of all, NULL: all are empty.
struct capture_lane *capture_lanes_oldest(struct capture_lane *const *lanes, unsigned n);

// --- The file --------------------------------------------------------------------------------------------

// Blocks are put behind each other; one for which there is no room is left out whole. DPDK's own
// rte_pcapng (22.11) has no comment of a packet and no way to say that one was dropped, and it stamps the
// time on the worker.
struct capture_out {
	uint8_t *bytes;
	size_t len, cap;
};

#define CAPTURE_BLOCK_MAX (CAPTURE_SNAP + 512) // longest block
#define CAPTURE_COMMENT_MAX 128

struct capture_packet {
	const struct capture_record *record;
	uint64_t time_ns; // since 1970
	const char *comment; // at most CAPTURE_COMMENT_MAX bytes
};

struct capture_totals { // of a port
	uint32_t port;
	uint64_t start_ns, end_ns;
	uint64_t received, lost;
};

// False: no room.
bool capture_head_put(struct capture_out *o, const char *program, const char *comment);
bool capture_port_put(struct capture_out *o, const char *name); // the n-th is port n
bool capture_packet_put(struct capture_out *o, const struct capture_packet *p);
bool capture_totals_put(struct capture_out *o, const struct capture_totals *t);
// How many of the first `len` bytes are whole blocks, and packets among these.
size_t capture_out_whole(const struct capture_out *o, size_t len, unsigned *packets);

#endif
