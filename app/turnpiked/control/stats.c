// SPDX-License-Identifier: Apache-2.0
#include <rte_cycles.h>
#include <stdio.h>

#include "control/stats.h"
#include "worker.h"

// stats.ports, stats.steps, stats.drops. Shapes: app/turnpikectl/README.md.

static const struct worker_queue *queue_find(const struct node *n, unsigned port, unsigned queue)
{
	for (unsigned i = 0; i < n->worker_count; i++)
		for (unsigned q = 0; q < n->workers[i]->queue_count; q++)
			if (n->workers[i]->queues[q].port == port &&
			    n->workers[i]->queues[q].queue == queue)
				return &n->workers[i]->queues[q];
	return NULL;
}

struct tx_counts stats_tx(const struct node *n, unsigned port, unsigned queue)
{
	struct tx_counts c = {0};

	for (unsigned i = 0; i < n->worker_count; i++) {
		const struct worker_tx *t = &n->workers[i]->tx[port];

		if (t->hand_over || t->queue != queue)
			continue;
		c.packets += t->sent;
		c.bytes += t->bytes;
	}
	return c;
}

static json_t *latency_json(const struct latency *l)
{
	double us = 1e6 / (double)rte_get_tsc_hz();

	if (latency_quantile(l, 1) == 0)
		return json_null();
	return json_pack("{s:f, s:f, s:f}", "p50", latency_quantile(l, 0.5) * us, "p99",
			 latency_quantile(l, 0.99) * us, "p99_9", latency_quantile(l, 0.999) * us);
}

static unsigned queues_of(const struct port *p)
{
	return p->rx_queues > p->tx_queues ? p->rx_queues : p->tx_queues;
}

static json_t *queues_json(const struct node *n, unsigned port)
{
	static const struct worker_queue none;
	json_t *out = json_array();

	for (unsigned q = 0; q < queues_of(&n->ports[port]); q++) {
		const struct worker_queue *rx = queue_find(n, port, q);
		struct tx_counts tx = stats_tx(n, port, q);

		rx = rx ? rx : &none;
		json_array_append_new(out, json_pack("{s:i, s:I, s:I, s:I, s:I, s:o}", "queue", q,
						     "rx_packets", (json_int_t)rx->packets,
						     "rx_bytes", (json_int_t)rx->bytes,
						     "tx_packets", (json_int_t)tx.packets,
						     "tx_bytes", (json_int_t)tx.bytes, "latency_us",
						     latency_json(&rx->latency)));
	}
	return out;
}

static enum api_code ports(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	json_t *list = json_array();

	(void)rq;
	(void)error;
	for (unsigned p = 0; p < n->port_count; p++) {
		struct port_counts c;

		port_counts_read(&n->ports[p], &c);
		json_array_append_new(list, json_pack("{s:s, s:I, s:o}", "name", n->ports[p].name,
						      "rx_missed", (json_int_t)c.missed, "queues",
						      queues_json(n, p)));
	}
	*result = json_pack("{s:o}", "ports", list);
	return API_OK;
}

static json_t *steps_json(const struct worker *w)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < PATH_STEPS; i++) {
		const struct worker_step *s = &w->steps[i];

		json_array_append_new(
			out, json_pack("{s:s, s:I, s:I, s:I, s:f}", "step", path_steps[i].name,
				       "packets", (json_int_t)s->packets, "batches",
				       (json_int_t)s->batches, "cycles", (json_int_t)s->cycles,
				       "cycles_per_packet",
				       s->packets ? (double)s->cycles / (double)s->packets : 0.0));
	}
	return out;
}

static enum api_code steps(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	json_t *list = json_array();

	(void)rq;
	(void)error;
	for (unsigned i = 0; i < n->worker_count; i++) {
		const struct worker *w = n->workers[i];

		json_array_append_new(list,
				      json_pack("{s:i, s:i, s:I, s:I, s:o}", "worker", i, "cpu",
						w->cpu, "cycles_busy", (json_int_t)w->busy_cycles,
						"cycles_idle", (json_int_t)w->idle_cycles, "steps",
						steps_json(w)));
	}
	*result = json_pack("{s:o}", "workers", list);
	return API_OK;
}

// The sum that has to be right: what came in is relayed, answered, punted, voiced (copied to a room's
// hearers) or dropped.
struct account {
	uint64_t received, relayed, answered, punted, voiced, copies, dropped, injected;
	int64_t balance;
};

static struct account account_of(const struct worker *w)
{
	struct account a = {
		.received = w->received,
		.relayed = w->ways[PATH_RELAYED],
		.answered = w->ways[PATH_ANSWERED],
		.punted = w->punted,
		.voiced = w->voiced,
		.copies = w->ways[PATH_VOICE],
		.injected = w->injected,
	};

	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		a.dropped += w->drops[i];
	// Injected packets and copies that found the queue full are among the drops, but were never received;
	// what other workers hand over was, by them.
	a.balance = (int64_t)(a.received - a.relayed - a.answered - a.punted - a.voiced -
			      a.dropped + (w->injected - w->ways[PATH_INJECTED]) +
			      (w->copies - a.copies) + (w->crossed_in - w->crossed_out));
	return a;
}

static void account_add(struct account *sum, const struct account *a)
{
	sum->received += a->received;
	sum->relayed += a->relayed;
	sum->answered += a->answered;
	sum->punted += a->punted;
	sum->voiced += a->voiced;
	sum->copies += a->copies;
	sum->dropped += a->dropped;
	sum->injected += a->injected;
	sum->balance += a->balance;
}

static json_t *account_json(const struct account *a)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "received",
			 (json_int_t)a->received, "relayed", (json_int_t)a->relayed, "answered",
			 (json_int_t)a->answered, "punted", (json_int_t)a->punted, "voiced",
			 (json_int_t)a->voiced, "copies", (json_int_t)a->copies, "dropped",
			 (json_int_t)a->dropped, "balance", (json_int_t)a->balance, "injected",
			 (json_int_t)a->injected);
}

static json_t *drops_json(const struct worker *w)
{
	json_t *out = json_object();

	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		json_object_set_new(out, path_reason_names[i],
				    json_integer((json_int_t)w->drops[i]));
	return out;
}

static json_t *reasons_json(void)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		json_array_append_new(out, json_pack("{s:s, s:s}", "reason", path_reason_names[i],
						     "text", path_reason_texts[i]));
	return out;
}

static json_t *control_drops_json(const struct node *n)
{
	json_t *out = json_object();

	for (unsigned i = 0; i < PUNT_DROPS; i++)
		json_object_set_new(out, punt_drop_names[i],
				    json_integer((json_int_t)n->punt_dropped[i]));
	return out;
}

static enum api_code drops(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	json_t *list = json_array();
	struct account total = {0};

	(void)rq;
	(void)error;
	for (unsigned i = 0; i < n->worker_count; i++) {
		struct account a = account_of(n->workers[i]);
		json_t *row = account_json(&a);

		account_add(&total, &a);
		json_object_set_new(row, "worker", json_integer(i));
		json_object_set_new(row, "drops", drops_json(n->workers[i]));
		json_array_append_new(list, row);
	}
	*result = json_pack("{s:o, s:o, s:o, s:o}", "reasons", reasons_json(), "workers", list,
			    "total", account_json(&total), "control", control_drops_json(n));
	return API_OK;
}

static const struct module_request requests[] = {
	{"stats.ports", ports},
	{"stats.steps", steps},
	{"stats.drops", drops},
	{0},
};

const struct module stats_module = {.name = "stats",
				    .requests = requests,
				    .metrics = stats_metrics};
