// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "top.h"

// The options of `top` into its state.

static int view_choose(struct top_state *s, const char *name)
{
	for (unsigned v = 0; name && top_view_names[v]; v++) {
		if (!strcmp(top_view_names[v], name)) {
			s->view = v;
			return CTL_DONE;
		}
	}
	if (!name)
		return CTL_DONE;
	ctl_complain("--view: '%s' is none of queues, workers, drops, sessions", name);
	return CTL_USAGE;
}

static void columns_complain(const struct top_state *s, const char *name)
{
	char known[256] = "";
	size_t at = 0;

	for (const struct top_column *c = top_columns[s->view]; c->key; c++)
		at += (size_t)snprintf(known + at, sizeof known - at, " %s", c->key);
	ctl_complain("--sort: '%s' is no column of %s; these are:%s", name, top_view_names[s->view],
		     known);
}

static int sort_choose(struct top_state *s, const char *name)
{
	bool reverse = name && *name == '-';

	if (!name)
		return CTL_DONE;
	for (unsigned i = 0; top_columns[s->view][i].key; i++) {
		if (!strcmp(top_columns[s->view][i].key, name + reverse)) {
			s->sort[s->view] = i;
			s->reverse[s->view] = reverse;
			return CTL_DONE;
		}
	}
	columns_complain(s, name);
	return CTL_USAGE;
}

static int interval_choose(struct top_state *s, const char *text)
{
	double asked = text ? strtod(text, NULL) : 1;

	for (s->interval = 0; s->interval < TOP_INTERVALS; s->interval++)
		if (top_interval_s(s) == asked)
			return CTL_DONE;
	ctl_complain("--interval: '%s' is none of 0.2, 0.5, 1, 2, 5, 10, 30, 60", text);
	return CTL_USAGE;
}

int top_state_choose(struct top_state *s, const json_t *params)
{
	const char *filter = member_text(params, "filter");
	int code = view_choose(s, member_text(params, "view"));

	snprintf(s->filter, sizeof s->filter, "%s", filter ? filter : "");
	if (!code)
		code = sort_choose(s, member_text(params, "sort"));
	return code ? code : interval_choose(s, member_text(params, "interval"));
}
