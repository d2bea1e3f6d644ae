// SPDX-License-Identifier: Apache-2.0
#include "room/slots.h"

void room_slots_init(struct room_slot slots[], unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		slots[i] = (struct room_slot){.seat = ROOM_NOBODY};
}

static int slot_of(const struct room_slot slots[], unsigned n, uint32_t seat)
{
	for (unsigned i = 0; i < n; i++)
		if (slots[i].seat == seat)
			return (int)i;
	return -1;
}

// A slot that nobody had yet, else the one that has been idle for longest.
static unsigned slot_free(const struct room_slot slots[], unsigned n, uint32_t now_ms)
{
	unsigned best = n;

	for (unsigned i = 0; i < n; i++) {
		if (slots[i].seat == ROOM_NOBODY)
			return i;
		if (slots[i].live)
			continue;
		if (best == n || now_ms - slots[i].idle_ms > now_ms - slots[best].idle_ms)
			best = i;
	}
	return best;
}

static uint32_t slots_keep(struct room_slot slots[], unsigned n, const uint32_t wanted[],
			   unsigned count)
{
	uint32_t kept = 0;

	for (unsigned i = 0; i < count; i++) {
		int at = slot_of(slots, n, wanted[i]);

		if (at >= 0)
			kept |= 1u << at;
	}
	return kept;
}

uint32_t room_slots_assign(struct room_slot slots[], unsigned n, const uint32_t wanted[],
			   unsigned count, uint32_t now_ms)
{
	uint32_t kept = slots_keep(slots, n, wanted, count), changed = 0;

	for (unsigned i = 0; i < n; i++) {
		bool live = kept >> i & 1;

		if (live && !slots[i].live)
			changed |= 1u << i;
		if (!live && slots[i].live)
			slots[i].idle_ms = now_ms;
		slots[i].live = live;
	}
	for (unsigned i = 0; i < count; i++) {
		unsigned at;

		if (slot_of(slots, n, wanted[i]) >= 0)
			continue;
		at = slot_free(slots, n, now_ms);
		if (at == n)
			break;
		slots[at] = (struct room_slot){.seat = wanted[i], .live = true};
		changed |= 1u << at;
	}
	return changed;
}
