// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

// The walk as a picture: steps on a diagonal, each with a line that bends down into the later steps
// that a packet may take. A column of the picture is the lane of lines into one step.

struct strokes {
	const char *along, *down, *turn, *fork, *join, *cross;
};
static const struct strokes unicode = {"─", "│", "╮", "┬", "┤", "┼"};
static const struct strokes ascii = {"-", "|", ".", ".", "+", "+"};

#define STEPS_MAX 64

struct drawing {
	const struct strokes *strokes;
	const json_t *steps;
	size_t n;
	bool entered[STEPS_MAX]; // an earlier step has a line into this one
};

static const char *step_name(const json_t *step)
{
	const char *name = member_text(step, "name");

	return name ? name : "?";
}

static bool leads_to(const json_t *step, const char *name)
{
	const json_t *next;
	size_t i;

	json_array_foreach(member_list(step, "next"), i, next) {
		const char *text = json_string_value(next);

		if (text && !strcmp(text, name))
			return true;
	}
	return false;
}

static void spread(const char *stroke, size_t n)
{
	while (n--)
		fputs(stroke, stdout);
}

static const char *stroke_at(struct drawing *d, size_t lane, bool edge, bool more)
{
	const struct strokes *s = d->strokes;
	bool entered = d->entered[lane];

	if (!edge)
		return entered ? s->down : more ? s->along : " ";
	d->entered[lane] = true;
	if (entered)
		return more ? s->cross : s->join;
	return more ? s->fork : s->turn;
}

// Strokes from what stands before a lane to the lane: behind the own name, or across another's.
static size_t gap_before(const struct drawing *d, size_t at, size_t lane)
{
	return lane == at + 1 ? 1 : strlen(step_name(json_array_get(d->steps, lane - 1))) + 1;
}

// The last lane that has a stroke in this row.
static size_t lanes_end(const struct drawing *d, size_t last)
{
	for (size_t i = d->n; i-- > last + 1;)
		if (d->entered[i])
			return i;
	return last;
}

static void lanes_draw(struct drawing *d, size_t at, const bool *edges, size_t last)
{
	size_t end = lanes_end(d, last);

	if (end > at)
		putchar(' ');
	for (size_t i = at + 1; i <= end; i++) {
		spread(i <= last ? d->strokes->along : " ", gap_before(d, at, i));
		fputs(stroke_at(d, i, edges[i], i < last), stdout);
	}
	putchar('\n');
}

static void step_draw(struct drawing *d, size_t at)
{
	const json_t *step = json_array_get(d->steps, at);
	bool edges[STEPS_MAX] = {0};
	size_t last = at;

	for (size_t i = at + 1; i < d->n; i++)
		if ((edges[i] = leads_to(step, step_name(json_array_get(d->steps, i)))))
			last = i;
	for (size_t i = 0; i < at; i++)
		spread(" ", strlen(step_name(json_array_get(d->steps, i))) + 2);
	text_print(step_name(step));
	lanes_draw(d, at, edges, last);
}

static void show_print(const struct ctl *c, const json_t *r)
{
	struct drawing d = {c->utf8 ? &unicode : &ascii, member_list(r, "steps"), 0, {0}};
	struct table *t = table_new(c, (const char *const[]){"STEP", "DOES", "FILE", NULL});
	const json_t *step;
	size_t i;

	d.n = json_array_size(d.steps);
	if (d.n > STEPS_MAX)
		d.n = STEPS_MAX;
	for (i = 0; i < d.n; i++)
		step_draw(&d, i);
	json_array_foreach(d.steps, i, step) {
		table_line(t);
		table_text(t, step_name(step));
		table_text(t, member_text(step, "does"));
		table_text(t, member_text(step, "file"));
	}
	putchar('\n');
	table_print(t);
}

// Inside the quotes of Graphviz.
static void escaped_print(const char *text)
{
	for (const char *end; text && *text; text = end) {
		char *part;

		end = text + 1 + strcspn(text + 1, "\"\\");
		part = strndup(text, (size_t)(end - text));
		if (*text == '"' || *text == '\\')
			putchar('\\');
		text_print(part);
		free(part);
	}
}

static void node_print(const json_t *step)
{
	fputs("\t\"", stdout);
	escaped_print(step_name(step));
	fputs("\" [label=\"", stdout);
	escaped_print(step_name(step));
	fputs("\\n", stdout);
	escaped_print(member_text(step, "does"));
	fputs("\", tooltip=\"", stdout);
	escaped_print(member_text(step, "file"));
	puts("\"];");
}

static void edge_print(const json_t *step, const json_t *next)
{
	fputs("\t\"", stdout);
	escaped_print(step_name(step));
	fputs("\" -> \"", stdout);
	escaped_print(json_string_value(next));
	puts("\";");
}

static void dot_print(const struct ctl *c, const json_t *r)
{
	const json_t *steps = member_list(r, "steps"), *step, *next;
	size_t i, j;

	(void)c;
	puts("digraph path {\n\trankdir=TB;\n\tnode [shape=box, fontname=\"sans-serif\"];");
	json_array_foreach(steps, i, step) {
		node_print(step);
	}
	json_array_foreach(steps, i, step) {
		json_array_foreach(member_list(step, "next"), j, next) {
			edge_print(step, next);
		}
	}
	puts("}");
}

const struct ctl_command path_commands[] = {
	{"path", "show", "path.show", "Draws the steps that a packet walks", "path show",
	 .watch = true, .print = show_print},
	{"path", "dot", "path.show", "Prints the same for Graphviz",
	 "path dot | dot -Tsvg > path.svg", .print = dot_print},
	{0},
};
