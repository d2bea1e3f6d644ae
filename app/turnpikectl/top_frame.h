// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_TOP_FRAME_H
#define TURNPIKECTL_TOP_FRAME_H

#include "top_model.h"

// One picture of `top` as lines of text, and what keys change about it. Pure, as the model is.

enum top_tone { TOP_PLAIN, TOP_HEAD, TOP_GOOD, TOP_WARN, TOP_BAD, TOP_DIM, TOP_SELECTED };

#define TOP_LINE_CELLS 512 // wider terminals stay empty on the right
#define TOP_LINE_BYTES (TOP_LINE_CELLS * 4 + 1)
#define TOP_SPANS_MAX 24

struct top_span {
	unsigned start, len; // bytes
	enum top_tone tone;
};

struct top_line {
	char text[TOP_LINE_BYTES];
	unsigned bytes, cells;
	struct top_span spans[TOP_SPANS_MAX];
	unsigned span_count;
};

// What a person chose.
struct top_state {
	enum top_view view;
	unsigned sort[TOP_VIEWS];
	bool reverse[TOP_VIEWS]; // the other way than numbers falling, text rising
	size_t scroll; // rows of the table above the first that is shown
	char filter[64];
	char typed[64]; // while `typing`
	bool typing, paused, help, all, quit;
	unsigned interval; // of top_intervals
	unsigned rows, columns; // of the screen
	unsigned body_rows; // rows that the table had on it: a page
	size_t body_total; // rows that the table has
	bool utf8;
	bool once; // no keys to tell of
	char trouble[256]; // why the relay cannot be asked; "" when it can
	double stale_s; // how old what is shown is, while there is trouble
};
#define TOP_INTERVALS 8 // 0.2 s to 60 s
void top_state_init(struct top_state *s);
double top_interval_s(const struct top_state *s);

// Keys: characters as they are, and these.
enum top_key {
	TOP_KEY_NONE = 0x1000,
	TOP_KEY_UP,
	TOP_KEY_DOWN,
	TOP_KEY_PAGE_UP,
	TOP_KEY_PAGE_DOWN,
	TOP_KEY_HOME,
	TOP_KEY_END,
	TOP_KEY_LEFT,
	TOP_KEY_RIGHT,
	TOP_KEY_BACKSPACE,
	TOP_KEY_ENTER,
	TOP_KEY_ESCAPE,
	TOP_KEY_RESIZE,
};
void top_key(struct top_state *s, int key);

// Draws line by line. `m` NULL: nothing was heard of the relay yet. Sorts and filters m's tables.
struct top_screen {
	void (*emit)(void *context, unsigned row, const struct top_line *line);
	void *context;
};
void top_frame(struct top_state *s, struct top_model *m, const struct top_screen *screen);

// --- Lines (top_line.c) ---

void line_clear(struct top_line *l);
// Adds text, cut or filled up to `width` character cells (negative: to the right edge of that width;
// 0: as long as it is).
void line_add(struct top_line *l, enum top_tone tone, int width, const char *text);
void line_printf(struct top_line *l, enum top_tone tone, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
void line_bar(struct top_line *l, double share, unsigned width, bool utf8);
void line_cut(struct top_line *l, unsigned columns); // to the screen
// 1.23k, 45.6M: five or six characters.
char *number_short(char *out, size_t size, double n);

#endif
