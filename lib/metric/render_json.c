// SPDX-License-Identifier: Apache-2.0
#include <math.h>

#include "metric/private.h"

// {"metrics": [{"name", "type", "unit", "help", "samples": [{"labels": {…}, "value"}]}]}; a
// histogram's sample has "count", "sum" and cumulative "buckets" instead of a value.

static void put_text(struct text *out, const char *words)
{
	text_put(out, "\"");
	text_put_escaped(out, words, TEXT_JSON);
	text_put(out, "\"");
}

static void put_member(struct text *out, const char *name, const char *words)
{
	put_text(out, name);
	text_put(out, ":");
	put_text(out, words);
	text_put(out, ",");
}

static void put_labels(struct text *out, const struct metric_info *info,
		       const struct metric_sample *m)
{
	text_put(out, "{\"labels\":{");
	for (unsigned i = 0; i < METRIC_LABELS_MAX && info->labels[i]; i++) {
		text_put(out, i ? "," : "");
		put_text(out, info->labels[i]);
		text_put(out, ":");
		put_text(out, m->labels[i]);
	}
	text_put(out, "},");
}

static void put_histogram(struct text *out, const struct metric_histogram *h)
{
	uint64_t below = 0;

	text_put(out, "\"buckets\":[");
	for (size_t i = 0; i <= h->n; i++) {
		below += h->counts[i];
		text_put(out, i ? ",{\"le\":\"" : "{\"le\":\"");
		text_put_double(out, i < h->n ? h->bounds[i] : __builtin_inf());
		text_put(out, "\",\"count\":");
		text_put_u64(out, below);
		text_put(out, "}");
	}
	text_put(out, "],\"sum\":");
	if (isfinite(h->sum))
		text_put_double(out, h->sum);
	else
		text_put(out, "null"); // JSON has no infinity
	text_put(out, ",\"count\":");
	text_put_u64(out, below);
}

static void put_sample(struct text *out, const struct metric_info *info,
		       const struct metric_sample *m)
{
	put_labels(out, info, m);
	if (m->histogram) {
		put_histogram(out, m->histogram);
	} else {
		text_put(out, "\"value\":");
		text_put_u64(out, m->value);
	}
	text_put(out, m->next ? "},\n" : "}\n");
}

static void put_family(struct text *out, const struct metric_info *info,
		       const struct metric_sample *m)
{
	static const char *const types[] = {"counter", "gauge", "histogram", "info"};

	text_put(out, "{\"name\":\"" METRIC_PREFIX);
	text_put(out, info->name);
	text_put(out, info->kind == METRIC_COUNTER ? "_total\","
		      : info->kind == METRIC_INFO  ? "_info\","
						   : "\",");
	put_member(out, "type", types[info->kind]);
	put_member(out, "unit", info->unit);
	put_member(out, "help", info->help);
	text_put(out, "\"samples\":[\n");
	for (; m; m = m->next)
		put_sample(out, info, m);
	text_put(out, "]}");
}

void metric_render_json(const struct metric_page *p, struct text *out)
{
	const char *between = "";

	text_put(out, "{\"metrics\":[");
	for (unsigned id = 0; id < METRIC_COUNT; id++) {
		if (!p->first[id])
			continue;
		text_put(out, between);
		put_family(out, &metric_list[id], p->first[id]);
		between = ",\n";
	}
	text_put(out, "]}\n");
}
