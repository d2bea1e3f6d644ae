// SPDX-License-Identifier: Apache-2.0
#include "table.h"

static void issue_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	char life[TABLE_NUMBER];
	const json_t *uri;
	size_t i;

	table_pair(t, "username", member_text(r, "username"));
	table_pair(t, "password", member_text(r, "password"));
	table_pair(t, "good for", number_life(life, member_count(r, "ttl_s")));
	json_array_foreach(member_list(r, "uris"), i, uri) {
		table_pair(t, "uri", json_string_value(uri));
	}
	table_print(t);
}

static const struct ctl_param issue_params[] = {
	{"name", "name", "NAME", API_TEXT, true, "Whom it is for; it shows in turn list"},
	{"ttl_s", "ttl", "SECONDS", API_INT, false, "How long it is good for (600)"},
	{0},
};

const struct ctl_command credential_commands[] = {
	{"credential", "issue", "credential.issue",
	 "Makes a username and password for a limited time",
	 "credential issue --name alice --ttl 3600", issue_params, .print = issue_print},
	{0},
};
