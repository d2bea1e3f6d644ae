// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"
#include "turnpiked/settings.h"

static json_t *mistakes_json(const char *file, const struct conf_mistakes *mistakes)
{
	json_t *list = json_array();

	for (size_t i = 0; i < mistakes->n; i++)
		json_array_append_new(list,
				      json_pack("{s:i, s:s, s:s}", "line",
						(int)mistakes->at[i].line, "key",
						mistakes->at[i].key, "text", mistakes->at[i].text));
	return json_pack("{s:s, s:b, s:o}", "file", file, "ok", !mistakes->n, "mistakes", list);
}

// Needs no relay: it is the relay's own reader of settings, linked.
static int check_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const char *file = member_text(params, "file");
	struct conf_mistakes mistakes = {0};
	struct settings s = {0};
	int err = settings_load(&s, file, &mistakes);

	if (!err)
		settings_free(&s);
	else if (err == -EINVAL && !c->json)
		settings_report(file, &mistakes);
	else if (err != -EINVAL)
		ctl_complain("cannot read %s: %s", file, strerror(-err));
	if (!err || (err == -EINVAL && c->json))
		*result = mistakes_json(file, &mistakes);
	conf_mistakes_free(&mistakes);
	return err == -ENOENT ? CTL_NOT_FOUND : err ? CTL_FAILED : CTL_DONE;
}

static void check_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	printf("%s is in order\n", member_text(r, "file"));
}

static void diff_line(struct table *t, const json_t *row, bool dry)
{
	const char *reason = member_text(row, "reason");

	table_line(t);
	table_text(t, member_text(row, "key"));
	table_text(t, member_text(row, "old"));
	table_text(t, member_text(row, "new"));
	table_text(t, reason ? "wants a restart" : dry ? "would apply" : "applied");
	table_tone(t, reason ? TABLE_WARN : TABLE_GOOD);
	table_text(t, reason);
}

static void reload_print(const struct ctl *c, const json_t *r)
{
	const json_t *diff = member_list(r, "diff"), *row;
	bool dry = json_is_true(json_object_get(r, "dry_run"));
	struct table *t;
	size_t i;

	if (!json_array_size(diff)) {
		puts(dry ? "nothing would change" : "nothing changed");
		return;
	}
	t = table_new(c, (const char *const[]){"KEY", "OLD", "NEW", "STATE", "WHY", NULL});
	json_array_foreach(diff, i, row)
		diff_line(t, row, dry);
	table_print(t);
}

static const struct ctl_param check_params[] = {
	{"file", NULL, "FILE", API_TEXT, true, "A configuration, as for turnpiked --config"},
	{0},
};

static const struct ctl_param reload_params[] = {
	{"dry_run", "dry-run", NULL, API_BOOL, false, "Only shows what would change"},
	{0},
};

const struct ctl_command config_commands[] = {
	{"config", "check", NULL, "Looks for mistakes in a file; needs no relay",
	 "config check /etc/turnpike/turnpike.yaml", check_params, .fetch = check_fetch,
	 .print = check_print},
	{"config", "reload", "config.reload", "Has the relay read its file again",
	 "config reload --dry-run", reload_params, .print = reload_print},
	{0},
};
