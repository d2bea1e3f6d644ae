// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_byteorder.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <string.h>

#include "path/sum.h"
#include "worker.h"

static inline uint8_t tos_out(const struct worker *w, const struct slot *s)
{
	uint8_t tos = s->facts.tos, dscp = __atomic_load_n(&w->dscp, __ATOMIC_RELAXED);

	return tos >> 2 ? tos : (uint8_t)(dscp << 2 | (tos & 3));
}

static inline void word_write(uint8_t *at, uint32_t word)
{
	memcpy(at, &word, sizeof word);
}

// Word by word from registers, so that the checksum falls out of writing it.
static inline void ip4_write(struct worker *w, const struct slot *s, uint8_t *at, uint16_t udp_len)
{
	uint32_t ttl = s->way == PATH_ANSWERED ? 64 : s->facts.ttl - 1u;
	uint32_t first =
		rte_cpu_to_be_32(0x45000000u | (uint32_t)tos_out(w, s) << 16 | (udp_len + 20u));
	uint32_t second =
		rte_cpu_to_be_32(s->df ? RTE_IPV4_HDR_DF_FLAG : (uint32_t)w->ip_id++ << 16);
	uint32_t third = rte_cpu_to_be_32(ttl << 24 | IPPROTO_UDP << 16);
	uint32_t src = s->src_addr->w[3], dst = s->dst_addr->w[3];
	uint64_t sum = (uint64_t)first + second + third + src + dst;

	sum = (sum & 0xffff) + (sum >> 16 & 0xffff) + (sum >> 32);
	third |= (uint32_t)(uint16_t)~sum_fold((uint32_t)sum) << 16;
	word_write(at, first);
	word_write(at + 4, second);
	word_write(at + 8, third);
	word_write(at + 12, src);
	word_write(at + 16, dst);
}

static inline void ip6_write(struct worker *w, const struct slot *s, uint8_t *at, uint16_t udp_len)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)at;

	ip->vtc_flow = rte_cpu_to_be_32(6u << 28 | (uint32_t)tos_out(w, s) << 20);
	ip->payload_len = rte_cpu_to_be_16(udp_len);
	ip->proto = IPPROTO_UDP;
	ip->hop_limits = s->way == PATH_ANSWERED ? 64 : (uint8_t)(s->facts.ttl - 1);
	memcpy(ip->src_addr, s->src_addr->b, 16);
	memcpy(ip->dst_addr, s->dst_addr->b, 16);
}

static inline uint8_t *ether_write(const struct worker *w, uint8_t *at, const struct net_mac *dst,
				   unsigned port, uint16_t ethertype)
{
	memcpy(at, dst->b, 6);
	memcpy(at + 6, w->ports[port].mac.b, 6);
	at += 12;
	if (w->vlans[port]) {
		at[0] = 0x81;
		at[1] = 0;
		at[2] = (uint8_t)(w->vlans[port] >> 8);
		at[3] = (uint8_t)w->vlans[port];
		at += 4;
	}
	at[0] = (uint8_t)(ethertype >> 8);
	at[1] = (uint8_t)ethertype;
	return at + 2;
}

// The prefix is nothing, a ChannelData header, or that of a Data indication.
static inline void around_data(const struct slot *s, uint8_t *prefix_at)
{
	if (s->prefix_len == 4)
		memcpy(prefix_at, s->prefix, 4);
	else if (s->prefix_len)
		memcpy(prefix_at, s->prefix, s->prefix_len);
	for (unsigned i = 0; i < s->pad_len; i++)
		s->frame[s->data + s->data_len + i] = 0;
}

