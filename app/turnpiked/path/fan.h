// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_FAN_H
#define PATH_FAN_H

#include "path/path.h"

// Who hears whom right now: a room's ranking, its hearers' slots, and the lists that follow from them.
// The room's owner only.

// Takes note of a packet of this voice; ranks and fills slots anew where that is due.
void fan_heard(struct worker *w, const struct voice_room *room, struct room_voice *voice,
	       uint32_t now_ms);

#endif
