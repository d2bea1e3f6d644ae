// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "app/turnpikectl/top_model.h"
#include "kit/kit.h"

// The tables of `top` out of two samples. Numbers are chosen so that rates are whole.

static json_t *json(const char *text)
{
	json_error_t e;
	json_t *out = json_loads(text, 0, &e);

	if (!out)
		fail_msg("%s: %s", e.text, text);
	return out;
}

static struct top_sample sample_before(void)
{
	return (struct top_sample){
		.at_s = 100,
		.status =
			json("{\"name\": \"a\", \"pid\": 1, \"uptime_s\": 10, \"state\": \"ready\","
			     "\"turn\": {\"allocations\": 3, \"allocations_max\": 9}}"),
		.ports = json("{\"ports\": [{\"name\": \"wan\", \"rx_missed\": 5, \"queues\": ["
			      "{\"queue\": 0, \"rx_packets\": 100, \"rx_bytes\": 1000},"
			      "{\"queue\": 1, \"rx_packets\": 7, \"rx_bytes\": 70}]}]}"),
		.steps = json(
			"{\"workers\": [{\"worker\": 0, \"cpu\": 3, \"cycles_busy\": 1000,"
			"\"cycles_idle\": 1000, \"steps\": [{\"step\": \"rx\", \"packets\": 10,"
			"\"batches\": 1, \"cycles\": 100}]}]}"),
		.drops = json(
			"{\"reasons\": [{\"reason\": \"x\", \"text\": \"why\"}, {\"reason\": "
			"\"y\"}], \"workers\": [{\"worker\": 0, \"drops\": {\"x\": 4, \"y\": 0}}],"
			"\"control\": {\"z\": 1}, \"total\": {\"dropped\": 4, \"punted\": 2}}"),
		.sessions =
			json("{\"allocations\": [{\"id\": 1, \"user\": \"u\", \"bytes_in\": 10},"
			     "{\"id\": 2, \"user\": \"v\", \"bytes_in\": 50}], \"next\": null}"),
	};
}

static struct top_sample sample_after(void)
{
	return (struct top_sample){
		.at_s = 102,
		.status = json(
			"{\"name\": \"a\", \"pid\": 1, \"uptime_s\": 12, \"state\": \"draining\","
			"\"turn\": {\"allocations\": 3, \"allocations_max\": 9}}"),
		.ports = json("{\"ports\": [{\"name\": \"wan\", \"rx_missed\": 25, \"queues\": ["
			      "{\"queue\": 0, \"rx_packets\": 300, \"rx_bytes\": 3000,"
			      "\"latency_us\": {\"p50\": 1.5, \"p99\": 2, \"p99_9\": 3}},"
			      "{\"queue\": 1, \"rx_packets\": 9, \"rx_bytes\": 90}]}]}"),
		.steps = json(
			"{\"workers\": [{\"worker\": 0, \"cpu\": 3, \"cycles_busy\": 4000,"
			"\"cycles_idle\": 2000, \"steps\": [{\"step\": \"rx\", \"packets\": 50,"
			"\"batches\": 5, \"cycles\": 900}]}]}"),
		.drops = json(
			"{\"reasons\": [{\"reason\": \"x\", \"text\": \"why\"}, {\"reason\": "
			"\"y\"}], \"workers\": [{\"worker\": 0, \"drops\": {\"x\": 10, \"y\": 0}}],"
			"\"control\": {\"z\": 5}, \"total\": {\"dropped\": 10, \"punted\": 6}}"),
		.sessions =
			json("{\"allocations\": [{\"id\": 2, \"user\": \"v\", \"bytes_in\": 150},"
			     "{\"id\": 3, \"user\": \"w\", \"bytes_in\": 8}], \"next\": 3}"),
	};
}

struct fixture {
	struct top_sample before, now;
	struct top_model m;
};

static void made(struct fixture *f)
{
	f->before = sample_before();
	f->now = sample_after();
	assert_int_equal(top_model_make(&f->m, &f->before, &f->now), 0);
}

static void gone(struct fixture *f)
{
	top_model_free(&f->m);
	top_sample_free(&f->before);
	top_sample_free(&f->now);
}

static const struct top_cell *cell(const struct top_model *m, enum top_view v, size_t row,
				   const char *key)
{
	int column = top_column_find(&m->tables[v], key);

	assert_true(column >= 0 && row < m->tables[v].row_count);
	return &m->tables[v].rows[row].cells[column];
}

static void number_is(const struct top_cell *c, double n)
{
	assert_true(c->known);
	assert_float_equal(c->n, n, 1e-9);
}

