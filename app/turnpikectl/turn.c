// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "config/limits.h"
#include "table.h"

static void allocation_line(struct table *t, const json_t *a)
{
	char *relays = member_join(a, "relays");
	char id[24];

	snprintf(id, sizeof id, "%" PRIu64, member_count(a, "id"));
	table_line(t);
	table_text(t, id);
	table_text(t, member_text(a, "user"));
	table_text(t, member_text(a, "client"));
	table_text(t, relays);
	table_text(t, member_text(a, "transport"));
	table_count(t, member_count(a, "peers"));
	table_life(t, member_count(a, "expires_s"));
	table_count(t, member_count(a, "packets_in"));
	table_bytes(t, member_count(a, "bytes_in"));
	table_count(t, member_count(a, "packets_out"));
	table_bytes(t, member_count(a, "bytes_out"));
	free(relays);
}

static void list_print(const struct ctl *c, const json_t *r)
{
	static const char *const totals[] = {">ID",          "USER",        "CLIENT",
					     "RELAYS",       "OVER",        ">PEERS",
					     ">EXPIRES",     ">PACKETS IN", ">BYTES IN",
					     ">PACKETS OUT", ">BYTES OUT",  NULL};
	static const char *const rates[] = {">ID",          "USER",
					    "CLIENT",       "RELAYS",
					    "OVER",         ">PEERS",
					    ">EXPIRES",     ">PACKETS IN/S",
					    ">BYTES IN/S",  ">PACKETS OUT/S",
					    ">BYTES OUT/S", NULL};
	const json_t *list = member_list(r, "allocations"), *a;
	struct table *t = table_new(c, c->rates ? rates : totals);
	char n[TABLE_NUMBER];
	size_t i;

	json_array_foreach(list, i, a) {
		allocation_line(t, a);
	}
	table_print(t);
	number_count(n, (int64_t)json_array_size(list));
	printf("%s allocation%s%s\n", n, i == 1 ? "" : "s",
	       json_is_integer(json_object_get(r, "next")) ? "; there are more" : "");
}

// Asks for the next page, as long as the last one; adds to `list`.
static int page_fetch(const struct ctl *c, json_t *params, json_t *list, json_t **next)
{
	json_t *page = NULL;
	int code = client_call(c, "turn.list", params, &page);

	if (code)
		return code;
	json_array_extend(list, json_object_get(page, "allocations"));
	*next = json_incref(json_object_get(page, "next"));
	json_decref(page);
	return CTL_DONE;
}

static bool page_limit(json_t *params, const json_t *limit, size_t have)
{
	json_int_t left = limit ? json_integer_value(limit) - (json_int_t)have : CTL_PAGE;

	if (left > CTL_PAGE)
		left = CTL_PAGE;
	json_object_set_new(params, "limit", json_integer(left));
	return left > 0;
}

// A relay may hold more allocations than fit one answer: page by page, shown as one list. `next` must
// rise, or a relay that repeats itself would never let us end.
int turn_list_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	json_t *ask = json_copy(params), *list = json_array(), *next = NULL;
	json_t *limit = json_object_get(params, "limit");
	json_int_t after = -1;
	int code = CTL_DONE;

	while (!code && page_limit(ask, limit, json_array_size(list))) {
		json_decref(next);
		next = NULL;
		code = page_fetch(c, ask, list, &next);
		if (!json_is_integer(next) || json_integer_value(next) <= after)
			break;
		after = json_integer_value(next);
		json_object_set(ask, "after", next);
	}
	if (!code)
		*result = json_pack("{s:O, s:O?}", "allocations", list, "next", next);
	json_decref(next);
	json_decref(list);
	json_decref(ask);
	return code;
}

