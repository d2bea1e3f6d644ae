// SPDX-License-Identifier: Apache-2.0
#include "api/rows.h"

// What room.* and player.* give.

#define ROOM                                                                                       \
	TEXT("room", "Its name"), COUNT("players", "In it"),                                       \
		COUNT("speaking", "Of these at this moment"),                                      \
		BOOL("kept", "It stays when the last player leaves"),                              \
		COUNT("nearest", "How many a player hears by distance; 0: distance does not "      \
				 "matter"),                                                        \
		NULLABLE("range", API_REAL,                                                        \
			 .help = "Beyond it nobody is heard; null: no "                            \
				 "distance"),                                                      \
		COUNT("worker", "That owns the room")

static const struct api_field room_rows[] = {ROOM, {0}};

const struct api_field api_rooms_result[] = {
	LIST("rooms", room_rows, "By name"),
	NULLABLE("next", API_TEXT, .help = "The name to go on after; null at the end"),
	{0},
};

static const struct api_field team_rows[] = {
	COUNT("team", "Its number"),
	COUNT("players", "In it"),
	{0},
};

const struct api_field api_room_show_result[] = {
	ROOM,
	COUNT("listeners", "Players without a voice"),
	COUNT("connected", "Players that media flows to and from"),
	COUNT("speakers", "Voices that a hearer gets at most"),
	COUNT("packets_in", "From those who are in"),
	COUNT("packets_out", "To those who are in"),
	LIST("teams", team_rows, "By number"),
	{0},
};

const struct api_field api_room_create_result[] = {ROOM, {0}};

const struct api_field api_room_delete_result[] = {
	TEXT("deleted", "The room"),
	COUNT("players", "That were in it"),
	{0},
};

// --- player ----------------------------------------------------------------------------------------

const struct api_field api_join_result[] = {
	TEXT("session", "Names the seat; who knows it may end it"),
	COUNT("seat", "The same for everybody: events and player.list show it"),
	TEXT("room", "Where the player sits"),
	TEXT("player", "Who sits there"),
	COUNT("voice_id", "CSRC under which others hear the player"),
	TEXT("answer", "SDP"),
	{0},
};

const struct api_field api_leave_result[] = {
	TEXT("room", "That was left"),
	TEXT("player", "Who left"),
	TEXT("session", "That ended"),
	{0},
};

#define PLAYER                                                                                     \
	TEXT("player", "Name"), COUNT("seat", "One more with each that joins"),                    \
		COUNT("voice_id", "CSRC under which others hear the player"),                      \
		COUNT("team", "Hears its own"), BOOL("muted", "For all"),                          \
		BOOL("deaf", "Hears nobody"), BOOL("listener", "Has no voice"),                    \
		BOOL("priority", "Ranks first"), BOOL("all_teams", "Hears every team"),            \
		BOOL("connected", "Keys are agreed upon"), BOOL("speaking", "At this moment"),     \
		NULLABLE("level_dbov", API_INT, .unit = "dBov",                                    \
			 .help = "Of the last packet, 0 the loudest; null before the first"),      \
		COUNT("packets_in", "From the player"), COUNT("packets_out", "To the player"),     \
		NULLABLE("loss_in", API_REAL,                                                      \
			 .help = "Share of the last interval, 0 to 1; null: not known"),           \
		NULLABLE("loss_out", API_REAL, .help = "The same, as the player tells it"),        \
		NULLABLE("jitter_ms", API_REAL, .unit = "ms", .help = "Of what came from it"),     \
		NULLABLE("round_trip_ms", API_REAL, .unit = "ms", .help = "null: not known"),      \
		IN("seconds", "s", "Since it joined"),                                             \
		NULLABLE("address", API_TEXT, .help = "ADDRESS:PORT; null before a check came"),   \
		NULLABLE("cipher", API_TEXT, .help = "SRTP profile; null before the handshake")

static const struct api_field player_rows[] = {PLAYER, {0}};

const struct api_field api_players_result[] = {
	TEXT("room", "Where they are"),
	LIST("players", player_rows, "By name"),
	NULLABLE("next", API_TEXT, .help = "The name to go on after; null at the end"),
	{0},
};

const struct api_field api_mute_result[] = {
	TEXT("room", "Where"),
	TEXT("player", "Who"),
	BOOL("muted", "As it is now"),
	NULLABLE("for", API_TEXT, .help = "The hearer; null: all"),
	{0},
};

const struct api_field api_move_result[] = {
	TEXT("room", "Where the player is now"),
	TEXT("player", "Who"),
	COUNT("team", "As it is now"),
	BOOL("priority", "As it is now"),
	{0},
};

const struct api_field api_hear_result[] = {
	TEXT("room", "Where"),
	TEXT("player", "Who"),
	BOOL("deaf", "Hears nobody"),
	BOOL("all_teams", "Hears every team"),
	BOOL("listener", "Has no voice"),
	PLAIN("whisper", API_TEXT, "Who alone hears the player; none: its team"),
	{0},
};

const struct api_field api_position_result[] = {
	COUNT("placed", "Players that stand elsewhere now"),
	COUNT("unknown", "Names that nobody in the room has"),
	{0},
};
