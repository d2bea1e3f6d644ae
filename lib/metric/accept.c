// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "metric/private.h"

// HTTP's Accept (RFC 9110 section 12.5.1): the most specific range that fits a format says how much
// it is wanted.

struct wish {
	unsigned specific; // 0: no range fitted
	double q;
};

static const char *const media[] = {
	[METRIC_OPENMETRICS] = "application/openmetrics-text",
	[METRIC_PROMETHEUS] = "text/plain",
	[METRIC_JSON] = "application/json",
};

const char *metric_content_type(enum metric_format format)
{
	switch (format) {
	case METRIC_OPENMETRICS:
		return "application/openmetrics-text; version=1.0.0; charset=utf-8";
	case METRIC_PROMETHEUS:
		return "text/plain; version=0.0.4; charset=utf-8";
	default:
		return "application/json";
	}
}

// 3: the type itself; 2: "text/*"; 1: "*/*"; 0: another.
static unsigned range_fits(const char *range, size_t len, const char *type)
{
	size_t major = (size_t)(strchr(type, '/') - type) + 1;

	if (len == strlen(type) && !strncasecmp(range, type, len))
		return 3;
	if (len == major + 1 && !strncasecmp(range, type, major) && range[major] == '*')
		return 2;
	return len == 3 && !memcmp(range, "*/*", 3);
}

// The parameter q of a range that ends at `end`; 1 without.
static double range_q(const char *at, const char *end)
{
	while ((at = memchr(at, ';', (size_t)(end - at)))) {
		double q;

		at++;
		at += strspn(at, " \t");
		if (end - at < 3 || (*at != 'q' && *at != 'Q') || at[1] != '=')
			continue;
		q = strtod(at + 2, NULL);
		return q >= 0 && q <= 1 ? q : 0;
	}
	return 1;
}

static struct wish wish_of(const char *accept, const char *type)
{
	struct wish best = {0};

	while (*accept) {
		const char *range = accept + strspn(accept, " \t,");
		size_t len = strcspn(range, ",; \t");
		const char *end = range + strcspn(range, ",");
		struct wish w = {range_fits(range, len, type), range_q(range, end)};

		if (w.specific > best.specific || (w.specific == best.specific && w.q > best.q))
			best = w;
		accept = end;
	}
	return best;
}

// Who has no wish gets the text format: every tool reads it, promtool's lint only that.
enum metric_format metric_format_choose(const char *accept)
{
	static const enum metric_format order[] = {METRIC_PROMETHEUS, METRIC_OPENMETRICS,
						   METRIC_JSON};
	enum metric_format best = METRIC_PROMETHEUS;
	double q = 0;

	for (unsigned i = 0; accept && i < sizeof order / sizeof *order; i++) {
		struct wish w = wish_of(accept, media[order[i]]);

		if (w.specific && w.q > q) {
			best = order[i];
			q = w.q;
		}
	}
	return best;
}
