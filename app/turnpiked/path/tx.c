// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "worker.h"

static void tx_flush(struct worker *w, struct worker_tx *t)
{
	unsigned sent;

	if (t->hand_over)
		sent = rte_ring_mp_enqueue_burst(t->hand_over, (void **)t->packets, t->n, NULL);
	else
		sent = rte_eth_tx_burst(t->port_id, t->queue, t->packets, t->n);
	for (unsigned i = sent; i < t->n; i++) {
		w->ways[t->ways[i]]--;
		w->drops[PATH_DROP_TX_FULL]++;
		t->bytes -= t->packets[i]->pkt_len;
	}
	rte_pktmbuf_free_bulk(t->packets + sent, t->n - sent);
	t->sent += sent;
	t->n = 0;
}

static inline void tx_put(struct worker *w, struct rte_mbuf *m, enum path_way way)
{
	struct worker_tx *t = &w->tx[m->port];

	t->packets[t->n] = m;
	t->ways[t->n] = (uint8_t)way;
	t->bytes += m->pkt_len;
	w->ways[way]++;
	if (++t->n == BURST_MAX)
		tx_flush(w, t);
}

static void tx_flush_all(struct worker *w)
{
	for (unsigned i = 0; i < w->port_count; i++)
		if (w->tx[i].n)
			tx_flush(w, &w->tx[i]);
}

// Packets from the list's `from` on that leave by one port, in a run: counted once for all of them.
static unsigned tx_run(struct path *p, const struct path_list *l, unsigned from)
{
	struct worker *w = p->worker;
	unsigned port = p->slots[l->at[from]].m->port, n = w->tx[port].n, i = from;
	struct worker_tx *t = &w->tx[port];
	uint64_t bytes = 0;

	for (; i < l->n && n < BURST_MAX; i++) {
		struct slot *s = &p->slots[l->at[i]];

		if (s->m->port != port)
			break;
		t->packets[n] = s->m;
		t->ways[n++] = s->way;
		bytes += s->m->pkt_len;
		w->ways[s->way]++;
	}
	t->n = (uint16_t)n;
	t->bytes += bytes;
	if (n == BURST_MAX)
		tx_flush(w, t);
	return i;
}

void path_tx(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_TX];
	struct worker *w = p->worker;

	for (unsigned i = 0; i < l->n;)
		i = tx_run(p, l, i);
	tx_flush_all(w);
	// One sample a burst: the burst's packets wait for one another anyway.
	latency_add(&w->queues[p->queue].latency, rte_rdtsc() - p->now_tsc);
}

unsigned path_inject(struct path *p)
{
	struct worker *w = p->worker;
	void *packets[BURST_MAX];
	unsigned n = rte_ring_sc_dequeue_burst(w->inject, packets, BURST_MAX, NULL);

	for (unsigned i = 0; i < n; i++)
		tx_put(w, packets[i], PATH_INJECTED);
	w->injected += n;
	if (n)
		tx_flush_all(w);
	return n;
}
