// SPDX-License-Identifier: Apache-2.0
#include "top_frame.h"

#include <stdio.h>
#include <string.h>

#include "table.h"
#include "top_private.h"

#define BODY_FIRST 5 // lines above the table's rows

static void emit(const struct top_state *s, const struct top_screen *screen, unsigned row,
		 struct top_line *l)
{
	if (row >= s->rows)
		return;
	line_cut(l, s->columns);
	screen->emit(screen->context, row, l);
}

static enum top_tone state_tone(const char *state)
{
	return !strcmp(state, "ready") ? TOP_GOOD : TOP_WARN;
}

static void title_draw(const struct top_state *s, const struct top_model *m, struct top_line *l)
{
	char a[TABLE_NUMBER], b[TABLE_NUMBER];

	line_clear(l);
	if (!m) {
		line_add(l, TOP_HEAD, 0, "turnpike");
		return;
	}
	if (s->paused) {
		line_add(l, TOP_SELECTED, 0, "PAUSED");
		line_add(l, TOP_PLAIN, 1, "");
	}
	line_add(l, TOP_HEAD, 0, m->sum.name);
	line_printf(l, TOP_PLAIN, " (%s, %s)  ", m->sum.region, m->sum.version);
	line_add(l, state_tone(m->sum.state), 0, m->sum.state);
	line_printf(l, TOP_PLAIN, "  up %s", number_life(a, (uint64_t)m->sum.uptime_s));
	line_printf(l, TOP_PLAIN, "  sessions %s of %s",
		    number_count(a, (int64_t)m->sum.allocations),
		    number_count(b, (int64_t)m->sum.allocations_max));
}

static void rate_add(struct top_line *l, const struct top_model *m, double n, const char *unit)
{
	char text[16];

	line_printf(l, TOP_HEAD, "%s", m->rates ? number_short(text, sizeof text, n) : "-");
	line_add(l, TOP_PLAIN, 0, unit);
}

static void bad_rate_add(struct top_line *l, const struct top_model *m, double n, const char *unit)
{
	char text[16];

	line_printf(l, m->rates && n > 0 ? TOP_BAD : TOP_PLAIN, "%s",
		    m->rates ? number_short(text, sizeof text, n) : "-");
	line_add(l, TOP_PLAIN, 0, unit);
}

static void traffic_draw(const struct top_model *m, struct top_line *l)
{
	line_clear(l);
	if (!m)
		return;
	line_add(l, TOP_PLAIN, 0, "in ");
	rate_add(l, m, m->sum.rx_pps, " pps ");
	rate_add(l, m, m->sum.rx_bps, " bit/s   out ");
	rate_add(l, m, m->sum.tx_pps, " pps ");
	rate_add(l, m, m->sum.tx_bps, " bit/s   missed ");
	bad_rate_add(l, m, m->sum.missed_ps, "/s   dropped ");
	bad_rate_add(l, m, m->sum.dropped_ps, "/s");
}

static void load_draw(const struct top_state *s, const struct top_model *m, struct top_line *l)
{
	line_clear(l);
	if (!m)
		return;
	line_printf(l, TOP_PLAIN, "%u worker%s busy ", m->sum.workers,
		    m->sum.workers == 1 ? "" : "s");
	line_bar(l, m->sum.busy_mean, 10, s->utf8);
	line_printf(l, TOP_HEAD, " %.1f %%", 100 * m->sum.busy_mean);
	line_printf(l, TOP_PLAIN, ", most %.1f %%   control: punted ", 100 * m->sum.busy_max);
	rate_add(l, m, m->sum.punted_ps, "/s, dropped ");
	bad_rate_add(l, m, m->sum.control_drops_ps, "/s");
}

static void tabs_draw(const struct top_state *s, const struct top_table *t, struct top_line *l)
{
	const struct top_column *by = &top_columns[s->view][s->sort[s->view]];

	line_clear(l);
	for (unsigned v = 0; v < TOP_VIEWS; v++) {
		line_printf(l, v == s->view ? TOP_SELECTED : TOP_PLAIN, " %u %s ", v + 1,
			    top_view_names[v]);
	}
	line_printf(l, TOP_PLAIN, "  by %s %s", by->name, top_falling(s) ? "falling" : "rising");
	if (*top_filter_text(s))
		line_printf(l, TOP_WARN, "  only '%s'", top_filter_text(s));
	if (t && t->left_out)
		line_printf(l, TOP_WARN, "  %zu not listed", t->left_out);
}

