// SPDX-License-Identifier: Apache-2.0
#include "table.h"

#include <err.h>
#include <inttypes.h>
#include <libsmartcols.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct table {
	struct libscols_table *scols;
	struct libscols_line *line;
	size_t cell; // the next
	bool color;
};

static void *checked(void *p)
{
	if (!p)
		errx(CTL_FAILED, "out of memory");
	return p;
}

struct table *table_new(const struct ctl *c, const char *const *columns)
{
	struct table *t = checked(calloc(1, sizeof *t));
	bool headings = false;

	t->scols = checked(scols_new_table());
	t->color = c->color;
	scols_table_set_column_separator(t->scols, "  ");
	scols_table_enable_colors(t->scols, c->color);
	// A line that is too long wraps in the terminal; a cell that is cut off misleads.
	scols_table_set_termforce(t->scols, SCOLS_TERMFORCE_NEVER);
	for (; *columns; columns++) {
		bool right = **columns == '>';
		const char *name = *columns + right;
		struct libscols_column *column = checked(
			scols_table_new_column(t->scols, name, 0, right ? SCOLS_FL_RIGHT : 0));

		headings |= *name != '\0';
		if (c->color)
			scols_cell_set_color(scols_column_get_header(column), "bold");
	}
	scols_table_enable_noheadings(t->scols, !headings);
	return t;
}

void table_line(struct table *t)
{
	t->line = checked(scols_table_new_line(t->scols, NULL));
	t->cell = 0;
}

void table_text(struct table *t, const char *text)
{
	if (scols_line_set_data(t->line, t->cell++, text && *text ? text : "-"))
		errx(CTL_FAILED, "out of memory");
}

void table_count(struct table *t, uint64_t n)
{
	char text[TABLE_NUMBER];

	table_text(t, number_count(text, (int64_t)n));
}

void table_bytes(struct table *t, uint64_t n)
{
	char text[TABLE_NUMBER];

	table_text(t, number_bytes(text, n));
}

void table_real(struct table *t, double n, unsigned digits)
{
	char text[TABLE_NUMBER];

	snprintf(text, sizeof text, "%.*f", (int)digits, n);
	table_text(t, text);
}

void table_life(struct table *t, uint64_t seconds)
{
	char text[TABLE_NUMBER];

	table_text(t, number_life(text, seconds));
}

void table_tone(struct table *t, enum table_tone tone)
{
	static const char *const colors[] = {NULL, "green", "yellow", "red"};

	if (t->color && colors[tone])
		scols_cell_set_color(scols_line_get_cell(t->line, t->cell - 1), colors[tone]);
}

void table_pair(struct table *t, const char *name, const char *text)
{
	table_line(t);
	table_text(t, name);
	table_text(t, text);
}

void table_print(struct table *t)
{
	if (!scols_table_is_empty(t->scols))
		scols_print_table(t->scols);
	scols_unref_table(t->scols);
	free(t);
}

void text_print(const char *text)
{
	char *clean = checked(strdup(text ? text : ""));

	text_clean(clean);
	fputs(clean, stdout);
	free(clean);
}

void table_title(const struct ctl *c, const char *format, ...)
{
	va_list args;

	fputs(c->color ? "\n\033[1m" : "\n", stdout);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	puts(c->color ? "\033[0m" : "");
}
