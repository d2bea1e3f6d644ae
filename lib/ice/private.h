// SPDX-License-Identifier: Apache-2.0
#ifndef ICE_PRIVATE_H
#define ICE_PRIVATE_H

#include "ice/ice.h"

// An authenticated check, taken apart.
struct ice_ask {
	const struct ice_packet *packet;
	uint64_t now_ms;
	uint64_t tid_hash;
	uint32_t priority;
	uint8_t generation;
	bool nominates;
};

void credentials_make(struct ice_credentials *out, const uint8_t *random);
// Notes the check and settles what is selected; returns events.
unsigned pair_check(struct ice_agent *a, const struct ice_ask *ask, struct ice_reply *reply);

#endif
