// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_SEND_H
#define PATH_SEND_H

#include "path/path.h"
#include "worker.h"

// What leaves by a port, gathered into bursts.

void send_flush(struct worker *w, struct worker_tx *t);

// Puts a whole frame for m->port into that port's burst, which goes out when it is full, or by
// path_send_all.
static inline void send_put(struct worker *w, struct rte_mbuf *m, enum path_way way)
{
	struct worker_tx *t = &w->tx[m->port];

	t->packets[t->n] = m;
	t->ways[t->n] = (uint8_t)way;
	t->bytes += m->pkt_len;
	w->ways[way]++;
	if (++t->n == BURST_MAX)
		send_flush(w, t);
}

#endif
