// SPDX-License-Identifier: Apache-2.0
#include "base/timer.h"

#include <stddef.h>
#include <string.h>

#define SLOT_BITS 8
_Static_assert(TIMER_SLOTS == 1 << SLOT_BITS, "a slot's index is a field of the tick");
_Static_assert(TIMER_LEVELS *SLOT_BITS <= 63, "spans are computed in 64 bits");

static unsigned slot_of(uint64_t tick, unsigned level)
{
	return (unsigned)(tick >> level * SLOT_BITS) & (TIMER_SLOTS - 1);
}

void timer_wheel_init(struct timer_wheel *w, uint64_t now_ms)
{
	memset(w, 0, sizeof *w);
	w->now_tick = now_ms / TIMER_TICK_MS;
	w->floor_tick = w->now_tick;
}

// What lies beyond the top level's span is found again each time its slot there comes round.
static void timer_place(struct timer_wheel *w, struct timer *t)
{
	uint64_t due = t->due_ms / TIMER_TICK_MS + (t->due_ms % TIMER_TICK_MS != 0);
	struct timer **slot;
	unsigned level = 0;

	while (level < TIMER_LEVELS - 1 && (due - w->now_tick) >> (level + 1) * SLOT_BITS)
		level++;
	slot = &w->slots[level][slot_of(due, level)];
	t->next = *slot;
	t->link = slot;
	if (t->next)
		t->next->link = &t->next;
	*slot = t;
}

void timer_start(struct timer_wheel *w, struct timer *t, uint64_t due_ms)
{
	uint64_t floor_ms = w->floor_tick * TIMER_TICK_MS;

	timer_stop(t);
	t->due_ms = due_ms > floor_ms ? due_ms : floor_ms;
	timer_place(w, t);
}

void timer_stop(struct timer *t)
{
	if (!t->link)
		return;
	*t->link = t->next;
	if (t->next)
		t->next->link = t->link;
	t->next = NULL;
	t->link = NULL;
}

// The slot is taken off whole first: a timer beyond the top's span goes back into the same slot.
static void slot_cascade(struct timer_wheel *w, struct timer **slot)
{
	struct timer *t = *slot;

	*slot = NULL;
	while (t) {
		struct timer *next = t->next;

		timer_place(w, t);
		t = next;
	}
}

static bool level_empty(const struct timer_wheel *w, unsigned level)
{
	for (unsigned i = 0; i < TIMER_SLOTS; i++)
		if (w->slots[level][i])
			return false;
	return true;
}

// The next tick at which something can be due or has to come down. Looking for empty levels only at
// a turn of the lowest one keeps this at about one slot a tick; a machine that slept for a month
// (2^28 ticks) is still caught up with in a moment.
static uint64_t tick_after(const struct timer_wheel *w)
{
	unsigned level = 0;

	if (slot_of(w->now_tick, 0) == 0)
		while (level < TIMER_LEVELS - 1 && level_empty(w, level))
			level++;
	return ((w->now_tick >> level * SLOT_BITS) + 1) << level * SLOT_BITS;
}

static void wheel_turn(struct timer_wheel *w, uint64_t end_tick)
{
	uint64_t next = tick_after(w);

	w->now_tick = next < end_tick ? next : end_tick;
	for (unsigned level = 1; level < TIMER_LEVELS && !slot_of(w->now_tick, level - 1); level++)
		slot_cascade(w, &w->slots[level][slot_of(w->now_tick, level)]);
}

unsigned timer_wheel_advance(struct timer_wheel *w, uint64_t now_ms, unsigned budget)
{
	uint64_t end_tick = now_ms / TIMER_TICK_MS + 1;
	unsigned fired = 0;

	if (end_tick > w->floor_tick)
		w->floor_tick = end_tick;
	while (w->now_tick < end_tick) {
		struct timer *t = w->slots[0][slot_of(w->now_tick, 0)];

		if (!t) {
			wheel_turn(w, end_tick);
			continue;
		}
		if (fired == budget)
			break;
		timer_stop(t);
		fired++;
		t->fire(t, now_ms);
	}
	return fired;
}
