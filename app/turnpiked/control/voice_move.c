// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/player.h"

// To another room, with keys, slots and their SRTP indices: memory that the old room's worker writes. So
// the player is taken out of all that workers see, a grace period passes, and it comes into the new one.

struct move { // by name, as the seat may be gone by then
	uint32_t index;
	char session[sizeof((struct voice_seat *)0)->session];
};

static void move_done(void *ctx, void *what)
{
	struct node *n = ctx;
	struct move *m = what;
	struct voice_seat *s = n->voice ? n->voice->seats[m->index] : NULL;

	if (s && s->moving && !strcmp(s->session, m->session) && !--s->moving) {
		if (s->state)
			flow_voice_state_moved(s->state);
		voice_publish(s);
		((struct voice_hall *)s->player->room->user)->dirty = true;
	}
	free(m);
}

// The new room, held open until somebody sits in it.
static struct room *target_take(struct voice_seat *s, const char *name, struct api_error *error)
{
	struct room *room = room_find(s->node->voice->rooms, name);

	if (room && room_player_find(room, s->player->name)) {
		api_refuse(error, API_REFUSED, "to", "somebody of that name is in the other room");
		return NULL;
	}
	if (!room) {
		room = voice_room_make(s->node, name, false, error);
		if (!room) // as this request calls it
			snprintf(error->field, sizeof error->field, "to");
	}
	return room;
}

static json_t *facts_of(const struct room_player *p, const struct voice_seat *s)
{
	return json_pack("{s:s, s:s, s:I, s:s}", "room", p->room->name, "player", p->name, "seat",
			 (json_int_t)s->number, "reason", "moved");
}

static void seats_change(struct voice_seat *s, struct room_player *fresh)
{
	struct room_player *old = s->player;
	struct room *left = old->room;

	event_emit(s->node, EVENT_LEFT, facts_of(old, s));
	room_leave(old);
	s->player = fresh;
	fresh->user = s;
	free(s->audience);
	s->audience = NULL;
	s->audience_none = false;
	event_emit(s->node, EVENT_JOINED, facts_of(fresh, s));
	voice_room_end_empty(left);
}

enum api_code voice_move(struct voice_seat *s, const char *name, struct api_error *error)
{
	struct node *n = s->node;
	struct room_wish wish = {.team = s->player->team, .flags = s->player->flags};
	struct move *m = calloc(1, sizeof *m);
	struct room *room = m ? target_take(s, name, error) : NULL;
	struct room_player *fresh;
	int err;

	if (!room) {
		free(m);
		return error->code ? error->code
				   : api_refuse(error, API_INTERNAL, "to", "out of memory");
	}
	err = room_join(&fresh, room, s->player->name, &wish);
	if (err) {
		free(m);
		voice_room_end_empty(room);
		return api_refuse(error, API_REFUSED, "to", "%s",
				  err == -ENOSPC ? "as many players as may be" : strerror(-err));
	}
	m->index = s->index;
	memcpy(m->session, s->session, sizeof m->session);
	s->moving++;
	voice_unpublish(s);
	seats_change(s, fresh);
	voice_halls_publish(n); // the old room's worker sees it go, then the time runs
	if (flow_later(n->flow, move_done, n, m)) {
		free(m);
		voice_leave(s, "no_memory");
		return api_refuse(error, API_INTERNAL, "to", "out of memory");
	}
	return API_OK;
}
