// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "control/turn.h"

// config.reload and SIGHUP: what may change while the relay runs does, the rest is named.

#define LIVE(key, field)                                                                           \
	{                                                                                          \
		key, offsetof(struct settings, field), sizeof(((struct settings *)0)->field)       \
	}

static const struct live {
	const char *key;
	size_t offset, size;
} live[] = {
	LIVE("log.level", log.level),
	LIVE("log.format", log.format),
	LIVE("turn.realm", turn.realm),
	LIVE("turn.users", turn.users),
	LIVE("turn.shared_secrets", turn.shared_secrets),
	LIVE("turn.shared_secret_files", turn.shared_secret_files),
	LIVE("turn.allow_peers", turn.allow_peers),
	LIVE("turn.deny_peers", turn.deny_peers),
	LIVE("turn.legacy_channels", turn.legacy_channels),
	LIVE("turn.lifetimes", turn.lifetimes),
};

static const struct live *live_find(const char *key)
{
	for (size_t i = 0; i < BASE_COUNT(live); i++)
		if (!strcmp(live[i].key, key))
			return &live[i];
	return NULL;
}

static void swap(struct settings *a, struct settings *b, const struct live *l)
{
	uint8_t *x = (uint8_t *)a + l->offset, *y = (uint8_t *)b + l->offset;

	for (size_t i = 0; i < l->size; i++) {
		uint8_t byte = x[i];

		x[i] = y[i];
		y[i] = byte;
	}
}

struct change {
	json_t *changed; // keys taken over
	json_t *restart; // keys that want a restart
	const struct live *taken[BASE_COUNT(live)];
	size_t taken_count;
};

static void change_note(struct change *c, const char *section, const struct conf_row *row)
{
	char key[96];
	const struct live *l;

	snprintf(key, sizeof key, "%s%s%s", section, section[0] ? "." : "", row->key);
	l = live_find(key);
	json_array_append_new(l ? c->changed : c->restart, json_string(key));
	if (l)
		c->taken[c->taken_count++] = l;
}

// Two levels deep is as fine as a key can be taken over.
static void change_find(struct change *c, const struct settings *a, const struct settings *b)
{
	for (const struct conf_row *top = settings_rows; top->key; top++) {
		if (top->type != CONF_MAP || top->list) {
			if (!conf_equal(top, a, b))
				change_note(c, "", top);
			continue;
		}
		for (const struct conf_row *row = top->rows; row->key; row++)
			if (!conf_equal(row, (const uint8_t *)a + top->offset,
					(const uint8_t *)b + top->offset))
				change_note(c, top->key, row);
	}
}

static int take_over(struct node *n)
{
	struct turn_settings s;
	struct turn_lists lists;
	int err = turn_settings_make(n, &n->settings, &lists, &s);

	if (err)
		return err;
	err = turn_reconfigure(n->turn, &s);
	turn_lists_free(&lists);
	return err;
}

static int reload(struct node *n, struct change *c, struct conf_mistakes *mistakes)
{
	struct settings fresh;
	int err = settings_load(&fresh, n->config_file, mistakes);

	if (err)
		return err;
	change_find(c, &n->settings, &fresh);
	for (size_t i = 0; i < c->taken_count; i++)
		swap(&n->settings, &fresh, c->taken[i]);
	err = take_over(n);
	for (size_t i = 0; err && i < c->taken_count; i++)
		swap(&n->settings, &fresh, c->taken[i]);
	if (!err)
		host_log_setup((enum log_level)n->settings.log.level,
			       n->settings.log.format == LOG_FORMAT_JSON);
	settings_free(&fresh);
	return err;
}

static void change_init(struct change *c)
{
	*c = (struct change){.changed = json_array(), .restart = json_array()};
}

static void mistakes_log(const struct node *n, const struct conf_mistakes *m)
{
	for (size_t i = 0; i < m->n; i++)
		host_log(LOG_LEVEL_ERROR, "config_mistake", "file", n->config_file, "line",
			 host_text("%u", m->at[i].line), "key", m->at[i].key, "text", m->at[i].text,
			 NULL);
}

static void change_log(const char *event, const json_t *keys)
{
	size_t i;
	json_t *key;

	json_array_foreach((json_t *)keys, i, key)
		host_log(LOG_LEVEL_INFO, event, "key", json_string_value(key), NULL);
}

static int reload_said(struct node *n, struct change *c, struct api_error *error)
{
	struct conf_mistakes mistakes = {0};
	int err = reload(n, c, &mistakes);

	if (mistakes.n)
		snprintf(error->text, sizeof error->text, "%s:%u: %s: %.80s (%zu mistakes in all)",
			 n->config_file, mistakes.at[0].line, mistakes.at[0].key,
			 mistakes.at[0].text, mistakes.n);
	else if (err)
		snprintf(error->text, sizeof error->text, "%s: %s", n->config_file, strerror(-err));
	mistakes_log(n, &mistakes);
	conf_mistakes_free(&mistakes);
	if (err) {
		host_log(LOG_LEVEL_ERROR, "reload_refused", "reason", error->text, NULL);
		return err;
	}
	change_log("config_changed", c->changed);
	change_log("config_wants_restart", c->restart);
	host_log(LOG_LEVEL_INFO, "reloaded", "changed",
		 host_text("%zu", json_array_size(c->changed)), NULL);
	return 0;
}

int config_reload(struct node *n)
{
	struct api_error error = {0};
	struct change c;
	int err;

	change_init(&c);
	err = reload_said(n, &c, &error);
	json_decref(c.changed);
	json_decref(c.restart);
	return err;
}

static enum api_code on_reload(struct node *n, const struct api_request *rq, json_t **result,
			       struct api_error *error)
{
	struct change c;

	(void)rq;
	change_init(&c);
	if (reload_said(n, &c, error)) {
		json_decref(c.changed);
		json_decref(c.restart);
		return API_REFUSED;
	}
	*result = json_pack("{s:o, s:o}", "changed", c.changed, "restart", c.restart);
	return API_OK;
}

static const struct module_request requests[] = {{"config.reload", on_reload}, {0}};

const struct module config_module = {.name = "config", .requests = requests};
