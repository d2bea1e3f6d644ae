// SPDX-License-Identifier: Apache-2.0
#ifndef ROOM_SLOTS_H
#define ROOM_SLOTS_H

#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"
#include "room/speakers.h"

// Which talker sits in which slot of a hearer. A talker stays where it is, and finds its slot again
// after silence unless somebody else needed it: in a room of N + 1 players everybody keeps a slot.
// Memory of the worker.

struct room_slot {
	uint32_t seat; // ROOM_NOBODY: never used
	uint32_t idle_ms; // since when not wanted
	bool live; // wanted: forward to it
};

void room_slots_init(struct room_slot slots[], unsigned n);
// Returns the slots, as bits, whose talker is another one or live again: room_out_assign those.
// `wanted`: at most n seats, each once.
uint32_t room_slots_assign(struct room_slot slots[], unsigned n, const uint32_t wanted[],
			   unsigned count, uint32_t now_ms);
// The slot where the seat is heard, or -1.
static inline int room_slots_find(const struct room_slot slots[], unsigned n, uint32_t seat)
{
	for (unsigned i = 0; i < n; i++)
		if (slots[i].seat == seat && slots[i].live)
			return (int)i;
	return -1;
}

#endif
