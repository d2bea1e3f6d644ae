// SPDX-License-Identifier: Apache-2.0
#include "path/tap.h"

#include <rte_common.h>
#include <rte_mbuf.h>
#include <string.h>

#include "worker.h"

static void record_put(const struct worker *w, const struct tap *t, const struct rte_mbuf *m,
		       const struct capture_mark *as)
{
	struct capture_lane *lane = t->lanes[w->id];
	struct capture_record *r = capture_lane_room(lane);

	if (!r)
		return;
	r->tsc = w->path.now_tsc;
	r->mark = *as;
	r->len = (uint16_t)RTE_MIN(m->pkt_len, (uint32_t)UINT16_MAX);
	r->kept = RTE_MIN(m->data_len, (uint16_t)CAPTURE_SNAP);
	memcpy(r->bytes, rte_pktmbuf_mtod(m, const uint8_t *), r->kept);
	capture_lane_put(lane);
}

static struct capture_mark came_as(const struct path *p, enum capture_way way)
{
	return (struct capture_mark){
		.way = (uint8_t)way,
		.port = p->port,
		.worker = (uint8_t)p->worker->id,
		.queue = p->worker->queues[p->queue].queue,
	};
}

void tap_in(const struct path *p, const struct tap *t, const struct path_list *l)
{
	struct capture_mark as = came_as(p, CAPTURE_IN);

	if (p->crossed) // it was seen by the worker that it came to
		return;
	for (unsigned i = 0; i < l->n; i++) {
		const struct slot *s = &p->slots[l->at[i]];

		if (capture_matches(&t->filter, &s->facts))
			record_put(p->worker, t, s->m, &as);
	}
}

void tap_dropped(const struct path *p, const struct tap *t, const struct path_list *l)
{
	struct capture_mark as = came_as(p, CAPTURE_DROPPED);

	for (unsigned i = 0; i < l->n; i++) {
		const struct slot *s = &p->slots[l->at[i]];
		bool wanted = t->filter.kind == CAPTURE_REASON
				      ? t->filter.reason == s->reason
				      : capture_matches(&t->filter, &s->facts);

		as.reason = s->reason;
		if (wanted)
			record_put(p->worker, t, s->m, &as);
	}
}

static struct capture_mark leaves_as(const struct worker *w, const struct worker_tx *tx,
				     enum capture_way way)
{
	return (struct capture_mark){
		.way = (uint8_t)way,
		.reason = PATH_DROP_TX_FULL,
		.port = (uint8_t)(tx - w->tx),
		.worker = (uint8_t)w->id,
		.queue = tx->queue,
	};
}

static bool frame_matches(const struct tap *t, const struct rte_mbuf *m)
{
	struct net_facts facts;

	net_frame_parse(&facts, rte_pktmbuf_mtod(m, const uint8_t *), m->data_len);
	return capture_matches(&t->filter, &facts);
}

void tap_out(const struct worker *w, const struct tap *t, const struct worker_tx *tx)
{
	struct capture_mark as = leaves_as(w, tx, CAPTURE_OUT);

	// What another worker sends for us is seen there.
	if (tx->hand_over || t->filter.kind == CAPTURE_REASON)
		return;
	for (unsigned i = 0; i < tx->n; i++)
		if (frame_matches(t, tx->packets[i]))
			record_put(w, t, tx->packets[i], &as);
}

void tap_unsent(const struct worker *w, const struct tap *t, const struct worker_tx *tx,
		unsigned from)
{
	struct capture_mark as = leaves_as(w, tx, CAPTURE_DROPPED);

	for (unsigned i = from; i < tx->n; i++) {
		bool wanted = t->filter.kind == CAPTURE_REASON
				      ? t->filter.reason == PATH_DROP_TX_FULL
				      : frame_matches(t, tx->packets[i]);

		if (wanted)
			record_put(w, t, tx->packets[i], &as);
	}
}
