// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"

// In and out: an offer becomes a seat, and a seat is left.

// --- Rooms -------------------------------------------------------------------------------------------------

struct room *voice_room_make(struct node *n, const char *name, bool kept, struct api_error *error)
{
	struct room *room = NULL;
	struct voice_hall *h;
	int err = room_new(&room, n->voice->rooms, name);

	if (err) {
		api_refuse(error, err == -EINVAL ? API_PARAMS : API_REFUSED, "room", "%s",
			   err == -EINVAL ? "a room's name is 1 to 63 printable characters without "
					    "blank and slash"
			   : err == -EEXIST ? "there is a room of that name"
			   : err == -ENOSPC ? "as many rooms as the node may have"
					    : strerror(-err));
		return NULL;
	}
	h = voice_hall_new(n);
	if (!h) {
		room_free(room);
		api_refuse(error, API_REFUSED, "room", "no memory for a room");
		return NULL;
	}
	h->kept = kept;
	room->user = h;
	event_emit(n, EVENT_ROOM_OPENED, json_pack("{s:s}", "room", room->name));
	return room;
}

void voice_room_end(struct room *room)
{
	struct voice_hall *h = room->user;
	struct node *n = h->node;

	h->kept = true; // until all are out
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i])
			voice_leave(room->seats[i]->user, "deleted");
	event_emit(n, EVENT_ROOM_CLOSED, json_pack("{s:s}", "room", room->name));
	room_free(room);
	voice_hall_free(n, h);
}

void voice_room_end_empty(struct room *room)
{
	const struct voice_hall *h = room->user;

	if (!room->player_count && !h->kept && !h->entering)
		voice_room_end(room);
}

// --- Leaving -----------------------------------------------------------------------------------------------

static json_t *seat_facts(const struct voice_seat *s)
{
	return json_pack("{s:s, s:s, s:I}", "room", s->player->room->name, "player",
			 s->player->name, "seat", (json_int_t)s->number);
}

// No worker looks at it any more.
static void seat_free(void *ctx, void *what)
{
	struct node *n = ctx;
	struct voice_seat *s = what;

	if (n->voice)
		n->voice->free[n->voice->free_count++] = s->index;
	if (s->sides) {
		srtp_sides_free(s->sides, n->cipher);
		free(s->sides);
	}
	free(s->audience);
	base_wipe(s, sizeof *s);
	free(s);
}

static void ways_in_close(struct voice_seat *s)
{
	voice_ufrags_set(s, false);
	voice_ufrag_forget(s->node, s->ice.old.ufrag);
	for (unsigned i = 0; i < ICE_PAIRS_MAX; i++)
		if (s->ice.pairs[i].used)
			voice_tuple_set(s, &s->ice.pairs[i].remote, &s->ice.pairs[i].local, false);
}

static void seat_end(struct voice_seat *s)
{
	struct node *n = s->node;

	s->gone = true;
	timer_stop(&s->timer);
	ways_in_close(s);
	voice_unpublish(s);
	if (s->state)
		flow_voice_state_retire(n->flow, s->state);
	s->state = NULL;
	dtls_seat_fini(&n->voice->door, &s->dtls);
	ice_agent_fini(&s->ice);
	tls_identity_unref(s->identity);
	free(s->legs);
	n->voice->seats[s->index] = NULL;
	n->voice->count--;
	// Without memory for the list the seat stays where it is, and its index with it.
	flow_later(n->flow, seat_free, n, s);
}

void voice_leave(struct voice_seat *s, const char *reason)
{
	struct node *n = s->node;
	struct room *room = s->player->room;
	json_t *facts = seat_facts(s);

	if (s->sides)
		voice_rtcp_bye(s);
	dtls_seat_close(&n->voice->door, &s->dtls);
	if (s->reached)
		voice_dtls_send(s);
	json_object_set_new(facts, "reason", json_string(reason));
	json_object_set_new(facts, "seconds",
			    json_integer((json_int_t)(n->now_ms - s->joined_ms) / 1000));
	if (s->state)
		json_object_set_new(facts, "packets_in",
				    json_integer((json_int_t)s->state->packets));
	event_emit(n, EVENT_LEFT, facts);
	host_log(LOG_LEVEL_INFO, "player_left", "room", room->name, "player", s->player->name,
		 "reason", reason, NULL);
	n->voice->left++;
	room_leave(s->player);
	seat_end(s);
	voice_room_end_empty(room);
}

// --- Time --------------------------------------------------------------------------------------------------

