// SPDX-License-Identifier: Apache-2.0
#include "room/speakers.h"

#include <string.h>

void room_speakers_init(struct room_speakers *s, unsigned slots)
{
	memset(s, 0, sizeof *s);
	s->slots = (uint8_t)slots;
	for (unsigned i = 0; i < ROOM_SPEAKERS_MAX; i++)
		s->entries[i].seat = ROOM_NOBODY;
}

// What two are compared by; a priority speaker is above every level.
static unsigned weight(const struct room_speaker *e, uint32_t now_ms)
{
	uint32_t age = now_ms - e->heard_ms;
	unsigned score = 0;

	if (age < 0xffffu / ROOM_RELEASE && age * ROOM_RELEASE < e->score)
		score = e->score - age * ROOM_RELEASE;
	return score + (e->priority ? 0x10000u : 0);
}

static void order_remove(struct room_speakers *s, unsigned rank)
{
	s->entries[s->order[rank]].seat = ROOM_NOBODY;
	s->count--;
	memmove(&s->order[rank], &s->order[rank + 1], s->count - rank);
}

void room_speakers_leave(struct room_speakers *s, uint32_t seat)
{
	for (unsigned i = 0; i < s->count; i++)
		if (room_ranked(s, i) == seat) {
			order_remove(s, i);
			return;
		}
}

// A free entry, if need be that of the last in rank, where the newcomer passes it.
static unsigned entry_free(struct room_speakers *s, const struct room_speaker *new)
{
	unsigned last = s->count - 1u;

	if (s->count == ROOM_SPEAKERS_MAX) {
		if (weight(new, new->heard_ms) <=
		    weight(&s->entries[s->order[last]], new->heard_ms) + ROOM_MARGIN)
			return ROOM_SPEAKERS_MAX;
		order_remove(s, last);
	}
	for (unsigned i = 0; i < ROOM_SPEAKERS_MAX; i++)
		if (s->entries[i].seat == ROOM_NOBODY)
			return i;
	return ROOM_SPEAKERS_MAX;
}

bool room_speakers_enter(struct room_speakers *s, struct room_voice *v)
{
	struct room_speaker new = {v->seat, v->heard_ms, v->loud_ms, v->score, v->priority};
	unsigned at;

	if (v->quiet)
		return false;
	at = entry_free(s, &new);
	if (at == ROOM_SPEAKERS_MAX)
		return false;
	s->entries[at] = new;
	s->order[s->count++] = (uint8_t)at;
	v->entry = (uint8_t)at;
	s->entered = true;
	return true;
}

static bool silent_remove(struct room_speakers *s, uint32_t now_ms)
{
	bool removed = false;

	for (unsigned i = s->count; i-- > 0;) {
		if (now_ms - s->entries[s->order[i]].loud_ms < ROOM_ACTIVE_MS)
			continue;
		order_remove(s, i);
		removed = true;
	}
	return removed;
}

// Moves the one at `rank` before the first that it is louder than by the margin. Those above it are
// in order, so nobody whom it passes is louder than it by the margin.
static bool order_rise(struct room_speakers *s, const unsigned weights[], unsigned rank)
{
	uint8_t entry = s->order[rank];

	for (unsigned i = 0; i < rank; i++) {
		if (weights[entry] <= weights[s->order[i]] + ROOM_MARGIN)
			continue;
		memmove(&s->order[i + 1], &s->order[i], rank - i);
		s->order[i] = entry;
		return true;
	}
	return false;
}

bool room_rank(struct room_speakers *s, uint32_t now_ms)
{
	unsigned weights[ROOM_SPEAKERS_MAX], floor = 0;
	bool changed = s->entered;

	s->entered = false;
	s->ranked_ms = now_ms;
	changed |= silent_remove(s, now_ms);
	for (unsigned i = 0; i < s->count; i++)
		weights[s->order[i]] = weight(&s->entries[s->order[i]], now_ms);
	for (unsigned i = 1; i < s->count; i++)
		changed |= order_rise(s, weights, i);
	if (s->slots && s->count > s->slots)
		floor = weights[s->order[s->slots - 1]];
	s->floor = (uint16_t)(floor > 0xffff ? 0xffff : floor);
	return changed;
}

unsigned room_wanted(const struct room_speakers *s, const uint64_t *const audience[],
		     uint32_t hearer, uint32_t out[], unsigned n)
{
	unsigned got = 0;

	for (unsigned i = 0; i < s->count && got < n; i++) {
		uint32_t seat = room_ranked(s, i);

		if (seat == hearer)
			continue;
		if (audience[i] && !(audience[i][hearer >> 6] >> (hearer & 63) & 1))
			continue;
		out[got++] = seat;
	}
	return got;
}
