// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "table.h"

// capture start, stop, show.

#define POLL_NS 20000000 // between two looks at a file that is being closed

static const struct limit_unit {
	const char *suffix, *param;
	long long factor;
} limit_units[] = {
	{"", "packets", 1},    {"s", "seconds", 1},      {"min", "seconds", 60},
	{"kB", "bytes", 1000}, {"MB", "bytes", 1000000}, {"GB", "bytes", 1000000000},
	{NULL, NULL, 0},
};

// 1000 (packets), 10MB, 30s: into the parameter that the relay takes.
static bool limit_take(json_t *params, const char *text)
{
	const struct limit_unit *u = limit_units;
	long long n, value;
	char *end;

	errno = 0;
	n = strtoll(text, &end, 10);
	while (u->suffix && strcmp(u->suffix, end) != 0)
		u++;
	if (errno || end == text || n < 1 || !u->suffix ||
	    __builtin_mul_overflow(n, u->factor, &value)) {
		ctl_complain("--limit: '%s' is none of PACKETS, BYTES (10MB) and SECONDS (30s)",
			     text);
		return false;
	}
	return !json_object_set_new(params, u->param, json_integer(value));
}

static int start_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	json_t *ask = json_copy(params);
	const json_t *limit;
	int code = CTL_DONE;
	size_t i;

	json_object_del(ask, "limit");
	json_array_foreach(json_object_get(params, "limit"), i, limit) {
		if (!code && !limit_take(ask, json_string_value(limit)))
			code = CTL_USAGE;
	}
	if (!code)
		code = client_call(c, "capture.start", ask, result);
	json_decref(ask);
	return code;
}

static bool is_closing(const json_t *r)
{
	const char *state = member_text(r, "state");

	return state && !strcmp(state, "closing");
}

// The relay does not wait for the disk; we do, as long as for any answer.
static int stop_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const struct timespec nap = {.tv_nsec = POLL_NS};
	int code = client_call(c, "capture.stop", params, result);

	for (unsigned i = 0; !code && is_closing(*result) && i < c->timeout_s * 50; i++) {
		nanosleep(&nap, NULL);
		json_decref(*result);
		*result = NULL;
		code = client_call(c, "capture.show", params, result);
	}
	return code;
}

static void limits_print(struct table *t, const json_t *limits)
{
	char packets[TABLE_NUMBER], bytes[TABLE_NUMBER], life[TABLE_NUMBER], text[160];

	snprintf(text, sizeof text, "%s packets, %s, %s",
		 number_count(packets, member_int(limits, "packets")),
		 number_bytes(bytes, member_count(limits, "bytes")),
		 number_life(life, member_count(limits, "seconds")));
	table_pair(t, "limits", text);
}

static void capture_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	char text[TABLE_NUMBER];

	table_pair(t, "state", member_text(r, "state"));
	if (member_text(r, "file")) {
		table_pair(t, "file", member_text(r, "file"));
		table_pair(t, "of", member_text(r, "filter"));
		table_pair(t, "since", member_text(r, "since"));
		table_pair(t, "for", number_life(text, member_count(r, "elapsed_s")));
		table_pair(t, "matched", number_count(text, member_int(r, "seen")));
		table_pair(t, "lost", number_count(text, member_int(r, "lost")));
		if (member_count(r, "lost"))
			table_tone(t, TABLE_WARN);
		table_pair(t, "written", number_count(text, member_int(r, "packets")));
		table_pair(t, "bytes", number_bytes(text, member_count(r, "bytes")));
		limits_print(t, json_object_get(r, "limits"));
	}
	if (member_text(r, "ended"))
		table_pair(t, "ended by", member_text(r, "ended"));
	if (member_text(r, "error")) {
		table_pair(t, "error", member_text(r, "error"));
		table_tone(t, TABLE_BAD);
	}
	table_print(t);
}

static const struct ctl_param start_params[] = {
	{"file", "write", "FILE", API_TEXT, true,
	 "NAME.pcapng, a new file in the relay's capture.directory", .letter = 'w'},
	{"session", "session", "ID", API_INT, false,
	 "What an allocation's client and peers send and are sent"},
	{"peer", "peer", "ADDRESS", API_TEXT, false,
	 "What this address (with a port or without), of a peer or client, sends and is sent"},
	{"reason", "reason", "REASON", API_TEXT, false,
	 "What is dropped for this reason, as stats drops names it"},
	{"limit", "limit", "LIMIT", API_LIST, false,
	 "Ends after so many packets (1000), bytes (10MB) or seconds (30s); may be given again "
	 "(64 MiB and five minutes)"},
	{0},
};

const struct ctl_command capture_commands[] = {
	{"capture", "start", "capture.start",
	 "Copies packets of one session, peer or reason into a file, while they are relayed",
	 "capture start --session 7 --limit 30s -w call.pcapng", start_params, .fetch = start_fetch,
	 .print = capture_print},
	{"capture", "stop", "capture.stop", "Ends the capture and waits for its file",
	 "capture stop", NULL, .fetch = stop_fetch, .print = capture_print},
	{"capture", "show", "capture.show", "Tells how the capture goes, or how the last one went",
	 "capture show", NULL, .print = capture_print},
	{0},
};
