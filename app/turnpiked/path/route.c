// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_byteorder.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_udp.h>
#include <string.h>

#include "worker.h"

// --- Checksum by difference (RFC 1624): HC' = ~(~HC + ~m + m'), so that damage on the way in stays
// visible on the way out. IPv4 addresses are summed in their mapped form: 0xffff adds nothing.

static inline uint64_t sum_add(uint64_t sum, uint64_t v)
{
	sum += v;
	return sum + (sum < v);
}

static inline uint64_t sum_ends(uint64_t sum, const struct net_endpoint *a, const struct net_endpoint *b,
				uint16_t udp_len)
{
	sum = sum_add(sum, a->addr.d[0]);
	sum = sum_add(sum, a->addr.d[1]);
	sum = sum_add(sum, b->addr.d[0]);
	sum = sum_add(sum, b->addr.d[1]);
	// The length stands in the pseudo-header and in the header.
	return sum_add(sum, (uint64_t)rte_cpu_to_be_16(a->port) + rte_cpu_to_be_16(b->port) +
				    2u * (uint64_t)rte_cpu_to_be_16(udp_len));
}

static inline uint64_t sum_even(uint64_t sum, const uint8_t *bytes, unsigned len)
{
	uint32_t word;

	for (; len >= 4; len -= 4, bytes += 4) {
		memcpy(&word, bytes, sizeof word);
		sum = sum_add(sum, word);
	}
	return len ? sum_add(sum, net_sum(bytes, len, 0)) : sum;
}

static inline uint16_t sum_fold(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

// What follows the data in the datagram that came: padding that does not go on.
static inline uint64_t sum_tail(uint64_t sum, const struct slot *s)
{
	unsigned at = s->data + s->data_len;
	unsigned end = s->facts.payload + s->facts.payload_len;
	uint16_t tail;

	if (at >= end)
		return sum;
	tail = sum_fold(net_sum(s->frame + at, end - at, 0));
	return sum_add(sum, (at - s->facts.payload) & 1 ? rte_bswap16(tail) : tail);
}

static inline uint16_t checksum_relayed(const struct slot *s, uint16_t udp_len)
{
	const struct rte_udp_hdr *old = (const void *)(s->frame + s->facts.payload - sizeof *old);
	uint64_t gone, come;
	uint16_t sum;

	gone = sum_ends(0, &s->facts.src, &s->facts.dst, (uint16_t)(s->facts.payload_len + sizeof *old));
	gone = sum_even(gone, s->frame + s->facts.payload, s->data - s->facts.payload);
	gone = sum_tail(gone, s);
	come = sum_ends((uint16_t)~old->dgram_cksum, &s->src, &s->dst, udp_len);
	come = sum_even(come, s->prefix, s->prefix_len);
	sum = (uint16_t)~sum_fold((uint64_t)sum_fold(come) + (uint16_t)~sum_fold(gone));
	return sum ? sum : 0xffff;
}

// The datagram came without a checksum (IPv4), or is our own answer.
static inline bool checksum_anew(const struct slot *s)
{
	const struct rte_udp_hdr *old = (const void *)(s->frame + s->facts.payload - sizeof *old);

	return s->way == PATH_ANSWERED || !old->dgram_cksum;
}

// --- Headers ---------------------------------------------------------------------------------------------

static inline uint8_t tos_out(const struct worker *w, const struct slot *s)
{
	uint8_t tos = s->facts.tos;

	return tos >> 2 ? tos : (uint8_t)(w->dscp << 2 | (tos & 3));
}

static inline void ip4_write(struct worker *w, const struct slot *s, uint8_t *at, uint16_t udp_len)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)at;

	ip->version_ihl = 0x45;
	ip->type_of_service = tos_out(w, s);
	ip->total_length = rte_cpu_to_be_16((uint16_t)(udp_len + sizeof *ip));
	ip->packet_id = s->df ? 0 : rte_cpu_to_be_16(w->ip_id++);
	ip->fragment_offset = s->df ? rte_cpu_to_be_16(RTE_IPV4_HDR_DF_FLAG) : 0;
	ip->time_to_live = s->way == PATH_ANSWERED ? 64 : (uint8_t)(s->facts.ttl - 1);
	ip->next_proto_id = IPPROTO_UDP;
	ip->hdr_checksum = 0;
	ip->src_addr = s->src.addr.w[3];
	ip->dst_addr = s->dst.addr.w[3];
	ip->hdr_checksum = rte_ipv4_cksum(ip);
}

