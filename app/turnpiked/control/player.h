// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_PLAYER_H
#define CONTROL_PLAYER_H

#include "control/voice.h"

// What room.*, player.* and the HTTP door share. Control lane.

// NULL with `error` filled: there is no such room, or no such player in it.
struct room *player_room(struct node *n, const struct api_request *rq, struct api_error *error);
struct voice_seat *player_seat(struct node *n, const struct api_request *rq,
			       struct api_error *error);

// --- control/player.c: who comes in ---------------------------------------------------------------------------

struct player_ask {
	const char *room, *player; // NULL: as the token says
	const char *token; // NULL: the caller may speak for the player
	const char *offer;
	size_t offer_len;
	bool speak, listen; // without a token
	bool native; // as voice_wish
	uint64_t ttl_s; // 0: no end, or the token's
	uint16_t team, flags; // as room_wish
};
// Checks the token, then seats the player; *answer is malloc'd. A token that does not hold is API_DENIED
// with the field "token", one that does not grant this API_DENIED with another; a node that drains
// API_REFUSED.
enum api_code player_admit(struct node *n, const struct player_ask *ask, struct voice_seat **out,
			   char **answer, struct api_error *error);

// --- control/player_rules.c: who hears whom -------------------------------------------------------------------

enum api_code player_mute(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error);
enum api_code player_move(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error);
enum api_code player_hear(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error);

// --- control/player_position.c --------------------------------------------------------------------------------

enum api_code player_position(struct node *n, const struct api_request *rq, json_t **result,
			      struct api_error *error);

// --- control/player_list.c ------------------------------------------------------------------------------------

enum api_code player_list(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error);
// A loud packet came a moment ago.
bool player_speaks(const struct voice_seat *s);

// One page of things that have names, in the order of their names.
struct player_page {
	const void **at; // what is named
	size_t count, cap;
	const char *(*name)(const void *item);
};
// Adds an item where its name is behind "after". 0 or -ENOMEM.
int player_page_add(struct player_page *p, const struct api_request *rq, const void *item);
// Sorts and cuts to "limit"; the name to go on after, or NULL at the end.
const char *player_page_cut(struct player_page *p, const struct api_request *rq);

// --- control/voice_metrics.c, voice_quality.c -----------------------------------------------------------------

void voice_metrics(struct node *n, struct metric_page *page);

#endif