static void test_rates_of_queues(void **state)
{
	struct fixture f;

	(void)state;
	made(&f);
	assert_true(f.m.rates);
	number_is(cell(&f.m, TOP_QUEUES, 0, "rx_pps"), 100);
	number_is(cell(&f.m, TOP_QUEUES, 0, "rx_bps"), 8000);
	number_is(cell(&f.m, TOP_QUEUES, 0, "missed_ps"), 10);
	number_is(cell(&f.m, TOP_QUEUES, 0, "p50_us"), 1.5);
	number_is(cell(&f.m, TOP_QUEUES, 1, "rx_pps"), 1);
	assert_false(cell(&f.m, TOP_QUEUES, 1, "missed_ps")->known); // said once a port
	assert_false(cell(&f.m, TOP_QUEUES, 1, "p50_us")->known);
	assert_float_equal(f.m.sum.rx_pps, 101, 1e-9);
	assert_float_equal(f.m.sum.missed_ps, 10, 1e-9);
	gone(&f);
}

static void test_busy_is_of_the_interval(void **state)
{
	struct fixture f;

	(void)state;
	made(&f);
	// 3000 busy of 4000 cycles; over the whole life it were 4000 of 6000.
	number_is(cell(&f.m, TOP_STEPS, 0, "share"), 0.75);
	number_is(cell(&f.m, TOP_STEPS, 1, "share"), 0.2);
	number_is(cell(&f.m, TOP_STEPS, 1, "cycles_per_packet"), 20);
	number_is(cell(&f.m, TOP_STEPS, 1, "per_batch"), 10);
	number_is(cell(&f.m, TOP_STEPS, 0, "pps"), 20);
	assert_float_equal(f.m.sum.busy_max, 0.75, 1e-9);
	gone(&f);
}

static void test_drops(void **state)
{
	struct fixture f;

	(void)state;
	made(&f);
	assert_int_equal(f.m.tables[TOP_DROPS].row_count, 3);
	number_is(cell(&f.m, TOP_DROPS, 0, "drops_ps"), 3);
	number_is(cell(&f.m, TOP_DROPS, 0, "drops"), 10);
	assert_string_equal(cell(&f.m, TOP_DROPS, 2, "by")->text, "control");
	number_is(cell(&f.m, TOP_DROPS, 2, "drops_ps"), 2);
	top_table_filter(&f.m.tables[TOP_DROPS], "", false);
	assert_int_equal(f.m.tables[TOP_DROPS].row_count, 2); // y never happened
	assert_float_equal(f.m.sum.dropped_ps, 3, 1e-9);
	assert_float_equal(f.m.sum.punted_ps, 2, 1e-9);
	assert_float_equal(f.m.sum.control_drops_ps, 2, 1e-9);
	gone(&f);
}

static void test_sessions_by_id(void **state)
{
	struct fixture f;

	(void)state;
	made(&f);
	// The first one ended, the third is new: it began at 0.
	number_is(cell(&f.m, TOP_SESSIONS, 0, "id"), 2);
	number_is(cell(&f.m, TOP_SESSIONS, 0, "in_bps"), 400);
	number_is(cell(&f.m, TOP_SESSIONS, 1, "in_bps"), 32);
	assert_int_equal(f.m.tables[TOP_SESSIONS].left_out, 1);
	gone(&f);
}

static void test_first_sample_has_no_rates(void **state)
{
	struct fixture f = {.now = sample_after()};

	(void)state;
	assert_int_equal(top_model_make(&f.m, &f.before, &f.now), 0);
	assert_false(f.m.rates);
	assert_false(cell(&f.m, TOP_QUEUES, 0, "rx_pps")->known);
	assert_false(cell(&f.m, TOP_DROPS, 0, "drops_ps")->known);
	number_is(cell(&f.m, TOP_DROPS, 0, "drops"), 10);
	gone(&f);
}

static void test_restart_has_no_rates(void **state)
{
	static const char *const anew[] = {"{\"pid\": 2, \"uptime_s\": 12}",
					   "{\"pid\": 1, \"uptime_s\": 3}"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fixture f = {sample_before(), sample_after()};

		json_decref(f.now.status);
		f.now.status = json(anew[i]);
		assert_int_equal(top_model_make(&f.m, &f.before, &f.now), 0);
		assert_false(f.m.rates);
		gone(&f);
	}
}

