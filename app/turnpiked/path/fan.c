// SPDX-License-Identifier: Apache-2.0
#include "path/fan.h"

#include <string.h>

#include "worker.h"

// A build looks at each hearer of the room: 3,000 of them take some 50 µs. So it is made only when it would
// come out otherwise.

struct build {
	struct worker *w;
	const struct voice_room *room;
	const uint64_t *audience[ROOM_SPEAKERS_MAX]; // of the ranked talkers, in rank
	uint32_t now_ms;
};

static const struct voice_player *player_in(const struct worker *w, const struct voice_room *room,
					    uint32_t seat)
{
	uint32_t index = seat < room->seat_count ? room->players[seat] : VOICE_NOBODY;
	const struct voice_player *player =
		index == VOICE_NOBODY ? NULL : voice_player_at(w->flow, index);

	// Snapshots of players and rooms come one after the other: who has moved on is not here any more.
	return player && player->room == room->index && player->seat == seat ? player : NULL;
}

static unsigned slots_of(const struct voice_room *room, const struct voice_player *hearer)
{
	unsigned most = hearer->native ? room->fan_cap / room->seat_count : room->slots;
	unsigned n = hearer->line_count < most ? hearer->line_count : most;

	return n < hearer->state->slot_count ? n : hearer->state->slot_count;
}

// Loudest of the hearer's own talkers, in a room with distance.
static unsigned near_wanted(const struct build *b, const struct voice_player *hearer,
			    uint32_t wanted[], unsigned n)
{
	const struct voice_near *near = b->room->talkers[hearer->seat];
	struct room_candidate candidates[ROOM_NEAREST_MAX + ROOM_WHISPERS_MAX];
	const struct voice_state *mine = hearer->state;
	unsigned count = 0;

	for (uint32_t i = 0; near && i < near->count && count < RTE_DIM(candidates); i++) {
		const struct voice_player *talker = player_in(b->w, b->room, near->seats[i]);

		if (!talker)
			continue;
		candidates[count++] = (struct room_candidate){
			.seat = near->seats[i],
			.score = (uint16_t)room_voice_score(&talker->state->voice, b->now_ms),
			.priority = talker->state->voice.priority,
			.held = room_slots_find(mine->places, mine->slot_count, near->seats[i]) >=
				0,
		};
	}
	return room_pick(wanted, n, candidates, count);
}

static void hearer_seat(const struct build *b, const struct voice_player *hearer)
{
	const struct voice_room *room = b->room;
	struct voice_state *state = hearer->state;
	unsigned n = slots_of(room, hearer), count;
	uint32_t wanted[ROOM_SLOTS_MAX], changed;

	if (state->heard_room != room->state->serial) {
		room_slots_init(state->places, state->slot_count);
		state->heard_room = room->state->serial;
	}
	count = room->near
			? near_wanted(b, hearer, wanted, n)
			: room_wanted(&room->state->speakers, b->audience, hearer->seat, wanted, n);
	changed = room_slots_assign(state->places, n, wanted, count, b->now_ms);
	for (; changed; changed &= changed - 1) {
		unsigned at = (unsigned)__builtin_ctz(changed);

		room_out_assign(&state->slots[at].out, state->places[at].seat);
	}
	for (unsigned i = 0; i < n; i++)
		if (state->places[i].live)
			room->fan->from[state->places[i].seat]++;
	// Of one who is deaf: what comes to these again is a talk spurt.
	for (unsigned i = n; i < state->slot_count; i++)
		state->places[i].live = false;
}

// From counts to the ends of each talker's stretch; filling moves them back to its beginning.
static void stretches_end(const struct voice_room *room)
{
	uint32_t *from = room->fan->from, sum = 0;

	for (uint32_t seat = 0; seat < room->seat_count; seat++) {
		sum += from[seat];
		from[seat] = sum;
	}
	from[room->seat_count] = sum;
}

static void hearer_list(const struct voice_room *room, const struct voice_player *hearer)
{
	const struct voice_state *state = hearer->state;

	for (unsigned i = 0; i < slots_of(room, hearer); i++)
		if (state->places[i].live)
			room->fan->hearers[--room->fan->from[state->places[i].seat]] =
				VOICE_FAN(hearer->index, i);
}

// A seat may have somebody else in it by now: the voice of who left is not to be ranked.
static void left_forget(const struct build *b)
{
	struct room_speakers *s = &b->room->state->speakers;

	for (unsigned i = s->count; i--;)
		if (!player_in(b->w, b->room, room_ranked(s, i)))
			room_speakers_leave(s, room_ranked(s, i));
}

static uint64_t mix(uint64_t v)
{
	v = (v ^ v >> 31) * 0x9e3779b97f4a7c15u;
	return v ^ v >> 29;
}

// Two rankings with the same value give every hearer the same talkers, in a room where all hear all and
// have as many slots: the first `slots` in any order, and who comes next. Else the whole order counts.
static uint64_t ranked_of(const struct voice_room *room)
{
	const struct room_speakers *s = &room->state->speakers;
	uint64_t sum = s->count;

	for (unsigned i = 0; i < s->count; i++) {
		uint64_t place = room->uneven ? i + 1u : i < room->slots ? 0 : i == room->slots;

		if (room->uneven || i <= room->slots)
			sum += mix(room_ranked(s, i) + (place << 32));
	}
	return sum;
}

static void fan_build(struct build *b)
{
	const struct voice_room *room = b->room;
	const struct room_speakers *speakers = &room->state->speakers;
	struct voice_fan *fan = room->fan;

	if (!fan->built)
		left_forget(b);
	for (unsigned i = 0; i < speakers->count; i++) {
		uint32_t seat = room_ranked(speakers, i);

		b->audience[i] =
			room->audience && seat < room->seat_count ? room->audience[seat] : NULL;
	}
	memset(fan->from, 0, (room->seat_count + 1) * sizeof(uint32_t));
	for (uint32_t seat = 0; seat < room->seat_count; seat++) {
		fan->present[seat] = player_in(b->w, room, seat);
		if (fan->present[seat])
			hearer_seat(b, fan->present[seat]);
	}
	stretches_end(room);
	// The same snapshots as were counted: the control lane may have put others in their place by now.
	for (uint32_t seat = 0; seat < room->seat_count; seat++)
		if (fan->present[seat])
			hearer_list(room, fan->present[seat]);
	// Also where a snapshot brought us here: who left and comes back is a change again.
	room->state->ranked = ranked_of(room);
	fan->built = true;
	room->state->built_ms = b->now_ms;
}

static bool ranking_changed(const struct voice_room *room, bool entered, uint32_t now_ms)
{
	struct voice_room_state *state = room->state;

	if (!entered && !room_rank_due(&state->speakers, now_ms))
		return false;
	return room_rank(&state->speakers, now_ms) && ranked_of(room) != state->ranked;
}

void fan_heard(struct worker *w, const struct voice_room *room, struct room_voice *voice,
	       uint32_t now_ms)
{
	struct build b = {.w = w, .room = room, .now_ms = now_ms};
	struct voice_room_state *state = room->state;
	bool due;

	if (room->near)
		due = now_ms - state->built_ms >= ROOM_RANK_MS;
	else
		due = ranking_changed(room, room_heard(&state->speakers, voice), now_ms);
	if (due || !room->fan->built)
		fan_build(&b);
}
