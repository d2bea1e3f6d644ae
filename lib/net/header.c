// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

size_t ether_write(uint8_t *p, const struct net_link *l, uint16_t ethertype)
{
	memcpy(p, l->dst.b, 6);
	memcpy(p + 6, l->src.b, 6);
	if (!l->vlan) {
		put16(p + 12, ethertype);
		return ETHER_LEN;
	}
	put16(p + 12, ETHER_VLAN);
	put16(p + 14, l->vlan);
	put16(p + 16, ethertype);
	return ETHER_LEN + VLAN_LEN;
}

static size_t ip4_write(uint8_t *p, const struct ip_header *h)
{
	p[0] = 0x45;
	p[1] = h->tos;
	put16(p + 2, (uint16_t)(IP4_LEN + h->len));
	put16(p + 4, h->id);
	put16(p + 6, h->df ? 0x4000 : 0);
	p[8] = h->ttl;
	p[9] = h->proto;
	put16(p + 10, 0);
	memcpy(p + 12, h->src.b + 12, 4);
	memcpy(p + 16, h->dst.b + 12, 4);
	put_sum(p + 10, (uint16_t)~sum_ip4(p));
	return IP4_LEN;
}

static size_t ip6_write(uint8_t *p, const struct ip_header *h)
{
	put32(p, 6u << 28 | (uint32_t)h->tos << 20);
	put16(p + 4, h->len);
	p[6] = h->proto;
	p[7] = h->ttl;
	memcpy(p + 8, h->src.b, 16);
	memcpy(p + 24, h->dst.b, 16);
	return IP6_LEN;
}

size_t ip_write(uint8_t *p, const struct ip_header *h)
{
	return net_addr_is4(&h->dst) ? ip4_write(p, h) : ip6_write(p, h);
}

size_t net_header_len(const struct net_udp_header *h)
{
	return ETHER_LEN + (h->link.vlan ? VLAN_LEN : 0) +
	       (net_addr_is4(&h->dst.addr) ? IP4_LEN : IP6_LEN) + UDP_LEN;
}

size_t net_header_write(uint8_t *frame, const struct net_udp_header *h, size_t payload_len)
{
	bool four = net_addr_is4(&h->dst.addr);
	size_t len = net_header_len(h) + payload_len;
	struct ip_header ip = {
		.src = h->src.addr,
		.dst = h->dst.addr,
		.len = (uint16_t)(UDP_LEN + payload_len),
		.id = h->ip_id,
		.proto = PROTO_UDP,
		.tos = h->tos,
		.ttl = h->ttl,
		.df = h->df,
	};
	uint8_t *udp = frame;

	if (payload_len > NET_FRAME_MAX || len > NET_FRAME_MAX)
		return 0;
	udp += ether_write(udp, &h->link, four ? ETHER_IP4 : ETHER_IP6);
	udp += ip_write(udp, &ip);
	put16(udp, h->src.port);
	put16(udp + 2, h->dst.port);
	put16(udp + 4, ip.len);
	put16(udp + 6, 0);
	if (!h->sum_later)
		put_sum(udp + 6, net_l4_checksum(&ip.src, &ip.dst, PROTO_UDP, udp, ip.len));
	return len;
}
