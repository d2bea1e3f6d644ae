// SPDX-License-Identifier: Apache-2.0
#ifndef ROOM_OUT_H
#define ROOM_OUT_H

#include "room/voice.h"

// One slot of one hearer: the SRTP index and RTP time of what goes out. A change of talker is a clean
// talk spurt: the sequence goes on without a hole, time by what has passed, the marker is set.
// Memory of the worker.

struct room_out {
	uint64_t source; // who sits here, with epoch
	uint64_t first; // talker's index (without holes) where this talk spurt began
	uint64_t offset; // packet's index + offset = index out
	uint64_t last; // highest index out
	uint32_t ts_offset, last_ts, last_ms;
	bool fresh; // the next packet begins a talk spurt
};

struct room_rewrite {
	uint64_t index; // 48 bits: roll-over counter and sequence number
	uint32_t ts;
	bool marker;
};

// The first packet gets `index`; below 2^15, or a receiver may guess the roll-over wrongly (RFC 3711).
void room_out_init(struct room_out *o, uint64_t index, uint32_t ts, uint32_t now_ms);
// Somebody else sits here from now on, or the same one again after others had been served.
void room_out_assign(struct room_out *o, uint32_t seat);
// Begins a talk spurt where the packet is the seat's; false where it is not.
bool room_out_turn(struct room_out *o, const struct room_packet *p);

// False: the packet is not for this slot (an old talker's) or older than the talk spurt.
static inline bool room_out_step(struct room_out *o, const struct room_packet *p,
				 struct room_rewrite *w)
{
	bool fresh = o->fresh | (o->source != p->source);

	if (__builtin_expect(fresh, 0) && !room_out_turn(o, p))
		return false;
	if (__builtin_expect((int64_t)(p->index - o->first) < 0, 0))
		return false;
	w->index = p->index + o->offset;
	w->ts = p->ts + o->ts_offset;
	w->marker = p->marker | fresh;
	if ((int64_t)(w->index - o->last) > 0) { // the first index may be 0: then last is -1
		o->last = w->index;
		o->last_ts = w->ts;
		o->last_ms = p->now_ms;
	}
	return true;
}

#endif
