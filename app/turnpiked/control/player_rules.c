// SPDX-License-Identifier: Apache-2.0
#include "control/player.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// player.mute, player.move, player.hear. Who hears whom is published by the voice module's tick; what
// stands in the player's own snapshot is published here.

static void flag_set(struct voice_seat *s, enum room_flag flag, bool on)
{
	if (!(s->player->flags & flag) == !on)
		return;
	room_flag_set(s->player, flag, on);
	voice_publish(s);
}

// --- Mute ----------------------------------------------------------------------------------------------------

static enum api_code mute_for(struct voice_seat *s, const char *hearer_name, bool muted,
			      struct api_error *error)
{
	struct room_player *hearer = room_player_find(s->player->room, hearer_name);
	int err;

	if (!hearer) {
		api_refuse(error, API_NOT_FOUND, "for", "nobody of that name is in the room");
		return api_expect(error, "a player as player.list names it");
	}
	err = room_mute_for(hearer, s->player->id, muted);
	if (err)
		return api_refuse(error, API_REFUSED, "for",
				  err == -ENOSPC ? "has muted %d players already" : "out of memory",
				  ROOM_MUTES_MAX);
	return API_OK;
}

enum api_code player_mute(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct voice_seat *s = player_seat(n, rq, error);
	bool muted = json_is_true(json_object_get(rq->params, "muted"));
	const char *hearer = api_text(rq, "for");

	if (!s)
		return error->code;
	if (hearer && mute_for(s, hearer, muted, error))
		return error->code;
	if (!hearer)
		flag_set(s, ROOM_MUTED, muted);
	*result = json_pack("{s:s, s:s, s:b, s:s?}", "room", s->player->room->name, "player",
			    s->player->name, "muted", muted, "for", hearer);
	return API_OK;
}

// --- Move ----------------------------------------------------------------------------------------------------

enum api_code player_move(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct voice_seat *s = player_seat(n, rq, error);
	const json_t *team = json_object_get(rq->params, "team");
	const json_t *priority = json_object_get(rq->params, "priority");
	const char *to = api_text(rq, "to");

	if (!s)
		return error->code;
	if (!team && !priority && !to)
		return api_refuse(error, API_PARAMS, "to",
				  "give at least one of to, team and priority");
	if (to && strcmp(to, s->player->room->name)) {
		error->code = voice_move(s, to, error);
		if (error->code)
			return error->code;
	}
	if (team)
		room_team_set(s->player, (uint16_t)json_integer_value(team));
	if (priority)
		flag_set(s, ROOM_PRIORITY, json_is_true(priority));
	*result = json_pack("{s:s, s:s, s:i, s:b}", "room", s->player->room->name, "player",
			    s->player->name, "team", s->player->team, "priority",
			    s->player->flags & ROOM_PRIORITY);
	return API_OK;
}

// --- Hear ----------------------------------------------------------------------------------------------------

static enum api_code whisper_set(struct voice_seat *s, const json_t *names, struct api_error *error)
{
	uint32_t ids[ROOM_WHISPERS_MAX];
	const json_t *name;
	size_t i;

	if (json_array_size(names) > ROOM_WHISPERS_MAX)
		return api_refuse(error, API_REFUSED, "whisper", "at most %d players",
				  ROOM_WHISPERS_MAX);
	json_array_foreach(names, i, name) {
		const struct room_player *p =
			json_is_string(name)
				? room_player_find(s->player->room, json_string_value(name))
				: NULL;

		if (!p)
			return api_refuse(error, API_NOT_FOUND, "whisper",
					  "nobody of the %zuth name is in the room", i + 1);
		ids[i] = p->id;
	}
	if (room_whisper_set(s->player, ids, (unsigned)json_array_size(names)))
		return api_refuse(error, API_INTERNAL, "whisper", "out of memory");
	return API_OK;
}

static json_t *whisper_json(const struct room_player *p)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < p->whisper_count; i++) {
		const struct room_player *hearer =
			room_player_by_id(p->room->rooms, p->whispers[i]);

		if (hearer)
			json_array_append_new(out, json_string(hearer->name));
	}
	return out;
}

// What its token did not grant, no rule gives.
static enum api_code rights_check(const struct voice_seat *s, const struct api_request *rq,
				  struct api_error *error)
{
	if (!s->may_listen && json_is_false(json_object_get(rq->params, "deaf")))
		return api_refuse(error, API_REFUSED, "deaf", "joined without listen");
	if (!s->may_speak && json_is_false(json_object_get(rq->params, "listener")))
		return api_refuse(error, API_REFUSED, "listener", "joined without speak");
	return API_OK;
}

static void flag_take(struct voice_seat *s, const struct api_request *rq, const char *name,
		      enum room_flag flag)
{
	const json_t *value = json_object_get(rq->params, name);

	if (value)
		flag_set(s, flag, json_is_true(value));
}

enum api_code player_hear(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct voice_seat *s = player_seat(n, rq, error);
	const json_t *whisper = json_object_get(rq->params, "whisper");

	if (!s)
		return error->code;
	if (json_object_size(rq->params) == 2)
		return api_refuse(error, API_PARAMS, "whisper",
				  "give at least one of whisper, deaf, all_teams and listener");
	if (rights_check(s, rq, error) || (whisper && whisper_set(s, whisper, error)))
		return error->code;
	flag_take(s, rq, "deaf", ROOM_DEAF);
	flag_take(s, rq, "all_teams", ROOM_ALL_TEAMS);
	flag_take(s, rq, "listener", ROOM_LISTENER);
	*result = json_pack("{s:s, s:s, s:b, s:b, s:b, s:o}", "room", s->player->room->name,
			    "player", s->player->name, "deaf", s->player->flags & ROOM_DEAF,
			    "all_teams", s->player->flags & ROOM_ALL_TEAMS, "listener",
			    s->player->flags & ROOM_LISTENER, "whisper", whisper_json(s->player));
	return API_OK;
}
