// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "stats.h"

#define WORKERS_SHOWN 8 // more columns than that fit no terminal: then only their sum

static size_t workers_shown(const json_t *workers)
{
	size_t n = json_array_size(workers);

	return n > 1 && n <= WORKERS_SHOWN ? n : 0;
}

static struct table *reasons_table(const struct ctl *c, size_t shown, const json_t *workers)
{
	char heads[WORKERS_SHOWN][16];
	const char *columns[WORKERS_SHOWN + 4] = {"REASON"};
	size_t n = 1;

	for (size_t i = 0; i < shown; i++) {
		snprintf(heads[i], sizeof heads[i], ">WORKER %d",
			 (int)(member_int(json_array_get(workers, i), "worker") & 0xffff));
		columns[n++] = heads[i];
	}
	columns[n++] = c->rates ? ">DROPS/S" : ">DROPS";
	columns[n++] = "MEANING";
	columns[n] = NULL;
	return table_new(c, columns);
}

static void reason_line(struct table *t, const json_t *reason, const json_t *workers, bool all)
{
	const char *name = member_text(reason, "reason");
	size_t shown = workers_shown(workers), i;
	uint64_t sum = 0;
	const json_t *w;

	if (!name)
		return;
	json_array_foreach(workers, i, w) {
		sum += member_count(json_object_get(w, "drops"), name);
	}
	if (!sum && !all)
		return;
	table_line(t);
	table_text(t, name);
	for (i = 0; i < shown; i++)
		table_count(t, member_count(json_object_get(json_array_get(workers, i), "drops"),
					    name));
	table_count(t, sum);
	table_text(t, member_text(reason, "text"));
}

static void sums_line(struct table *t, const json_t *w)
{
	static const char *const columns[] = {"received", "relayed", "answered",
					      "punted",   "voiced",  "dropped"};
	char text[TABLE_NUMBER];

	table_line(t);
	table_count(t, member_count(w, "worker"));
	for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
		table_count(t, member_count(w, columns[i]));
	table_text(t, number_count(text, member_int(w, "balance")));
	table_tone(t, member_int(w, "balance") < 0 ? TABLE_BAD : TABLE_PLAIN);
	table_count(t, member_count(w, "injected"));
	table_count(t, member_count(w, "copies"));
}

static void sums_print(const struct ctl *c, const json_t *workers)
{
	struct table *t =
		table_new(c, (const char *const[]){">WORKER", ">RECEIVED", ">RELAYED", ">ANSWERED",
						   ">PUNTED", ">VOICED", ">DROPPED", ">BALANCE",
						   ">INJECTED", ">COPIES", NULL});
	const json_t *w;
	size_t i;

	json_array_foreach(workers, i, w) {
		sums_line(t, w);
	}
	table_title(c, "Where packets went%s", c->rates ? ", per second" : "");
	table_print(t);
}

// What was punted and came to nothing.
static void control_print(const struct ctl *c, json_t *drops)
{
	struct table *t =
		table_new(c,
			  (const char *const[]){"REASON", c->rates ? ">DROPS/S" : ">DROPS", NULL});
	size_t shown = 0;
	const char *name;
	json_t *n;

	json_object_foreach(drops, name, n) {
		if (!json_integer_value(n) && !c->all)
			continue;
		table_line(t);
		table_text(t, name);
		table_count(t, member_count(drops, name));
		shown++;
	}
	if (shown)
		table_title(c, "Dropped by the control lane");
	table_print(t);
}

static void account_print(const json_t *total)
{
	char n[9][TABLE_NUMBER];

	printf("\nreceived %s = relayed %s + answered %s + punted %s + voiced %s + dropped %s + "
	       "on their way %s; injected %s, copies of voice %s\n",
	       number_count(n[0], member_int(total, "received")),
	       number_count(n[1], member_int(total, "relayed")),
	       number_count(n[2], member_int(total, "answered")),
	       number_count(n[3], member_int(total, "punted")),
	       number_count(n[4], member_int(total, "voiced")),
	       number_count(n[5], member_int(total, "dropped")),
	       number_count(n[6], member_int(total, "balance")),
	       number_count(n[7], member_int(total, "injected")),
	       number_count(n[8], member_int(total, "copies")));
}

void drops_print(const struct ctl *c, const json_t *r)
{
	const json_t *workers = member_list(r, "workers"), *reason;
	struct table *t = reasons_table(c, workers_shown(workers), workers);
	size_t i;

	json_array_foreach(member_list(r, "reasons"), i, reason) {
		reason_line(t, reason, workers, c->all);
	}
	table_print(t);
	control_print(c, json_object_get(r, "control"));
	sums_print(c, workers);
	account_print(json_object_get(r, "total"));
}

const struct ctl_param drops_params[] = {
	{.option = "all", .type = API_BOOL, .help = "Also reasons without drops"},
	{0},
};
