// SPDX-License-Identifier: Apache-2.0
#ifndef ROOM_VOICE_H
#define ROOM_VOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"

// One talker as its worker sees it: how loud, whether silent, and an index without the holes that
// dropped silence leaves. Pure; memory of the caller, one thread. Loudness is 127 - dBov (RFC 6464):
// 0 is silence, 127 the loudest; scores are loudness in 1/256.

enum room_verdict {
	ROOM_FORWARD,
	ROOM_SILENT, // after ROOM_QUIET_PACKETS of silence
	ROOM_LATE, // of an older talk spurt
};

struct room_voice {
	uint64_t offset; // packet's index + offset = index without holes
	uint64_t first; // packet's index where the talk spurt began
	uint64_t next; // highest index without holes, plus 1
	uint32_t seat; // in the room
	uint32_t epoch; // one more with each new stream of the same talker
	uint32_t heard_ms, loud_ms; // last packet, last loud one
	uint16_t score; // as of heard_ms
	uint16_t mean_bytes; // of loud payloads, for talkers without levels
	uint8_t quiet; // silent packets in a row
	uint8_t entry; // place in room_speakers
	bool gap; // silence was dropped: the next packet begins a talk spurt
	bool priority;
};

struct room_packet { // what room_out_step needs, the same for all hearers
	uint64_t source; // epoch and seat
	uint64_t index; // without holes
	uint32_t ts;
	uint32_t now_ms;
	bool marker;
};

static inline uint64_t room_source(uint32_t seat, uint32_t epoch)
{
	return (uint64_t)epoch << 32 | seat;
}

static inline void room_voice_init(struct room_voice *v, uint32_t seat)
{
	*v = (struct room_voice){.seat = seat, .gap = true, .entry = 0xff};
}

// The talker begins a new stream: another SSRC, other indices.
static inline void room_voice_restart(struct room_voice *v)
{
	v->epoch++;
	v->first = 0;
	v->offset = v->next;
	v->gap = true;
}

// Loudness of a packet with an audio level: `level` 0 to 127 (-dBov), `vad` the V bit, or -1 where it
// means nothing (vad=off).
static inline unsigned room_loudness(unsigned level, int vad)
{
	if (level >= (vad == 1 ? 127 : vad ? ROOM_SILENT_DBOV : ROOM_NOISE_DBOV))
		return 0;
	return 127 - level;
}

// The same without the extension, by the size of an Opus payload; see README.md.
unsigned room_loudness_guess(struct room_voice *v, unsigned payload_bytes);

// What is left of the score at that time; without packets it decays.
static inline unsigned room_voice_score(const struct room_voice *v, uint32_t now_ms)
{
	uint32_t decay = (now_ms - v->heard_ms) * ROOM_RELEASE;

	return now_ms - v->heard_ms >= 0xffffu / ROOM_RELEASE || decay >= v->score
		       ? 0
		       : v->score - decay;
}

// Before decryption, nothing is changed: false when the packet would be dropped anyway. `heard`: some
// hearer has the talker in a slot. `floor`: of room_speakers. Loudness 0: silent.
static inline bool room_voice_wanted(const struct room_voice *v, unsigned loudness, bool heard,
				     unsigned floor)
{
	if (!loudness && v->quiet >= ROOM_QUIET_PACKETS)
		return false;
	return heard || v->priority || loudness << 8 > floor;
}

// After decryption, each packet once. On ROOM_FORWARD `out` is whole but for ts and marker, which the
// caller sets beforehand; the marker is added where a talk spurt begins.
static inline enum room_verdict room_voice_step(struct room_voice *v, struct room_packet *out,
						uint64_t index, unsigned loudness)
{
	uint32_t now_ms = out->now_ms;
	unsigned score = room_voice_score(v, now_ms), in = loudness << 8;
	uint64_t whole;

	v->score = (uint16_t)(in > score ? score + ((in - score) * 3 >> 2) : score);
	v->heard_ms = now_ms;
	if (loudness) {
		v->quiet = 0;
		v->loud_ms = now_ms;
	} else if (v->quiet >= ROOM_QUIET_PACKETS) {
		v->gap = true;
		return ROOM_SILENT;
	} else {
		v->quiet++;
	}
	whole = index + v->offset;
	// A leap of the talker's sequence is no loss that hearers should know of: they would lose count of
	// the roll-over (RFC 3711), for good, where a packet is lost behind it.
	if ((int64_t)(whole - v->next) >= (v->gap ? 0 : ROOM_HOLE_MAX)) {
		v->gap = false;
		v->first = index;
		v->offset = v->next - index;
		whole = v->next;
		out->marker = true;
	} else if (index < v->first) {
		return ROOM_LATE;
	}
	if ((int64_t)(whole - v->next) >= 0)
		v->next = whole + 1;
	out->source = room_source(v->seat, v->epoch);
	out->index = whole;
	return ROOM_FORWARD;
}

#endif
