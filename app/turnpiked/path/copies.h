// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_COPIES_H
#define PATH_COPIES_H

#include "path/path.h"

// Copies of opened packets for their hearers: headers rewritten, sealed a burst at a time, put into the
// ports' bursts. The packets they are made from have to stay until copies_seal.

struct copies {
	struct worker *worker;
	const struct voice_room *room; // of the packet that is being copied
	unsigned n;
	uint32_t now_ms;
	struct rte_mbuf *made[BURST_MAX];
	const struct voice_player *to[BURST_MAX];
	struct srtp_leaving leaving[BURST_MAX];
};

// One for each who hears `s` now. Sends full bursts off.
void copies_make(struct copies *c, const struct voice_room *room, const struct slot *s,
		 const struct room_packet *packet);
void copies_seal(struct copies *c);

#endif
