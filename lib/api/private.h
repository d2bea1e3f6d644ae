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

bool api_type_fits(const json_t *value, enum api_type type);
extern const char *const api_type_words[]; // "a text" …

#endif
