// SPDX-License-Identifier: Apache-2.0
#ifndef METRIC_PRIVATE_H
#define METRIC_PRIVATE_H

#include <stdbool.h>

#include "metric/metric.h"
#include "metric/text.h"

#define METRIC_PREFIX "turnpike_"
#define METRIC_LABELS_MAX 3 // struct metric_info has room for so many, and NULL

// Both belong to the page.
struct metric_histogram {
	size_t n;
	double sum;
	double *bounds; // n
	uint64_t *counts; // n + 1
};

struct metric_sample {
	struct metric_sample *next; // of the same family, in the order in which they came
	struct metric_histogram *histogram; // NULL: `value` counts
	uint64_t value;
	const char *labels[METRIC_LABELS_MAX]; // values
};

struct metric_page {
	struct metric_sample *first[METRIC_COUNT];
	struct metric_sample *last[METRIC_COUNT];
	bool failed;
};

void metric_render_text(const struct metric_page *p, bool open, struct text *out);
void metric_render_json(const struct metric_page *p, struct text *out);

#endif
