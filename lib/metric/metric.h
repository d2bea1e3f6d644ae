// SPDX-License-Identifier: Apache-2.0
#ifndef METRIC_METRIC_H
#define METRIC_METRIC_H

#include <stddef.h>
#include <stdint.h>

// One list of metrics (metric/list.h), rendered as OpenMetrics, Prometheus text or JSON. One
// thread.

enum metric_id {
#define METRIC(id, ...) id,
#include "metric/list.h"
#undef METRIC
	METRIC_COUNT
};

enum metric_kind { METRIC_COUNTER, METRIC_GAUGE, METRIC_HISTOGRAM, METRIC_INFO };

struct metric_info {
	const char *name; // without prefix and without _total
	enum metric_kind kind;
	const char *unit; // "" or the name's ending: seconds, bytes
	const char *labels[4]; // names, NULL-terminated
	const char *help;
};
extern const struct metric_info metric_list[METRIC_COUNT];

// A page is filled sample by sample, in any order, then rendered once; families come out grouped in
// the list's order, a family without samples is left out.
struct metric_page;
struct metric_page *metric_page_new(void); // NULL: out of memory
void metric_page_free(struct metric_page *p);

// Label values follow, as many as the metric has labels, each `const char *`; they are copied.
// Failures stick to the page and show at rendering.
void metric_add(struct metric_page *p, enum metric_id id, uint64_t value, ...);
// Histogram: `bounds` are n upper bounds in the metric's unit, counts[n + 1] per bucket (not
// cumulative), the last for +Inf. Label values follow.
void metric_add_histogram(struct metric_page *p, enum metric_id id, const double *bounds,
			  const uint64_t *counts, size_t n, double sum, ...);

enum metric_format { METRIC_OPENMETRICS, METRIC_PROMETHEUS, METRIC_JSON };
// 0 and a malloc'ed text; -ENOMEM.
int metric_render(const struct metric_page *p, enum metric_format format, char **text, size_t *len);
const char *metric_content_type(enum metric_format format);
// By HTTP's Accept header, NULL allowed.
enum metric_format metric_format_choose(const char *accept);

#endif
