// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include "metric/latency.h"
#include "metric/metric.h"

static const struct {
	const char *accept;
	enum metric_format want;
} cases[] = {
	{NULL, METRIC_PROMETHEUS},
	{"", METRIC_PROMETHEUS},
	{"*/*", METRIC_PROMETHEUS},
	{"image/png", METRIC_PROMETHEUS},
	{"text/plain", METRIC_PROMETHEUS},
	{"TEXT/Plain", METRIC_PROMETHEUS},
	{"text/*", METRIC_PROMETHEUS},
	{"text/plain;version=0.0.4", METRIC_PROMETHEUS},
	{"application/json", METRIC_JSON},
	{"application/*", METRIC_OPENMETRICS},
	{"application/openmetrics-text", METRIC_OPENMETRICS},
	{"text/plain;q=0.4, application/json;q=0.5", METRIC_JSON},
	{"text/plain; q=0.5,application/json ; q=0.4", METRIC_PROMETHEUS},
	{"text/plain;q=0, */*", METRIC_OPENMETRICS},
	{"*/*, application/openmetrics-text;q=0", METRIC_PROMETHEUS},
	{"*/*;q=0.1, text/plain", METRIC_PROMETHEUS},
	{"application/json;q=7, text/plain;q=0.1", METRIC_PROMETHEUS},
	{"text/plainer", METRIC_PROMETHEUS},
	{",,;;q", METRIC_PROMETHEUS},
	// Prometheus 2.42, then one with protobuf, then curl's and a browser's
	{"application/openmetrics-text;version=1.0.0;q=0.5,application/"
	 "openmetrics-text;version=0.0.1;q=0.4,"
	 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
	 METRIC_OPENMETRICS},
	{"application/"
	 "vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5,"
	 "text/plain;version=0.0.4;q=0.4,application/openmetrics-text;version=1.0.0;q=0.3",
	 METRIC_PROMETHEUS},
	{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", METRIC_PROMETHEUS},
};

static void chooses_by_accept(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (metric_format_choose(cases[i].accept) != cases[i].want)
			fail_msg("%s: got %d", cases[i].accept,
				 metric_format_choose(cases[i].accept));
}

static void names_the_content(void **state)
{
	(void)state;
	assert_string_equal(metric_content_type(METRIC_OPENMETRICS),
			    "application/openmetrics-text; version=1.0.0; charset=utf-8");
	assert_string_equal(metric_content_type(METRIC_PROMETHEUS),
			    "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(metric_content_type(METRIC_JSON), "application/json");
}

// Each bucket begins where the one before ends, and none is wider than an eighth of its values.
static void latency_buckets_are_a_scale(void **state)
{
	(void)state;
	for (unsigned b = 0; b + 1 < LATENCY_BUCKETS; b++) {
		uint64_t bound = latency_bound(b);

		assert_int_equal(latency_bucket(bound - 1), b);
		assert_int_equal(latency_bucket(bound), b + 1);
		if (b >= 8)
			assert_true((latency_bound(b + 1) - bound) * 8 <= bound);
	}
	assert_int_equal(latency_bucket(UINT64_MAX), LATENCY_BUCKETS - 1);
}

static void latency_quantiles(void **state)
{
	static struct latency l;

	(void)state;
	assert_true(latency_quantile(&l, 0.5) == 0);
	for (unsigned i = 1; i <= 1000; i++)
		latency_add(&l, i);
	assert_int_equal(l.sum, 500500);
	assert_in_range((uint64_t)latency_quantile(&l, 0.5), 500, 563);
	assert_in_range((uint64_t)latency_quantile(&l, 0.99), 990, 1114);
	assert_in_range((uint64_t)latency_quantile(&l, 1), 1000, 1125);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chooses_by_accept),
		cmocka_unit_test(names_the_content),
		cmocka_unit_test(latency_buckets_are_a_scale),
		cmocka_unit_test(latency_quantiles),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
