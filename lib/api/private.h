// SPDX-License-Identifier: Apache-2.0
#ifndef API_PRIVATE_H
#define API_PRIVATE_H

#include "api/api.h"

// --- results.c: what methods give, for the rows of list.c -----------------------------------------

extern const struct api_field api_status_result[], api_drain_result[], api_reload_result[],
	api_level_result[], api_ports_result[], api_steps_result[], api_drops_result[],
	api_load_result[], api_path_result[], api_list_result[], api_show_result[],
	api_delete_result[], api_issue_result[], api_revoke_result[], api_allow_result[],
	api_subscribe_result[], api_describe_result[];

// --- results_capture.c -------------------------------------------------------------------------------

extern const struct api_field api_capture_result[];

// --- results_voice.c, fields_voice.c: of room.* and player.* ---------------------------------------

extern const struct api_field api_rooms_result[], api_room_show_result[], api_room_create_result[],
	api_room_delete_result[], api_join_result[], api_leave_result[], api_players_result[],
	api_mute_result[], api_move_result[], api_hear_result[], api_position_result[];
extern const struct api_field api_rooms_fields[], api_room_fields[], api_room_create_fields[],
	api_join_fields[], api_leave_fields[], api_players_fields[], api_mute_fields[],
	api_move_fields[], api_hear_fields[], api_position_fields[];

bool api_type_fits(const json_t *value, enum api_type type);
extern const char *const api_type_words[]; // "a text" …

#endif
