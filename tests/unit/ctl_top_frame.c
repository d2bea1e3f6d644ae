// SPDX-License-Identifier: Apache-2.0
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "app/turnpikectl/top_frame.h"
#include "kit/kit.h"

// The picture of `top`, its lines, and what keys do to it.

struct paper {
	char lines[64][TOP_LINE_BYTES];
	unsigned count; // highest line that was drawn, and one
	unsigned widest;
};

static void paper_line(void *context, unsigned row, const struct top_line *line)
{
	struct paper *p = context;

	assert_true(row < 64);
	assert_int_equal(strlen(line->text), line->bytes);
	for (unsigned i = 0; i < line->span_count; i++)
		assert_true(line->spans[i].start + line->spans[i].len <= line->bytes);
	memcpy(p->lines[row], line->text, line->bytes + 1);
	p->count = row >= p->count ? row + 1 : p->count;
	p->widest = line->cells > p->widest ? line->cells : p->widest;
}

static json_t *ports_of(unsigned queues)
{
	json_t *list = json_array();

	for (unsigned i = 0; i < queues; i++)
		json_array_append_new(list, json_pack("{s:i, s:i}", "queue", (int)i, "rx_packets",
						      (int)(i * 10)));
	return json_pack("{s:[{s:s, s:o}]}", "ports", "name", "wan", "queues", list);
}

static void drawn(struct paper *p, struct top_state *s, unsigned queues)
{
	const struct top_screen screen = {paper_line, p};
	struct top_sample before = {.at_s = 1, .ports = ports_of(0)};
	struct top_sample now = {.at_s = 2, .ports = ports_of(queues)};
	struct top_model m;

	*p = (struct paper){0};
	assert_int_equal(top_model_make(&m, &before, &now), 0);
	top_frame(s, &m, &screen);
	top_model_free(&m);
	top_sample_free(&before);
	top_sample_free(&now);
}

static void test_every_size(void **state)
{
	struct top_state s;
	struct paper p;

	(void)state;
	top_state_init(&s);
	for (s.rows = 1; s.rows <= 40; s.rows += 3)
		for (s.columns = 1; s.columns <= 200; s.columns += 7)
			for (s.view = 0; s.view < TOP_VIEWS; s.view++)
				for (int help = 0; help < 2; help++) {
					s.help = help;
					drawn(&p, &s, 30);
					assert_true(p.count <= s.rows && p.widest <= s.columns);
				}
}

static void test_80_by_24(void **state)
{
	struct top_state s;
	struct paper p;

	(void)state;
	top_state_init(&s);
	drawn(&p, &s, 3);
	assert_int_equal(p.count, 24);
	assert_non_null(strstr(p.lines[4], "P99.9 us")); // all columns of the queues
	assert_non_null(strstr(p.lines[23], "q quit"));
	assert_memory_equal(p.lines[5], "wan     0 ", 10);
	s.view = TOP_SESSIONS;
	drawn(&p, &s, 3);
	assert_non_null(strstr(p.lines[4], "OUT BIT/S"));
}

static void keys(struct top_state *s, const char *text)
{
	for (; *text; text++)
		top_key(s, *text);
}

static void test_scrolling(void **state)
{
	struct top_state s;
	struct paper p;

	(void)state;
	top_state_init(&s);
	s.sort[TOP_QUEUES] = 1;
	drawn(&p, &s, 100);
	assert_int_equal(s.body_rows, 18);
	keys(&s, "jjjk");
	assert_int_equal(s.scroll, 2);
	top_key(&s, TOP_KEY_PAGE_DOWN);
	assert_int_equal(s.scroll, 20);
	drawn(&p, &s, 100);
	assert_memory_equal(p.lines[5], "wan    20 ", 10);
	keys(&s, "G");
	assert_int_equal(s.scroll, 82);
	keys(&s, "j");
	assert_int_equal(s.scroll, 82);
	drawn(&p, &s, 10); // fewer rows now: there is nothing below
	assert_int_equal(s.scroll, 0);
	keys(&s, "k");
	assert_int_equal(s.scroll, 0);
}

static void test_sort_keys(void **state)
{
	struct top_state s;
	struct paper p;

	(void)state;
	top_state_init(&s);
	keys(&s, "s>");
	drawn(&p, &s, 9);
	assert_non_null(strstr(p.lines[3], "by RX PPS falling"));
	assert_memory_equal(p.lines[5], "wan     8 ", 10);
	keys(&s, "r");
	drawn(&p, &s, 9);
	assert_non_null(strstr(p.lines[3], "by RX PPS rising"));
	assert_memory_equal(p.lines[5], "wan     0 ", 10);
	keys(&s, "<<<");
	drawn(&p, &s, 9);
	assert_non_null(strstr(p.lines[3], "by P99.9 us falling")); // round the edge
	keys(&s, "2");
	assert_int_equal(s.sort[TOP_STEPS], 0); // each view has its own
	keys(&s, "1");
	assert_int_equal(s.sort[TOP_QUEUES], 9);
}