static void foot_draw(const struct top_state *s, struct top_line *l)
{
	line_clear(l);
	if (s->typing) {
		line_printf(l, TOP_HEAD, "/%s_", s->typed);
		line_add(l, TOP_DIM, 0, "   enter keeps it, escape does not");
	} else if (*s->trouble) {
		line_printf(l, TOP_BAD, "relay not reachable, retrying");
		if (s->stale_s > 0)
			line_printf(l, TOP_BAD, "; this is %.0f s old", s->stale_s);
		line_printf(l, TOP_DIM, "  %s", s->trouble);
	} else if (!s->once) {
		line_printf(
			l, TOP_DIM,
			"1-4 view  <> sort  r reverse  / filter  p pause  +- every %g s  ? help  "
			"q quit",
			top_interval_s(s));
	}
}

static const char *const help_text[] = {
	"",
	"  1 2 3 4, tab    queues, workers with their steps, drops, sessions",
	"  < >  or  s      sort by the column before, or after",
	"  r               the other way round",
	"  /               only rows that hold a text; escape shows all again",
	"  p  or  space    pause, and go on",
	"  + -             longer and shorter intervals",
	"  a               also reasons that nothing was ever dropped for",
	"  arrows, page up and down, home, end: scroll",
	"  q               quit",
	"",
	"  Rates are means of the last interval. Latency is that from receive to transmit",
	"  burst, since the start. A worker's bar is the share of its cycles that did",
	"  work; a step's bar is its part of them.",
	"",
	"  any key goes back",
};

static void help_draw(struct top_state *s, const struct top_screen *screen)
{
	struct top_line l;

	for (unsigned row = 4; row + 1 < s->rows; row++) {
		unsigned i = row - 4;

		line_clear(&l);
		if (i < sizeof help_text / sizeof *help_text)
			line_add(&l, TOP_PLAIN, 0, help_text[i]);
		emit(s, screen, row, &l);
	}
}

static void body_draw(struct top_state *s, const struct top_table *t,
		      const struct top_screen *screen)
{
	struct top_layout layout;
	struct top_line l;

	s->body_rows = s->rows > BODY_FIRST + 1 ? s->rows - BODY_FIRST - 1 : 0;
	s->body_total = t ? t->row_count : 0;
	if (s->scroll + s->body_rows > s->body_total)
		s->scroll = s->body_total > s->body_rows ? s->body_total - s->body_rows : 0;
	if (t)
		top_layout_make(&layout, s, t);
	for (unsigned i = 0; i <= s->body_rows; i++) {
		size_t at = s->scroll + i - 1;

		line_clear(&l);
		if (t && !i)
			top_heading_draw(&layout, s, t, &l);
		else if (t && at < t->row_count)
			top_row_draw(&layout, s, &t->rows[at], &l);
		else if (s->once)
			return;
		emit(s, screen, BODY_FIRST - 1 + i, &l);
	}
}

void top_frame(struct top_state *s, struct top_model *m, const struct top_screen *screen)
{
	struct top_table *t = m ? &m->tables[s->view] : NULL;
	struct top_line l;

	if (t) {
		top_table_filter(t, top_filter_text(s), s->all);
		top_table_sort(t, s->sort[s->view], top_falling(s));
	}
	title_draw(s, m, &l);
	emit(s, screen, 0, &l);
	traffic_draw(m, &l);
	emit(s, screen, 1, &l);
	load_draw(s, m, &l);
	emit(s, screen, 2, &l);
	tabs_draw(s, t, &l);
	emit(s, screen, 3, &l);
	if (s->help)
		help_draw(s, screen);
	else
		body_draw(s, t, screen);
	foot_draw(s, &l);
	if (!s->once || l.bytes)
		emit(s, screen, s->rows - 1, &l);
}
