// SPDX-License-Identifier: Apache-2.0
#include "control/player.h"

#include <stdlib.h>
#include <string.h>

#include "control/token.h"

// player.join and player.leave: who comes in, by token or by the backend's word, and who goes.

struct room *player_room(struct node *n, const struct api_request *rq, struct api_error *error)
{
	struct room *room = room_find(n->voice->rooms, api_text(rq, "room"));

	if (!room) {
		api_refuse(error, API_NOT_FOUND, "room", "there is no room of that name");
		api_expect(error, "a room as room.list names it");
	}
	return room;
}

struct voice_seat *player_seat(struct node *n, const struct api_request *rq,
			       struct api_error *error)
{
	struct room *room = player_room(n, rq, error);
	struct room_player *p = room ? room_player_find(room, api_text(rq, "player")) : NULL;

	if (room && !p) {
		api_refuse(error, API_NOT_FOUND, "player", "nobody of that name is in the room");
		api_expect(error, "a player as player.list names it");
	}
	return p ? p->user : NULL;
}

// --- Who may -------------------------------------------------------------------------------------------------

// The token's own name, and none but that.
static bool name_take(const char **asked, const char *granted)
{
	if (!granted[0] || (*asked && strcmp(*asked, granted)))
		return false;
	*asked = granted;
	return true;
}

static enum api_code lacks(struct node *n, const struct token *t, const char *field,
			   struct api_error *error)
{
	token_refuse(n, TOKEN_LACKS_GRANT, t);
	return api_refuse(error, API_DENIED, field,
			  "the token does not grant this (lacks_grant): it wants room, sub and "
			  "speak or listen, and no other names than it has");
}

// What the token grants, into the wish; `t` holds the names.
static enum api_code token_grant(struct node *n, const struct player_ask *ask, struct token *t,
				 struct voice_wish *w, struct api_error *error)
{
	enum token_error why = token_check(n, ask->token, t);
	uint64_t now_s = host_wall_s();

	if (why)
		return token_error_tell(why, error);
	if (!name_take(&w->room, t->room))
		return lacks(n, t, "room", error);
	if (!name_take(&w->player, t->player))
		return lacks(n, t, "player", error);
	if (!t->speak && !t->listen)
		return lacks(n, t, "", error);
	w->speak = t->speak;
	w->listen = t->listen;
	w->token_id = t->id;
	w->until_ms = n->now_ms + 1000 * (t->expires_s > now_s ? t->expires_s - now_s : 1);
	return API_OK;
}

static enum api_code backend_grant(struct node *n, const struct player_ask *ask,
				   struct voice_wish *w, struct api_error *error)
{
	if (!ask->room || !ask->player)
		return api_refuse(error, API_PARAMS, ask->room ? "player" : "room",
				  "is missing, and there is no token to say it");
	if (token_user_refused(n, ask->player, strlen(ask->player)))
		return api_refuse(error, API_REFUSED, "player",
				  "was revoked as a user; credential.allow lets it in again");
	w->speak = ask->speak;
	w->listen = ask->listen;
	return API_OK;
}

enum api_code player_admit(struct node *n, const struct player_ask *ask, struct voice_seat **out,
			   char **answer, struct api_error *error)
{
	struct token t = {0};
	struct voice_wish w = {
		.room = ask->room,
		.player = ask->player,
		.offer = ask->offer,
		.offer_len = ask->offer_len,
		.native = ask->native,
		.team = ask->team,
		.flags = ask->flags,
		.token_id = "",
	};
	uint64_t asked_ms = ask->ttl_s ? n->now_ms + ask->ttl_s * 1000 : 0;
	enum api_code code =
		ask->token ? token_grant(n, ask, &t, &w, error) : backend_grant(n, ask, &w, error);

	if (code)
		return code;
	if (n->draining)
		return api_refuse(error, API_REFUSED, "", "the relay drains: join another one");
	if (asked_ms && (!w.until_ms || asked_ms < w.until_ms))
		w.until_ms = asked_ms;
	return voice_join(n, &w, out, answer, error);
}

// --- Requests ------------------------------------------------------------------------------------------------

static bool flag_of(const struct api_request *rq, const char *name, bool otherwise)
{
	const json_t *value = json_object_get(rq->params, name);

	return value ? json_is_true(value) : otherwise;
}

static enum api_code join(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	const json_t *offer = json_object_get(rq->params, "offer");
	struct player_ask ask = {
		.room = api_text(rq, "room"),
		.player = api_text(rq, "player"),
		.token = api_text(rq, "token"),
		.offer = json_string_value(offer),
		.offer_len = json_string_length(offer),
		.speak = flag_of(rq, "speak", true),
		.listen = flag_of(rq, "listen", true),
		.native = flag_of(rq, "native", false),
		.ttl_s = (uint64_t)json_integer_value(json_object_get(rq->params, "ttl_s")),
		.team = (uint16_t)json_integer_value(json_object_get(rq->params, "team")),
		.flags = (uint16_t)((flag_of(rq, "priority", false) ? ROOM_PRIORITY : 0) |
				    (flag_of(rq, "listener", false) ? ROOM_LISTENER : 0)),
	};
	struct voice_seat *s;
	char *answer;
	enum api_code code = player_admit(n, &ask, &s, &answer, error);

	if (code)
		return code;
	*result =
		json_pack("{s:s, s:I, s:s, s:s, s:I, s:s}", "session", s->session, "seat",
			  (json_int_t)s->number, "room", s->player->room->name, "player",
			  s->player->name, "voice_id", (json_int_t)s->player->id, "answer", answer);
	free(answer);
	return API_OK;
}

static enum api_code leave(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	const char *session = api_text(rq, "session");
	bool named = api_text(rq, "room") && api_text(rq, "player");
	struct voice_seat *s;

	if (!session == !named)
		return api_refuse(error, API_PARAMS, "session",
				  "give room and player, or the session");
	s = session ? voice_by_session(n, session) : player_seat(n, rq, error);
	if (!s && session)
		api_refuse(error, API_NOT_FOUND, "session", "there is no such session");
	if (!s)
		return error->code;
	*result = json_pack("{s:s, s:s, s:s}", "room", s->player->room->name, "player",
			    s->player->name, "session", s->session);
	voice_leave(s, "deleted");
	return API_OK;
}

// --- Revocation ----------------------------------------------------------------------------------------------

static bool is_about(const struct token_revocation *r, const char *name, const struct voice_seat *s)
{
	switch (r->by) {
	case TOKEN_BY_ID:
		return !strcmp(s->token, name);
	case TOKEN_BY_PLAYER: // each token that made a seat was issued before now
		return s->token[0] && !strcmp(s->player->name, name);
	default:
		return !strcmp(s->player->name, name);
	}
}

static unsigned player_revoked(struct node *n, const struct token_revocation *r, const char *name)
{
	unsigned ended = 0;

	for (uint32_t i = 0; i < n->flow->players_max; i++) {
		struct voice_seat *s = n->voice->seats[i];

		if (!s || !is_about(r, name, s))
			continue;
		voice_leave(s, "revoked");
		ended++;
	}
	return ended;
}

static const struct module_request requests[] = {
	{"player.join", join},
	{"player.leave", leave},
	{"player.list", player_list},
	{"player.mute", player_mute},
	{"player.move", player_move},
	{"player.hear", player_hear},
	{"player.position", player_position},
	{0},
};

const struct module player_module = {
	.name = "player",
	.revoked = player_revoked,
	.requests = requests,
};
