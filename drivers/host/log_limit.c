// SPDX-License-Identifier: Apache-2.0
#include "host/log.h"

#include <stdio.h>
#include <string.h>

// The event's place, or the one that was quiet longest and holds nothing; NULL: all are busy.
static struct log_event *event_find(struct log_limit *t, const char *event)
{
	struct log_event *oldest = NULL;

	for (unsigned i = 0; i < HOST_LOG_EVENTS; i++) {
		struct log_event *e = &t->events[i];

		if (!strncmp(e->name, event, sizeof e->name - 1))
			return e;
		if (!e->held && (!oldest || e->since_ms < oldest->since_ms))
			oldest = e;
	}
	if (!oldest)
		return NULL;
	*oldest = (struct log_event){0};
	snprintf(oldest->name, sizeof oldest->name, "%s", event);
	return oldest;
}

bool log_limit_pass(struct log_limit *t, const char *event, enum log_level level, uint64_t now_ms)
{
	struct log_event *e = event_find(t, event);

	if (!e)
		return true;
	if (!e->held && now_ms - e->since_ms >= 1000) {
		e->since_ms = now_ms;
		e->lines = 0;
	}
	e->level = level;
	if (e->lines++ < HOST_LOG_PER_S)
		return true;
	if (!e->held++)
		t->holding++;
	return false;
}

bool log_limit_quiet(struct log_limit *t, uint64_t now_ms, struct log_event *out)
{
	for (unsigned i = 0; t->holding && i < HOST_LOG_EVENTS; i++) {
		struct log_event *e = &t->events[i];

		if (!e->held || now_ms - e->since_ms < 1000)
			continue;
		*out = *e;
		t->holding--;
		e->since_ms = now_ms;
		e->lines = 0;
		e->held = 0;
		return true;
	}
	return false;
}
