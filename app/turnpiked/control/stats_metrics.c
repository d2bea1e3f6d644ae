// SPDX-License-Identifier: Apache-2.0
#include <rte_cycles.h>
#include <rte_mempool.h>
#include <stdio.h>

#include "control/stats.h"
#include "worker.h"

// Upper bounds of the exported histogram; the workers' own is finer.
static const double latency_bounds[] = {2e-7, 5e-7, 1e-6, 2e-6, 5e-6,  1e-5, 2e-5,
					5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.01, 0.1};

static void latency_metrics(struct metric_page *page, const struct latency *l, const char *port,
			    const char *queue)
{
	uint64_t counts[BASE_COUNT(latency_bounds) + 1] = {0};
	double hz = (double)rte_get_tsc_hz();
	unsigned at = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++) {
		while (at < BASE_COUNT(latency_bounds) &&
		       (double)latency_bound(i) / hz > latency_bounds[at])
			at++;
		counts[at] += l->counts[i];
	}
	metric_add_histogram(page, METRIC_FORWARD_LATENCY, latency_bounds, counts,
			     BASE_COUNT(latency_bounds), (double)l->sum / hz, port, queue);
}

static void queue_metrics(const struct node *n, struct metric_page *page,
			  const struct worker_queue *q)
{
	const char *port = n->ports[q->port].name;
	char queue[8];

	snprintf(queue, sizeof queue, "%u", q->queue);
	metric_add(page, METRIC_PORT_RX_PACKETS, q->packets, port, queue);
	metric_add(page, METRIC_PORT_RX_BYTES, q->bytes, port, queue);
	latency_metrics(page, &q->latency, port, queue);
}

static void port_metrics(const struct node *n, struct metric_page *page, unsigned port)
{
	const struct port *p = &n->ports[port];
	struct port_counts c;

	port_counts_read(p, &c);
	metric_add(page, METRIC_PORT_RX_MISSED, c.missed, p->name);
	metric_add(page, METRIC_PORT_UP, p->up, p->name);
	for (unsigned q = 0; q < p->tx_queues; q++) {
		struct tx_counts tx = stats_tx(n, port, q);
		char queue[8];

		snprintf(queue, sizeof queue, "%u", q);
		metric_add(page, METRIC_PORT_TX_PACKETS, tx.packets, p->name, queue);
		metric_add(page, METRIC_PORT_TX_BYTES, tx.bytes, p->name, queue);
	}
}

static void worker_metrics(const struct worker *w, struct metric_page *page)
{
	char id[8];

	snprintf(id, sizeof id, "%u", w->id);
	metric_add(page, METRIC_WORKER_CYCLES, w->busy_cycles, id, "busy");
	metric_add(page, METRIC_WORKER_CYCLES, w->idle_cycles, id, "idle");
	for (unsigned i = 0; i < PATH_STEPS; i++) {
		metric_add(page, METRIC_STEP_PACKETS, w->steps[i].packets, id, path_steps[i].name);
		metric_add(page, METRIC_STEP_BATCHES, w->steps[i].batches, id, path_steps[i].name);
		metric_add(page, METRIC_STEP_CYCLES, w->steps[i].cycles, id, path_steps[i].name);
	}
	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		metric_add(page, METRIC_DROP_PACKETS, w->drops[i], id, path_reason_names[i]);
}

static void punt_metrics(const struct node *n, struct metric_page *page)
{
	for (unsigned c = 0; c < PUNT_CLASSES; c++) {
		uint64_t taken = 0, refused = 0;

		for (unsigned i = 0; i < n->worker_count; i++) {
			taken += n->workers[i]->punts[c];
			refused += n->workers[i]->punts_refused[c];
		}
		metric_add(page, METRIC_PUNT_PACKETS, taken, punt_class_names[c], "taken");
		metric_add(page, METRIC_PUNT_PACKETS, refused, punt_class_names[c], "refused");
	}
	for (unsigned i = 0; i < PUNT_DROPS; i++)
		metric_add(page, METRIC_DROP_PACKETS, n->punt_dropped[i], "control",
			   punt_drop_names[i]);
}

static void pool_metrics(const struct node *n, struct metric_page *page)
{
	for (unsigned i = 0; i < n->port_count; i++) {
		const struct rte_mempool *pool = n->ports[i].pool;
		bool seen = false;
		char socket[8];

		for (unsigned k = 0; k < i; k++)
			seen |= n->ports[k].pool == pool;
		if (seen)
			continue;
		snprintf(socket, sizeof socket, "%d", n->ports[i].socket);
		metric_add(page, METRIC_MEMPOOL_FREE, rte_mempool_avail_count(pool), pool->name,
			   socket);
		metric_add(page, METRIC_MEMPOOL_SIZE, pool->size, pool->name, socket);
	}
}

void stats_metrics(struct node *n, struct metric_page *page)
{
	for (unsigned i = 0; i < n->worker_count; i++) {
		worker_metrics(n->workers[i], page);
		for (unsigned q = 0; q < n->workers[i]->queue_count; q++)
			queue_metrics(n, page, &n->workers[i]->queues[q]);
	}
	for (unsigned p = 0; p < n->port_count; p++)
		port_metrics(n, page, p);
	punt_metrics(n, page);
	pool_metrics(n, page);
}
