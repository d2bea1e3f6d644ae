// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>

#include "table.h"

static void text_cell(struct table *t, const json_t *r, const char *key)
{
	table_text(t, member_text(r, key));
}

static void list_print(const struct ctl *c, const json_t *r)
{
	const json_t *list = member_list(r, "rooms"), *room;
	struct table *t = table_new(c, (const char *const[]){"ROOM", ">PLAYERS", ">SPEAKING",
							     "KEPT", ">NEAREST", ">WORKER", NULL});
	size_t i;

	json_array_foreach(list, i, room) {
		table_line(t);
		text_cell(t, room, "room");
		table_count(t, member_count(room, "players"));
		table_count(t, member_count(room, "speaking"));
		table_text(t, json_is_true(json_object_get(room, "kept")) ? "yes" : "no");
		if (member_count(room, "nearest"))
			table_count(t, member_count(room, "nearest"));
		else
			table_text(t, NULL);
		table_count(t, member_count(room, "worker"));
	}
	table_print(t);
	printf("%zu room%s%s\n", i, i == 1 ? "" : "s",
	       json_is_string(json_object_get(r, "next")) ? "; there are more" : "");
}

static void count_pair(struct table *t, const char *name, const json_t *r, const char *key)
{
	char n[TABLE_NUMBER];

	table_pair(t, name, number_count(n, member_int(r, key)));
}

static void facts_add(struct table *t, const json_t *r)
{
	char text[96];

	table_pair(t, "room", member_text(r, "room"));
	count_pair(t, "players", r, "players");
	count_pair(t, "speaking", r, "speaking");
	table_pair(t, "stays when empty", json_is_true(json_object_get(r, "kept")) ? "yes" : "no");
	if (member_count(r, "nearest"))
		snprintf(text, sizeof text, "the nearest %u within %g",
			 (unsigned)member_count(r, "nearest"), member_real(r, "range"));
	else
		snprintf(text, sizeof text, "all, at any distance");
	table_pair(t, "who is heard", text);
	count_pair(t, "worker", r, "worker");
}

static void create_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});

	facts_add(t, r);
	table_print(t);
}

static void show_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	const json_t *team;
	size_t i;

	facts_add(t, r);
	count_pair(t, "connected", r, "connected");
	count_pair(t, "listeners", r, "listeners");
	count_pair(t, "voices a hearer", r, "speakers");
	count_pair(t, "packets in", r, "packets_in");
	count_pair(t, "packets out", r, "packets_out");
	table_print(t);
	table_title(c, "TEAMS");
	t = table_new(c, (const char *const[]){">TEAM", ">PLAYERS", NULL});
	json_array_foreach(member_list(r, "teams"), i, team) {
		table_line(t);
		table_count(t, member_count(team, "team"));
		table_count(t, member_count(team, "players"));
	}
	table_print(t);
}

static void delete_print(const struct ctl *c, const json_t *r)
{
	char n[TABLE_NUMBER];

	(void)c;
	text_print("room ");
	text_print(member_text(r, "deleted"));
	printf(" is gone; players that left: %s\n", number_count(n, member_int(r, "players")));
}

static const struct ctl_param list_params[] = {
	{"after", "after", "ROOM", API_TEXT, false, "Only those behind this name"},
	{"limit", "limit", "N", API_INT, false, "At most so many (1000)"},
	{0},
};

static const struct ctl_param room_params[] = {
	{"room", NULL, "ROOM", API_TEXT, true, "Its name"},
	{0},
};

static const struct ctl_param create_params[] = {
	{"room", NULL, "ROOM", API_TEXT, true, "Its name"},
	{"nearest", "nearest", "N", API_INT, false,
	 "Each player hears so many, the nearest; with --range"},
	{"range", "range", "DISTANCE", API_REAL, false, "Beyond it nobody is heard"},
	{0},
};

const struct ctl_command room_commands[] = {
	{"room", "list", "room.list", "Lists voice rooms", "room list --limit 20", list_params,
	 .watch = true, .print = list_print},
	{"room", "show", "room.show", "Tells about a voice room", "room show lobby", room_params,
	 .watch = true, .print = show_print},
	{"room", "create", "room.create", "Makes a voice room that stays when nobody is in it",
	 "room create lobby --nearest 20 --range 50", create_params, .print = create_print},
	{"room", "delete", "room.delete", "Ends a voice room; its players leave",
	 "room delete lobby", room_params, .print = delete_print},
	{0},
};
