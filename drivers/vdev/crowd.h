// SPDX-License-Identifier: Apache-2.0
#ifndef VDEV_CROWD_H
#define VDEV_CROWD_H

#include <rte_mbuf.h>

#include "stun/stun.h"
#include "vdev/load.h"

// One queue's share of the crowd. One thread (the worker that polls the queue), but for `counts`, which
// the control lane reads.

#define CROWD_HOSTS 256 // addresses that clients, and peers, are spread over
#define CROWD_CLIENT_PORT 10000
#define CROWD_PEER_PORT 30000
#define CROWD_CHANNEL 0x4000
#define CROWD_FRAME_MAX 1536
#define CROWD_HEADER_MAX 128
#define CROWD_PAYLOAD_MIN 40
#define CROWD_CHURNERS 512 // clients of one queue that only come and go
#define CROWD_ASKED_MAX 512 // requests without an answer: half the ring to the control lane
#define CROWD_BACKLOG_MAX                                                                          \
	2048 // frames behind the pace that are kept, as in a device's receive queue
#define CROWD_NONCE_MAX 43
#define CROWD_SAMPLE 16 // of so many frames heard, one has its checksums verified
#define CROWD_STRANGER 1024 // rubbish comes from this many addresses behind the clients' first …
#define CROWD_STRANGERS 4096 // … and as many of them

enum crowd_state { CROWD_IDLE, CROWD_ASKED, CROWD_ALLOCATED, CROWD_BOUND };

struct crowd_session { // half a cache line: what the crowd touches, the relay loses
	uint32_t relay_addr; // last word of its relayed address, network order
	uint16_t relay_port; // host order
	uint8_t state; // enum crowd_state
	bool waiting; // a request is out
	uint32_t sent[2], expected[2]; // [0] up, [1] down
	uint64_t due_tsc; // next request or refresh
};

struct crowd_nonce {
	char text[CROWD_NONCE_MAX];
	uint8_t len;
	uint32_t requests; // answered so far: what is asked again keeps its transaction
};

// A frame made once; what differs between sessions is written over, and added to its checksums.
struct crowd_template {
	uint8_t bytes[CROWD_FRAME_MAX];
	uint16_t len;
	uint16_t ip, proto, udp, data; // offsets
	uint16_t src_word, dst_word; // offsets of the addresses' last words
	uint32_t ip_sum, udp_sum; // of what is the same in all
};

#define CROWD_RUBBISH 64
#define CROWD_RUBBISH_MAX 192

struct crowd_rubbish { // made once; sent from an address and port of its own each time
	uint8_t bytes[CROWD_RUBBISH_MAX];
	uint16_t len;
	uint32_t ip_sum; // of the header without its source
};

struct crowd {
	const struct load_settings *settings;
	struct rte_mempool *pool;
	struct net_mac relay_mac;
	unsigned queue, queues;
	unsigned count; // sessions of this queue: number `k` is session k * queues + queue
	struct crowd_session *sessions; // count of them, then the churners
	struct crowd_nonce *nonces; // likewise
	uint32_t *order; // who talks next; a table that is gone round
	unsigned order_len, order_at;
	unsigned scan; // session whose timer is looked at next
	unsigned asked; // requests without an answer
	unsigned heard; // frames, for the sample that is checked to the last byte
	unsigned churners, churn_at; // how many; whose turn it is
	uint64_t churn_tsc, churn_period_tsc;
	unsigned way; // alternates where both ways are loaded
	uint64_t tsc_hz, next_tsc, period_tsc;
	uint32_t base_server, base_client, base_peer; // host order
	char realm[128];
	struct stun_key key;
	struct crowd_template up, down;
	struct crowd_rubbish rubbish[CROWD_RUBBISH];
	struct rte_mbuf *pending[64]; // answers to ARP
	unsigned pending_count;
	uint64_t seed;
	struct load_counts counts;
};

struct crowd *crowd_new(const struct load_settings *s, unsigned queue, unsigned queues,
			struct rte_mempool *pool, const struct net_mac *relay_mac);
void crowd_free(struct crowd *c);

// Frames for the relay: fills at most `n`; returns how many.
unsigned crowd_generate(struct crowd *c, struct rte_mbuf **out, unsigned n);
// Frames from the relay: looked at, not freed.
void crowd_check(struct crowd *c, struct rte_mbuf **in, unsigned n);

// --- crowd_talk.c: data ----------------------------------------------------------------------------------
int crowd_templates(struct crowd *c);
// `now_tsc` is when the frame was due: waiting for the poll is part of its latency.
struct rte_mbuf *crowd_talk(struct crowd *c, unsigned k, unsigned way, uint64_t now_tsc);
void crowd_hear(struct crowd *c, const uint8_t *frame, unsigned len, uint64_t now_tsc);

// --- crowd_ask.c: requests and their answers -----------------------------------------------------------------
struct rte_mbuf *crowd_ask(struct crowd *c, unsigned k, uint64_t now_tsc); // what its state wants
void crowd_answered(struct crowd *c, unsigned k, const uint8_t *message, unsigned len);
struct net_endpoint crowd_client(const struct crowd *c, unsigned k);
struct net_endpoint crowd_server(const struct crowd *c, unsigned k);

// --- crowd_rubbish.c: what strangers send ------------------------------------------------------------------------
void crowd_rubbish_make(struct crowd *c);
struct rte_mbuf *crowd_rubbish(struct crowd *c);

// --- crowd_churn.c: clients that allocate, delete, and begin again -----------------------------------------------
unsigned crowd_churn(struct crowd *c, struct rte_mbuf **out, unsigned n, uint64_t now_tsc);

static inline unsigned crowd_id(const struct crowd *c, unsigned k)
{
	return k * c->queues + c->queue;
}
static inline uint32_t crowd_random(struct crowd *c)
{
	c->seed = c->seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(c->seed >> 33);
}

#endif
