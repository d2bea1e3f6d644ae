// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "player.h"
#include "table.h"

// --- list ------------------------------------------------------------------------------------------

static void real_cell(struct table *t, const json_t *r, const char *key, double times)
{
	const json_t *value = json_object_get(r, key);

	if (json_is_number(value))
		table_real(t, json_number_value(value) * times, 1);
	else
		table_text(t, NULL);
}

// What is out of the ordinary about a player, in one word each.
static void rules_cell(struct table *t, const json_t *r)
{
	static const char *const flags[] = {"muted",    "deaf",      "listener",
					    "priority", "all_teams", NULL};
	char text[64] = "";
	size_t len = 0;

	for (unsigned i = 0; flags[i]; i++)
		if (json_is_true(json_object_get(r, flags[i])))
			len += (size_t)snprintf(text + len, sizeof text - len, "%s%s",
						len ? "," : "", flags[i]);
	table_text(t, len ? text : NULL);
}

static void state_cell(struct table *t, const json_t *r)
{
	bool connected = json_is_true(json_object_get(r, "connected"));
	bool speaking = json_is_true(json_object_get(r, "speaking"));

	table_text(t, speaking ? "speaks" : connected ? "silent" : "connects");
	table_tone(t, speaking ? TABLE_GOOD : connected ? TABLE_PLAIN : TABLE_WARN);
}

static void list_print(const struct ctl *c, const json_t *r)
{
	const json_t *list = member_list(r, "players"), *p;
	struct table *t = table_new(c, (const char *const[]){"PLAYER", ">TEAM", "STATE", "RULES",
							     ">IN", ">OUT", ">LOSS IN %",
							     ">LOSS OUT %", ">JITTER MS", ">RTT MS",
							     ">SINCE", "ADDRESS", NULL});
	size_t i;

	json_array_foreach(list, i, p) {
		table_line(t);
		table_text(t, member_text(p, "player"));
		table_count(t, member_count(p, "team"));
		state_cell(t, p);
		rules_cell(t, p);
		table_count(t, member_count(p, "packets_in"));
		table_count(t, member_count(p, "packets_out"));
		real_cell(t, p, "loss_in", 100);
		real_cell(t, p, "loss_out", 100);
		real_cell(t, p, "jitter_ms", 1);
		real_cell(t, p, "round_trip_ms", 1);
		table_life(t, member_count(p, "seconds"));
		table_text(t, member_text(p, "address"));
	}
	table_print(t);
	printf("%zu player%s%s\n", i, i == 1 ? "" : "s",
	       json_is_string(json_object_get(r, "next")) ? "; there are more" : "");
}

// --- join, leave -----------------------------------------------------------------------------------

// The offer's file, or standard input, into params.
static int join_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const char *file = member_text(params, "offer");
	char *text = player_file_read(file ? file : "-", SDP_TEXT_MAX);

	if (!text)
		return CTL_FAILED;
	json_object_set_new(params, "offer", json_string(text));
	free(text);
	return client_call(c, c->command->method, params, result);
}

// SDP and nothing else, so that it can go on in a pipe. Lines end as files' do; -j has the very bytes.
static void join_print(const struct ctl *c, const json_t *r)
{
	const char *answer = member_text(r, "answer");
	char *text = strdup(answer ? answer : ""), *rest = text, *line;

	(void)c;
	while ((line = strsep(&rest, "\n"))) {
		line[strcspn(line, "\r")] = 0;
		text_clean(line);
		if (*line)
			puts(line);
	}
	free(text);
}

static void who_print(const json_t *r)
{
	text_print(member_text(r, "player"));
	fputs(" in ", stdout);
	text_print(member_text(r, "room"));
}

static void leave_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	who_print(r);
	puts(" is gone");
}

// --- rules -----------------------------------------------------------------------------------------

// "on" and "off" of these options become true and false.
static int switches_take(json_t *params, const char *const *keys)
{
	for (; *keys; keys++) {
		const char *text = member_text(params, *keys);

		if (text && strcmp(text, "on") && strcmp(text, "off")) {
			ctl_complain("'%s' is neither on nor off", text);
			return CTL_USAGE;
		}
		if (text)
			json_object_set_new(params, *keys, json_boolean(!strcmp(text, "on")));
	}
	return CTL_DONE;
}

static int mute_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	bool off = json_is_true(json_object_get(params, "off"));

	json_object_del(params, "off");
	json_object_set_new(params, "muted", json_boolean(!off));
	return client_call(c, c->command->method, params, result);
}

static void mute_print(const struct ctl *c, const json_t *r)
{
	const char *hearer = member_text(r, "for");

	(void)c;
	who_print(r);
	printf(" is %s for ", json_is_true(json_object_get(r, "muted")) ? "muted" : "heard again");
	text_print(hearer ? hearer : "all");
	putchar('\n');
}

static int move_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	int code = switches_take(params, (const char *const[]){"priority", NULL});

	return code ? code : client_call(c, c->command->method, params, result);
}

static void move_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	who_print(r);
	printf(", team %u%s\n", (unsigned)member_count(r, "team"),
	       json_is_true(json_object_get(r, "priority")) ? ", priority" : "");
}

static int hear_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	int code =
		switches_take(params, (const char *const[]){"deaf", "all_teams", "listener", NULL});

	if (json_is_true(json_object_get(params, "aloud")))
		json_object_set_new(params, "whisper", json_array());
	json_object_del(params, "aloud");
	return code ? code : client_call(c, c->command->method, params, result);
}

