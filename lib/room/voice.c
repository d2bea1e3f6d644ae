// SPDX-License-Identifier: Apache-2.0
#include "room/voice.h"

// A payload tells silence surely (DTX) and loudness roughly: with variable bit rate a voiced frame is
// larger than a breath. Six decibels either way, so that who is merely large does not flap.
unsigned room_loudness_guess(struct room_voice *v, unsigned payload_bytes)
{
	unsigned mean = v->mean_bytes ? v->mean_bytes : payload_bytes << 4;
	int step;

	if (payload_bytes <= ROOM_DTX_BYTES)
		return 0;
	step = (int)((payload_bytes << 4) - mean);
	v->mean_bytes = (uint16_t)((int)mean + step / 32);
	if (payload_bytes << 5 > 3 * mean)
		return ROOM_GUESS + 6;
	if (payload_bytes << 5 < mean)
		return ROOM_GUESS - 6;
	return ROOM_GUESS;
}
