// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_TLS_WIRE_H
#define KIT_TLS_WIRE_H

#include "tls/tls.h"

// Two DTLS sessions and a wire between them that loses, repeats and reorders, by a seed. Time is a
// number that the loop moves on.

#define WIRE_SLOTS 128

struct wire_datagram {
	uint64_t at_ms; // arrives
	uint16_t len; // 0: free
	uint8_t to; // 0 or 1: which end
	uint8_t bytes[DTLS_MTU];
};

struct wire {
	struct dtls_session *ends[2]; // 0 client, 1 server
	enum dtls_state states[2];
	uint64_t now_ms, random;
	unsigned loss, repeat; // percent
	unsigned delay_ms, jitter_ms;
	unsigned sent[2], largest;
	struct wire_datagram slots[WIRE_SLOTS];
};

void wire_init(struct wire *w, uint64_t seed);
void wire_fini(struct wire *w); // frees both ends
uint32_t wire_random(struct wire *w);
// Both ends' new sessions; each expects the other's certificate.
void wire_start(struct wire *w, struct tls_identity *client, struct tls_identity *server);
// A datagram on its way, to be lost, repeated and delayed.
void wire_send(struct wire *w, unsigned to, const uint8_t *bytes, size_t len);
void wire_drain(struct wire *w, unsigned end); // takes what an end has to send
// Runs until both are settled or `until_ms`; true when both are done.
bool wire_run(struct wire *w, uint64_t until_ms);
struct dtls_peer wire_peer(const struct tls_identity *i);

#endif
