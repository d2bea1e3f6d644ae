// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "top_frame.h"

// What a key does to what is shown.

static const double intervals[TOP_INTERVALS] = {0.2, 0.5, 1, 2, 5, 10, 30, 60};
#define INTERVAL_FIRST 2

void top_state_init(struct top_state *s)
{
	*s = (struct top_state){.interval = INTERVAL_FIRST, .rows = 24, .columns = 80};
	for (unsigned v = 0; v < TOP_VIEWS; v++)
		s->sort[v] = top_column_first(v);
}

double top_interval_s(const struct top_state *s)
{
	return intervals[s->interval];
}

static void view_switch(struct top_state *s, unsigned view)
{
	s->view = view % TOP_VIEWS;
	s->scroll = 0;
}

static unsigned sortable_count(enum top_view v)
{
	unsigned n = 0;

	while (top_columns[v][n].key)
		n++;
	return n;
}

static void sort_move(struct top_state *s, int by)
{
	unsigned n = sortable_count(s->view);

	s->sort[s->view] = (s->sort[s->view] + n + (unsigned)by) % n;
	s->reverse[s->view] = false;
	s->scroll = 0;
}

static void scroll_to(struct top_state *s, long row)
{
	long last = (long)s->body_total - (long)s->body_rows;

	if (row > last)
		row = last;
	s->scroll = row < 0 ? 0 : (size_t)row;
}

static bool key_scrolls(struct top_state *s, int key)
{
	long at = (long)s->scroll, page = s->body_rows ? s->body_rows : 1;

	switch (key) {
	case TOP_KEY_UP:
	case 'k':
		scroll_to(s, at - 1);
		return true;
	case TOP_KEY_DOWN:
	case 'j':
		scroll_to(s, at + 1);
		return true;
	case TOP_KEY_PAGE_UP:
		scroll_to(s, at - page);
		return true;
	case TOP_KEY_PAGE_DOWN:
		scroll_to(s, at + page);
		return true;
	case TOP_KEY_HOME:
	case 'g':
		scroll_to(s, 0);
		return true;
	case TOP_KEY_END:
	case 'G':
		scroll_to(s, (long)s->body_total);
		return true;
	default:
		return false;
	}
}

// The filter is applied while it is typed; escape brings the old one back.
static void key_typed(struct top_state *s, int key)
{
	size_t len = strlen(s->typed);

	switch (key) {
	case TOP_KEY_ENTER:
		s->typing = false;
		memcpy(s->filter, s->typed, sizeof s->filter);
		return;
	case TOP_KEY_ESCAPE:
		s->typing = false;
		return;
	case TOP_KEY_BACKSPACE:
		while (len && ((unsigned char)s->typed[len - 1] & 0xc0) == 0x80)
			len--; // the rest of a UTF-8 character
		s->typed[len ? len - 1 : 0] = '\0';
		return;
	case 'U' - '@':
		s->typed[0] = '\0';
		return;
	default:
		if (key < ' ' || key > 0xff || key == 0x7f || len + 1 >= sizeof s->typed)
			return;
		s->typed[len] = (char)key;
		s->typed[len + 1] = '\0';
	}
	s->scroll = 0;
}

static void interval_move(struct top_state *s, int by)
{
	if (by > 0 && s->interval + 1 < TOP_INTERVALS)
		s->interval++;
	else if (by < 0 && s->interval)
		s->interval--;
}

static bool key_sorts(struct top_state *s, int key)
{
	switch (key) {
	case '<':
	case TOP_KEY_LEFT:
		sort_move(s, -1);
		return true;
	case 's':
	case '>':
	case TOP_KEY_RIGHT:
		sort_move(s, 1);
		return true;
	case 'r':
		s->reverse[s->view] = !s->reverse[s->view];
		return true;
	default:
		return false;
	}
}

static void key_rest(struct top_state *s, int key)
{
	switch (key) {
	case '\t':
		view_switch(s, s->view + 1);
		break;
	case '/':
		s->typing = true;
		memcpy(s->typed, s->filter, sizeof s->typed);
		break;
	case TOP_KEY_ESCAPE:
		s->filter[0] = '\0';
		break;
	case 'p':
	case ' ':
		s->paused = !s->paused;
		break;
	case 'a':
		s->all = !s->all;
		break;
	case '+':
		interval_move(s, 1);
		break;
	case '-':
		interval_move(s, -1);
		break;
	case '?':
	case 'h':
		s->help = true;
		break;
	case 'q':
		s->quit = true;
		break;
	default:
		break;
	}
}

void top_key(struct top_state *s, int key)
{
	if (key == TOP_KEY_NONE || key == TOP_KEY_RESIZE)
		return;
	if (s->typing) {
		key_typed(s, key);
	} else if (s->help && key != 'q') {
		s->help = false; // any key
	} else if (key >= '1' && key < '1' + TOP_VIEWS) {
		view_switch(s, (unsigned)(key - '1'));
	} else if (!key_scrolls(s, key) && !key_sorts(s, key)) {
		key_rest(s, key);
	}
}
