// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

static char *params_text(const json_t *params)
{
	json_t *names = json_array(), *p, *all = json_object();
	char *out, text[64];
	size_t i;

	json_array_foreach(params, i, p) {
		bool required = json_is_true(json_object_get(p, "required"));
		const char *name = member_text(p, "name");

		snprintf(text, sizeof text, required ? "%s" : "[%s]", name ? name : "?");
		json_array_append_new(names, json_string(text));
	}
	json_object_set_new(all, "names", names);
	out = member_join(all, "names");
	json_decref(all);
	return out;
}

static void describe_print(const struct ctl *c, const json_t *r)
{
	struct table *t =
		table_new(c, (const char *const[]){"METHOD", "RIGHT", "PARAMS", "DOES", NULL});
	const json_t *m;
	size_t i;

	json_array_foreach(member_list(r, "methods"), i, m) {
		char *params = params_text(json_object_get(m, "params"));

		table_line(t);
		table_text(t, member_text(m, "method"));
		table_text(t, member_text(m, "right"));
		table_text(t, params);
		table_text(t, member_text(m, "summary"));
		free(params);
	}
	table_print(t);
}

const struct ctl_command api_commands[] = {
	{"api", "describe", "api.describe", "Lists the methods of the control socket",
	 "-j api describe", .watch = true, .print = describe_print},
	{0},
};
