// SPDX-License-Identifier: Apache-2.0
#ifndef ROOM_SPEAKERS_H
#define ROOM_SPEAKERS_H

#include "room/voice.h"

// Who of a room talks, loudest first, with hysteresis. Memory of the room's worker.

#define ROOM_NOBODY 0xffffffffu // a seat that nobody has

struct room_speaker {
	uint32_t seat; // ROOM_NOBODY: free
	uint32_t heard_ms, loud_ms;
	uint16_t score; // as of heard_ms
	bool priority;
};

struct room_speakers {
	uint8_t count; // of `order`
	uint8_t slots; // how many of them matter to most hearers: the limit for `floor`
	bool entered; // somebody, since the last ranking
	uint16_t floor; // packets of unheard talkers up to this score change nothing
	uint32_t ranked_ms;
	uint8_t order[ROOM_SPEAKERS_MAX]; // entries, first the one that matters most
	struct room_speaker entries[ROOM_SPEAKERS_MAX];
};

void room_speakers_init(struct room_speakers *s, unsigned slots);
void room_speakers_leave(struct room_speakers *s, uint32_t seat);
// As room_heard, for a voice that has no place yet.
bool room_speakers_enter(struct room_speakers *s, struct room_voice *v);

// Each forwarded packet of a voice. True: a new one came in, rank at once.
static inline bool room_heard(struct room_speakers *s, struct room_voice *v)
{
	struct room_speaker *e = &s->entries[v->entry & (ROOM_SPEAKERS_MAX - 1)];

	if (__builtin_expect(e->seat != v->seat, 0))
		return room_speakers_enter(s, v);
	e->score = v->score;
	e->heard_ms = v->heard_ms;
	e->loud_ms = v->loud_ms;
	e->priority = v->priority;
	return false;
}

// Ranks; call at most once a ROOM_RANK_MS, or when room_heard says so. True where the order or the set
// changed. Afterwards nobody is louder by more than ROOM_MARGIN than anybody ranked above.
bool room_rank(struct room_speakers *s, uint32_t now_ms);
static inline bool room_rank_due(const struct room_speakers *s, uint32_t now_ms)
{
	return now_ms - s->ranked_ms >= ROOM_RANK_MS;
}
static inline uint32_t room_ranked(const struct room_speakers *s, unsigned rank) // a seat
{
	return s->entries[s->order[rank]].seat;
}

// The first `n` in rank that the hearer may hear, never itself. `audience[i]` are the hearers of the
// i-th in rank as bits (NULL: all). Returns how many.
unsigned room_wanted(const struct room_speakers *s, const uint64_t *const audience[],
		     uint32_t hearer, uint32_t out[], unsigned n);

// Rooms with distance: each hearer has candidates of its own. The `n` loudest of them; those that
// are held already count ROOM_MARGIN more. Silent ones (score 0) are passed over. Returns how many.
struct room_candidate {
	uint32_t seat;
	uint16_t score; // room_voice_score
	bool priority, held;
};
unsigned room_pick(uint32_t out[], unsigned n, const struct room_candidate candidates[],
		   unsigned count);

#endif
