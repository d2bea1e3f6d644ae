// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_ring.h>

#include "path/send.h"

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
		send_flush(w, t);
	return i;
}

void path_tx(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_TX];
	struct worker *w = p->worker;

	for (unsigned i = 0; i < l->n;)
		i = tx_run(p, l, i);
	path_send_all(w);
}

unsigned path_inject(struct path *p)
{
	struct worker *w = p->worker;
	void *packets[BURST_MAX];
	unsigned n = rte_ring_sc_dequeue_burst(w->inject, packets, BURST_MAX, NULL);

	for (unsigned i = 0; i < n; i++)
		send_put(w, packets[i], PATH_INJECTED);
	w->injected += n;
	if (n)
		path_send_all(w);
	return n;
}
