// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "control/player.h"

// room.list, room.show, room.create, room.delete.

struct tally {
	unsigned speaking, listeners, connected;
	uint64_t packets_in, packets_out;
};

static struct tally tally_of(const struct room *room)
{
	struct tally t = {0};

	for (uint32_t i = 0; i < room->seat_count; i++) {
		const struct room_player *p = room->seats[i];
		const struct voice_seat *s = p ? p->user : NULL;

		if (!s)
			continue;
		t.speaking += player_speaks(s);
		t.listeners += (p->flags & ROOM_LISTENER) != 0;
		t.connected += s->sides != NULL;
		t.packets_in += s->state ? s->state->packets : 0;
		t.packets_out += s->state ? s->state->sent_packets : 0;
	}
	return t;
}

static json_t *room_json(const struct room *room, const struct tally *t)
{
	const struct voice_hall *h = room->user;

	return json_pack("{s:s, s:i, s:i, s:b, s:i, s:o, s:i}", "room", room->name, "players",
			 (int)room->player_count, "speaking", (int)t->speaking, "kept", h->kept,
			 "nearest", room->nearest, "range",
			 room->nearest ? json_real(room->range) : json_null(), "worker",
			 (int)flow_room_owner(h->node->flow, room->id));
}

// --- list, show ----------------------------------------------------------------------------------------------

static const char *name_of(const void *item)
{
	return ((const struct room *)item)->name;
}

static enum api_code list(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct player_page page = {.name = name_of};
	json_t *rows = json_array();
	const char *next;
	int err = 0;

	for (struct room *r = rooms_first(n->voice->rooms); r && !err; r = r->next_all)
		err = player_page_add(&page, rq, r);
	next = player_page_cut(&page, rq);
	for (size_t i = 0; !err && i < page.count; i++) {
		struct tally t = tally_of(page.at[i]);

		json_array_append_new(rows, room_json(page.at[i], &t));
	}
	free(page.at);
	if (err) {
		json_decref(rows);
		return api_refuse(error, API_INTERNAL, "", "out of memory");
	}
	*result = json_pack("{s:o, s:s?}", "rooms", rows, "next", next);
	return API_OK;
}

static int team_compare(const void *a, const void *b)
{
	return (int)*(const uint16_t *)a - *(const uint16_t *)b;
}

static json_t *teams_json(const struct room *room)
{
	uint16_t *teams = calloc(room->player_count + 1, sizeof *teams);
	json_t *out = json_array();
	uint32_t n = 0, from = 0;

	if (!teams)
		return out;
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i])
			teams[n++] = room->seats[i]->team;
	qsort(teams, n, sizeof *teams, team_compare);
	for (uint32_t i = 1; i <= n; i++)
		if (i == n || teams[i] != teams[from]) {
			json_array_append_new(out, json_pack("{s:i, s:i}", "team", teams[from],
							     "players", (int)(i - from)));
			from = i;
		}
	free(teams);
	return out;
}

static enum api_code show(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct room *room = player_room(n, rq, error);
	struct tally t;
	json_t *more;

	if (!room)
		return error->code;
	t = tally_of(room);
	more = json_pack("{s:i, s:i, s:i, s:I, s:I, s:o}", "listeners", (int)t.listeners,
			 "connected", (int)t.connected, "speakers", (int)n->settings.voice.speakers,
			 "packets_in", (json_int_t)t.packets_in, "packets_out",
			 (json_int_t)t.packets_out, "teams", teams_json(room));
	*result = room_json(room, &t);
	json_object_update(*result, more);
	json_decref(more);
	return API_OK;
}

// --- create, delete ------------------------------------------------------------------------------------------

static enum api_code space_check(const struct api_request *rq, struct api_error *error)
{
	bool near = json_integer_value(json_object_get(rq->params, "nearest")) > 0;
	const json_t *range = json_object_get(rq->params, "range");

	if (near != (range != NULL))
		return api_refuse(error, API_PARAMS, near ? "range" : "nearest",
				  "nearest and range go together");
	if (range && !(json_number_value(range) > 0 && json_number_value(range) <= ROOM_COORD_MAX))
		return api_refuse(error, API_PARAMS, "range",
				  "ought to be above 0 and at most %.0f", (double)ROOM_COORD_MAX);
	return API_OK;
}

// A room that players opened becomes one that stays.
static struct room *room_take(struct node *n, const char *name, struct api_error *error)
{
	struct room *room = room_find(n->voice->rooms, name);
	struct voice_hall *h = room ? room->user : NULL;

	if (h && !h->kept) {
		h->kept = true;
		return room;
	}
	return voice_room_make(n, name, true, error);
}

static enum api_code create(struct node *n, const struct api_request *rq, json_t **result,
			    struct api_error *error)
{
	const char *name = api_text(rq, "room");
	bool old = room_find(n->voice->rooms, name);
	unsigned nearest = (unsigned)json_integer_value(json_object_get(rq->params, "nearest"));
	float range = (float)json_number_value(json_object_get(rq->params, "range"));
	struct room *room;
	struct tally t;

	if (space_check(rq, error))
		return error->code;
	room = room_take(n, name, error);
	if (!room)
		return error->code;
	if (room_space_set(room, nearest, range)) {
		if (!old)
			voice_room_end(room);
		return api_refuse(error, API_INTERNAL, "nearest", "out of memory");
	}
	t = tally_of(room);
	*result = room_json(room, &t);
	return API_OK;
}

static enum api_code delete_(struct node *n, const struct api_request *rq, json_t **result,
			     struct api_error *error)
{
	struct room *room = player_room(n, rq, error);

	if (!room)
		return error->code;
	*result =
		json_pack("{s:s, s:i}", "deleted", room->name, "players", (int)room->player_count);
	voice_room_end(room);
	return API_OK;
}

static const struct module_request requests[] = {
	{"room.list", list},
	{"room.show", show},
	{"room.create", create},
	{"room.delete", delete_},
	{0},
};

const struct module room_module = {.name = "room", .requests = requests};