static void test_filter_keys(void **state)
{
	struct top_state s;
	struct paper p;

	(void)state;
	top_state_init(&s);
	keys(&s, "/laq");
	assert_false(s.quit);
	top_key(&s, TOP_KEY_BACKSPACE);
	keys(&s, "n");
	drawn(&p, &s, 3);
	assert_non_null(strstr(p.lines[23], "/lan_"));
	assert_int_equal(s.body_total, 0); // what is typed holds already
	top_key(&s, TOP_KEY_ESCAPE);
	drawn(&p, &s, 3);
	assert_int_equal(s.body_total, 3);
	keys(&s, "/WA");
	top_key(&s, TOP_KEY_ENTER);
	drawn(&p, &s, 3);
	assert_non_null(strstr(p.lines[3], "only 'WA'"));
	assert_int_equal(s.body_total, 3);
	top_key(&s, TOP_KEY_ESCAPE);
	assert_string_equal(s.filter, "");
	keys(&s, "/\xc3\xa4");
	top_key(&s, TOP_KEY_BACKSPACE);
	assert_string_equal(s.typed, "");
	for (unsigned i = 0; i < 500; i++)
		keys(&s, "x");
	assert_int_equal(strlen(s.typed), sizeof s.typed - 1);
}

static void test_other_keys(void **state)
{
	struct top_state s;
	struct paper p;

	(void)state;
	top_state_init(&s);
	keys(&s, " ");
	assert_true(s.paused);
	drawn(&p, &s, 1);
	assert_memory_equal(p.lines[0], "PAUSED ", 7);
	keys(&s, "p");
	assert_false(s.paused);
	keys(&s, "+");
	assert_float_equal(top_interval_s(&s), 2, 1e-9);
	keys(&s, "----------");
	assert_float_equal(top_interval_s(&s), 0.2, 1e-9);
	keys(&s, "++++++++++++");
	assert_float_equal(top_interval_s(&s), 60, 1e-9);
	keys(&s, "?");
	drawn(&p, &s, 1);
	assert_non_null(strstr(p.lines[5], "queues, workers"));
	s.columns = 200;
	drawn(&p, &s, 1);
	assert_true(p.widest <= 80); // nothing of the help is cut off
	keys(&s, "4"); // ends the help, and only that
	assert_false(s.help);
	assert_int_equal(s.view, TOP_QUEUES);
	keys(&s, "4\t");
	assert_int_equal(s.view, TOP_QUEUES);
	keys(&s, "?q");
	assert_true(s.quit);
}

static void test_trouble(void **state)
{
	const struct top_screen screen = {paper_line, NULL};
	struct paper p = {0};
	struct top_screen on = screen;
	struct top_state s;

	(void)state;
	on.context = &p;
	top_state_init(&s);
	strcpy(s.trouble, "because");
	top_frame(&s, NULL, &on); // nothing was heard yet
	assert_non_null(strstr(p.lines[23], "relay not reachable, retrying"));
	assert_non_null(strstr(p.lines[23], "because"));
	assert_null(strstr(p.lines[23], " old"));
	s.stale_s = 7;
	drawn(&p, &s, 1);
	assert_non_null(strstr(p.lines[23], "7 s old"));
}

static void line_is(const struct top_line *l, const char *text, unsigned cells)
{
	assert_string_equal(l->text, text);
	assert_int_equal(l->cells, cells);
}

static void test_lines(void **state)
{
	struct top_line l;

	(void)state;
	line_clear(&l);
	line_add(&l, TOP_PLAIN, 4, "ab");
	line_add(&l, TOP_BAD, -4, "cd");
	line_is(&l, "ab    cd", 8);
	line_clear(&l);
	line_add(&l, TOP_PLAIN, 3, "ä漢字"); // wide characters are two cells
	line_is(&l, "ä漢", 3);
	line_clear(&l);
	line_add(&l, TOP_PLAIN, -5, "漢\xff");
	line_is(&l, "  漢?", 5);
	line_cut(&l, 3); // half a character is none
	line_is(&l, "  ", 2);
	line_clear(&l);
	for (unsigned i = 0; i < 400; i++)
		line_add(&l, TOP_GOOD, 7, "漢字漢字");
	assert_true(l.cells <= TOP_LINE_CELLS && l.bytes < sizeof l.text);
	assert_int_equal(l.span_count, TOP_SPANS_MAX);
}

static void test_bars(void **state)
{
	static const struct {
		double share;
		bool utf8;
		const char *text;
	} cases[] = {
		{0, true, "    "},    {0.5, true, "██  "},  {0.54, true, "██▏ "},
		{1, true, "████"},    {7, true, "████"},    {-1, true, "    "},
		{0.5, false, "##  "}, {0.6, false, "##  "}, {0.65, false, "### "},
		{1, false, "####"},   {0.99, true, "███▉"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct top_line l;

		line_clear(&l);
		line_bar(&l, cases[i].share, 4, cases[i].utf8);
		line_is(&l, cases[i].text, 4);
	}
}

static void test_short_numbers(void **state)
{
	static const struct {
		double n;
		const char *text;
	} cases[] = {
		{0, "0"},          {999, "999"},
		{999.6, "1.00k"},  {1234, "1.23k"},
		{9996, "10.0k"},   {99960, "100k"},
		{999600, "1.00M"}, {1.5e9, "1.50G"},
		{2e13, "20.0T"},   {1e30, "1000000000000E"},
	};
	char text[40];

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		assert_string_equal(number_short(text, sizeof text, cases[i].n), cases[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_size),  cmocka_unit_test(test_80_by_24),
		cmocka_unit_test(test_scrolling),   cmocka_unit_test(test_sort_keys),
		cmocka_unit_test(test_filter_keys), cmocka_unit_test(test_other_keys),
		cmocka_unit_test(test_trouble),     cmocka_unit_test(test_lines),
		cmocka_unit_test(test_bars),        cmocka_unit_test(test_short_numbers),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
