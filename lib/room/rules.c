// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "room/private.h"

// As a hearer it may hear others now, or fewer.
static void hearer_changed(struct room_player *player)
{
	player->room->moved = true;
	if (!player->room->near)
		room_change_audiences(player->room);
}

void room_team_set(struct room_player *player, uint16_t team)
{
	if (player->team == team)
		return;
	player->team = team;
	room_change_members(player->room);
	room_change_talker(player);
	hearer_changed(player);
}

void room_flag_set(struct room_player *player, enum room_flag flag, bool on)
{
	if (!(player->flags & flag) == !on)
		return;
	player->flags ^= (uint16_t)flag;
	room_change_members(player->room);
	if (flag & (ROOM_MUTED | ROOM_LISTENER))
		room_change_talker(player);
	if (flag == ROOM_ALL_TEAMS) {
		player->room->referees += on ? 1u : UINT32_MAX;
		room_change_audiences(player->room);
	}
	if (flag == ROOM_DEAF)
		room_change_audiences(player->room);
	player->room->moved = true;
}

bool room_ids_hold(const uint32_t *ids, unsigned count, uint32_t id)
{
	unsigned low = 0;

	while (low < count) {
		unsigned middle = (low + count) / 2;

		if (ids[middle] == id)
			return true;
		if (ids[middle] < id)
			low = middle + 1;
		else
			count = middle;
	}
	return false;
}

static int id_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

int room_whisper_set(struct room_player *player, const uint32_t *ids, unsigned count)
{
	uint32_t *copy = NULL;

	if (count > ROOM_WHISPERS_MAX)
		return -ENOSPC;
	if (count) {
		copy = malloc(count * sizeof *copy);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, ids, count * sizeof *copy);
		qsort(copy, count, sizeof *copy, id_compare);
	}
	player->room->whisperers += (uint32_t)(count != 0) - (player->whisper_count != 0);
	free(player->whispers);
	player->whispers = copy;
	player->whisper_count = (uint16_t)count;
	room_change_talker(player);
	player->room->moved = true;
	return 0;
}

bool room_is_muted_for(const struct room_player *hearer, uint32_t talker_id)
{
	return room_ids_hold(hearer->mutes, hearer->mute_count, talker_id);
}

static void mute_remove(struct room_player *hearer, uint32_t id)
{
	unsigned i = 0;

	while (hearer->mutes[i] != id)
		i++;
	hearer->mute_count--;
	memmove(&hearer->mutes[i], &hearer->mutes[i + 1],
		(hearer->mute_count - i) * sizeof *hearer->mutes);
}

static int mute_add(struct room_player *hearer, uint32_t id)
{
	unsigned count = hearer->mute_count, i = count;
	uint32_t *mutes;

	if (count == ROOM_MUTES_MAX)
		return -ENOSPC;
	mutes = realloc(hearer->mutes, (count + 1) * sizeof *mutes);
	if (!mutes)
		return -ENOMEM;
	for (; i > 0 && mutes[i - 1] > id; i--)
		mutes[i] = mutes[i - 1];
	mutes[i] = id;
	hearer->mutes = mutes;
	hearer->mute_count++;
	return 0;
}

int room_mute_for(struct room_player *hearer, uint32_t talker_id, bool on)
{
	struct room_player *talker = room_player_by_id(hearer->room->rooms, talker_id);

	if (room_is_muted_for(hearer, talker_id) == on)
		return 0;
	if (!on) {
		mute_remove(hearer, talker_id);
	} else {
		int error = mute_add(hearer, talker_id);

		if (error)
			return error;
	}
	hearer->room->moved = true;
	if (talker && talker->room == hearer->room)
		room_change_talker(talker);
	return 0;
}

int room_position_set(struct room_player *player, const float at[3])
{
	for (unsigned i = 0; i < 3; i++)
		if (!(fabsf(at[i]) <= ROOM_COORD_MAX))
			return -EINVAL;
	if (player->placed && !memcmp(player->at, at, sizeof player->at))
		return 0;
	memcpy(player->at, at, sizeof player->at);
	player->placed = true;
	player->room->moved = true;
	return 0;
}
