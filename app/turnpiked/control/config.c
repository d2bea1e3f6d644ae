// SPDX-License-Identifier: Apache-2.0
#include "control/config.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "control/events.h"
#include "control/turn.h"

// config.reload and SIGHUP: what may change while the relay runs does, the rest is named with the
// reason. Whole or not at all: what stands against it is said all at once.

void config_refuse(struct config_refusals *r, const char *key, const char *format, ...)
{
	char text[256];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	json_array_append_new(r->list, json_pack("{s:s, s:s}", "key", key, "text", text));
}

struct reload {
	struct settings fresh;
	struct config_diff diff;
	struct config_refusals refusals;
	bool dry;
};

static void mistakes_refuse(struct reload *r, const struct node *n, const struct conf_mistakes *m)
{
	for (size_t i = 0; i < m->n; i++)
		json_array_append_new(r->refusals.list,
				      json_pack("{s:s, s:i, s:s}", "key", m->at[i].key, "line",
						(int)m->at[i].line, "text", m->at[i].text));
	if (!m->n)
		config_refuse(&r->refusals, "", "%s cannot be read", n->config_file);
}

static int fresh_load(struct reload *r, const struct node *n)
{
	struct conf_mistakes mistakes = {0};
	int err = settings_load(&r->fresh, n->config_file, &mistakes);

	if (err == -EINVAL)
		mistakes_refuse(r, n, &mistakes);
	else if (err)
		config_refuse(&r->refusals, "", "%s: %s", n->config_file, strerror(-err));
	conf_mistakes_free(&mistakes);
	return err;
}

// What is to be: the settings that run, with those of the file that may change while they do.
static void prepare(struct node *n, struct reload *r)
{
	struct settings planned = n->settings;

	config_diff_swap(&r->diff, &planned, &r->fresh);
	for (unsigned i = 0; modules[i]; i++)
		if (modules[i]->reload_prepare)
			modules[i]->reload_prepare(n, &planned, &r->refusals);
	config_diff_swap(&r->diff, &planned, &r->fresh);
}

static void done(struct node *n, bool taken)
{
	for (unsigned i = 0; modules[i]; i++)
		if (modules[i]->reload_done)
			modules[i]->reload_done(n, taken);
}

// The rules of TURN come last, as they may still fail, and then have changed nothing.
static int turn_take(struct node *n)
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

static bool take(struct node *n, struct reload *r)
{
	int err;

	config_diff_swap(&r->diff, &n->settings, &r->fresh);
	err = turn_take(n);
	if (!err)
		return true;
	config_diff_swap(&r->diff, &n->settings, &r->fresh);
	config_refuse(&r->refusals, "turn", "%s", strerror(-err));
	return false;
}

static void logging_take(const struct node *n)
{
	host_log_setup((enum log_level)n->settings.log.level,
		       n->settings.log.format == LOG_FORMAT_JSON);
}

// Keys of the rows that are applied now, or after a restart.
static json_t *keys_json(const struct config_diff *d, const char *applied)
{
	json_t *out = json_array();
	size_t i;
	const json_t *row;

	json_array_foreach(d->rows, i, row)
		if (!strcmp(json_string_value(json_object_get(row, "applied")), applied))
			json_array_append(out, json_object_get(row, "key"));
	return out;
}

static void reloaded_tell(struct node *n, const struct config_diff *d)
{
	event_emit(n, EVENT_CONFIG_RELOADED,
		   json_pack("{s:o, s:o}", "changed", keys_json(d, "now"), "restart",
			     keys_json(d, "restart")));
}

static void reload(struct node *n, struct reload *r)
{
	bool taken;

	if (fresh_load(r, n))
		return;
	if (config_diff_make(&r->diff, n, &r->fresh)) {
		config_refuse(&r->refusals, "", "out of memory");
	} else {
		prepare(n, r);
		taken = !r->dry && !json_array_size(r->refusals.list) && take(n, r);
		done(n, taken);
		if (taken) {
			logging_take(n);
			reloaded_tell(n, &r->diff);
		}
	}
	settings_free(&r->fresh);
}

// --- Said ------------------------------------------------------------------------------------------------

static void refusals_log(const struct node *n, const struct reload *r)
{
	size_t i;
	const json_t *at;

	json_array_foreach(r->refusals.list, i, at) {
		json_int_t line = json_integer_value(json_object_get(at, "line"));

		host_log(LOG_LEVEL_ERROR, line ? "config_mistake" : "reload_refused", "file",
			 n->config_file, "line", line ? host_text("%lld", (long long)line) : "",
			 "key", json_string_value(json_object_get(at, "key")), "text",
			 json_string_value(json_object_get(at, "text")), NULL);
	}
}

static void diff_log(const struct config_diff *d)
{
	size_t i;
	const json_t *row;

	json_array_foreach(d->rows, i, row) {
		const char *reason = json_string_value(json_object_get(row, "reason"));

		host_log(LOG_LEVEL_INFO, reason ? "config_wants_restart" : "config_changed", "key",
			 json_string_value(json_object_get(row, "key")), "old",
			 json_string_value(json_object_get(row, "old")), "new",
			 json_string_value(json_object_get(row, "new")), "reason", reason, NULL);
	}
}

// True when it was taken over, or would be.
static bool reload_said(struct node *n, struct reload *r)
{
	r->refusals.list = json_array();
	reload(n, r);
	if (json_array_size(r->refusals.list)) {
		refusals_log(n, r);
		return false;
	}
	if (r->dry)
		return true;
	diff_log(&r->diff);
	host_log(LOG_LEVEL_INFO, "reloaded", "changed", host_text("%zu", r->diff.taken_count),
		 NULL);
	return true;
}

static void reload_free(struct reload *r)
{
	config_diff_free(&r->diff);
	json_decref(r->refusals.list);
}

int config_reload(struct node *n)
{
	struct reload r = {0};
	int err = reload_said(n, &r) ? 0 : -EINVAL;

	reload_free(&r);
	return err;
}

static enum api_code refused(const struct node *n, struct reload *r, struct api_error *error)
{
	const json_t *first = json_array_get(r->refusals.list, 0);
	json_int_t line = json_integer_value(json_object_get(first, "line"));
	const char *key = json_string_value(json_object_get(first, "key"));

	snprintf(error->text, sizeof error->text, "%.60s:%lld: %s: %.70s (%zu in all)",
		 n->config_file, (long long)line, key ? key : "",
		 json_string_value(json_object_get(first, "text")),
		 json_array_size(r->refusals.list));
	error->reasons = json_incref(r->refusals.list);
	return API_REFUSED;
}

static enum api_code on_reload(struct node *n, const struct api_request *rq, json_t **result,
			       struct api_error *error)
{
	struct reload r = {.dry = json_is_true(json_object_get(rq->params, "dry_run"))};
	enum api_code code = API_OK;

	if (reload_said(n, &r))
		*result = json_pack("{s:o, s:o, s:O, s:b}", "changed", keys_json(&r.diff, "now"),
				    "restart", keys_json(&r.diff, "restart"), "diff", r.diff.rows,
				    "dry_run", r.dry);
	else
		code = refused(n, &r, error);
	reload_free(&r);
	return code;
}

static const struct module_request requests[] = {{"config.reload", on_reload}, {0}};

const struct module config_module = {.name = "config", .requests = requests};
