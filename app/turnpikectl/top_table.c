// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl.h"
#include "top_model.h"

#define FAILED SIZE_MAX // of `cap`

bool top_table_failed(const struct top_table *t)
{
	return t->cap == FAILED;
}

// NULL: out of memory; what is there stays.
struct top_row *top_row_add(struct top_table *t)
{
	if (top_table_failed(t))
		return NULL;
	if (t->row_count == t->cap) {
		size_t cap = t->cap ? t->cap * 2 : 64;
		struct top_row *rows = realloc(t->rows, cap * sizeof *rows);

		if (!rows) {
			t->cap = FAILED;
			return NULL;
		}
		t->rows = rows;
		t->cap = cap;
	}
	t->rows[t->row_count] = (struct top_row){0};
	return &t->rows[t->row_count++];
}

void top_cell_text(struct top_cell *c, const char *text)
{
	c->text = strdup(text ? text : "-");
	if (c->text)
		text_clean(c->text);
	c->known = c->text;
}

void top_cell_number(struct top_cell *c, double n)
{
	c->n = n;
	c->known = true;
}

static void row_free(struct top_row *r)
{
	for (size_t i = 0; i < TOP_COLUMNS_MAX; i++)
		free(r->cells[i].text);
}

static void table_free(struct top_table *t)
{
	for (size_t i = 0; i < t->row_count; i++)
		row_free(&t->rows[i]);
	free(t->rows);
	*t = (struct top_table){0};
}

void top_model_free(struct top_model *m)
{
	for (unsigned v = 0; v < TOP_VIEWS; v++)
		table_free(&m->tables[v]);
}

static bool cell_matches(const struct top_cell *c, enum top_unit unit, const char *text)
{
	char id[32];

	if (c->text)
		return strcasestr(c->text, text);
	snprintf(id, sizeof id, "%.0f", c->n);
	return unit == TOP_ID && c->known && !strcmp(id, text);
}

static bool row_matches(const struct top_table *t, const struct top_row *r, const char *text)
{
	for (unsigned i = 0; i < t->column_count; i++)
		if (cell_matches(&r->cells[i], t->columns[i].unit, text))
			return true;
	return false;
}

void top_table_filter(struct top_table *t, const char *text, bool all)
{
	size_t kept = 0;

	for (size_t i = 0; i < t->row_count; i++) {
		struct top_row *r = &t->rows[i];

		if ((r->silent && !all) || (text && *text && !row_matches(t, r, text)))
			row_free(r);
		else
			t->rows[kept++] = *r;
	}
	t->row_count = kept;
}

struct order {
	unsigned column;
	bool descending;
};

static int numbers_compare(double a, double b)
{
	return (a > b) - (a < b);
}

static int rows_compare(const void *x, const void *y, void *context)
{
	const struct top_row *a = x, *b = y;
	const struct order *o = context;
	const struct top_cell *p = &a->cells[o->column], *q = &b->cells[o->column];
	int way;

	// What is not known comes last, whichever way.
	if (p->known != q->known)
		return p->known ? -1 : 1;
	way = p->text && q->text ? strverscmp(p->text, q->text) : numbers_compare(p->n, q->n);
	// Equal rows keep their order, or they would dance from round to round.
	if (!way)
		return (a->place > b->place) - (a->place < b->place);
	return o->descending ? -way : way;
}

void top_table_sort(struct top_table *t, unsigned column, bool descending)
{
	struct order o = {column, descending};

	for (size_t i = 0; i < t->row_count; i++)
		t->rows[i].place = i;
	if (t->row_count)
		qsort_r(t->rows, t->row_count, sizeof *t->rows, rows_compare, &o);
}

int top_column_find(const struct top_table *t, const char *key)
{
	for (unsigned i = 0; i < t->column_count; i++)
		if (!strcmp(t->columns[i].key, key))
			return (int)i;
	return -1;
}