static void hear_print(const struct ctl *c, const json_t *r)
{
	char *whisper = member_join(r, "whisper");

	(void)c;
	who_print(r);
	printf(": hears %s; is heard by ", json_is_true(json_object_get(r, "deaf")) ? "nobody"
					   : json_is_true(json_object_get(r, "all_teams"))
						   ? "every team"
						   : "its team");
	text_print(json_is_true(json_object_get(r, "listener")) ? "nobody"
		   : whisper && *whisper                        ? whisper
								: "its team");
	putchar('\n');
	free(whisper);
}

static void position_print(const struct ctl *c, const json_t *r)
{
	char n[TABLE_NUMBER], unknown[TABLE_NUMBER];

	(void)c;
	printf("placed: %s, unknown: %s\n", number_count(n, member_int(r, "placed")),
	       number_count(unknown, member_int(r, "unknown")));
}

// --- Rows ------------------------------------------------------------------------------------------

#define WHO                                                                                        \
	{"room", NULL, "ROOM", API_TEXT, true, "Where"},                                           \
	{                                                                                          \
		"player", NULL, "PLAYER", API_TEXT, true, "Who"                                    \
	}

static const struct ctl_param list_params[] = {
	{"room", NULL, "ROOM", API_TEXT, true, "Where"},
	{"after", "after", "PLAYER", API_TEXT, false, "Only those behind this name"},
	{"limit", "limit", "N", API_INT, false, "At most so many (1000)"},
	{0},
};

static const struct ctl_param join_params[] = {
	{"room", NULL, "ROOM", API_TEXT, false, "Made where it is new; a token may say it"},
	{"player", NULL, "PLAYER", API_TEXT, false, "Whoever has that name leaves"},
	{"offer", "offer", "FILE", API_TEXT, false, "SDP; - is standard input (-)"},
	{"token", "token", "TOKEN", API_TEXT, false, "The player's; without it you speak for it"},
	{"ttl_s", "ttl", "SECONDS", API_INT, false, "The seat ends then (never)"},
	{"team", "team", "N", API_INT, false, "Hears its own (0)"},
	{"priority", "priority", NULL, API_BOOL, false, "Ranks first among speakers"},
	{"listener", "listener", NULL, API_BOOL, false, "Has no voice"},
	{"native", "native", NULL, API_BOOL, false,
	 "Each voice under an SSRC of its own, on one line"},
	{0},
};

static const struct ctl_param who_params[] = {WHO, {0}};

static const struct ctl_param mute_params[] = {
	WHO,
	{"for", "for", "PLAYER", API_TEXT, false, "Only this one does not hear it (all)"},
	{"off", "off", NULL, API_BOOL, false, "The other way round: is heard again"},
	{0},
};

static const struct ctl_param move_params[] = {
	WHO,
	{"to", "to", "ROOM", API_TEXT, false, "Another room, made where it is new"},
	{"team", "team", "N", API_INT, false, "Another team"},
	{"priority", "priority", "on|off", API_TEXT, false, "Ranks first among speakers", "on off"},
	{0},
};

static const struct ctl_param hear_params[] = {
	WHO,
	{"deaf", "deaf", "on|off", API_TEXT, false, "Hears nobody", "on off"},
	{"all_teams", "all-teams", "on|off", API_TEXT, false, "Hears every team, at any distance",
	 "on off"},
	{"listener", "listener", "on|off", API_TEXT, false, "Has no voice", "on off"},
	{"whisper", "whisper", "PLAYER", API_LIST, false,
	 "Only those named so hear it; may be given again"},
	{"aloud", "aloud", NULL, API_BOOL, false, "Ends whispering"},
	{0},
};

static const struct ctl_param position_params[] = {
	{"room", NULL, "ROOM", API_TEXT, true, "Where"},
	{"player", NULL, "PLAYER", API_TEXT, false, "Who; with --at"},
	{"at", "at", "X,Y,Z", API_TEXT, false, "Where that player stands"},
	{"file", "file", "FILE", API_TEXT, false,
	 "Of many: lines of PLAYER X Y Z; - is standard input"},
	{0},
};

const struct ctl_command player_commands[] = {
	{"player", "list", "player.list", "Lists players of a room", "player list lobby",
	 list_params, .watch = true, .print = list_print},
	{"player", "join", "player.join", "Seats a player: SDP offer in, answer out",
	 "player join lobby alice --offer offer.sdp", join_params, .fetch = join_fetch,
	 .print = join_print},
	{"player", "leave", "player.leave", "Ends a player's seat", "player leave lobby alice",
	 who_params, .print = leave_print},
	{"player", "mute", "player.mute", "Takes a player's voice from all, or from one hearer",
	 "player mute lobby alice --for bob", mute_params, .fetch = mute_fetch,
	 .print = mute_print},
	{"player", "move", "player.move", "Moves a player to another room or team",
	 "player move lobby alice --to arena --team 2", move_params, .fetch = move_fetch,
	 .print = move_print},
	{"player", "hear", "player.hear", "Says whom a player hears, and who hears it",
	 "player hear lobby alice --whisper bob --whisper carol", hear_params, .fetch = hear_fetch,
	 .print = hear_print},
	{"player", "position", "player.position", "Places players in a room with distance",
	 "player position lobby alice --at 12.5,0,-3", position_params,
	 .fetch = player_position_fetch, .print = position_print},
	{0},
};
