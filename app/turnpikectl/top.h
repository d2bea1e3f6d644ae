// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_TOP_H
#define TURNPIKECTL_TOP_H

#include "ctl.h"
#include "top_frame.h"

// The parts of `top` that touch the world: the relay (top_fetch.c) and the terminal (top_view.c).

// One round of questions. Returns enum ctl_exit; *out is whole or empty.
int top_sample_fetch(const struct ctl *c, bool sessions, struct top_sample *out);
double top_clock_s(void);

// Asks in a thread of its own, so that a relay that hangs does not take the keys away. It lives as
// long as the program.
struct top_fetcher;
struct top_fetcher *fetcher_new(const struct ctl *c); // NULL with errno
int fetcher_fd(const struct top_fetcher *f); // readable once an answer is there
void fetcher_ask(struct top_fetcher *f, bool sessions);
// Takes the answer. Returns enum ctl_exit, with the complaint in `trouble`; -1: none yet.
int fetcher_take(struct top_fetcher *f, struct top_sample *out, char *trouble, size_t size);

// Options into `s`. Returns enum ctl_exit, having complained.
int top_state_choose(struct top_state *s, const json_t *params);

// The terminal; one thread. Returns 0 or -1 (this TERM cannot be drawn on). Whatever ends the program,
// a crash included, leaves the terminal as it was.
int view_open(bool color);
void view_close(void);
void view_size(unsigned *rows, unsigned *columns);
int view_key(void); // enum top_key or a byte; TOP_KEY_NONE: nothing was typed
void view_line(void *unused, unsigned row, const struct top_line *line);
void view_flush(void);

#endif
