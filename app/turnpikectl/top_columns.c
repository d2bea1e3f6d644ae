// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "table.h"
#include "top_private.h"

#define TEXT_WIDTH_MAX 64
#define BAR_WIDTH_MAX 40

bool top_falling(const struct top_state *s)
{
	enum top_unit unit = top_columns[s->view][s->sort[s->view]].unit;

	return (unit != TOP_TEXT && unit != TOP_ID) != s->reverse[s->view];
}

const char *top_filter_text(const struct top_state *s)
{
	return s->typing ? s->typed : s->filter;
}

static bool is_text(enum top_unit unit)
{
	return unit == TOP_TEXT || unit == TOP_BAR;
}

static unsigned text_need(const struct top_table *t, unsigned column)
{
	struct top_line l;
	unsigned most = 0;

	for (size_t i = 0; i < t->row_count; i++) {
		const char *text = t->rows[i].cells[column].text;

		line_clear(&l);
		if (text)
			line_add(&l, TOP_PLAIN, 0, text);
		most = l.cells > most ? l.cells : most;
	}
	return most < TEXT_WIDTH_MAX ? most : TEXT_WIDTH_MAX;
}

// Columns from the left, as many as fit with their least widths; what is left over goes to text that
// needs it, then to bars.
void top_layout_make(struct top_layout *out, const struct top_state *s, const struct top_table *t)
{
	unsigned used = 0, i;

	*out = (struct top_layout){.columns = t->columns};
	for (i = 0; i < t->column_count; i++) {
		unsigned width = t->columns[i].width;

		if (i && used + 1 + width > s->columns)
			break;
		out->width[i] = width;
		used += width + (i > 0);
	}
	out->shown = i;
	for (i = 0; i < out->shown && used < s->columns; i++) {
		enum top_unit unit = t->columns[i].unit;
		unsigned need = unit == TOP_TEXT  ? text_need(t, i)
				: unit == TOP_BAR ? BAR_WIDTH_MAX
						  : 0;
		unsigned more = need > out->width[i] ? need - out->width[i] : 0;

		more = more < s->columns - used ? more : s->columns - used;
		out->width[i] += more;
		used += more;
	}
}

void top_heading_draw(const struct top_layout *y, const struct top_state *s,
		      const struct top_table *t, struct top_line *l)
{
	for (unsigned i = 0; i < y->shown; i++) {
		int width = (int)y->width[i];

		if (i)
			line_add(l, TOP_HEAD, 1, "");
		line_add(l, i == s->sort[s->view] ? TOP_SELECTED : TOP_HEAD,
			 is_text(t->columns[i].unit) ? width : -width, t->columns[i].name);
	}
}

static const char *number_text(char out[TABLE_NUMBER], enum top_unit unit, double n)
{
	switch (unit) {
	case TOP_ID:
		snprintf(out, TABLE_NUMBER, "%.0f", n);
		return out;
	case TOP_COUNT:
		return number_count(out, (int64_t)n);
	case TOP_SHORT:
		return number_short(out, TABLE_NUMBER, n);
	case TOP_LIFE:
		return number_life(out, (uint64_t)n);
	case TOP_SHARE:
		snprintf(out, TABLE_NUMBER, "%.1f", 100 * n);
		return out;
	default:
		snprintf(out, TABLE_NUMBER, "%.1f", n);
		return out;
	}
}

static enum top_tone cell_tone(const struct top_column *c, double n)
{
	// Losses are what one looks for.
	if (!strcmp(c->key, "missed_ps") || !strcmp(c->key, "drops_ps"))
		return n > 0 ? TOP_BAD : TOP_PLAIN;
	if (c->unit == TOP_SHARE)
		return n > 0.9 ? TOP_BAD : n > 0.7 ? TOP_WARN : TOP_PLAIN;
	return TOP_PLAIN;
}

void top_row_draw(const struct top_layout *y, const struct top_state *s, const struct top_row *r,
		  struct top_line *l)
{
	char text[TABLE_NUMBER];

	for (unsigned i = 0; i < y->shown; i++) {
		const struct top_cell *c = &r->cells[i];
		const struct top_column *column = &y->columns[i];
		int width = (int)y->width[i];

		if (i)
			line_add(l, TOP_PLAIN, 1, "");
		if (!c->known)
			line_add(l, TOP_DIM, is_text(column->unit) ? width : -width, "-");
		else if (column->unit == TOP_BAR)
			line_bar(l, c->n, y->width[i], s->utf8);
		else if (c->text)
			line_add(l, TOP_PLAIN, width, c->text);
		else
			line_add(l, cell_tone(column, c->n), -width,
				 number_text(text, column->unit, c->n));
	}
}
