// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKED_PUNT_H
#define TURNPIKED_PUNT_H

#include <rte_mbuf.h>
#include <stdint.h>

#include "net/net.h"

// What workers hand to the control lane, and what the control lane hands back.

enum punt_class {
	PUNT_KNOWN, // STUN from a client that has an allocation
	PUNT_PLAYER, // STUN, DTLS and RTCP from a player
	PUNT_NEW, // STUN, and DTLS of voice, from anyone else
	PUNT_NEIGHBOUR, // ARP, neighbour discovery
	PUNT_ICMP, // other ICMP and ICMPv6 for us
	PUNT_CLOSED, // UDP to a port of ours where nothing listens
	PUNT_HOP, // relayed, ready to go but for the next hop's MAC: `hop` says whose
	PUNT_BIG, // to be relayed, but larger than the path: `mtu` says how much fits
	PUNT_CLASSES
};
extern const char *const punt_class_names[PUNT_CLASSES]; // "known" …

// Lies in the private area of the mbuf; the frame is the mbuf's data.
struct punt {
	struct net_facts facts; // of the frame as received (PUNT_HOP: out of date)
	uint32_t hop;
	uint16_t mtu; // of the outgoing IP packet
	uint8_t class_; // enum punt_class
	uint8_t worker; // who sent it
	uint8_t port; // it came in by; for PUNT_HOP it goes out by
	uint8_t local; // index of our address it was sent to, 255: none
	uint64_t due_ms; // control lane: held until
	struct rte_mbuf *next_held;
};
static inline struct punt *punt_of(struct rte_mbuf *m)
{
	return (struct punt *)rte_mbuf_to_priv(m);
}

struct node;

// Takes what workers handed over, class by class, and gives it to the modules. Returns packets.
unsigned punt_round(struct node *n);

// Gives the packet back to a worker, to be sent as it is (a whole frame) by port `port`. Takes it over;
// counts and frees it when the worker's ring is full.
void punt_inject(struct node *n, struct rte_mbuf *m, unsigned port);
// Sends `len_bytes` of UDP payload back to where the packet came from, in the same mbuf. Takes it over.
void punt_answer(struct node *n, struct rte_mbuf *m, const uint8_t *payload, size_t len_bytes);
// A new packet with room for `len_bytes` of frame, or NULL.
struct rte_mbuf *punt_new(struct node *n, unsigned port, unsigned len_bytes);
// Drops a punted packet under a control-lane reason.
enum punt_drop {
	PUNT_DROP_UNKNOWN, // no module wanted it
	PUNT_DROP_CHECKSUM,
	PUNT_DROP_ANSWERLESS, // STUN that gets no answer: indications, malformed
	PUNT_DROP_NEIGHBOUR, // the next hop did not answer, or too many wait for it
	PUNT_DROP_ICMP,
	PUNT_DROP_INJECT, // the worker's ring was full
	PUNT_DROPS
};
extern const char *const punt_drop_names[PUNT_DROPS];
void punt_drop(struct node *n, struct rte_mbuf *m, enum punt_drop reason);

#endif
