// SPDX-License-Identifier: Apache-2.0
#include "vdev/load.h"

#include <rte_cycles.h>

#include "node.h"

// stats.load: what a crowd on a "load" port has sent, got back and found wrong. For benches.

static json_t *latency_json(const struct latency *l)
{
	double us = 1e6 / (double)rte_get_tsc_hz();

	return json_pack("{s:f, s:f, s:f, s:f}", "p50", latency_quantile(l, 0.5) * us, "p99",
			 latency_quantile(l, 0.99) * us, "p99_9", latency_quantile(l, 0.999) * us,
			 "max", latency_quantile(l, 1) * us);
}

static json_t *buckets_json(const struct latency *l)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		json_array_append_new(out, json_integer((json_int_t)l->counts[i]));
	return out;
}

static json_t *load_json(const char *name, const struct load_counts *c)
{
	return json_pack(
		"{s:s, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}",
		"port", name, "bound", (json_int_t)c->bound, "allocated", (json_int_t)c->allocated,
		"sent", (json_int_t)c->sent, "received", (json_int_t)c->received, "missed",
		(json_int_t)c->missed, "lost", (json_int_t)c->lost, "reordered",
		(json_int_t)c->reordered, "damaged", (json_int_t)c->damaged, "misdirected",
		(json_int_t)c->misdirected, "refused", (json_int_t)c->refused, "rubbish",
		(json_int_t)c->rubbish, "generate_cycles", (json_int_t)c->generate_cycles,
		"check_cycles", (json_int_t)c->check_cycles, "latency_us",
		latency_json(&c->latency), "latency_buckets", buckets_json(&c->latency));
}

static enum api_code show(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	json_t *list = json_array();

	(void)rq;
	(void)error;
	for (unsigned i = 0; i < n->port_count; i++) {
		struct load_counts c;

		if (load_counts_read(n->ports[i].id, &c))
			json_array_append_new(list, load_json(n->ports[i].name, &c));
	}
	*result = json_pack("{s:I, s:I, s:o}", "tsc_hz", (json_int_t)rte_get_tsc_hz(), "tsc",
			    (json_int_t)rte_rdtsc(), "ports", list);
	return API_OK;
}

static const struct module_request requests[] = {{"stats.load", show}, {0}};

const struct module load_module = {.name = "load", .requests = requests};
