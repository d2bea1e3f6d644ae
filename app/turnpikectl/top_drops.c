// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "table.h"
#include "top_model.h"

// Drops of all workers by reason, then those of the control lane.

static double workers_sum(const json_t *r, const char *reason)
{
	const json_t *w;
	double sum = 0;
	size_t i;

	json_array_foreach(member_list(r, "workers"), i, w) {
		sum += (double)member_count(json_object_get(w, "drops"), reason);
	}
	return sum;
}

struct drop {
	const char *reason, *by, *text;
	double total, rate; // rate below 0: not known
};

static void drop_row(struct top_table *t, const struct drop *d)
{
	struct top_row *r = top_row_add(t);

	if (!r)
		return;
	top_cell_text(&r->cells[0], d->reason);
	top_cell_text(&r->cells[1], d->by);
	if (d->rate >= 0)
		top_cell_number(&r->cells[2], d->rate);
	top_cell_number(&r->cells[3], d->total);
	top_cell_text(&r->cells[4], d->text);
	r->silent = d->total <= 0;
}

void top_rows_drops(struct top_table *t, struct top_pair drops)
{
	const json_t *reason, *rates = json_object_get(drops.rate, "control");
	json_t *control = json_object_get(drops.now, "control"), *n;
	const char *name;
	size_t i;

	json_array_foreach(member_list(drops.now, "reasons"), i, reason) {
		struct drop d = {member_text(reason, "reason"), "workers",
				 member_text(reason, "text"), 0, -1};

		if (!d.reason)
			continue;
		d.total = workers_sum(drops.now, d.reason);
		if (drops.rate)
			d.rate = workers_sum(drops.rate, d.reason);
		drop_row(t, &d);
	}
	json_object_foreach(control, name, n) {
		struct drop d = {name, "control", "punted, and came to nothing",
				 (double)member_count(control, name), -1};

		if (drops.rate)
			d.rate = (double)member_count(rates, name);
		drop_row(t, &d);
	}
}
