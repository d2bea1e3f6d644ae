// SPDX-License-Identifier: Apache-2.0
#include "control/config.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

// What may change while the relay runs, and why the rest may not.

static const char *allocations_restart(const struct node *n, const struct settings *fresh)
{
	return fresh->turn.limits.allocations > n->flow->sessions_max
		       ? "the workers' tables were made for fewer at start; up to that it changes "
			 "live"
		       : NULL;
}

static const char *relays_restart(const struct node *n, const struct settings *fresh)
{
	for (size_t i = 0; i < fresh->turn.relay_addresses.n; i++)
		if (flow_local_find(n->flow, &fresh->turn.relay_addresses.at[i], -1) < 0)
			return "it names an address that the running ports do not have";
	return NULL;
}

#define LIVE_IF(key, field, restart)                                                               \
	{                                                                                          \
		key, offsetof(struct settings, field), sizeof(((struct settings *)0)->field),      \
			restart                                                                    \
	}
#define LIVE(key, field) LIVE_IF(key, field, NULL)

static const struct config_live live[] = {
	LIVE("node.name", node.name),
	LIVE("node.region", node.region),
	LIVE("control.group", control.group),
	LIVE("http.listen", http.listen),
	LIVE("events.webhook.url", events.webhook.url),
	LIVE("events.webhook.secret", events.webhook.secret),
	LIVE("events.webhook.kinds", events.webhook.kinds),
	LIVE("events.webhook.timeout_s", events.webhook.timeout_s),
	LIVE("capture.directory", capture.directory),
	LIVE("log.level", log.level),
	LIVE("log.format", log.format),
	LIVE("turn.realm", turn.realm),
	LIVE("turn.listen", turn.listen),
	LIVE_IF("turn.relay_addresses", turn.relay_addresses, relays_restart),
	LIVE("turn.relay_ports", turn.relay_ports),
	LIVE("turn.users", turn.users),
	LIVE("turn.shared_secrets", turn.shared_secrets),
	LIVE("turn.shared_secret_files", turn.shared_secret_files),
	LIVE("turn.allow_peers", turn.allow_peers),
	LIVE("turn.deny_peers", turn.deny_peers),
	LIVE_IF("turn.limits.allocations", turn.limits.allocations, allocations_restart),
	LIVE("turn.limits.allocations_per_user", turn.limits.allocations_per_user),
	LIVE("turn.limits.bits_per_second", turn.limits.bits_per_second),
	LIVE("turn.legacy_channels", turn.legacy_channels),
	LIVE("turn.lifetimes.default", turn.lifetimes.default_),
	LIVE("turn.lifetimes.maximum", turn.lifetimes.maximum),
	LIVE("turn.lifetimes.permission", turn.lifetimes.permission),
	LIVE("turn.lifetimes.channel", turn.lifetimes.channel),
	LIVE("turn.credential_ttl", turn.credential_ttl),
	LIVE("turn.dscp", turn.dscp),
	LIVE("voice.tokens.keys", voice.tokens.keys),
	LIVE("voice.origins", voice.origins),
};
_Static_assert(sizeof live / sizeof live[0] <= CONFIG_LIVE_MAX, "taken[] holds all of them");

// By the beginning of the key; the first that fits.
static const struct {
	const char *prefix, *reason;
} reasons[] = {
	{"cores", "threads are pinned to their CPUs at start"},
	{"memory", "memory is taken at start"},
	{"ports", "devices, their queues and the tables of addresses are made at start"},
	{"control", "the socket is opened at start, and closing it would cut off its clients"},
	{"tls", "the files are read at start only"},
	{"", "it is read at start only"},
};

static const struct config_live *live_find(const char *key)
{
	for (size_t i = 0; i < BASE_COUNT(live); i++)
		if (!strcmp(live[i].key, key))
			return &live[i];
	return NULL;
}

static const char *reason_find(const char *key)
{
	size_t i = 0;

	while (strncmp(key, reasons[i].prefix, strlen(reasons[i].prefix)) != 0)
		i++;
	return reasons[i].reason;
}

struct walk {
	struct config_diff *diff;
	const struct node *node;
	const struct settings *now, *fresh;
	int err;
};

static void key_differs(struct walk *w, const char *key, const struct conf_row *row)
{
	char old[CONFIG_VALUE_TEXT], new[CONFIG_VALUE_TEXT];
	const struct config_live *l = live_find(key);
	const char *reason = !l ? reason_find(key) : NULL;
	json_t *out;

	if (l && l->restart)
		reason = l->restart(w->node, w->fresh);
	conf_format(old, sizeof old, row, w->now);
	conf_format(new, sizeof new, row, w->fresh);
	out = json_pack("{s:s, s:s, s:s, s:s, s:s*}", "key", key, "old", old, "new",
			strcmp(old, new) != 0 ? new : "changed", "applied",
			reason ? "restart" : "now", "reason", reason);
	if (!out || json_array_append_new(w->diff->rows, out))
		w->err = -ENOMEM;
	if (!reason)
		w->diff->taken[w->diff->taken_count++] = l;
}

// A value and the file that it may come from are one field, and change once.
static bool row_is_second(const struct conf_row *rows, const struct conf_row *row)
{
	for (; rows < row; rows++)
		if (rows->offset == row->offset && rows->type != CONF_MAP && row->type != CONF_MAP)
			return true;
	return false;
}

// Rows hold offsets from the beginning of the settings, however deep they stand; those of a list's
// items do not, and a list is one value.
static void rows_walk(struct walk *w, const char *prefix, const struct conf_row *rows)
{
	for (const struct conf_row *row = rows; row->key; row++) {
		char key[CONF_KEY_MAX];

		snprintf(key, sizeof key, "%s%s%s", prefix, prefix[0] ? "." : "", row->key);
		if (row->type == CONF_MAP && !row->list)
			rows_walk(w, key, row->rows);
		else if (!row_is_second(rows, row) && !conf_equal(row, w->now, w->fresh))
			key_differs(w, key, row);
	}
}

int config_diff_make(struct config_diff *d, const struct node *n, const struct settings *fresh)
{
	struct walk w = {.diff = d, .node = n, .now = &n->settings, .fresh = fresh};

	*d = (struct config_diff){.rows = json_array()};
	if (!d->rows)
		return -ENOMEM;
	rows_walk(&w, "", settings_rows);
	return w.err;
}

void config_diff_free(struct config_diff *d)
{
	json_decref(d->rows);
	*d = (struct config_diff){0};
}

static void bytes_swap(uint8_t *x, uint8_t *y, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t byte = x[i];

		x[i] = y[i];
		y[i] = byte;
	}
}

void config_diff_swap(const struct config_diff *d, struct settings *a, struct settings *b)
{
	for (size_t i = 0; i < d->taken_count; i++)
		bytes_swap((uint8_t *)a + d->taken[i]->offset, (uint8_t *)b + d->taken[i]->offset,
			   d->taken[i]->size);
}
