// SPDX-License-Identifier: Apache-2.0
#include "metric/private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const struct metric_info metric_list[METRIC_COUNT] = {
#define METRIC(id, ...) [id] = {__VA_ARGS__},
#include "metric/list.h"
#undef METRIC
};

struct metric_page *metric_page_new(void)
{
	return calloc(1, sizeof(struct metric_page));
}

void metric_page_free(struct metric_page *p)
{
	for (unsigned id = 0; p && id < METRIC_COUNT; id++) {
		struct metric_sample *s = p->first[id];

		while (s) {
			struct metric_sample *next = s->next;

			free(s->histogram);
			free(s);
			s = next;
		}
	}
	free(p);
}

// One allocation a sample: the label values lie behind it.
static struct metric_sample *sample_new(enum metric_id id, va_list labels)
{
	const char *values[METRIC_LABELS_MAX];
	struct metric_sample *s;
	size_t n = 0, len = 0;
	char *at;

	while (n < METRIC_LABELS_MAX && metric_list[id].labels[n]) {
		values[n] = va_arg(labels, const char *);
		len += strlen(values[n++]) + 1;
	}
	s = calloc(1, sizeof *s + len);
	if (!s)
		return NULL;
	at = (char *)(s + 1);
	for (size_t i = 0; i < n; i++) {
		s->labels[i] = at;
		at = stpcpy(at, values[i]) + 1;
	}
	return s;
}

static void page_append(struct metric_page *p, enum metric_id id, struct metric_sample *s)
{
	if (p->last[id])
		p->last[id]->next = s;
	else
		p->first[id] = s;
	p->last[id] = s;
}

void metric_add(struct metric_page *p, enum metric_id id, uint64_t value, ...)
{
	struct metric_sample *s;
	va_list labels;

	va_start(labels, value);
	s = sample_new(id, labels);
	va_end(labels);
	if (!s) {
		p->failed = true;
		return;
	}
	s->value = value;
	page_append(p, id, s);
}

static struct metric_histogram *histogram_new(const double *bounds, const uint64_t *counts,
					      size_t n, double sum)
{
	struct metric_histogram *h =
		malloc(sizeof *h + n * sizeof *bounds + (n + 1) * sizeof *counts);

	if (!h)
		return NULL;
	h->n = n;
	h->sum = sum;
	h->bounds = (double *)(h + 1);
	h->counts = (void *)(h->bounds + n);
	if (n)
		memcpy(h->bounds, bounds, n * sizeof *bounds);
	memcpy(h->counts, counts, (n + 1) * sizeof *counts);
	return h;
}

void metric_add_histogram(struct metric_page *p, enum metric_id id, const double *bounds,
			  const uint64_t *counts, size_t n, double sum, ...)
{
	struct metric_histogram *h = histogram_new(bounds, counts, n, sum);
	struct metric_sample *s;
	va_list labels;

	va_start(labels, sum);
	s = sample_new(id, labels);
	va_end(labels);
	if (!s || !h) {
		free(h);
		free(s);
		p->failed = true;
		return;
	}
	s->histogram = h;
	page_append(p, id, s);
}

int metric_render(const struct metric_page *p, enum metric_format format, char **text, size_t *len)
{
	struct text out = {0};

	if (p->failed)
		return -ENOMEM;
	text_put(&out, ""); // an empty page is a text, too
	if (format == METRIC_JSON)
		metric_render_json(p, &out);
	else
		metric_render_text(p, format == METRIC_OPENMETRICS, &out);
	if (out.failed) {
		free(out.at);
		return -ENOMEM;
	}
	*text = out.at;
	*len = out.len;
	return 0;
}
