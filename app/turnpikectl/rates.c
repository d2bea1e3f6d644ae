// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "ctl.h"

// The members that only rise; all others are shown as they are. Below "drops" and "control" all are.
static const char *const counters[] = {
	"rx_packets", "rx_bytes",  "tx_packets",  "tx_bytes",    "rx_missed",  "packets",
	"batches",    "cycles",    "cycles_busy", "cycles_idle", "received",   "relayed",
	"answered",   "punted",    "dropped",     "injected",    "packets_in", "packets_out",
	"bytes_in",   "bytes_out", "dropped_in",  "dropped_out", "voiced",     "copies",
};
// What tells one item of a list from another.
static const char *const names[] = {"id", "name", "worker", "queue", "step"};

static bool counter_is(const char *key)
{
	for (size_t i = 0; i < BASE_COUNT(counters); i++)
		if (!strcmp(key, counters[i]))
			return true;
	return false;
}

// The name of a list's item, of letters that differ where names do; NULL: it has none. malloc'ed.
static char *item_name(const json_t *item)
{
	const json_t *name = NULL;

	for (size_t i = 0; i < BASE_COUNT(names) && !name; i++)
		name = json_object_get(item, names[i]);
	return name ? json_dumps(name, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
}

// Items by name: a list of 100,000 sessions is not searched 100,000 times. A new reference.
static json_t *list_index(const json_t *list)
{
	json_t *out = json_object(), *item;
	size_t i;

	json_array_foreach(list, i, item) {
		char *name = item_name(item);

		if (name)
			json_object_set(out, name, item);
		free(name);
	}
	return out;
}

static const json_t *item_find(const json_t *index, const json_t *like)
{
	char *name = item_name(like);
	const json_t *found = name ? json_object_get(index, name) : NULL;

	free(name);
	return found;
}

static json_t *rate(const json_t *before, const json_t *now, double elapsed_s)
{
	// What was not there before began at 0; what fell was started anew, as after a restart.
	double was = (double)json_integer_value(before), is = (double)json_integer_value(now);

	return json_integer((json_int_t)llround((is < was ? is : is - was) / elapsed_s));
}

static json_t *rates_walk(const json_t *before, const json_t *now, double elapsed_s, bool all);

static json_t *object_rates(const json_t *before, json_t *now, double elapsed_s, bool all)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach(now, key, value) {
		const json_t *old = json_object_get(before, key);

		if (json_is_integer(value) && (all || counter_is(key)))
			value = rate(old, value, elapsed_s);
		else
			value = rates_walk(old, value, elapsed_s,
					   !strcmp(key, "drops") || !strcmp(key, "control"));
		json_object_set_new(out, key, value);
	}
	return out;
}

static json_t *rates_walk(const json_t *before, const json_t *now, double elapsed_s, bool all)
{
	json_t *out, *item, *index;
	size_t i;

	if (json_is_object(now))
		return object_rates(before, (json_t *)now, elapsed_s, all);
	if (!json_is_array(now))
		return json_incref((json_t *)now);
	out = json_array();
	index = list_index(before);
	json_array_foreach(now, i, item) {
		json_array_append_new(out,
				      rates_walk(item_find(index, item), item, elapsed_s, false));
	}
	json_decref(index);
	return out;
}

json_t *watch_rates(const json_t *before, const json_t *now, double elapsed_s)
{
	return rates_walk(before, now, elapsed_s, false);
}
