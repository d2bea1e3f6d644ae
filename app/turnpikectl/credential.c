// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

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

static void revoke_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	char ended[TABLE_NUMBER], life[TABLE_NUMBER];
	bool for_good = json_is_null(json_object_get(r, "for_s"));

	table_pair(t, member_text(r, "by"), member_text(r, "name"));
	table_pair(t, "ended", number_count(ended, member_int(r, "ended")));
	table_pair(t, "refused for",
		   for_good ? "good, or until it is allowed again"
			    : number_life(life, member_count(r, "for_s")));
	table_print(t);
}

static void allow_print(const struct ctl *c, const json_t *r)
{
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});

	table_pair(t, member_text(r, "by"), member_text(r, "name"));
	table_pair(t, "refused", "no more");
	table_print(t);
}

static const struct ctl_param issue_params[] = {
	{"name", "name", "NAME", API_TEXT, false, "Whom it is for; it shows in turn list"},
	{"token", "token", "TOKEN", API_TEXT, false,
	 "Instead of a name: a session token that grants relay"},
	{"ttl_s", "ttl", "SECONDS", API_INT, false, "How long it is good for (600)"},
	{0},
};

static const struct ctl_param revoke_params[] = {
	{"token", "token", "TOKEN", API_TEXT, false, "One token, as it was signed"},
	{"jti", "jti", "ID", API_TEXT, false, "One token, by its id"},
	{"player", "player", "PLAYER", API_TEXT, false,
	 "All tokens of a player that were issued until now"},
	{"user", "user", "NAME", API_TEXT, false,
	 "A name in every credential and token, until it is allowed again"},
	{0},
};

const struct ctl_command credential_commands[] = {
	{"credential", "issue", "credential.issue",
	 "Makes a username and password for a limited time",
	 "credential issue --name alice --ttl 3600", issue_params, .print = issue_print},
	{"credential", "revoke", "credential.revoke",
	 "Ends what a token, player or user has, and lets it in no more",
	 "credential revoke --player alice", revoke_params, .print = revoke_print},
	{"credential", "allow", "credential.allow", "Takes a revocation back",
	 "credential allow --user alice", revoke_params, .print = allow_print},
	{0},
};