static inline void ip6_write(struct worker *w, const struct slot *s, uint8_t *at, uint16_t udp_len)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)at;

	ip->vtc_flow = rte_cpu_to_be_32(6u << 28 | (uint32_t)tos_out(w, s) << 20);
	ip->payload_len = rte_cpu_to_be_16(udp_len);
	ip->proto = IPPROTO_UDP;
	ip->hop_limits = s->way == PATH_ANSWERED ? 64 : (uint8_t)(s->facts.ttl - 1);
	memcpy(ip->src_addr, s->src.addr.b, 16);
	memcpy(ip->dst_addr, s->dst.addr.b, 16);
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

// Headers, prefix and padding round the data, in place. `udp_len` as on the wire.
static inline void headers_write(struct worker *w, struct slot *s, union flow_hop hop, uint16_t udp_len)
{
	bool ip4 = net_addr_is4(&s->dst.addr);
	bool anew = checksum_anew(s);
	uint16_t checksum = anew ? 0 : checksum_relayed(s, udp_len);
	unsigned l2_len = w->vlans[hop.port] ? 18 : 14, l3_len = ip4 ? 20 : 40;
	uint8_t *udp_at = s->frame + s->data - s->prefix_len - sizeof(struct rte_udp_hdr);
	uint8_t *start = udp_at - l3_len - l2_len;
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)udp_at;
	struct net_mac mac = hop.mac;
	uint8_t *l3;

	memcpy(udp_at + sizeof *udp, s->prefix, s->prefix_len);
	memset(s->frame + s->data + s->data_len, 0, s->pad_len);
	l3 = ether_write(w, start, &mac, hop.port, ip4 ? RTE_ETHER_TYPE_IPV4 : RTE_ETHER_TYPE_IPV6);
	if (ip4)
		ip4_write(w, s, l3, udp_len);
	else
		ip6_write(w, s, l3, udp_len);
	udp->src_port = rte_cpu_to_be_16(s->src.port);
	udp->dst_port = rte_cpu_to_be_16(s->dst.port);
	udp->dgram_len = rte_cpu_to_be_16(udp_len);
	udp->dgram_cksum = checksum;
	if (anew && (!ip4 || s->way == PATH_ANSWERED))
		udp->dgram_cksum = net_l4_checksum(&s->src.addr, &s->dst.addr, IPPROTO_UDP, udp, udp_len);
	s->m->data_off = (uint16_t)(s->m->data_off + (start - s->frame));
	s->m->data_len = (uint16_t)(l2_len + l3_len + udp_len);
	s->m->pkt_len = s->m->data_len;
	s->m->port = hop.port;
}

// --- The step ----------------------------------------------------------------------------------------------

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
	unsigned l3_len = net_addr_is4(&s->dst.addr) ? 20 : 40;
	uint16_t udp_len = (uint16_t)(8 + s->prefix_len + s->data_len + s->pad_len);

	if (s->way != PATH_ANSWERED && s->hop < FLOW_HOP_FIRST) {
		path_drop(p, slot, s->hop == FLOW_HOP_SELF ? PATH_DROP_PEER_IS_US : PATH_DROP_NO_ROUTE);
		return;
	}
	s->mtu = w->ports[hop.port].mtu;
	if (l3_len + udp_len > s->mtu) {
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
