// SPDX-License-Identifier: Apache-2.0
#include "room/out.h"

#include "room/speakers.h"

void room_out_init(struct room_out *o, uint64_t index, uint32_t ts, uint32_t now_ms)
{
	*o = (struct room_out){
		.source = room_source(ROOM_NOBODY, 0),
		.last = index - 1,
		.last_ts = ts - ROOM_FRAME_TS,
		.last_ms = now_ms,
		.fresh = true,
	};
}

void room_out_assign(struct room_out *o, uint32_t seat)
{
	o->source = room_source(seat, (uint32_t)(o->source >> 32));
	o->fresh = true;
}

bool room_out_turn(struct room_out *o, const struct room_packet *p)
{
	uint32_t ahead = (p->now_ms - o->last_ms) * ROOM_TS_PER_MS;

	if ((uint32_t)p->source != (uint32_t)o->source)
		return false;
	// Of a stream that has ended: a newer one has been served.
	if (!o->fresh && (int32_t)((uint32_t)(p->source >> 32) - (uint32_t)(o->source >> 32)) < 0)
		return false;
	if (ahead < ROOM_FRAME_TS)
		ahead = ROOM_FRAME_TS;
	o->source = p->source;
	o->fresh = false;
	o->first = p->index;
	o->offset = o->last + 1 - p->index;
	o->ts_offset = o->last_ts + ahead - p->ts;
	return true;
}