static void seat_fire(struct timer *t, uint64_t now_ms)
{
	struct voice_seat *s =
		(struct voice_seat *)((uint8_t *)t - offsetof(struct voice_seat, timer));

	if (s->until_ms && now_ms >= s->until_ms) {
		voice_leave(s, "expired");
		return;
	}
	if (!voice_ice_due(s))
		return;
	if (s->sides && now_ms >= s->rtcp.due_ms)
		voice_rtcp_due(s);
	voice_dtls_due(s);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void voice_timer_set(struct voice_seat *s)
{
	uint64_t due =
		earlier(ice_due_ms(&s->ice), dtls_seat_due_ms(&s->node->voice->door, &s->dtls));

	if (s->until_ms)
		due = earlier(due, s->until_ms);
	if (s->sides)
		due = earlier(due, s->rtcp.due_ms);
	s->timer.fire = seat_fire;
	timer_start(&s->node->timers, &s->timer, due);
}

// --- Joining -----------------------------------------------------------------------------------------------

static struct voice_seat *seat_new(struct node *n, const struct voice_wish *w)
{
	struct voice_control *v = n->voice;
	struct voice_seat *s = v->free_count ? calloc(1, sizeof *s) : NULL;
	uint64_t random;

	if (!s)
		return NULL;
	host_random(&random, sizeof random);
	snprintf(s->session, sizeof s->session, "%016llx", (unsigned long long)random);
	snprintf(s->token, sizeof s->token, "%s", w->token_id);
	s->node = n;
	s->index = v->free[--v->free_count];
	s->native = w->native;
	s->may_speak = w->speak;
	s->may_listen = w->listen;
	s->until_ms = w->until_ms;
	s->sdp_version = 1;
	s->joined_ms = n->now_ms;
	return s;
}

// A seat that never was seen by workers or the room.
static void seat_undo(struct voice_seat *s)
{
	struct voice_control *v = s->node->voice;

	if (s->identity) {
		voice_ufrags_set(s, false);
		tls_identity_unref(s->identity);
	}
	free(s->legs);
	v->free[v->free_count++] = s->index;
	base_wipe(s, sizeof *s);
	free(s);
}

static enum api_code room_enter(struct voice_seat *s, const struct voice_wish *w,
				struct api_error *error)
{
	struct node *n = s->node;
	struct room *room = room_find(n->voice->rooms, w->room);
	struct room_wish wish = {.team = w->team,
				 .flags = (uint16_t)(w->flags | (w->speak ? 0 : ROOM_LISTENER) |
						     (w->listen ? 0 : ROOM_DEAF))};
	struct room_player *there = room ? room_player_find(room, w->player) : NULL;
	int err;

	if (there) {
		((struct voice_hall *)room->user)->entering = true;
		voice_leave(there->user, "replaced");
	}
	if (!room)
		room = voice_room_make(n, w->room, false, error);
	if (!room)
		return error->code;
	((struct voice_hall *)room->user)->entering = false;
	err = room_join(&s->player, room, w->player, &wish);
	if (!err) {
		s->player->user = s;
		return API_OK;
	}
	voice_room_end_empty(room);
	return api_refuse(error, err == -EINVAL ? API_PARAMS : API_REFUSED, "player", "%s",
			  err == -EINVAL
				  ? "a player's name is 1 to 63 printable characters without blank "
				    "and slash"
			  : err == -ENOSPC ? "as many players as may be"
					   : strerror(-err));
}

enum api_code voice_join(struct node *n, const struct voice_wish *w, struct voice_seat **out,
			 char **answer, struct api_error *error)
{
	struct voice_seat *s = seat_new(n, w);
	enum api_code code;

	if (!s)
		return api_refuse(error, API_REFUSED, "player",
				  "as many players as the node may have");
	code = voice_offer_take(s, w, answer, error);
	if (!code)
		code = room_enter(s, w, error);
	if (code) {
		free(*answer);
		*answer = NULL;
		seat_undo(s);
		return code;
	}
	n->voice->seats[s->index] = s;
	n->voice->count++;
	s->number = ++n->voice->joined;
	voice_timer_set(s);
	event_emit(n, EVENT_JOINED, seat_facts(s));
	*out = s;
	return API_OK;
}

// --- Later -------------------------------------------------------------------------------------------------

struct voice_seat *voice_by_session(struct node *n, const char *session)
{
	struct voice_seat *found = NULL;
	size_t len = strlen(session);

	for (uint32_t i = 0; i < n->flow->players_max; i++) {
		struct voice_seat *s = n->voice->seats[i];

		if (s && len == sizeof s->session - 1 &&
		    base_equal_secret(s->session, session, len))
			found = s;
	}
	return found;
}
