// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_ICE_PEER_H
#define KIT_ICE_PEER_H

#include "ice/ice.h"

// The other end of an ICE-lite agent: writes checks and reads their answers.

#define PEER_UFRAG "h6vY"
#define PEER_PRIORITY 0x6e0001ffu

struct peer_check { // what a check is to say; zero is an ordinary one
	const char *ufrag, *pwd; // of the agent; NULL: its present ones
	const char *theirs; // NULL: PEER_UFRAG
	uint32_t priority; // 0: PEER_PRIORITY
	uint64_t tie_breaker; // of the role below
	bool nominates;
	bool controlled; // says ICE-CONTROLLED
	bool no_role, no_priority, no_username, no_integrity, no_fingerprint;
	uint16_t extra; // an attribute of this type, 4 bytes; 0: none
	uint16_t behind; // the same behind MESSAGE-INTEGRITY
	uint8_t class_, method; // method 0: Binding
	uint8_t tid; // 0: the next one
};

struct peer {
	struct ice_agent agent;
	struct net_endpoint ours; // of the agent
	uint64_t now_ms;
	uint8_t tid;
	uint8_t bytes[512]; // the last check
	size_t len;
	struct ice_reply reply;
};

void peer_init(struct peer *p);
struct net_endpoint peer_endpoint(const char *text);
void peer_write(struct peer *p, const struct peer_check *c);
// Sends what was written from that address; returns the events.
unsigned peer_send(struct peer *p, const char *from);
// Both.
unsigned peer_check(struct peer *p, const char *from, const struct peer_check *c);
// The code of an error answer; 0: success. Checks tid, fingerprint, and integrity with the password
// (NULL: there must be none).
unsigned peer_code(const struct peer *p, const char *pwd);

#endif