static void data_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, c->rates ? (const char *const[]){"DIRECTION", ">PACKETS/S",
									">BYTES/S", NULL}
						: (const char *const[]){"DIRECTION", ">PACKETS",
									">BYTES", NULL});
	char n[TABLE_NUMBER];

	table_line(t);
	table_text(t, "from the client");
	table_count(t, member_count(r, "packets_in"));
	table_bytes(t, member_count(r, "bytes_in"));
	table_line(t);
	table_text(t, "to the client");
	table_count(t, member_count(r, "packets_out"));
	table_bytes(t, member_count(r, "bytes_out"));
	table_title(c, "Data");
	table_print(t);
	printf("dropped: %s%s\n", number_count(n, member_int(r, "dropped")),
	       c->rates ? " a second" : "");
}

static void permits_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"PEER", ">EXPIRES", NULL});
	const json_t *item;
	char number[16];
	size_t i;

	json_array_foreach(member_list(r, "permissions"), i, item) {
		table_line(t);
		table_text(t, member_text(item, "peer"));
		table_life(t, member_count(item, "expires_s"));
	}
	table_title(c, "Permissions");
	table_print(t);
	table_title(c, "Channels");
	t = table_new(c, (const char *const[]){"CHANNEL", "PEER", ">EXPIRES", NULL});
	json_array_foreach(member_list(r, "channels"), i, item) {
		snprintf(number, sizeof number, "0x%04x",
			 (unsigned)member_count(item, "number") & 0xffff);
		table_line(t);
		table_text(t, number);
		table_text(t, member_text(item, "peer"));
		table_life(t, member_count(item, "expires_s"));
	}
	table_print(t);
}

static void times_pairs(struct table *t, const json_t *r)
{
	const json_t *last = json_object_get(r, "last_activity_s");
	time_t created = (time_t)member_int(r, "created");
	char text[TABLE_NUMBER + 8], n[TABLE_NUMBER];
	struct tm utc;

	if (gmtime_r(&created, &utc))
		strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &utc);
	else
		snprintf(text, sizeof text, "-");
	table_pair(t, "created", text);
	snprintf(text, sizeof text, "in %s", number_life(n, member_count(r, "expires_s")));
	table_pair(t, "expires", text);
	snprintf(text, sizeof text, "%s ago", number_life(n, member_count(r, "last_activity_s")));
	table_pair(t, "last data", json_is_integer(last) ? text : "never");
}

static void show_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	char *relays = member_join(r, "relays");
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, member_count(r, "id"));
	table_pair(t, "id", text);
	table_pair(t, "user", member_text(r, "user"));
	table_pair(t, "client", member_text(r, "client"));
	table_pair(t, "server", member_text(r, "server"));
	table_pair(t, "transport", member_text(r, "transport"));
	table_pair(t, "relays", relays);
	snprintf(text, sizeof text, "%" PRId64, member_int(r, "worker"));
	table_pair(t, "worker", text);
	times_pairs(t, r);
	table_print(t);
	permits_print(c, r);
	data_print(c, r);
	free(relays);
}

static void delete_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	printf("allocation %" PRIu64 " is gone\n", member_count(r, "deleted"));
}

static const struct ctl_param list_params[] = {
	{"user", "user", "NAME", API_TEXT, false, "Only this user's"},
	{"after", "after", "ID", API_INT, false, "Only those after this one"},
	{"limit", "limit", "N", API_INT, false, "At most so many"},
	{0},
};
static const struct ctl_param id_params[] = {
	{"id", NULL, "ID", API_INT, true, "The allocation, as turn list shows it"},
	{0},
};

const struct ctl_command turn_commands[] = {
	{"turn", "list", "turn.list", "Lists allocations", "turn list --user alice", list_params,
	 .watch = true, .fetch = turn_list_fetch, .print = list_print},
	{"turn", "show", "turn.show", "Shows one allocation with its peers", "turn show 7",
	 id_params, .watch = true, .print = show_print},
	{"turn", "delete", "turn.delete", "Ends an allocation; its client may make another",
	 "turn delete 7", id_params, .print = delete_print},
	{0},
};
