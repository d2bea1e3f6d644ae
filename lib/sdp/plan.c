// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "sdp/sdp.h"

static bool line_seat(struct sdp_plan *plan, const struct sdp_line *l, unsigned index,
		      unsigned slots_max)
{
	bool seated = l->direction == SDP_INACTIVE;

	if (l->direction & SDP_SENDONLY && plan->voice == SDP_NO_LINE) {
		plan->voice = (uint8_t)index;
		seated = true;
	}
	if (l->direction & SDP_RECVONLY && plan->slot_count < slots_max) {
		struct sdp_slot *s = &plan->slots[plan->slot_count];

		s->line = (uint8_t)index;
		snprintf(s->track, sizeof s->track, "slot-%u", plan->slot_count);
		plan->slot_count++;
		seated = true;
	}
	return seated;
}

int sdp_plan(struct sdp_plan *plan, struct sdp_offer *offer, unsigned slots_max)
{
	struct sdp_plan made = {.first = SDP_NO_LINE, .voice = SDP_NO_LINE};

	if (slots_max > ROOM_SLOTS_MAX)
		slots_max = ROOM_SLOTS_MAX;
	for (unsigned i = 0; i < offer->line_count; i++) {
		struct sdp_line *l = &offer->lines[i];

		if (l->refusal != SDP_USABLE)
			continue;
		if (!line_seat(&made, l, i, slots_max))
			l->refusal = SDP_NO_SEAT;
		else if (made.first == SDP_NO_LINE)
			made.first = (uint8_t)i;
	}
	if (made.first == SDP_NO_LINE)
		return -ENOENT;
	offer->transport = offer->lines[made.first].transport;
	*plan = made;
	return 0;
}

enum sdp_setup sdp_setup_ours(const struct sdp_offer *offer)
{
	return offer->transport.setup == SDP_PASSIVE ? SDP_ACTIVE : SDP_PASSIVE;
}
