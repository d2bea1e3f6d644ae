// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

// How a drain goes, as one line: "running, 12 left, until 2026-…".
static void drain_describe(char *out, size_t cap, const json_t *drain)
{
	const char *deadline = member_text(drain, "deadline");
	const char *alternate = member_text(drain, "alternate");
	const char *state = member_text(drain, "state");
	char left[TABLE_NUMBER];

	snprintf(out, cap, "%s, %s left%s%s%s%s%s", state ? state : "?",
		 number_count(left, member_int(drain, "allocations_left")),
		 deadline ? ", until " : "", deadline ? deadline : "",
		 alternate ? ", new ones go to " : "", alternate ? alternate : "",
		 json_is_true(json_object_get(drain, "exit")) ? ", then the process ends" : "");
}

static void summary_print(const struct ctl *c, const json_t *r)
{
	const json_t *turn = json_object_get(r, "turn");
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	const char *state = member_text(r, "state");
	char text[2 * TABLE_NUMBER + 8], a[TABLE_NUMBER], b[TABLE_NUMBER], drain[256];

	table_pair(t, "name", member_text(r, "name"));
	table_pair(t, "region", member_text(r, "region"));
	table_pair(t, "state", state);
	table_tone(t, state && !strcmp(state, "ready") ? TABLE_GOOD : TABLE_WARN);
	if (json_is_object(json_object_get(r, "drain"))) {
		drain_describe(drain, sizeof drain, json_object_get(r, "drain"));
		table_pair(t, "drain", drain);
	}
	table_pair(t, "up for", number_life(a, member_count(r, "uptime_s")));
	snprintf(text, sizeof text, "%s of %s", number_count(a, member_int(turn, "allocations")),
		 number_count(b, member_int(turn, "allocations_max")));
	table_pair(t, "allocations", text);
	table_pair(t, "version", member_text(r, "version"));
	table_pair(t, "dpdk", member_text(r, "dpdk"));
	snprintf(text, sizeof text, "%" PRId64, member_int(r, "pid"));
	table_pair(t, "process", text);
	table_print(t);
}

static void workers_print(const struct ctl *c, const json_t *workers)
{
	struct table *t =
		table_new(c, (const char *const[]){">WORKER", ">CPU", ">BUSY %",
						   c->rates ? ">PACKETS/S" : ">PACKETS", NULL});
	const json_t *w;
	size_t i;

	json_array_foreach(workers, i, w) {
		double busy = member_real(w, "busy_share") * 100;

		table_line(t);
		table_count(t, member_count(w, "id"));
		table_count(t, member_count(w, "cpu"));
		table_real(t, busy, 1);
		table_tone(t, busy > 90 ? TABLE_BAD : busy > 70 ? TABLE_WARN : TABLE_PLAIN);
		table_count(t, member_count(w, "packets"));
	}
	table_title(c, "Workers");
	table_print(t);
}

static void port_line(struct table *t, const json_t *p)
{
	bool up = json_is_true(json_object_get(p, "up"));
	char *addresses = member_join(p, "addresses");

	table_line(t);
	table_text(t, member_text(p, "name"));
	table_text(t, up ? "up" : "down");
	table_tone(t, up ? TABLE_GOOD : TABLE_BAD);
	table_count(t, member_count(p, "speed_mbps"));
	table_count(t, member_count(p, "mtu"));
	table_count(t, member_count(p, "queues"));
	table_count(t, member_count(p, "socket"));
	table_text(t, member_text(p, "mac"));
	table_text(t, member_text(p, "driver"));
	table_text(t, member_text(p, "device"));
	table_text(t, addresses);
	free(addresses);
}

static void status_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"PORT", "LINK", ">MBIT/S", ">MTU",
							     ">QUEUES", ">SOCKET", "MAC", "DRIVER",
							     "DEVICE", "ADDRESSES", NULL});
	const json_t *p;
	size_t i;

	summary_print(c, r);
	workers_print(c, member_list(r, "workers"));
	json_array_foreach(member_list(r, "ports"), i, p) {
		port_line(t, p);
	}
	table_title(c, "Ports");
	table_print(t);
}

static void drain_print(const struct ctl *c, const json_t *r)
{
	const char *state = member_text(r, "state");
	const json_t *drain = json_object_get(r, "drain");
	char live[TABLE_NUMBER], text[256];

	(void)c;
	number_count(live, member_int(r, "allocations"));
	if (!state || strcmp(state, "draining") != 0) {
		printf("ready: new allocations are welcome, %s live\n", live);
		return;
	}
	printf("draining: new allocations are %s, %s go on\n",
	       member_text(drain, "alternate") ? "sent on" : "refused", live);
	if (!json_is_object(drain))
		return;
	drain_describe(text, sizeof text, drain);
	text_clean(text);
	puts(text);
}

static const struct ctl_param drain_params[] = {
	{"deadline_s", "deadline", "SECONDS", API_INT, false,
	 "End the allocations that are left by then (never)"},
	{"alternate", "alternate", "ADDRESS:PORT", API_TEXT, false,
	 "Send new clients on to this relay instead of refusing them"},
	{"exit", "exit", NULL, API_BOOL, false, "End the process when no allocation is left"},
	{0},
};

const struct ctl_command node_commands[] = {
	{"node", "status", "node.status", "Shows the relay, its workers and its ports",
	 "node status", .watch = true, .print = status_print},
	{"node", "drain", "node.drain", "Refuses new allocations; those that live go on",
	 "node drain --deadline 600 --alternate 198.18.0.9:3478 --exit", drain_params,
	 .print = drain_print},
	{"node", "resume", "node.resume", "Ends draining", "node resume", .print = drain_print},
	{0},
};
