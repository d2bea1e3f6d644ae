// SPDX-License-Identifier: Apache-2.0
#include "control/player.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

// player.list, and pages of things that have names.

#define PAGE_DEFAULT 1000
#define SPEAKS_MS 300 // since the last loud packet

bool player_speaks(const struct voice_seat *s)
{
	uint32_t now = (uint32_t)(rte_rdtsc() / (rte_get_tsc_hz() / 1000));

	return s->state && s->state->packets && now - s->state->voice.loud_ms < SPEAKS_MS;
}

// --- Pages ---------------------------------------------------------------------------------------------------

int player_page_add(struct player_page *p, const struct api_request *rq, const void *item)
{
	const char *after = api_text(rq, "after");
	size_t cap = p->cap ? 2 * p->cap : 64;
	const void **grown;

	if (after && strcmp(p->name(item), after) <= 0)
		return 0;
	if (p->count == p->cap) {
		grown = realloc(p->at, cap * sizeof *grown);
		if (!grown)
			return -ENOMEM;
		p->at = grown;
		p->cap = cap;
	}
	p->at[p->count++] = item;
	return 0;
}

static int page_compare(const void *a, const void *b, void *ctx)
{
	const struct player_page *p = ctx;

	return strcmp(p->name(*(const void *const *)a), p->name(*(const void *const *)b));
}

const char *player_page_cut(struct player_page *p, const struct api_request *rq)
{
	const json_t *limit = json_object_get(rq->params, "limit");
	size_t most = limit ? (size_t)json_integer_value(limit) : PAGE_DEFAULT;

	if (p->count)
		qsort_r(p->at, p->count, sizeof *p->at, page_compare, p);
	if (p->count <= most)
		return NULL;
	p->count = most;
	return p->name(p->at[most - 1]);
}

// --- One player ----------------------------------------------------------------------------------------------

static json_t *real_or_null(bool known, double value)
{
	return known ? json_real(value) : json_null();
}

static void rules_add(json_t *out, const struct room_player *p)
{
	static const struct {
		const char *name;
		enum room_flag flag;
	} flags[] = {
		{"muted", ROOM_MUTED},         {"deaf", ROOM_DEAF},
		{"listener", ROOM_LISTENER},   {"priority", ROOM_PRIORITY},
		{"all_teams", ROOM_ALL_TEAMS},
	};

	json_object_set_new(out, "team", json_integer(p->team));
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		json_object_set_new(out, flags[i].name, json_boolean(p->flags & flags[i].flag));
}

static void media_add(json_t *out, const struct voice_seat *s)
{
	const struct voice_state *state = s->state;
	const struct voice_rtcp *r = &s->rtcp;
	uint64_t in = state ? state->packets : 0;

	json_object_set_new(out, "connected", json_boolean(s->sides != NULL));
	json_object_set_new(out, "speaking", json_boolean(player_speaks(s)));
	json_object_set_new(out, "level_dbov",
			    in ? json_integer(-(int)(state->level & 127)) : json_null());
	json_object_set_new(out, "packets_in", json_integer((json_int_t)in));
	json_object_set_new(out, "packets_out", json_integer(state ? state->sent_packets : 0));
	json_object_set_new(out, "loss_in", real_or_null(r->ssrc, r->loss_in));
	json_object_set_new(out, "loss_out", real_or_null(r->round_trip_ms > 0, r->loss_out));
	json_object_set_new(out, "jitter_ms", real_or_null(r->ssrc, r->jitter_in_us / 1000.0));
	json_object_set_new(out, "round_trip_ms",
			    real_or_null(r->round_trip_ms > 0, r->round_trip_ms));
}

static json_t *player_json(const struct voice_seat *s)
{
	char where[NET_TEXT_MAX];
	json_t *out = json_pack("{s:s, s:I, s:I}", "player", s->player->name, "seat",
				(json_int_t)s->number, "voice_id", (json_int_t)s->player->id);

	if (!out)
		return NULL;
	rules_add(out, s->player);
	media_add(out, s);
	json_object_set_new(out, "seconds",
			    json_integer((json_int_t)(s->node->now_ms - s->joined_ms) / 1000));
	json_object_set_new(out, "address",
			    s->reached ? json_string(net_endpoint_format(&s->way.remote, where))
				       : json_null());
	json_object_set_new(out, "cipher",
			    s->sides ? json_string(srtp_profile_name(
					       (enum srtp_profile)s->sides->rx.profile))
				     : json_null());
	return out;
}

static const char *player_name(const void *item)
{
	return ((const struct room_player *)item)->name;
}

enum api_code player_list(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct room *room = player_room(n, rq, error);
	struct player_page page = {.name = player_name};
	json_t *list = json_array();
	const char *next;
	int err = 0;

	for (uint32_t i = 0; room && !err && i < room->seat_count; i++)
		if (room->seats[i])
			err = player_page_add(&page, rq, room->seats[i]);
	next = player_page_cut(&page, rq);
	for (size_t i = 0; !err && i < page.count; i++)
		json_array_append_new(list,
				      player_json(((const struct room_player *)page.at[i])->user));
	free(page.at);
	if (room && !err)
		*result = json_pack("{s:s, s:O, s:s?}", "room", room->name, "players", list, "next",
				    next);
	json_decref(list);
	if (err)
		return api_refuse(error, API_INTERNAL, "", "out of memory");
	return room ? API_OK : error->code;
}
