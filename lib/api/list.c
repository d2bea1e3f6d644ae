// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <limits.h>
#include <string.h>

#include "config/limits.h"

static const struct api_field none[] = {{0}};

static const struct api_field level_fields[] = {
	{"level", API_TEXT, .min = 1, .max = 16,
	 .help = "error, warn, info or debug; without it the level is only told"},
	{0},
};

static const struct api_field list_fields[] = {
	{"limit", API_INT, .min = 1, .max = API_LIST_MAX, .help = "At most so many (1000)"},
	{"after", API_INT, .max = LLONG_MAX,
	 .help = "Only ids above this one: what the page before gave as next"},
	{"user", API_TEXT, .min = 1, .max = STUN_USERNAME_MAX, .help = "Only this user's"},
	{0},
};

static const struct api_field id_fields[] = {
	{"id", API_INT, true, .min = 1, .max = LLONG_MAX,
	 .help = "The allocation, as turn.list shows it"},
	{0},
};

static const struct api_field issue_fields[] = {
	{"name", API_TEXT, true, .min = 1, .max = API_NAME_MAX,
	 .help = "Whom it is for; it shows in turn.list"},
	{"ttl_s", API_INT, .min = 1, .max = API_TTL_MAX_S,
	 .help = "Seconds that it is good for (600)"},
	{0},
};

static const struct api_field reload_fields[] = {
	{"dry_run", API_BOOL, .help = "Only tells what would change"},
	{0},
};

const struct api_method api_methods[] = {
	{"node.status", API_SHOW, none, "Name, version, state, workers and ports of the relay."},
	{"node.drain", API_CHANGE, none, "Refuses new allocations; those that live go on."},
	{"node.resume", API_CHANGE, none, "Accepts new allocations again."},
	{"config.reload", API_CHANGE, reload_fields,
	 "Reads the configuration file again and takes over what can change at run time."},
	{"log.level", API_CHANGE, level_fields, "Sets or tells how much is logged."},
	{"stats.ports", API_SHOW, none, "Packets, bytes and latency of every port and queue."},
	{"stats.steps", API_SHOW, none, "Packets, batches and cycles of every worker and step."},
	{"stats.drops", API_SHOW, none, "Dropped packets by worker and reason, and the balance."},
	{"stats.load", API_SHOW, none,
	 "What the crowd on a load port sent, got back and found wrong; for benches."},
	{"path.show", API_SHOW, none, "The steps that a packet walks, in order."},
	{"turn.list", API_SHOW, list_fields, "Live allocations by ascending id, page by page."},
	{"turn.show", API_SHOW, id_fields, "One allocation with its permissions and channels."},
	{"turn.delete", API_CHANGE, id_fields, "Ends an allocation."},
	{"credential.issue", API_CHANGE, issue_fields,
	 "Makes a username and password for a limited time."},
	{"api.describe", API_SHOW, none, "Lists the methods and their parameters."},
	{0},
};

const struct api_method *api_find(const char *name)
{
	for (const struct api_method *m = api_methods; m->name; m++)
		if (!strcmp(m->name, name))
			return m;
	return NULL;
}
