// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_ethdev.h>
#include <rte_prefetch.h>

#include "worker.h"

void path_rx(struct path *p)
{
	struct worker *w = p->worker;
	struct worker_queue *q = &w->queues[p->queue];
	struct rte_mbuf *packets[BURST_MAX];
	unsigned n = rte_eth_rx_burst(w->ports[q->port].id, q->queue, packets, BURST_MAX);

	for (unsigned i = 0; i < n; i++) {
		struct slot *s = &p->slots[i];

		s->m = packets[i];
		s->frame = rte_pktmbuf_mtod(packets[i], uint8_t *);
		rte_prefetch0(s->frame);
		q->bytes += packets[i]->pkt_len;
		path_to(p, PATH_PARSE, i);
	}
	q->packets += n;
	w->received += n;
}
