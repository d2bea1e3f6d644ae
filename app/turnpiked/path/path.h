// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_PATH_H
#define PATH_PATH_H

#include <rte_mbuf.h>
#include <stdbool.h>
#include <stdint.h>

#include "flow/voice.h"
#include "net/net.h"
#include "punt.h"

// The data lane: a burst of packets and the steps that it walks (HOUSE.md section 3). A step takes
// its own list, looks at each packet in it, and puts it on the list of a later step. Worker threads
// only: no heap, no log, no clock, no system call.

enum path_step {
	PATH_RX,
	PATH_PARSE,
	PATH_CLASSIFY,
	PATH_STUN,
	PATH_TURN,
	PATH_SRTP,
	PATH_RTP,
	PATH_ROUTE,
	PATH_TX,
	PATH_PUNT,
	PATH_DROP,
	PATH_STEPS
};

// The one list of reasons to drop a packet: name, what it means.
// clang-format off
#define PATH_REASONS(X) \
	X(BAD_ETHERNET, "bad_ethernet", "frame shorter than its header") \
	X(BAD_IP, "bad_ip", "IP version, length or header checksum wrong") \
	X(BAD_UDP, "bad_udp", "UDP length wrong, port 0, or IPv6 without checksum") \
	X(BAD_CHECKSUM, "bad_checksum", "UDP checksum wrong") \
	X(FRAGMENT, "fragment", "IP fragment") \
	X(MARTIAN, "martian", "source address that none may have") \
	X(OTHER_ETHERTYPE, "other_ethertype", "neither IP nor ARP") \
	X(OTHER_PROTOCOL, "other_protocol", "IP protocol that is not served") \
	X(NOT_OURS, "not_ours", "address, VLAN or MAC of somebody else") \
	X(NOT_TURN, "not_turn", "first byte that is neither STUN nor ChannelData") \
	X(NO_ALLOCATION, "no_allocation", "data from a client without an allocation") \
	X(STUN_MALFORMED, "stun_malformed", "STUN message that cannot be read, or has no answer") \
	X(CHANNEL_MALFORMED, "channel_malformed", "ChannelData longer than its datagram") \
	X(CHANNEL_UNBOUND, "channel_unbound", "ChannelData on a number that is not bound") \
	X(NO_PERMISSION, "no_permission", "peer without a permission") \
	X(OVER_RATE, "over_rate", "allocation over its bits per second") \
	X(TTL, "ttl", "hop limit used up") \
	X(PEER_IS_US, "peer_is_us", "peer is an address of ours, but no relayed one") \
	X(NO_ROUTE, "no_route", "no route to the peer or client") \
	X(NO_ROOM, "no_room", "buffer without room for the new headers") \
	X(NOT_VOICE, "not_voice", "on a voice port, but none of STUN, DTLS, SRTP") \
	X(NO_PLAYER, "no_player", "media from an address that is no player's") \
	X(NO_KEYS, "no_keys", "media of a player whose handshake is not done") \
	X(MAY_NOT_SPEAK, "may_not_speak", "voice of a player who may only listen") \
	X(RTP_MALFORMED, "rtp_malformed", "RTP header that cannot be read") \
	X(RTP_FOREIGN, "rtp_foreign", "payload type that was not agreed on") \
	X(SRTP_FORGED, "srtp_forged", "SRTP tag wrong") \
	X(SRTP_REPLAYED, "srtp_replayed", "SRTP index seen before, or too old") \
	X(SRTP_CROWDED, "srtp_crowded", "more streams than a player may send") \
	X(VOICE_UNHEARD, "voice_unheard", "voice that nobody would hear: not opened") \
	X(VOICE_SILENT, "voice_silent", "silence after the end of a word") \
	X(VOICE_LATE, "voice_late", "voice of a talk spurt that is over") \
	X(NO_BUFFERS, "no_buffers", "no packet buffers for a hearer's copy") \
	X(TX_FULL, "tx_full", "transmit queue or hand-over ring full") \
	X(PUNT_BUDGET, "punt_budget", "control lane's budget for the class used up") \
	X(PUNT_SOURCE, "punt_source", "control lane's budget for the source used up") \
	X(PUNT_FULL, "punt_full", "control lane's ring full")
