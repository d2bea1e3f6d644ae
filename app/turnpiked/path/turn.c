// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <string.h>

#include "path/sum.h"
#include "stun/stun.h"
#include "turn/turn.h"
#include "worker.h"

#define TO_PEER 0
#define TO_CLIENT 1

// GCRA again, by bytes: at most a quarter of a second ahead.
static inline bool rate_conforms(const struct path *p, const struct flow_session *s,
				 struct flow_counts *c, unsigned way, uint16_t len_bytes)
{
	uint64_t now = p->now_tsc;
	uint64_t credit = c->credit_tsc[way] > now ? c->credit_tsc[way] : now;

	if (credit > now + p->worker->tsc_hz / 4) {
		c->dropped[way]++;
		return false;
	}
	c->credit_tsc[way] = credit + (len_bytes * s->cycles_per_byte_q8 >> 8);
	return true;
}

// Counts the packet for its session; false when it is over the session's rate.
static inline bool session_count(struct path *p, const struct slot *s, unsigned way)
{
	struct worker *w = p->worker;
	struct flow_counts *c = &w->flow->counts[w->id][s->session->index];

	if (s->session->cycles_per_byte_q8 && !rate_conforms(p, s->session, c, way, s->data_len))
		return false;
	c->packets[way]++;
	c->bytes[way] += s->data_len;
	c->last_s[way] = w->now_s;
	w->relayed_packets[way]++;
	w->relayed_bytes[way] += s->data_len;
	return true;
}

static inline int channel_read(struct slot *s, const struct flow_peer **peer)
{
	const uint8_t *header = s->frame + s->facts.payload;
	uint16_t len;

	if (s->facts.payload_len < TURN_CHANNEL_HEADER_LEN)
		return PATH_DROP_CHANNEL_MALFORMED;
	len = (uint16_t)(header[2] << 8 | header[3]);
	if (len > s->facts.payload_len - TURN_CHANNEL_HEADER_LEN)
		return PATH_DROP_CHANNEL_MALFORMED;
	*peer = flow_peer_by_channel(s->session, (uint16_t)(header[0] << 8 | header[1]));
	if (!*peer)
		return PATH_DROP_CHANNEL_UNBOUND;
	s->data = (uint16_t)(s->facts.payload + TURN_CHANNEL_HEADER_LEN);
	s->data_len = len;
	s->dst_port = (*peer)->port;
	s->df = s->facts.df;
	s->sum = sum_header(0, header, TURN_CHANNEL_HEADER_LEN);
	return -1;
}

static inline int send_read(struct slot *s, const struct flow_peer **peer)
{
	const uint8_t *message = s->frame + s->facts.payload;
	const struct flow_peer *channel;
	struct stun_send send;

	if (stun_send_decode(&send, message, s->facts.payload_len))
		return PATH_DROP_STUN_MALFORMED;
	// A peer written as IPv4-mapped IPv6 is neither family: RFC 8656 section 5 wants the real one.
	*peer = net_addr_family(&send.peer.addr) == send.family
			? flow_peer_by_addr(s->session, &send.peer.addr, send.peer.port, &channel)
			: NULL;
	if (!*peer || !send.peer.port)
		return PATH_DROP_NO_PERMISSION;
	s->data = (uint16_t)(s->facts.payload + (send.data - message));
	s->data_len = send.data_len;
	s->dst_port = send.peer.port;
	s->df = send.dont_fragment || s->facts.df;
	// The permission's sum lacks the peer's port: what is taken off below is the header less the port.
	s->sum = sum_take(sum_header(0, message, (unsigned)(send.data - message)),
			  rte_cpu_to_be_16(send.peer.port));
	return -1;
}

// Of what follows the data in the datagram that came: padding that does not go on.
static inline uint16_t tail_sum(const struct slot *s)
{
	unsigned at = s->data + s->data_len;
	unsigned end = s->facts.payload + s->facts.payload_len;
	uint16_t tail;

	if (at >= end)
		return 0;
	tail = (uint16_t)~net_sum_fold(net_sum(s->frame + at, end - at, 0));
	return (at - s->facts.payload) & 1 ? rte_bswap16(tail) : tail;
}

// Client to peer: what is left is the data alone, from the relayed address.
static inline int turn_to_peer(struct path *p, struct slot *s)
{
	const struct flow_session *session = s->session;
	const struct flow_peer *peer;
	int reason =
		s->turn_mode == PATH_FROM_CHANNEL ? channel_read(s, &peer) : send_read(s, &peer);

	if (reason >= 0)
		return reason;
	if (s->facts.ttl < 2)
		return PATH_DROP_TTL;
	if (!session_count(p, s, TO_PEER))
		return PATH_DROP_OVER_RATE;
	s->src_addr = &p->worker->flow->locals[session->relay_local[peer->relay]].addr;
	s->src_port = session->relay_port[peer->relay];
	s->dst_addr = &peer->addr;
	s->hop = peer->hop;
	s->prefix_len = 0;
	s->pad_len = 0;
	s->sum = sum_take(sum_take(peer->sum, sum_fold(s->sum)), tail_sum(s));
	s->sum = sum_length(s->sum, (uint16_t)(s->facts.payload_len + 8),
			    (uint16_t)(s->data_len + 8));
	return -1;
}

