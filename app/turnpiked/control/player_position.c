// SPDX-License-Identifier: Apache-2.0
#include "control/player.h"

// player.position: where players stand, one or 10,000 in a line.

// `at` is the list, `first` where x stands in it.
static bool place_read(const json_t *list, size_t first, float at[3])
{
	if (json_array_size(list) != first + 3)
		return false;
	for (size_t i = 0; i < 3; i++) {
		const json_t *value = json_array_get(list, first + i);

		if (!json_is_number(value))
			return false;
		at[i] = (float)json_number_value(value);
	}
	return true;
}

static enum api_code bad_place(struct api_error *error, const char *field, size_t at)
{
	return api_refuse(error, API_PARAMS, field,
			  "[%zu] ought to have x, y and z within ±%.0f; those before it hold", at,
			  (double)ROOM_COORD_MAX);
}

static enum api_code one_place(struct node *n, const struct api_request *rq, json_t **result,
			       struct api_error *error)
{
	struct voice_seat *s = player_seat(n, rq, error);
	float at[3];

	if (!s)
		return error->code;
	if (!place_read(json_object_get(rq->params, "at"), 0, at) ||
	    room_position_set(s->player, at))
		return bad_place(error, "at", 0);
	*result = json_pack("{s:i, s:i}", "placed", 1, "unknown", 0);
	return API_OK;
}

// A player who has left meanwhile is no mistake of the caller's.
static enum api_code many_place(struct node *n, const struct api_request *rq, json_t **result,
				struct api_error *error)
{
	struct room *room = player_room(n, rq, error);
	unsigned placed = 0, unknown = 0;
	const json_t *one;
	size_t i;

	if (!room)
		return error->code;
	json_array_foreach(json_object_get(rq->params, "positions"), i, one) {
		const char *name = json_string_value(json_array_get(one, 0));
		struct room_player *p = name ? room_player_find(room, name) : NULL;
		float at[3];

		if (!name || !place_read(one, 1, at) || (p && room_position_set(p, at)))
			return bad_place(error, "positions", i);
		placed += p != NULL;
		unknown += !p;
	}
	*result = json_pack("{s:i, s:i}", "placed", (int)placed, "unknown", (int)unknown);
	return API_OK;
}

enum api_code player_position(struct node *n, const struct api_request *rq, json_t **result,
			      struct api_error *error)
{
	bool one = api_text(rq, "player") && json_object_get(rq->params, "at");
	bool many = json_object_get(rq->params, "positions");

	if (one == many)
		return api_refuse(error, API_PARAMS, "positions",
				  "give player and at, or positions");
	return one ? one_place(n, rq, result, error) : many_place(n, rq, result, error);
}
