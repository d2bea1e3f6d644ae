// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "table.h"

static void level_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});

	table_pair(t, "level", member_text(r, "level"));
	table_print(t);
}

static const struct ctl_param level_params[] = {
	{"level", NULL, "LEVEL", API_TEXT, false,
	 "error, warn, info or debug; without it only tells", "error warn info debug"},
	{0},
};

const struct ctl_command log_commands[] = {
	{"log", "level", "log.level", "Tells or sets the level of the log", "log level debug",
	 level_params, .print = level_print},
	{0},
};
