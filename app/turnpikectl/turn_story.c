// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "table.h"

// One allocation for a person who asks why it sounds bad: `turn show`.

static void ago_cell(struct table *t, const json_t *r, const char *key)
{
	char text[TABLE_NUMBER + 8], n[TABLE_NUMBER];

	if (!json_object_get(r, key)) {
		table_text(t, NULL);
		return;
	}
	snprintf(text, sizeof text, "%s ago", number_life(n, member_count(r, key)));
	table_text(t, json_is_integer(json_object_get(r, key)) ? text : "never");
}

struct way {
	const char *name, *packets, *bytes, *dropped, *last;
};

static void dropped_cell(struct table *t, uint64_t dropped, uint64_t packets)
{
	char text[TABLE_NUMBER + 24], n[TABLE_NUMBER];

	number_count(n, (int64_t)dropped);
	if (dropped)
		snprintf(text, sizeof text, "%s (%.2g %%)", n,
			 100 * (double)dropped / ((double)dropped + (double)packets));
	table_text(t, dropped ? text : n);
	table_tone(t, dropped ? TABLE_BAD : TABLE_PLAIN);
}

// Means since it was made; of what was asked a second ago --watch tells.
static void mean_cells(struct table *t, const json_t *r, uint64_t packets, uint64_t bytes)
{
	double age_s = member_real(r, "age_s");
	char n[TABLE_NUMBER], text[TABLE_NUMBER];

	if (packets)
		table_count(t, bytes / packets);
	else
		table_text(t, NULL);
	if (age_s <= 0) {
		table_text(t, NULL);
		table_text(t, NULL);
		return;
	}
	table_real(t, (double)packets / age_s, 1);
	number_bytes(n, (uint64_t)((double)bytes * 8 / age_s));
	// The same prefixes, another unit.
	snprintf(text, sizeof text, "%.*sbit/s", (int)strlen(n) - 1, n);
	table_text(t, text);
}

static void way_line(const struct ctl *c, struct table *t, const json_t *r, const struct way *w)
{
	uint64_t packets = member_count(r, w->packets), bytes = member_count(r, w->bytes);

	table_line(t);
	table_text(t, w->name);
	table_count(t, packets);
	table_bytes(t, bytes);
	if (!c->rates)
		mean_cells(t, r, packets, bytes);
	dropped_cell(t, member_count(r, w->dropped), packets);
	ago_cell(t, r, w->last);
}

static void data_print(const struct ctl *c, const json_t *r)
{
	static const struct way ways[] = {
		{"from the client", "packets_in", "bytes_in", "dropped_in", "last_in_s"},
		{"to the client", "packets_out", "bytes_out", "dropped_out", "last_out_s"},
	};
	static const char *const totals[] = {"DIRECTION", ">PACKETS",  ">BYTES",
					     ">SIZE",     ">MEAN PPS", ">MEAN RATE",
					     ">DROPPED",  ">LAST",     NULL};
	static const char *const rates[] = {"DIRECTION",  ">PACKETS/S", ">BYTES/S",
					    ">DROPPED/S", ">LAST",      NULL};
	struct table *t = table_new(c, c->rates ? rates : totals);
	char n[TABLE_NUMBER];

	way_line(c, t, r, &ways[0]);
	way_line(c, t, r, &ways[1]);
	table_title(c, "Data");
	table_print(t);
	printf("dropped over its rate: %s%s\n", number_count(n, member_int(r, "dropped")),
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

static void time_text(char *out, size_t size, int64_t wall_s)
{
	time_t at = (time_t)wall_s;
	struct tm utc;

	if (!gmtime_r(&at, &utc) || !strftime(out, size, "%Y-%m-%d %H:%M:%S UTC", &utc))
		snprintf(out, size, "-");
}

// A time-limited credential says in its name until when it holds: "EXPIRY:NAME".
static void credential_pair(struct table *t, const char *user)
{
	size_t digits = user ? strspn(user, "0123456789") : 0;
	char text[TABLE_NUMBER + 8];

	if (!digits || digits > 12 || user[digits] != ':')
		return;
	time_text(text, sizeof text, strtoll(user, NULL, 10));
	table_pair(t, "credential until", text);
}

static void times_pairs(struct table *t, const json_t *r)
{
	const json_t *last = json_object_get(r, "last_activity_s");
	char text[2 * TABLE_NUMBER + 8], at[TABLE_NUMBER], n[TABLE_NUMBER];

	time_text(at, sizeof at, member_int(r, "created"));
	if (json_object_get(r, "age_s"))
		snprintf(text, sizeof text, "%s, %s ago", at,
			 number_life(n, member_count(r, "age_s")));
	table_pair(t, "created", json_object_get(r, "age_s") ? text : at);
	snprintf(text, sizeof text, "in %s", number_life(n, member_count(r, "expires_s")));
	table_pair(t, "expires", text);
	snprintf(text, sizeof text, "%s ago", number_life(n, member_count(r, "last_activity_s")));
	table_pair(t, "last data", json_is_integer(last) ? text : "never");
}

void turn_story_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	bool placed = json_is_integer(json_object_get(r, "worker"));
	char *relays = member_join(r, "relays");
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, member_count(r, "id"));
	table_pair(t, "id", text);
	table_pair(t, "user", member_text(r, "user"));
	credential_pair(t, member_text(r, "user"));
	table_pair(t, "client", member_text(r, "client"));
	table_pair(t, "server", member_text(r, "server"));
	table_pair(t, "transport", member_text(r, "transport"));
	table_pair(t, "relays", relays);
	snprintf(text, sizeof text, "%" PRId64, member_int(r, "worker"));
	table_pair(t, "worker", placed ? text : NULL);
	times_pairs(t, r);
	table_print(t);
	permits_print(c, r);
	data_print(c, r);
	free(relays);
}
