// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <string.h>

#define EVENT(id, name, group, help) [id] = {name, group, help},
const struct api_event api_events[EVENT_COUNT] = {
#include "api/event_list.h"
};
#undef EVENT

_Static_assert(EVENT_COUNT <= 64, "a set of kinds is one word");

uint64_t api_event_set(const char *name)
{
	uint64_t set = 0;

	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (!strcmp(name, api_events[i].name) || !strcmp(name, api_events[i].group))
			set |= UINT64_C(1) << i;
	return set;
}
