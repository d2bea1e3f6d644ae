// SPDX-License-Identifier: Apache-2.0
#include "api/private.h"

#include <limits.h>
#include <string.h>

#include "config/limits.h"

static const struct api_field none[] = {{0}};

static const struct api_field level_fields[] = {
	{"level", API_TEXT, .min = 1, .max = 16,
	 .help = "error, warn, info or debug; without it the level is only told"},
	{0},
};

static const struct api_field list_fields[] = {
	{"limit", API_INT, .min = 1, .max = API_LIST_MAX, .help = "At most so many (1000)"},
	{"after", API_INT, .max = LLONG_MAX,
	 .help = "Only ids above this one: what the page before gave as next"},
	{"user", API_TEXT, .min = 1, .max = STUN_USERNAME_MAX, .help = "Only this user's"},
	{0},
};

static const struct api_field id_fields[] = {
	{"id", API_INT, true, .min = 1, .max = LLONG_MAX,
	 .help = "The allocation, as turn.list shows it"},
	{0},
};

static const struct api_field issue_fields[] = {
	{"name", API_TEXT, .min = 1, .max = API_NAME_MAX,
	 .help = "Whom it is for; it shows in turn.list"},
	{"token", API_TEXT, .min = 1, .max = TOKEN_MAX,
	 .help = "Instead of a name: a session token with the grant relay"},
	{"ttl_s", API_INT, .min = 1, .max = API_TTL_MAX_S,
	 .help = "Seconds that it is good for (600); for a token at most turn.credential_ttl and "
		 "what "
		 "is left of the token"},
	{0},
};

static const struct api_field revoke_fields[] = {
	{"token", API_TEXT, .min = 1, .max = TOKEN_MAX, .help = "One token, as it was signed"},
	{"jti", API_TEXT, .min = 1, .max = TOKEN_ID_MAX, .help = "One token, by its id"},
	{"player", API_TEXT, .min = 1, .max = TOKEN_NAME_MAX,
	 .help = "All tokens of a player (sub) that were issued until now"},
	{"user", API_TEXT, .min = 1, .max = STUN_USERNAME_MAX,
	 .help = "A name in every credential and token, until it is allowed again"},
	{0},
};

static const struct api_field reload_fields[] = {
	{"dry_run", API_BOOL, .help = "Only tells what would change"},
	{0},
};

static const struct api_field drain_fields[] = {
	{"deadline_s", API_INT, .max = API_DRAIN_MAX_S,
	 .help = "Seconds until the allocations that are left are ended (never)"},
	{"alternate", API_TEXT, .min = 1, .max = 64,
	 .help = "ADDRESS:PORT of a relay that new clients are sent on to"},
	{"exit", API_BOOL, .help = "End the process when no allocation is left"},
	{0},
};

static const struct api_field subscribe_fields[] = {
	{"kinds", API_LIST,
	 .help = "Only these events; a name, or a group: allocation, room, player, auth, drain, "
		 "node"},
	{"user", API_TEXT, .min = 1, .max = STUN_USERNAME_MAX, .help = "Only about this user"},
	{"id", API_INT, .min = 1, .max = LLONG_MAX, .help = "Only about this allocation"},
	{0},
};

static const struct api_field capture_fields[] = {
	{"file", API_TEXT, true, .min = 1, .max = 255,
	 .help = "NAME.pcapng, a new file in capture.directory"},
	{"session", API_INT, .min = 1, .max = LLONG_MAX,
	 .help = "What an allocation's client and peers send and are sent; one of session, peer, "
		 "reason"},
	{"peer", API_TEXT, .min = 2, .max = 64,
	 .help = "What this ADDRESS or ADDRESS:PORT, of a peer or client, sends and is sent"},
	{"reason", API_TEXT, .min = 1, .max = 32,
	 .help = "What is dropped for this reason, as stats.drops names it"},
	{"packets", API_INT, .min = 1, .max = CAPTURE_PACKETS_MAX,
	 .help = "Ends after so many (any number)"},
	{"bytes", API_INT, .min = 4096, .max = CAPTURE_BYTES_MAX,
	 .help = "Ends before the file is larger (67108864)"},
	{"seconds", API_INT, .min = 1, .max = CAPTURE_SECONDS_MAX,
	 .help = "Ends after so long (300)"},
	{0},
};