static void test_nothing_at_all(void **state)
{
	struct fixture f = {0};
	json_t *all;

	(void)state;
	assert_int_equal(top_model_make(&f.m, NULL, &f.now), 0);
	for (unsigned v = 0; v < TOP_VIEWS; v++)
		assert_int_equal(f.m.tables[v].row_count, 0);
	all = top_model_json(&f.m);
	assert_true(json_is_null(json_object_get(all, "total")));
	json_decref(all);
	gone(&f);
}

static void test_sorting(void **state)
{
	struct fixture f;
	struct top_table *t;

	(void)state;
	made(&f);
	t = &f.m.tables[TOP_QUEUES];
	top_table_sort(t, (unsigned)top_column_find(t, "rx_pps"), false);
	number_is(cell(&f.m, TOP_QUEUES, 0, "rx_pps"), 1);
	top_table_sort(t, (unsigned)top_column_find(t, "rx_pps"), true);
	number_is(cell(&f.m, TOP_QUEUES, 0, "rx_pps"), 100);
	// Not known is last either way.
	for (int falling = 0; falling < 2; falling++) {
		top_table_sort(t, (unsigned)top_column_find(t, "p99_us"), falling);
		assert_true(cell(&f.m, TOP_QUEUES, 0, "p99_us")->known);
		assert_false(cell(&f.m, TOP_QUEUES, 1, "p99_us")->known);
	}
	gone(&f);
}

static void test_sorting_is_stable(void **state)
{
	struct top_table t = {.columns = top_columns[TOP_DROPS], .column_count = 5};

	(void)state;
	for (unsigned i = 0; i < 1000; i++) {
		struct top_row *r = top_row_add(&t);

		assert_non_null(r);
		top_cell_number(&r->cells[2], i % 3);
		top_cell_number(&r->cells[3], i);
	}
	top_table_sort(&t, 2, true);
	for (unsigned i = 1; i < 1000; i++) {
		const struct top_cell *a = t.rows[i - 1].cells, *b = t.rows[i].cells;

		assert_true(a[2].n > b[2].n || (a[2].n == b[2].n && a[3].n < b[3].n));
	}
	top_table_filter(&t, "nothing holds this", true);
	free(t.rows);
}

static void test_filter(void **state)
{
	static const struct {
		const char *text;
		size_t rows;
	} cases[] = {{"", 2}, {"V", 1}, {"v", 1}, {"2", 1}, {"zz", 0}, {"\033", 0}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct fixture f;

		made(&f);
		top_table_filter(&f.m.tables[TOP_SESSIONS], cases[i].text, false);
		assert_int_equal(f.m.tables[TOP_SESSIONS].row_count, cases[i].rows);
		gone(&f);
	}
}

static void test_text_is_cleaned(void **state)
{
	struct fixture f = {sample_before(), sample_after()};
	json_t *first = json_array_get(json_object_get(f.now.sessions, "allocations"), 0);

	(void)state;
	json_object_set_new(first, "user", json_string("a\033[2Jb"));
	json_object_set_new(f.now.status, "name", json_string("x\ny"));
	assert_int_equal(top_model_make(&f.m, &f.before, &f.now), 0);
	assert_string_equal(cell(&f.m, TOP_SESSIONS, 0, "user")->text, "a?[2Jb");
	assert_string_equal(f.m.sum.name, "x?y");
	gone(&f);
}

static void test_json(void **state)
{
	struct fixture f;
	json_t *all, *row;

	(void)state;
	made(&f);
	all = top_model_json(&f.m);
	row = json_array_get(json_object_get(all, "queues"), 0);
	assert_int_equal(json_integer_value(json_object_get(row, "rx_pps")), 100);
	assert_float_equal(json_real_value(json_object_get(row, "p50_us")), 1.5, 1e-9);
	row = json_array_get(json_object_get(all, "queues"), 1);
	assert_true(json_is_null(json_object_get(row, "p50_us")));
	row = json_array_get(json_object_get(all, "workers"), 0);
	assert_null(json_object_get(row, "bar"));
	json_decref(all);
	gone(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rates_of_queues),
		cmocka_unit_test(test_busy_is_of_the_interval),
		cmocka_unit_test(test_drops),
		cmocka_unit_test(test_sessions_by_id),
		cmocka_unit_test(test_first_sample_has_no_rates),
		cmocka_unit_test(test_restart_has_no_rates),
		cmocka_unit_test(test_nothing_at_all),
		cmocka_unit_test(test_sorting),
		cmocka_unit_test(test_sorting_is_stable),
		cmocka_unit_test(test_filter),
		cmocka_unit_test(test_text_is_cleaned),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
