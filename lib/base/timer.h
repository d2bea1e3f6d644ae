// SPDX-License-Identifier: Apache-2.0
#ifndef BASE_TIMER_H
#define BASE_TIMER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"

// A hierarchical timer wheel (Varghese and Lauck, scheme 7). Start and stop are O(1); nothing is
// allocated, the timer lives in its owner. One thread only. Times are milliseconds on any steady
// clock; a timer fires at or after its time, at most TIMER_TICK_MS late, never early.
struct timer {
	struct timer *next;
	struct timer **link; // NULL when stopped
	uint64_t due_ms; // as started, or the next tick where that has passed
	void (*fire)(struct timer *t,
		     uint64_t now_ms); // may start and stop any timer, free its owner
};

struct timer_wheel {
	uint64_t now_tick; // the first one that is not done
	uint64_t floor_tick; // timers started go here or later: none fires twice in one call
	struct timer *slots[TIMER_LEVELS][TIMER_SLOTS];
};

void timer_wheel_init(struct timer_wheel *w, uint64_t now_ms);

// Starts `t`, or moves it when it runs; `t->fire` is set by the owner beforehand.
void timer_start(struct timer_wheel *w, struct timer *t, uint64_t due_ms);
void timer_stop(struct timer *t);
static inline bool timer_running(const struct timer *t)
{
	return t->link != NULL;
}

// Fires what is due by now_ms, at most `budget` timers. Returns how many fired; what is left over
// fires at the next call.
unsigned timer_wheel_advance(struct timer_wheel *w, uint64_t now_ms, unsigned budget);

#endif