// clang-format on

enum path_reason {
#define X(id, name, text) PATH_DROP_##id,
	PATH_REASONS(X)
#undef X
		PATH_REASON_COUNT
};
extern const char *const path_reason_names[PATH_REASON_COUNT]; // "bad_ip" …
extern const char *const path_reason_texts[PATH_REASON_COUNT];

// How a packet ends that leaves by a port.
enum path_way { PATH_RELAYED, PATH_ANSWERED, PATH_INJECTED, PATH_VOICE, PATH_WAYS };

enum path_turn_mode { PATH_FROM_CHANNEL, PATH_FROM_SEND, PATH_FROM_PEER };

#define PATH_PREFIX_MAX 48 // Data indication for an IPv6 peer

// A packet on its walk.
struct slot {
	struct rte_mbuf *m;
	uint8_t *frame;
	struct flow_session *session;
	const struct voice_player *player; // on a voice port
	struct net_facts facts; // as received
	uint8_t turn_mode; // enum path_turn_mode
	uint8_t reason; // for drop
	uint8_t punt_class; // for punt
	uint8_t local; // index of our address that it was sent to
	// What goes out: written by turn (or stun, for its answers), used by route.
	const struct net_addr *src_addr, *dst_addr; // good for this round
	uint16_t src_port, dst_port;
	uint32_t sum; // what changes in the UDP checksum: sum.h
	uint16_t prefix_len; // bytes of `prefix`, which stands in front of the data
	uint16_t pad_len; // zeros behind the data
	uint16_t data; // offset in the frame
	uint16_t data_len;
	uint32_t hop;
	uint16_t mtu; // of the outgoing port, where too small
	uint8_t way; // enum path_way
	bool df;
	uint8_t prefix[PATH_PREFIX_MAX];
	// Voice: by srtp, for rtp.
	struct rtp_facts rtp;
	uint64_t rtp_index;
	uint8_t loudness, level; // room_loudness; as RFC 6464 sends it
};

struct path_list {
	uint16_t n;
	uint8_t at[BURST_MAX]; // indices of slots
};

struct worker;

struct path {
	struct worker *worker;
	uint64_t now_tsc; // of this burst
	uint8_t port, queue; // it came in by
	bool crossed; // by way of another worker
	struct path_list lists[PATH_STEPS];
	struct path_list clients, peers; // of classify
	struct slot slots[BURST_MAX];
};

static inline void path_to(struct path *p, enum path_step step, unsigned slot)
{
	struct path_list *l = &p->lists[step];

	l->at[l->n++] = (uint8_t)slot;
}

static inline void path_drop(struct path *p, unsigned slot, enum path_reason reason)
{
	p->slots[slot].reason = (uint8_t)reason;
	path_to(p, PATH_DROP, slot);
}

static inline void path_punt(struct path *p, unsigned slot, enum punt_class class_)
{
	p->slots[slot].punt_class = (uint8_t)class_;
	path_to(p, PATH_PUNT, slot);
}

// The steps, in order. Each takes its own list of `p`.
void path_rx(struct path *p);
void path_parse(struct path *p);
void path_classify(struct path *p);
void path_stun(struct path *p);
void path_turn(struct path *p);
void path_srtp(struct path *p);
void path_rtp(struct path *p);
void path_route(struct path *p);
void path_tx(struct path *p);
void path_punt_step(struct path *p);
void path_drop_step(struct path *p);

// Sends what send.h gathered for each port.
void path_send_all(struct worker *w);

// Walks one burst of a queue; returns packets received.
unsigned path_walk(struct path *p, unsigned port, unsigned queue);
// Sends what the control lane or another worker put into the ring.
unsigned path_inject(struct path *p);
// Walks a burst of what other workers handed over: media of rooms that are this worker's.
unsigned path_cross(struct path *p);

// What each step is, for people: the drawing, the counters.
struct path_info {
	const char *name;
	const char *does;
	uint32_t next; // bits of enum path_step
	void (*run)(struct path *p);
};
extern const struct path_info path_steps[PATH_STEPS];

#endif
