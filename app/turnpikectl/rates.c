// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <string.h>

#include "base/base.h"
#include "ctl.h"

// The members that only rise; all others are shown as they are. Below "drops" and "control" all are.
static const char *const counters[] = {
	"rx_packets", "rx_bytes",  "tx_packets",  "tx_bytes",    "rx_missed",  "packets",
	"batches",    "cycles",    "cycles_busy", "cycles_idle", "received",   "relayed",
	"answered",   "punted",    "dropped",     "injected",    "packets_in", "packets_out",
	"bytes_in",   "bytes_out", "dropped_in",  "dropped_out",
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

static const json_t *item_find(const json_t *list, const json_t *like)
{
	const json_t *item, *name = NULL;
	const char *key = NULL;
	size_t i;

	for (i = 0; i < BASE_COUNT(names) && !name; i++)
		name = json_object_get(like, key = names[i]);
	json_array_foreach(list, i, item) {
		if (name && json_equal(json_object_get(item, key), name))
			return item;
	}
	return NULL;
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
	json_t *out, *item;
	size_t i;

	if (json_is_object(now))
		return object_rates(before, (json_t *)now, elapsed_s, all);
	if (!json_is_array(now))
		return json_incref((json_t *)now);
	out = json_array();
	json_array_foreach(now, i, item) {
		json_array_append_new(out,
				      rates_walk(item_find(before, item), item, elapsed_s, false));
	}
	return out;
}

json_t *watch_rates(const json_t *before, const json_t *now, double elapsed_s)
{
	return rates_walk(before, now, elapsed_s, false);
}
