// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "path/send.h"
#include "path/tap.h"

void send_flush(struct worker *w, struct worker_tx *t)
{
	const struct tap *tap = worker_tap(w);
	unsigned sent;

	if (tap)
		tap_out(w, tap, t);
	if (t->hand_over)
		sent = rte_ring_mp_enqueue_burst(t->hand_over, (void **)t->packets, t->n, NULL);
	else
		sent = rte_eth_tx_burst(t->port_id, t->queue, t->packets, t->n);
	if (tap)
		tap_unsent(w, tap, t, sent);
	for (unsigned i = sent; i < t->n; i++) {
		w->ways[t->ways[i]]--;
		w->drops[PATH_DROP_TX_FULL]++;
		t->bytes -= t->packets[i]->pkt_len;
	}
	rte_pktmbuf_free_bulk(t->packets + sent, t->n - sent);
	t->sent += sent;
	t->n = 0;
}

void path_send_all(struct worker *w)
{
	for (unsigned i = 0; i < w->port_count; i++)
		if (w->tx[i].n)
			send_flush(w, &w->tx[i]);
}
