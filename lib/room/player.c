// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "room/private.h"

struct room_player *room_player_by_id(const struct rooms *rooms, uint32_t id)
{
	for (struct room_link *l = room_table_first(&rooms->players_by_id, id); l; l = l->next)
		if (l->hash == id)
			return ROOM_OF(l, struct room_player, by_id);
	return NULL;
}

struct room_player *room_player_find(const struct room *room, const char *name)
{
	uint32_t hash = room_hash(room->id, name);
	struct room_link *l = room_table_first(&room->rooms->players_by_name, hash);

	for (; l; l = l->next) {
		struct room_player *p = ROOM_OF(l, struct room_player, by_name);

		if (l->hash == hash && p->room == room && !strcmp(p->name, name))
			return p;
	}
	return NULL;
}

static int seats_grow(struct room *room)
{
	uint32_t cap = room->seat_cap ? room->seat_cap * 2 : 8;
	struct room_player **seats;

	if (room->near && room_near_fit(room, cap, room->nearest))
		return -ENOMEM;
	seats = realloc(room->seats, cap * sizeof(struct room_player *));
	if (!seats)
		return -ENOMEM;
	memset(seats + room->seat_cap, 0, (cap - room->seat_cap) * sizeof(struct room_player *));
	room->seats = seats;
	room->seat_cap = cap;
	return 0;
}

static void seat_take(struct room *room, struct room_player *p)
{
	uint32_t seat = room->free_seat;

	while (room->seats[seat])
		seat++;
	room->free_seat = seat + 1;
	if (seat >= room->seat_count)
		room->seat_count = seat + 1;
	room->seats[seat] = p;
	room->player_count++;
	p->seat = seat;
}

static void player_link_in(struct rooms *rooms, struct room_player *p)
{
	uint32_t hash = room_hash(p->room->id, p->name), id = hash;

	while (!id || room_player_by_id(rooms, id))
		id++;
	p->id = id;
	room_table_put(&rooms->players_by_id, &p->by_id, id);
	room_table_put(&rooms->players_by_name, &p->by_name, hash);
}

int room_join(struct room_player **out, struct room *room, const char *name,
	      const struct room_wish *wish)
{
	struct rooms *rooms = room->rooms;
	struct room_player *p;

	if (!room_name_ok(name))
		return -EINVAL;
	if (room_player_find(room, name))
		return -EEXIST;
	if (rooms_player_count(rooms) >= rooms->limits.players ||
	    room->player_count >= rooms->limits.players_per_room)
		return -ENOSPC;
	if (room->player_count == room->seat_cap && seats_grow(room))
		return -ENOMEM;
	p = calloc(1, sizeof *p);
	if (!p)
		return -ENOMEM;
	p->room = room;
	strcpy(p->name, name);
	if (wish) {
		p->team = wish->team;
		p->flags = wish->flags;
		room->referees += (wish->flags & ROOM_ALL_TEAMS) != 0;
	}
	player_link_in(rooms, p);
	seat_take(room, p);
	room_change_members(room);
	room_change_talker(p);
	if (!room->near || p->flags & ROOM_ALL_TEAMS)
		room_change_audiences(room);
	*out = p;
	return 0;
}

void room_leave(struct room_player *player)
{
	struct room *room = player->room;

	room->seats[player->seat] = NULL;
	room->player_count--;
	if (player->seat < room->free_seat)
		room->free_seat = player->seat;
	while (room->seat_count && !room->seats[room->seat_count - 1])
		room->seat_count--;
	room->referees -= (player->flags & ROOM_ALL_TEAMS) != 0;
	room->whisperers -= player->whisper_count != 0;
	room_table_drop(&room->rooms->players_by_id, &player->by_id);
	room_table_drop(&room->rooms->players_by_name, &player->by_name);
	room_near_forget(room, player->seat);
	room_change_members(room);
	if (!room->near || player->flags & ROOM_ALL_TEAMS)
		room_change_audiences(room);
	free(player->mutes);
	free(player->whispers);
	free(player);
}
