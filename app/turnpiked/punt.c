// SPDX-License-Identifier: Apache-2.0
#include "punt.h"

#include <rte_mbuf.h>
#include <rte_prefetch.h>
#include <rte_ring.h>
#include <string.h>

#include "node.h"
#include "worker.h"

const char *const punt_class_names[PUNT_CLASSES] = {
	[PUNT_KNOWN] = "known", [PUNT_PLAYER] = "player",
	[PUNT_NEW] = "new",     [PUNT_NEIGHBOUR] = "neighbour",
	[PUNT_ICMP] = "icmp",   [PUNT_CLOSED] = "closed",
	[PUNT_HOP] = "hop",     [PUNT_BIG] = "big",
};

const char *const punt_drop_names[PUNT_DROPS] = {
	[PUNT_DROP_UNKNOWN] = "unknown",
	[PUNT_DROP_CHECKSUM] = "checksum",
	[PUNT_DROP_ANSWERLESS] = "answerless",
	[PUNT_DROP_NEIGHBOUR] = "neighbour",
	[PUNT_DROP_ICMP] = "icmp",
	[PUNT_DROP_INJECT] = "inject_full",
};

// The order of service, and how many of a class may go in one round: known clients first, so that a
// flood of strangers takes what is left.
static const struct {
	uint8_t class_;
	uint8_t most;
} punt_order[PUNT_CLASSES] = {
	{PUNT_HOP, 32}, {PUNT_NEIGHBOUR, 16}, {PUNT_KNOWN, 64}, {PUNT_PLAYER, 64},
	{PUNT_ICMP, 4}, {PUNT_CLOSED, 2},     {PUNT_BIG, 2},    {PUNT_NEW, 32},
};

static void punt_give(struct node *n, struct rte_mbuf *m)
{
	struct punt *p = punt_of(m);

	n->punt_taken[p->class_]++;
	for (const struct module *const *module = modules; *module; module++)
		if ((*module)->punt && (*module)->punt(n, p, m))
			return;
	punt_drop(n, m, PUNT_DROP_UNKNOWN);
}

#define AHEAD 4 // packets that are prefetched: a worker wrote them, on a core of its own

static inline void punt_prefetch(struct rte_mbuf *m)
{
	rte_prefetch0(m);
	for (unsigned at = 0; at < sizeof(struct punt); at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0((const uint8_t *)punt_of(m) + at);
}

static inline void frame_prefetch(const struct rte_mbuf *m)
{
	for (unsigned at = 0; at < 4 * RTE_CACHE_LINE_SIZE; at += RTE_CACHE_LINE_SIZE)
		rte_prefetch0(rte_pktmbuf_mtod_offset(m, const uint8_t *, at));
}

static void punt_burst(struct node *n, struct rte_mbuf *const packets[], unsigned count)
{
	for (unsigned i = 0; i < AHEAD && i < count; i++)
		punt_prefetch(packets[i]);
	for (unsigned i = 0; i < count; i++) {
		if (i + AHEAD < count)
			punt_prefetch(packets[i + AHEAD]);
		if (i + 2 < count)
			frame_prefetch(packets[i + 2]);
		punt_give(n, packets[i]);
	}
}

unsigned punt_round(struct node *n)
{
	struct rte_mbuf *packets[64];
	unsigned all = 0;

	for (unsigned c = 0; c < PUNT_CLASSES; c++) {
		for (unsigned w = 0; w < n->worker_count; w++) {
			unsigned got =
				rte_ring_sc_dequeue_burst(n->workers[w]->punt[punt_order[c].class_],
							  (void **)packets, punt_order[c].most,
							  NULL);

			punt_burst(n, packets, got);
			all += got;
		}
	}
	return all;
}

static void inject(struct node *n, struct rte_mbuf *m, unsigned port, struct worker *w)
{
	m->port = (uint16_t)port;
	if (rte_ring_mp_enqueue(w->inject, m))
		punt_drop(n, m, PUNT_DROP_INJECT);
	else
		n->injected++;
}

void punt_inject(struct node *n, struct rte_mbuf *m, unsigned port)
{
	struct worker *w = n->workers[n->inject_turn++ % n->worker_count];
	unsigned tries = n->worker_count;

	// A worker with a queue of its own on that port saves a hand-over.
	while (w->tx[port].hand_over && --tries)
		w = n->workers[n->inject_turn++ % n->worker_count];
	inject(n, m, port, w);
}

struct rte_mbuf *punt_new(struct node *n, unsigned port, unsigned len_bytes)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(n->ports[port].pool);

	if (m && !rte_pktmbuf_append(m, (uint16_t)len_bytes)) {
		rte_pktmbuf_free(m);
		m = NULL;
	}
	return m;
}

void punt_drop(struct node *n, struct rte_mbuf *m, enum punt_drop reason)
{
	n->punt_dropped[reason]++;
	rte_pktmbuf_free(m);
}

// The answer's headers are the request's, turned round: no next hop has to be known for them.
static struct net_udp_header answer_header(const struct node *n, const struct punt *p,
					   const uint8_t *frame)
{
	struct net_udp_header h = {
		.link = {.src = n->ports[p->port].mac, .vlan = p->facts.vlan},
		.src = p->facts.dst,
		.dst = p->facts.src,
		.ttl = 64,
		.df = true,
	};

	memcpy(h.link.dst.b, frame + 6, sizeof h.link.dst.b);
	return h;
}

void punt_answer(struct node *n, struct rte_mbuf *m, const uint8_t *payload, size_t len_bytes)
{
	const struct punt *p = punt_of(m);
	uint8_t *frame = rte_pktmbuf_mtod(m, uint8_t *);
	struct net_udp_header h = answer_header(n, p, frame);
	size_t header_len = net_header_len(&h);
	unsigned port = p->port;

	if (m->data_off + header_len + len_bytes > m->buf_len) {
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
		return;
	}
	memcpy(frame + header_len, payload, len_bytes);
	net_header_write(frame, &h, len_bytes);
	m->data_len = (uint16_t)(header_len + len_bytes);
	m->pkt_len = m->data_len;
	// By the worker that it came from: its client's data goes the same way.
	inject(n, m, port, n->workers[p->worker]);
}
