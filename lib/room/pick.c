// SPDX-License-Identifier: Apache-2.0
#include "room/speakers.h"

static unsigned candidate_weight(const struct room_candidate *c)
{
	return c->score + (c->held ? ROOM_MARGIN : 0) + (c->priority ? 0x20000u : 0);
}

unsigned room_pick(uint32_t out[], unsigned n, const struct room_candidate candidates[],
		   unsigned count)
{
	unsigned weights[ROOM_SLOTS_MAX] = {0}, got = 0;

	if (n > ROOM_SLOTS_MAX)
		n = ROOM_SLOTS_MAX;
	for (unsigned i = 0; i < count; i++) {
		unsigned weight = candidate_weight(&candidates[i]), at = got;

		if (!candidates[i].score || !n || (got == n && weight <= weights[n - 1]))
			continue;
		if (got < n)
			got++;
		else
			at = n - 1;
		for (; at > 0 && weights[at - 1] < weight; at--) {
			weights[at] = weights[at - 1];
			out[at] = out[at - 1];
		}
		weights[at] = weight;
		out[at] = candidates[i].seat;
	}
	return got;
}
