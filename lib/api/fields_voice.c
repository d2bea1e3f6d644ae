// SPDX-License-Identifier: Apache-2.0
#include <limits.h>

#include "api/private.h"
#include "config/limits.h"

// What room.* and player.* take.

#define ROOM_HELP "Name of the room: printable, without blank and slash"
#define ROOM                                                                                       \
	{                                                                                          \
		"room", API_TEXT, true, .min = 1, .max = ROOM_NAME_MAX, .help = ROOM_HELP          \
	}
#define PLAYER                                                                                     \
	{                                                                                          \
		"player", API_TEXT, true, .min = 1, .max = ROOM_NAME_MAX,                          \
					  .help = "Name of the player in that room"                \
	}
#define PAGE                                                                                       \
	{"limit", API_INT, .min = 1, .max = API_PLAYERS_MAX, .help = "At most so many (1000)"},    \
	{                                                                                          \
		"after", API_TEXT,                                                                 \
			.min = 1, .max = ROOM_NAME_MAX,                                            \
			.help = "Only names behind this one: what the page before gave as next"    \
	}

const struct api_field api_rooms_fields[] = {PAGE, {0}};
const struct api_field api_room_fields[] = {ROOM, {0}};

const struct api_field api_room_create_fields[] = {
	ROOM,
	{"nearest", API_INT, .max = ROOM_NEAREST_MAX,
	 .help = "Each player hears so many, the nearest by player.position; 0: all (0)"},
	{"range", API_REAL, .help = "Beyond this distance nobody is heard; with nearest"},
	{0},
};

const struct api_field api_join_fields[] = {
	{"room", API_TEXT, .min = 1, .max = ROOM_NAME_MAX,
	 .help = "Name of the room, made where it is new; may be left to the token"},
	{"player", API_TEXT, .min = 1, .max = ROOM_NAME_MAX,
	 .help = "Name of the player, who leaves where it is in already; may be left to the "
		 "token"},
	{"token", API_TEXT, .min = 1, .max = TOKEN_MAX,
	 .help = "The player's session token; without it the caller speaks for the player"},
	{"offer", API_TEXT, true, .min = 1, .max = SDP_TEXT_MAX, .help = "SDP"},
	{"speak", API_BOOL, .help = "May be heard; without a token (true)"},
	{"listen", API_BOOL, .help = "May hear; without a token (true)"},
	{"ttl_s", API_INT, .min = 1, .max = TOKEN_LIFE_MAX_S,
	 .help = "Seconds until the seat ends (never, or with the token)"},
	{"team", API_INT, .max = 65535, .help = "Hears its own (0)"},
	{"priority", API_BOOL, .help = "Ranks first among speakers"},
	{"listener", API_BOOL, .help = "Has no voice until player.hear says otherwise"},
	{"native", API_BOOL,
	 .help = "Hears up to 32 voices at a time on one line, each under an SSRC of its own"},
	{0},
};

const struct api_field api_leave_fields[] = {
	{"room", API_TEXT, .min = 1, .max = ROOM_NAME_MAX, .help = ROOM_HELP},
	{"player", API_TEXT, .min = 1, .max = ROOM_NAME_MAX, .help = "Name of the player"},
	{"session", API_TEXT, .min = 1, .max = ROOM_NAME_MAX,
	 .help = "Instead of both: as player.join gave it"},
	{0},
};

const struct api_field api_players_fields[] = {ROOM, PAGE, {0}};

const struct api_field api_mute_fields[] = {
	ROOM,
	PLAYER,
	{"muted", API_BOOL, true, .help = "true: is not heard any more"},
	{"for", API_TEXT, .min = 1, .max = ROOM_NAME_MAX,
	 .help = "Only this player does not hear it (all)"},
	{0},
};

const struct api_field api_move_fields[] = {
	ROOM,
	PLAYER,
	{"to", API_TEXT, .min = 1, .max = ROOM_NAME_MAX,
	 .help = "Another room, made where it is new"},
	{"team", API_INT, .max = 65535, .help = "Another team"},
	{"priority", API_BOOL, .help = "Ranks first among speakers"},
	{0},
};

const struct api_field api_hear_fields[] = {
	ROOM,
	PLAYER,
	{"deaf", API_BOOL, .help = "Hears nobody"},
	{"all_teams", API_BOOL, .help = "Hears every team, at any distance"},
	{"listener", API_BOOL, .help = "Has no voice"},
	{"whisper", API_LIST,
	 .help = "Names: only these hear the player from now on; none: its team again"},
	{0},
};

const struct api_field api_position_fields[] = {
	ROOM,
	{"player", API_TEXT, .min = 1, .max = ROOM_NAME_MAX, .help = "With at: one player"},
	{"at", API_LIST, .help = "[x, y, z] of that player"},
	{"positions", API_LIST, .help = "Of many: [[player, x, y, z], ...]"},
	{0},
};
