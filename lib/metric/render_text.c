// SPDX-License-Identifier: Apache-2.0
#include "metric/private.h"

// OpenMetrics 1.0, and Prometheus text 0.0.4, which differ in three things: whose name a family
// line carries (the family's, or the samples'), UNIT, and the type "info".

struct page_style {
	struct text *out;
	const struct metric_info *info;
	bool open;
};

static const char *suffix_of(const struct metric_info *info)
{
	return info->kind == METRIC_COUNTER ? "_total" : info->kind == METRIC_INFO ? "_info" : "";
}

static const char *type_of(const struct page_style *s)
{
	static const char *const names[] = {"counter", "gauge", "histogram", "info"};

	return !s->open && s->info->kind == METRIC_INFO ? "gauge" : names[s->info->kind];
}

static void family_line(const struct page_style *s, const char *what)
{
	text_put(s->out, "# ");
	text_put(s->out, what);
	text_put(s->out, " " METRIC_PREFIX);
	text_put(s->out, s->info->name);
	if (!s->open)
		text_put(s->out, suffix_of(s->info));
	text_put(s->out, " ");
}

static void family_head(const struct page_style *s)
{
	family_line(s, "HELP");
	text_put_escaped(s->out, s->info->help, s->open ? TEXT_LABEL : TEXT_HELP);
	text_put(s->out, "\n");
	family_line(s, "TYPE");
	text_put(s->out, type_of(s));
	text_put(s->out, "\n");
	if (!s->open || !s->info->unit[0])
		return;
	family_line(s, "UNIT");
	text_put(s->out, s->info->unit);
	text_put(s->out, "\n");
}

// `le`: the bucket's upper bound, NULL outside buckets.
static void sample_name(const struct page_style *s, const struct metric_sample *m,
			const char *suffix, const double *le)
{
	const char *between = "{";

	text_put(s->out, METRIC_PREFIX);
	text_put(s->out, s->info->name);
	text_put(s->out, suffix);
	for (unsigned i = 0; i < METRIC_LABELS_MAX && s->info->labels[i]; i++) {
		text_put(s->out, between);
		text_put(s->out, s->info->labels[i]);
		text_put(s->out, "=\"");
		text_put_escaped(s->out, m->labels[i], TEXT_LABEL);
		text_put(s->out, "\"");
		between = ",";
	}
	if (le) {
		text_put(s->out, between);
		text_put(s->out, "le=\"");
		text_put_double(s->out, *le);
		text_put(s->out, "\"");
	}
	text_put(s->out, le || s->info->labels[0] ? "} " : " ");
}

static void sample_line(const struct page_style *s, const struct metric_sample *m,
			const char *suffix, const double *le, uint64_t value)
{
	sample_name(s, m, suffix, le);
	text_put_u64(s->out, value);
	text_put(s->out, "\n");
}

static void histogram_lines(const struct page_style *s, const struct metric_sample *m)
{
	const struct metric_histogram *h = m->histogram;
	const double infinite = __builtin_inf();
	uint64_t below = 0;

	for (size_t i = 0; i < h->n; i++) {
		below += h->counts[i];
		sample_line(s, m, "_bucket", &h->bounds[i], below);
	}
	below += h->counts[h->n];
	sample_line(s, m, "_bucket", &infinite, below);
	sample_name(s, m, "_sum", NULL);
	text_put_double(s->out, h->sum);
	text_put(s->out, "\n");
	sample_line(s, m, "_count", NULL, below);
}

void metric_render_text(const struct metric_page *p, bool open, struct text *out)
{
	for (unsigned id = 0; id < METRIC_COUNT; id++) {
		struct page_style s = {out, &metric_list[id], open};

		if (p->first[id])
			family_head(&s);
		for (const struct metric_sample *m = p->first[id]; m; m = m->next) {
			if (m->histogram)
				histogram_lines(&s, m);
			else
				sample_line(&s, m, suffix_of(s.info), NULL, m->value);
		}
	}
	// In the text format a comment: whoever looks for it sees that the page came whole.
	text_put(out, "# EOF\n");
}
