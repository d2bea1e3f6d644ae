// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// From a room to what its worker sees of it: members, and for each talker who may hear it.

struct voice_hall *voice_hall_new(struct node *n)
{
	struct voice_control *v = n->voice;
	struct voice_hall *h = v->room_free_count ? calloc(1, sizeof *h) : NULL;

	if (!h)
		return NULL;
	h->state = flow_voice_room_state_new(n->flow, n->settings.voice.speakers);
	if (!h->state) {
		free(h);
		return NULL;
	}
	h->index = v->room_free[--v->room_free_count];
	h->node = n;
	h->dirty = true;
	return h;
}

void voice_hall_free(struct node *n, struct voice_hall *h)
{
	flow_room_retire(n->flow, h->index);
	flow_voice_room_state_retire(n->flow, h->state);
	n->voice->room_free[n->voice->room_free_count++] = h->index;
	free(h);
}

// All but itself: no bits are kept of it. Nobody: may be the default of one who cannot talk.
static void audience_take(const struct room_player *p)
{
	struct voice_seat *s = p->user;
	uint32_t count = room_audience(p, NULL, 0);
	uint32_t words = (p->room->seat_count + 63) / 64;

	free(s->audience);
	s->audience = NULL;
	s->audience_none = !count;
	if (!count || count == p->room->player_count - 1)
		return;
	s->audience = malloc(words * sizeof *s->audience);
	s->audience_words = words;
	if (s->audience)
		room_audience_bits(p, s->audience);
	else
		s->audience_none = true; // rather silent than heard by the wrong ones
}

// What the arrays of a snapshot are gathered in.
struct gather {
	struct flow_room_publish p;
	uint32_t *players, *counts, *lists;
	const uint32_t **talkers;
	const uint64_t **audience;
	uint64_t *none; // bits of nobody
	bool plain;
};

static int gather_new(struct gather *g, const struct room *room)
{
	uint32_t n = room->seat_count + 1;

	g->players = malloc(n * sizeof *g->players);
	g->audience = calloc(n, sizeof *g->audience);
	g->none = calloc((n + 63) / 64, sizeof *g->none);
	g->plain = true;
	if (room->nearest) {
		g->counts = calloc(n, sizeof *g->counts);
		g->talkers = calloc(n, sizeof *g->talkers);
		g->lists = malloc((size_t)n * NEAR_TALKERS_MAX * sizeof *g->lists);
	}
	return g->players && g->audience && g->none &&
			       (!room->nearest || (g->counts && g->talkers && g->lists))
		       ? 0
		       : -ENOMEM;
}

static void gather_free(struct gather *g)
{
	free(g->players);
	free(g->audience);
	free(g->none);
	free(g->counts);
	free(g->talkers);
	free(g->lists);
}

// Bits that were taken when the room had fewer seats do not reach over it: they are of one who has no voice
// now, as all others' are taken anew when somebody comes.
static const uint64_t *audience_of(const struct gather *g, const struct room *room,
				   const struct voice_seat *s)
{
	if (s->audience_none || (s->audience && s->audience_words < (room->seat_count + 63) / 64))
		return g->none;
	return s->audience;
}

static void seat_gather(struct gather *g, const struct room *room, uint32_t seat, unsigned speakers)
{
	const struct room_player *p = room->seats[seat];
	const struct voice_seat *s = p ? p->user : NULL;

	g->players[seat] = s && s->published ? s->index : VOICE_NOBODY;
	if (!s)
		return;
	if (room->nearest) {
		g->talkers[seat] = g->lists + (size_t)seat * NEAR_TALKERS_MAX;
		g->counts[seat] = room_talkers(p, g->lists + (size_t)seat * NEAR_TALKERS_MAX,
					       NEAR_TALKERS_MAX);
		if (g->counts[seat] > NEAR_TALKERS_MAX)
			g->counts[seat] = NEAR_TALKERS_MAX;
		return;
	}
	g->audience[seat] = audience_of(g, room, s);
	if (g->audience[seat] && !(p->flags & (ROOM_MUTED | ROOM_LISTENER)) &&
	    room->player_count > 1)
		g->plain = false;
	g->p.uneven |= s->published && s->slot_count < speakers;
	g->p.native |= s->native;
}

static int hall_publish(struct node *n, struct room *room)
{
	struct voice_hall *h = room->user;
	unsigned speakers = n->settings.voice.speakers;
	struct gather g = {0};
	int err = gather_new(&g, room);

	for (uint32_t i = 0; !err && i < room->seat_count; i++)
		seat_gather(&g, room, i, speakers);
	g.p.index = h->index;
	g.p.id = room->id;
	g.p.slots = (uint8_t)(speakers < ROOM_SLOTS_MAX ? speakers : ROOM_SLOTS_MAX);
	g.p.near = room->nearest;
	g.p.seat_count = room->seat_count;
	g.p.players = g.players;
	g.p.audience = room->nearest || g.plain ? NULL : g.audience;
	g.p.talkers = g.talkers;
	g.p.talker_counts = g.counts;
	g.p.state = h->state;
	if (!err)
		err = flow_room_publish(n->flow, &g.p);
	gather_free(&g);
	return err;
}

void voice_halls_publish(struct node *n)
{
	struct room_change c;

	while (room_change_next(n->voice->rooms, &c)) {
		((struct voice_hall *)c.room->user)->dirty = true;
		if (c.kind == ROOM_CHANGED_AUDIENCE && !c.room->nearest)
			audience_take(c.talker);
	}
	for (struct room *r = rooms_first(n->voice->rooms); r; r = r->next_all) {
		struct voice_hall *h = r->user;
		int err = h->dirty ? hall_publish(n, r) : 0;

		h->dirty = err; // once more at the next tick
		if (err)
			host_log(LOG_LEVEL_ERROR, "room_not_published", "room", r->name, "error",
				 strerror(-err), NULL);
	}
}
