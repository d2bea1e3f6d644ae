// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room/private.h"

int rooms_new(struct rooms **out, const struct room_limits *limits)
{
	struct rooms *r = calloc(1, sizeof *r);

	if (!r)
		return -ENOMEM;
	r->limits = *limits;
	if (room_table_init(&r->rooms_by_id) || room_table_init(&r->rooms_by_name) ||
	    room_table_init(&r->players_by_id) || room_table_init(&r->players_by_name)) {
		rooms_free(r);
		return -ENOMEM;
	}
	*out = r;
	return 0;
}

void rooms_free(struct rooms *rooms)
{
	if (!rooms)
		return;
	while (rooms->all)
		room_free(rooms->all);
	free(rooms->rooms_by_id.buckets);
	free(rooms->rooms_by_name.buckets);
	free(rooms->players_by_id.buckets);
	free(rooms->players_by_name.buckets);
	free(rooms);
}

uint32_t rooms_count(const struct rooms *rooms)
{
	return rooms->rooms_by_id.count;
}

uint32_t rooms_player_count(const struct rooms *rooms)
{
	return rooms->players_by_id.count;
}

struct room *rooms_first(const struct rooms *rooms)
{
	return rooms->all;
}

bool room_name_ok(const char *name)
{
	size_t len = 0;

	for (; name[len]; len++)
		if (name[len] <= ' ' || name[len] >= 0x7f || name[len] == '/' ||
		    len >= ROOM_NAME_MAX)
			return false;
	return len > 0;
}

struct room *room_find(const struct rooms *rooms, const char *name)
{
	uint32_t hash = room_hash(0, name);

	for (struct room_link *l = room_table_first(&rooms->rooms_by_name, hash); l; l = l->next) {
		struct room *room = ROOM_OF(l, struct room, by_name);

		if (l->hash == hash && !strcmp(room->name, name))
			return room;
	}
	return NULL;
}

struct room *room_by_id(const struct rooms *rooms, uint32_t id)
{
	for (struct room_link *l = room_table_first(&rooms->rooms_by_id, id); l; l = l->next)
		if (l->hash == id)
			return ROOM_OF(l, struct room, by_id);
	return NULL;
}

static void room_link_in(struct rooms *rooms, struct room *room)
{
	uint32_t hash = room_hash(0, room->name), id = hash;

	while (!id || room_by_id(rooms, id))
		id++;
	room->id = id;
	room_table_put(&rooms->rooms_by_id, &room->by_id, id);
	room_table_put(&rooms->rooms_by_name, &room->by_name, hash);
	room->next_all = rooms->all;
	room->link_all = &rooms->all;
	if (rooms->all)
		rooms->all->link_all = &room->next_all;
	rooms->all = room;
}

int room_new(struct room **out, struct rooms *rooms, const char *name)
{
	struct room *room;

	if (!room_name_ok(name))
		return -EINVAL;
	if (room_find(rooms, name))
		return -EEXIST;
	if (rooms_count(rooms) >= rooms->limits.rooms)
		return -ENOSPC;
	room = calloc(1, sizeof *room);
	if (!room)
		return -ENOMEM;
	room->rooms = rooms;
	strcpy(room->name, name);
	room_link_in(rooms, room);
	*out = room;
	return 0;
}

void room_free(struct room *room)
{
	struct rooms *rooms = room->rooms;

	while (room->seat_count)
		room_leave(room->seats[room->seat_count - 1]);
	room_change_forget(room);
	room_table_drop(&rooms->rooms_by_id, &room->by_id);
	room_table_drop(&rooms->rooms_by_name, &room->by_name);
	*room->link_all = room->next_all;
	if (room->next_all)
		room->next_all->link_all = room->link_all;
	room_near_free(room->near);
	free(room->seats);
	free(room);
}

int room_space_set(struct room *room, unsigned nearest, float range)
{
	if (!nearest) {
		room_near_free(room->near);
		room->near = NULL;
		room->nearest = 0;
		room_change_audiences(room);
		return 0;
	}
	if (nearest > ROOM_NEAREST_MAX || !(range > 0) || range > ROOM_COORD_MAX)
		return -EINVAL;
	if (room_near_fit(room, room->seat_cap ? room->seat_cap : 1, nearest))
		return -ENOMEM;
	room->nearest = (uint16_t)nearest;
	room->range = range;
	room->moved = true;
	room_change_audiences(room);
	return 0;
}

void rooms_tick(struct rooms *rooms)
{
	for (struct room *room = rooms->all; room; room = room->next_all)
		if (room->moved) {
			room->moved = false;
			if (room->near)
				room_near_update(room);
		}
}