const struct api_method api_methods[] = {
	{"node.status", API_SHOW, none, "Name, version, state, workers and ports of the relay.",
	 api_status_result},
	{"node.drain", API_CHANGE, drain_fields,
	 "Refuses new allocations or sends them on; those that live go on until the deadline.",
	 api_drain_result},
	{"node.resume", API_CHANGE, none, "Accepts new allocations again.", api_drain_result},
	{"config.reload", API_CHANGE, reload_fields,
	 "Reads the configuration file again and takes over what can change at run time.",
	 api_reload_result},
	{"log.level", API_CHANGE, level_fields, "Sets or tells how much is logged.",
	 api_level_result},
	{"stats.ports", API_SHOW, none, "Packets, bytes and latency of every port and queue.",
	 api_ports_result},
	{"stats.steps", API_SHOW, none, "Packets, batches and cycles of every worker and step.",
	 api_steps_result},
	{"stats.drops", API_SHOW, none, "Dropped packets by worker and reason, and the balance.",
	 api_drops_result},
	{"stats.load", API_SHOW, none,
	 "What the crowd on a load port sent, got back and found wrong; for benches.",
	 api_load_result},
	{"path.show", API_SHOW, none, "The steps that a packet walks, in order.", api_path_result},
	{"turn.list", API_SHOW, list_fields, "Live allocations by ascending id, page by page.",
	 api_list_result},
	{"turn.show", API_SHOW, id_fields, "One allocation with its permissions and channels.",
	 api_show_result},
	{"turn.delete", API_CHANGE, id_fields, "Ends an allocation.", api_delete_result},
	{"credential.issue", API_CHANGE, issue_fields,
	 "Makes a username and password for a limited time.", api_issue_result},
	{"events.subscribe", API_SHOW, subscribe_fields,
	 "Tells events on this connection from now on, as notifications.", api_subscribe_result},
	{"credential.revoke", API_CHANGE, revoke_fields,
	 "Ends what a token, player or user has, at once, and lets it in no more.",
	 api_revoke_result},
	{"credential.allow", API_CHANGE, revoke_fields, "Takes a revocation back.",
	 api_allow_result},
	{"room.list", API_SHOW, api_rooms_fields, "Voice rooms by name, page by page.",
	 api_rooms_result},
	{"room.show", API_SHOW, api_room_fields, "One voice room.", api_room_show_result},
	{"room.create", API_CHANGE, api_room_create_fields,
	 "Makes a voice room that stays when nobody is in it.", api_room_create_result},
	{"room.delete", API_CHANGE, api_room_fields, "Ends a voice room; its players leave.",
	 api_room_delete_result},
	{"player.join", API_CHANGE, api_join_fields,
	 "Seats a player in a room: SDP offer in, answer out.", api_join_result},
	{"player.leave", API_CHANGE, api_leave_fields, "Ends a player's seat.", api_leave_result},
	{"player.list", API_SHOW, api_players_fields,
	 "Players of a room by name, with their rules and how they are heard.", api_players_result},
	{"player.mute", API_CHANGE, api_mute_fields,
	 "Takes a player's voice from all, or from one hearer; or gives it back.", api_mute_result},
	{"player.move", API_CHANGE, api_move_fields,
	 "Moves a player to another room or team, or changes its rank.", api_move_result},
	{"player.hear", API_CHANGE, api_hear_fields, "Says whom a player hears, and who hears it.",
	 api_hear_result},
	{"player.position", API_CHANGE, api_position_fields,
	 "Places players, for rooms where distance matters.", api_position_result},
	{"capture.start", API_CHANGE, capture_fields,
	 "Copies packets that match into a pcapng file, while they are relayed.",
	 api_capture_result},
	{"capture.stop", API_CHANGE, none, "Ends the capture; its file is closed soon after.",
	 api_capture_result},
	{"capture.show", API_CHANGE, none, "How the capture goes, or how the last one went.",
	 api_capture_result},
	{"api.describe", API_SHOW, none, "Lists the methods and their parameters.",
	 api_describe_result},
	{0},
};

const struct api_method *api_find(const char *name)
{
	for (const struct api_method *m = api_methods; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}