static inline void udp_write(const struct slot *s, uint8_t *at, uint16_t udp_len, bool ip4)
{
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)at;
	const struct rte_udp_hdr *old = (const void *)(s->frame + s->facts.payload - sizeof *old);
	uint16_t checksum = s->way == PATH_ANSWERED ? 0 : old->dgram_cksum;

	// Without one it came (IPv4), and may go on so; anew where IPv6 wants one, or the answer is ours.
	bool anew = !checksum && (!ip4 || s->way == PATH_ANSWERED);

	udp->src_port = rte_cpu_to_be_16(s->src_port);
	udp->dst_port = rte_cpu_to_be_16(s->dst_port);
	udp->dgram_len = rte_cpu_to_be_16(udp_len);
	udp->dgram_cksum = checksum ? sum_apply(checksum, s->sum) : 0;
	around_data(s, at + sizeof *udp);
	if (anew)
		udp->dgram_cksum =
			net_l4_checksum(s->src_addr, s->dst_addr, IPPROTO_UDP, udp, udp_len);
}

// Headers, prefix and padding round the data, in place. `udp_len` as on the wire.
static inline void headers_write(struct worker *w, struct slot *s, union flow_hop hop,
				 uint16_t udp_len)
{
	bool ip4 = net_addr_is4(s->dst_addr);
	unsigned l2_len = w->vlans[hop.port] ? 18 : 14, l3_len = ip4 ? 20 : 40;
	uint8_t *udp = s->frame + s->data - s->prefix_len - sizeof(struct rte_udp_hdr);
	uint8_t *start = udp - l3_len - l2_len, *l3;

	// UDP first: it reads the old header, which the new ones may run over.
	udp_write(s, udp, udp_len, ip4);
	l3 = ether_write(w, start, &hop.mac, hop.port,
			 ip4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	if (ip4)
		ip4_write(w, s, l3, udp_len);
	else
		ip6_write(w, s, l3, udp_len);
	s->m->data_off = (uint16_t)(s->m->data_off + (start - s->frame));
	s->m->data_len = (uint16_t)(l2_len + l3_len + udp_len);
	s->m->pkt_len = s->m->data_len;
	s->m->port = hop.port;
}

// An answer goes back where its request came from; no look-up can be missing for it.
static inline union flow_hop hop_of(const struct path *p, const struct slot *s)
{
	union flow_hop hop = {.port = p->port, .state = FLOW_HOP_READY};

	if (s->way != PATH_ANSWERED)
		return flow_hop_load(p->worker->flow, s->hop);
	memcpy(hop.mac.b, s->frame + 6, 6);
	return hop;
}

static inline bool has_room(const struct slot *s, unsigned header_len)
{
	// From the data: what lies before it in the frame, and the headroom, is ours to write.
	return s->m->data_off + s->data >= header_len + s->prefix_len &&
	       s->m->data_off + s->data + s->data_len + s->pad_len <= s->m->buf_len;
}

static inline void route_one(struct path *p, unsigned slot)
{
	struct worker *w = p->worker;
	struct slot *s = &p->slots[slot];
	union flow_hop hop = hop_of(p, s);
	uint16_t l3_len = net_addr_is4(s->dst_addr) ? 20 : 40;
	uint16_t udp_len = (uint16_t)(8 + s->prefix_len + s->data_len + s->pad_len);

	if (s->way != PATH_ANSWERED && s->hop < FLOW_HOP_FIRST) {
		path_drop(p, slot,
			  s->hop == FLOW_HOP_SELF ? PATH_DROP_PEER_IS_US : PATH_DROP_NO_ROUTE);
		return;
	}
	if (l3_len + udp_len > w->ports[hop.port].mtu) {
		// Whoever sent it has to know what fits of theirs, without what we put on and took off.
		s->mtu = (uint16_t)(w->ports[hop.port].mtu + s->facts.l3_len + 8 +
				    s->facts.payload_len - l3_len - udp_len);
		path_punt(p, slot, PUNT_BIG);
		return;
	}
	if (!has_room(s, 18 + l3_len + 8)) {
		path_drop(p, slot, PATH_DROP_NO_ROOM);
		return;
	}
	headers_write(w, s, hop, udp_len);
	if (hop.state == FLOW_HOP_READY)
		path_to(p, PATH_TX, slot);
	else
		path_punt(p, slot, PUNT_HOP);
}

void path_route(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_ROUTE];

	for (unsigned i = 0; i < l->n; i++)
		route_one(p, l->at[i]);
}
