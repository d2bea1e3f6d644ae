// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metric/metric.h"
#include "metric/text.h"

// METRIC_BLESS=1 writes the golden files instead; read what it wrote.

static const double bounds[] = {1e-6, 2.5e-5, 0.001, 1, 10};
static const uint64_t counts[] = {1, 0, 2, 3, 0, 4};

static struct metric_page *page_fill(void)
{
	struct metric_page *p = metric_page_new();

	if (!p)
		return NULL;
	metric_add(p, METRIC_VOICE_ROOMS, 3);
	metric_add(p, METRIC_PORT_RX_BYTES, UINT64_MAX, "wan", "0");
	metric_add(p, METRIC_BUILD, 1, "0.1.0", "DPDK 22.11.11");
	metric_add_histogram(p, METRIC_FORWARD_LATENCY, bounds, counts, 5, 0.012345678901, "wan",
			     "0");
	metric_add_histogram(p, METRIC_FORWARD_LATENCY, bounds, (uint64_t[6]){0}, 5, 0, "wan", "1");
	metric_add(p, METRIC_SRTP_PACKETS, 5, "in", "AEAD_AES_128_GCM", "ok");
	metric_add(p, METRIC_PORT_RX_BYTES, 0, "\"lan\"\\\n\xc3\xa9\xff\x01", "1");
	return p;
}

static char *golden_read(const char *name, const char *text, size_t len)
{
	char path[256];
	char *want = calloc(1, 65536);
	FILE *f;

	snprintf(path, sizeof path, GOLDEN "/metric/%s", name);
	f = fopen(path, getenv("METRIC_BLESS") ? "w+" : "r");
	if (!f)
		fail_msg("%s is missing", path);
	if (getenv("METRIC_BLESS")) {
		fwrite(text, 1, len, f);
		rewind(f);
	}
	assert_true(fread(want, 1, 65535, f) > 0);
	fclose(f);
	return want;
}

static void golden_check(enum metric_format format, const char *name)
{
	struct metric_page *p = page_fill();
	char *text, *want;
	size_t len;

	assert_int_equal(metric_render(p, format, &text, &len), 0);
	want = golden_read(name, text, len);
	assert_int_equal(strlen(text), len);
	assert_string_equal(text, want);
	free(text);
	free(want);
	metric_page_free(p);
}

static void renders_openmetrics(void **state)
{
	(void)state;
	golden_check(METRIC_OPENMETRICS, "page.openmetrics");
}

static void renders_prometheus(void **state)
{
	(void)state;
	golden_check(METRIC_PROMETHEUS, "page.prometheus");
}

static void renders_json(void **state)
{
	(void)state;
	golden_check(METRIC_JSON, "page.json");
}

static void renders_an_empty_page(void **state)
{
	static const char *const want[] = {"# EOF\n", "# EOF\n", "{\"metrics\":[]}\n"};
	struct metric_page *p = metric_page_new();
	char *text;
	size_t len;

	(void)state;
	for (unsigned f = METRIC_OPENMETRICS; f <= METRIC_JSON; f++) {
		assert_int_equal(metric_render(p, (enum metric_format)f, &text, &len), 0);
		assert_string_equal(text, want[f]);
		assert_int_equal(len, strlen(want[f]));
		free(text);
	}
	metric_page_free(p);
}

// What promtool and OpenMetrics want of names, for every row of the list.
static void list_is_well_named(void **state)
{
	(void)state;
	for (unsigned i = 0; i < METRIC_COUNT; i++) {
		const struct metric_info *m = &metric_list[i];
		size_t len = strlen(m->name), unit = strlen(m->unit);

		assert_int_equal(strspn(m->name, "abcdefghijklmnopqrstuvwxyz0123456789_"), len);
		assert_null(strstr(m->name, "_total"));
		assert_true(m->help && m->help[0]);
		assert_null(m->labels[3]);
		if (unit)
			assert_true(len > unit && m->name[len - unit - 1] == '_' &&
				    !strcmp(m->name + len - unit, m->unit));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(m->name, metric_list[k].name);
	}
}

static void writes_doubles_as_openmetrics_does(void **state)
{
	static const struct {
		double value;
		const char *want;
	} cases[] = {
		{0, "0.0"},
		{0.001, "0.001"},
		{0.1, "0.1"},
		{1, "1.0"},
		{1.7, "1.7"},
		{10, "10.0"},
		{1e-10, "1e-10"},
		{1e-5, "1e-05"},
		{0.0001, "0.0001"},
		{1e5, "100000.0"},
		{1e6, "1e+06"},
		{1e10, "1e+10"},
		{1.0 / 3, "0.3333333333333333"},
		{INFINITY, "+Inf"},
		{-INFINITY, "-Inf"},
		{NAN, "NaN"},
		{-2.5, "-2.5"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct text t = {0};

		text_put_double(&t, cases[i].value);
		assert_string_equal(t.at, cases[i].want);
		free(t.at);
	}
}

static void mends_what_is_not_utf8(void **state)
{
	static const char *const bad[] = {"\x80",         "\xc0\x80",
					  "\xed\xa0\x80", "\xf4\x90\x80\x80",
					  "\xe2\x82",     "\xf0\x80\x80\x80",
					  "\xff"};
	static const char *const good[] = {"\xc2\x80",     "\xe2\x82\xac",     "\xed\x9f\xbf",
					   "\xee\x80\x80", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct text t = {0};

		text_put_escaped(&t, bad[i], TEXT_LABEL);
		assert_int_equal(strncmp(t.at, "\xef\xbf\xbd", 3), 0);
		free(t.at);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct text t = {0};

		text_put_escaped(&t, good[i], TEXT_JSON);
		assert_string_equal(t.at, good[i]);
		free(t.at);
	}
}

static bool page_once(void *ctx)
{
	struct metric_page *p = page_fill();
	char *text = NULL;
	size_t len;
	int err = p ? metric_render(p, METRIC_OPENMETRICS, &text, &len) : -ENOMEM;

	(void)ctx;
	assert_true(err == 0 || err == -ENOMEM);
	// Never a page with a sample left out.
	if (!err)
		assert_non_null(strstr(text, "turnpike_voice_rooms 3"));
	free(text);
	metric_page_free(p);
	return !err;
}

static void stands_failing_allocations(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(page_once, NULL) > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renders_openmetrics),
		cmocka_unit_test(renders_prometheus),
		cmocka_unit_test(renders_json),
		cmocka_unit_test(renders_an_empty_page),
		cmocka_unit_test(list_is_well_named),
		cmocka_unit_test(writes_doubles_as_openmetrics_does),
		cmocka_unit_test(mends_what_is_not_utf8),
		cmocka_unit_test(stands_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
