// SPDX-License-Identifier: Apache-2.0
#include "room/private.h"

static void room_mark(struct room *room)
{
	struct rooms *rooms = room->rooms;

	room->again = true;
	if (room->link_changed)
		return;
	room->scan = 0;
	room->next_changed = rooms->changed;
	room->link_changed = &rooms->changed;
	if (rooms->changed)
		rooms->changed->link_changed = &room->next_changed;
	rooms->changed = room;
}

void room_change_forget(struct room *room)
{
	if (!room->link_changed)
		return;
	*room->link_changed = room->next_changed;
	if (room->next_changed)
		room->next_changed->link_changed = room->link_changed;
	room->link_changed = NULL;
}

void room_change_members(struct room *room)
{
	room->members_changed = true;
	room_mark(room);
}

void room_change_talker(struct room_player *talker)
{
	talker->changed = true;
	room_mark(talker->room);
}

void room_change_audiences(struct room *room)
{
	room->audiences_changed = true;
	room_mark(room);
}

// Who had no audience and has none is not worth a word.
static void audiences_spread(struct room *room)
{
	room->audiences_changed = false;
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i] && !(room->seats[i]->flags & (ROOM_LISTENER | ROOM_MUTED)))
			room->seats[i]->changed = true;
}

// The next talker of the room whose mark is set; NULL at the end.
static struct room_player *talker_next(struct room *room)
{
	if (room->audiences_changed)
		audiences_spread(room);
	if (!room->scan)
		room->again = false;
	while (room->scan < room->seat_count) {
		struct room_player *p = room->seats[room->scan++];

		if (!p || !p->changed)
			continue;
		p->changed = false;
		return p;
	}
	return NULL;
}

bool room_change_next(struct rooms *rooms, struct room_change *out)
{
	while (rooms->changed) {
		struct room *room = rooms->changed;
		struct room_player *talker;

		if (room->members_changed) {
			room->members_changed = false;
			*out = (struct room_change){ROOM_CHANGED_MEMBERS, room, NULL};
			return true;
		}
		talker = talker_next(room);
		if (talker) {
			*out = (struct room_change){ROOM_CHANGED_AUDIENCE, room, talker};
			return true;
		}
		// Marked behind the scan while it went: once more round.
		room->scan = 0;
		if (!room->again)
			room_change_forget(room);
		room->again = false;
	}
	return false;
}
