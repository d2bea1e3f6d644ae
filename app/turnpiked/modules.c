// SPDX-License-Identifier: Apache-2.0
#include "module.h"

#include <stddef.h>

extern const struct module voice_module, neighbour_module, icmp_module, turn_module, node_module,
	stats_module, path_module, credential_module, config_module, log_module, load_module,
	dispatch_module, http_module, token_module, events_module, drain_module, watchdog_module,
	listen_module, room_module, player_module, quality_module, capture_module;

// In opening order; closed the other way round. Doors to the outside come last, so that whoever finds
// them open finds all of it there.
const struct module *const modules[] = {
	&events_module, &neighbour_module,  &icmp_module,   &token_module,
	&voice_module,  &room_module,       &player_module, &quality_module,
	&turn_module,   &listen_module,     &node_module,   &stats_module,
	&path_module,   &credential_module, &config_module, &log_module,
	&load_module,   &capture_module,    &drain_module,  &dispatch_module,
	&http_module,   &watchdog_module,   NULL,
};
