// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_COPIES_H
#define PATH_COPIES_H

#include "path/path.h"

// Copies of opened packets for their hearers: headers rewritten, sealed a burst at a time, put into the
// ports' bursts. The packets they are made from, and what `packet` points to, have to stay until
// copies_seal; a fan that is built meanwhile may take a slot from some.

struct copy { // to be made
	const struct slot *source;
	const struct room_packet *packet;
	const struct voice_room *room;
	const struct voice_player *to;
	uint32_t hearer; // VOICE_FAN
};

struct copies {
	struct worker *worker;
	unsigned n; // to be made
	unsigned made_count; // to be sealed
	struct copy copies[BURST_MAX];
	struct rte_mbuf *made[BURST_MAX];
	const struct voice_player *made_for[BURST_MAX];
	struct srtp_leaving leaving[BURST_MAX];
};

static inline void copies_begin(struct copies *c, struct worker *w)
{
	c->worker = w;
	c->n = c->made_count = 0;
}

// One for each who hears `s` now. Sends full bursts off.
void copies_make(struct copies *c, const struct voice_room *room, const struct slot *s,
		 const struct room_packet *packet);
void copies_seal(struct copies *c);

#endif
