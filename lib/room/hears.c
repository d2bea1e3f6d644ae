// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "room/private.h"

bool room_may_hear(const struct room_player *hearer, const struct room_player *talker)
{
	if (hearer == talker || hearer->room != talker->room)
		return false;
	if (talker->flags & (ROOM_MUTED | ROOM_LISTENER) || hearer->flags & ROOM_DEAF)
		return false;
	return !hearer->mute_count || !room_is_muted_for(hearer, talker->id);
}

bool room_hears(const struct room_player *hearer, const struct room_player *talker)
{
	const struct room *room = hearer->room;

	if (!room_may_hear(hearer, talker))
		return false;
	if (talker->whisper_count)
		return room_ids_hold(talker->whispers, talker->whisper_count, hearer->id);
	if (hearer->flags & ROOM_ALL_TEAMS)
		return true;
	if (hearer->team != talker->team)
		return false;
	return !room->near || room_near_holds(room, hearer->seat, talker->seat);
}

struct seats { // a list that counts on beyond its end
	uint32_t *at;
	uint32_t cap, count;
};

static void seats_add(struct seats *s, uint32_t seat)
{
	if (s->count < s->cap)
		s->at[s->count] = seat;
	s->count++;
}

static void audience_whispered(const struct room_player *talker, struct seats *s)
{
	for (unsigned i = 0; i < talker->whisper_count; i++) {
		const struct room_player *p =
			room_player_by_id(talker->room->rooms, talker->whispers[i]);

		if (i && talker->whispers[i] == talker->whispers[i - 1])
			continue;
		if (p && room_hears(p, talker))
			seats_add(s, p->seat);
	}
}

static void audience_near(const struct room_player *talker, struct seats *s)
{
	const struct room *room = talker->room;
	const struct room_near *near = room->near;

	for (uint32_t i = near->starts[talker->seat]; i < near->starts[talker->seat + 1]; i++) {
		const struct room_player *p = room->seats[near->heard[i]];

		if (p && room_hears(p, talker))
			seats_add(s, p->seat);
	}
	if (!room->referees)
		return;
	for (uint32_t i = 0; i < room->seat_count; i++) {
		const struct room_player *p = room->seats[i];

		if (p && p->flags & ROOM_ALL_TEAMS && !room_near_holds(room, i, talker->seat) &&
		    room_hears(p, talker))
			seats_add(s, i);
	}
}

uint32_t room_audience(const struct room_player *talker, uint32_t seats[], uint32_t cap)
{
	const struct room *room = talker->room;
	struct seats s = {.at = seats, .cap = cap};

	if (talker->flags & (ROOM_MUTED | ROOM_LISTENER))
		return 0;
	if (talker->whisper_count) {
		audience_whispered(talker, &s);
	} else if (room->near) {
		audience_near(talker, &s);
	} else {
		for (uint32_t i = 0; i < room->seat_count; i++)
			if (room->seats[i] && room_hears(room->seats[i], talker))
				seats_add(&s, i);
	}
	return s.count;
}

void room_audience_bits(const struct room_player *talker, uint64_t bits[])
{
	const struct room *room = talker->room;
	uint32_t part[256], count;

	memset(bits, 0, (room->seat_count + 63) / 64 * sizeof *bits);
	count = room_audience(talker, part, 256);
	if (count <= 256) {
		for (uint32_t i = 0; i < count; i++)
			bits[part[i] / 64] |= 1ull << part[i] % 64;
		return;
	}
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i] && room_hears(room->seats[i], talker))
			bits[i / 64] |= 1ull << i % 64;
}

// A room with distance, and a hearer whom it matters to: its list, and who whispers to it.
static void talkers_near(const struct room_player *hearer, struct seats *s)
{
	const struct room *room = hearer->room;
	const uint32_t *list = room->near->lists + (size_t)hearer->seat * room->near->k;

	for (unsigned i = 0; i < room->near->counts[hearer->seat]; i++) {
		const struct room_player *p = room->seats[list[i]];

		if (p && !p->whisper_count && room_hears(hearer, p))
			seats_add(s, p->seat);
	}
	if (!room->whisperers)
		return;
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i] && room->seats[i]->whisper_count &&
		    room_hears(hearer, room->seats[i]))
			seats_add(s, i);
}

uint32_t room_talkers(const struct room_player *hearer, uint32_t seats[], uint32_t cap)
{
	const struct room *room = hearer->room;
	struct seats s = {.at = seats, .cap = cap};

	if (room->near && !(hearer->flags & ROOM_ALL_TEAMS)) {
		talkers_near(hearer, &s);
		return s.count;
	}
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i] && room_hears(hearer, room->seats[i]))
			seats_add(&s, i);
	return s.count;
}