static inline void transaction_id(struct worker *w, uint8_t tid[STUN_TID_LEN])
{
	uint64_t id[2];

	// An indication's id pairs with nothing; it has to be unlikely to come twice, no more.
	w->tid[0] += 0x9e3779b97f4a7c15u;
	id[0] = w->tid[0] ^ w->tid[0] >> 29;
	id[1] = w->tid[1] ^ id[0] * 0xbf58476d1ce4e5b9u;
	memcpy(tid, id, STUN_TID_LEN);
}

// Returns the prefix's share of the checksum.
static inline uint32_t prefix_for_client(struct path *p, struct slot *s,
					 const struct flow_peer *channel,
					 const struct net_endpoint *peer)
{
	uint8_t tid[STUN_TID_LEN];
	uint32_t header;

	if (channel) {
		header = rte_cpu_to_be_32((uint32_t)channel->channel << 16 | s->data_len);
		memcpy(s->prefix, &header, sizeof header);
		s->prefix_len = TURN_CHANNEL_HEADER_LEN;
		s->pad_len = 0;
		return (header & 0xffff) + (header >> 16);
	}
	transaction_id(p->worker, tid);
	s->prefix_len = (uint16_t)stun_data_header_len(&peer->addr);
	stun_data_header(s->prefix, peer, s->data_len, tid);
	s->pad_len = -s->data_len & 3;
	return sum_header(0, s->prefix, s->prefix_len);
}

// Peer to client: `peer` is where the datagram says it comes from.
static inline int turn_to_client(struct path *p, struct slot *s, const struct net_endpoint *peer,
				 uint16_t old_len)
{
	const struct flow_session *session = s->session;
	const struct flow_peer *channel, *known;

	known = flow_peer_by_addr(session, &peer->addr, peer->port, &channel);
	if (!known)
		return PATH_DROP_NO_PERMISSION;
	if (!session_count(p, s, TO_CLIENT))
		return PATH_DROP_OVER_RATE;
	s->sum += prefix_for_client(p, s, channel, peer);
	if (channel)
		s->sum = sum_take(s->sum, channel->sum);
	else
		s->sum = sum_take(sum_take(s->sum, known->sum), rte_cpu_to_be_16(peer->port));
	s->sum = sum_length(s->sum, old_len,
			    (uint16_t)(8 + s->prefix_len + s->data_len + s->pad_len));
	s->src_addr = &p->worker->flow->locals[session->server_local].addr;
	s->src_port = session->server_port;
	s->dst_addr = &session->client.addr;
	s->dst_port = session->client.port;
	s->hop = session->client_hop;
	return -1;
}

static inline int turn_from_peer(struct path *p, struct slot *s)
{
	if (s->facts.ttl < 2)
		return PATH_DROP_TTL;
	s->data = s->facts.payload;
	s->data_len = s->facts.payload_len;
	s->df = s->facts.df;
	s->sum = 0;
	return turn_to_client(p, s, &s->facts.src, (uint16_t)(s->data_len + 8));
}

// The peer is one of our own addresses: only another allocation's relayed address is a peer. It meets
// that allocation's permissions as if it had come by the wire.
static inline int turn_hairpin(struct path *p, struct slot *s)
{
	const struct flow *f = p->worker->flow;
	struct net_endpoint from = {.addr = *s->src_addr, .port = s->src_port};
	int local = flow_local_find(f, s->dst_addr, -1);
	int64_t at = local < 0 ? -1 : flow_relay_slot(f, (unsigned)local, s->dst_port);

	s->session = at < 0 ? NULL : flow_session_at(f, (uint32_t)at);
	if (!s->session)
		return PATH_DROP_PEER_IS_US;
	return turn_to_client(p, s, &from, (uint16_t)(s->data_len + 8));
}

static inline int turn_one(struct path *p, struct slot *s)
{
	int reason;

	if (s->turn_mode == PATH_FROM_PEER)
		return turn_from_peer(p, s);
	reason = turn_to_peer(p, s);
	return reason < 0 && s->hop == FLOW_HOP_SELF ? turn_hairpin(p, s) : reason;
}

void path_turn(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_TURN];

	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];
		int reason = turn_one(p, s);

		s->way = PATH_RELAYED;
		if (reason < 0)
			path_to(p, PATH_ROUTE, l->at[i]);
		else
			path_drop(p, l->at[i], (enum path_reason)reason);
	}
}
