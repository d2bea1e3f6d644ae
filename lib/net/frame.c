// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

// Runs for each packet of the data lane: the plain path (Ethernet, IPv4 without options or IPv6
// without extension headers, UDP) is straight code without loops or calls.

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define UNLIKELY(x) __builtin_expect(!!(x), 0)
#define ALWAYS static inline __attribute__((always_inline))

ALWAYS enum net_kind udp_parse(struct net_facts *f, const uint8_t *udp)
{
	size_t left = f->payload_len;
	size_t len;

	if (UNLIKELY(left < UDP_LEN))
		return NET_BAD_UDP;
	f->src.port = get16(udp);
	f->dst.port = get16(udp + 2);
	len = get16(udp + 4);
	if (UNLIKELY(len < UDP_LEN || len > left || !f->src.port || !f->dst.port))
		return NET_BAD_UDP;
	if (f->family == NET_IP6 && UNLIKELY(!get16(udp + 6)))
		return NET_BAD_UDP;
	f->payload = (uint16_t)(f->payload + UDP_LEN);
	f->payload_len = (uint16_t)(len - UDP_LEN);
	return NET_UDP;
}

ALWAYS enum net_kind l4_parse(struct net_facts *f, const uint8_t *l4)
{
	if (LIKELY(f->proto == PROTO_UDP))
		return udp_parse(f, l4);
	if (f->proto == (f->family == NET_IP4 ? PROTO_ICMP4 : PROTO_ICMP6))
		return f->family == NET_IP4 ? NET_ICMP4 : NET_ICMP6;
	return NET_OTHER_IP;
}

// Network order. 0.0.0.0/8, 127.0.0.0/8; as source also 224.0.0.0/4 and the broadcast address.
ALWAYS bool martian4(const uint8_t *src, const uint8_t *dst)
{
	uint8_t s = src[0], d = dst[0];

	return (s == 0) | (s == 127) | (s >> 4 == 0xe) | (get32(src) == 0xffffffff) | (d == 0) |
	       (d == 127);
}

ALWAYS bool addr6_is_local(const struct net_addr *a)
{
	return a->d[0] == 0 && (a->d[1] == 0 || a->d[1] == __builtin_bswap64(1) || net_addr_is4(a));
}

ALWAYS bool martian6(const struct net_facts *f)
{
	const struct net_addr *src = &f->src.addr;
	bool probe = f->proto == PROTO_ICMP6 && src->d[0] == 0 && src->d[1] == 0;

	return src->b[0] == 0xff || (addr6_is_local(src) && !probe) || addr6_is_local(&f->dst.addr);
}

ALWAYS enum net_kind ip4_parse(struct net_facts *f, const uint8_t *ip, size_t left)
{
	size_t l3_len, total;
	uint16_t offset;
	bool sum_ok;

	if (UNLIKELY(left < IP4_LEN))
		return NET_BAD_IP;
	l3_len = (ip[0] & 15u) * 4;
	total = get16(ip + 2);
	if (UNLIKELY(ip[0] >> 4 != 4 || l3_len < IP4_LEN || l3_len > total || total > left))
		return NET_BAD_IP;
	sum_ok = LIKELY(l3_len == IP4_LEN) ? sum_ip4(ip) == 0xffff
					   : net_sum_fold(net_sum(ip, l3_len, 0)) == 0;
	if (UNLIKELY(!sum_ok))
		return NET_BAD_IP;
	offset = get16(ip + 6);
	f->family = NET_IP4;
	f->src.addr = net_addr_from4(ip + 12);
	f->dst.addr = net_addr_from4(ip + 16);
	f->l3_len = (uint16_t)l3_len;
	f->payload = (uint16_t)(f->l2_len + l3_len);
	f->payload_len = (uint16_t)(total - l3_len);
	f->proto = ip[9];
	f->tos = ip[1];
	f->ttl = ip[8];
	f->df = offset & 0x4000;
	if (UNLIKELY(martian4(ip + 12, ip + 16)))
		return NET_MARTIAN;
	if (UNLIKELY(offset & 0x3fff))
		return NET_FRAGMENT;
	return l4_parse(f, ip + l3_len);
}

ALWAYS bool is_passed_over(uint8_t proto)
{
	return proto == 0 || proto == PROTO_FRAGMENT || proto == 60;
}

ALWAYS enum net_kind ip6_parse(struct net_facts *f, const uint8_t *ip, size_t left)
{
	struct ip6_ext ext = {.len = IP6_LEN};
	size_t total;

	if (UNLIKELY(left < IP6_LEN))
		return NET_BAD_IP;
	total = IP6_LEN + get16(ip + 4);
	if (UNLIKELY(ip[0] >> 4 != 6 || total > left))
		return NET_BAD_IP;
	ext.proto = ip[6];
	if (UNLIKELY(is_passed_over(ext.proto)) && !ip6_ext_skip(&ext, ip, total))
		return NET_BAD_IP;
	f->family = NET_IP6;
	f->src.addr = net_addr_from6(ip + 8);
	f->dst.addr = net_addr_from6(ip + 24);
	f->l3_len = (uint16_t)ext.len;
	f->payload = (uint16_t)(f->l2_len + ext.len);
	f->payload_len = (uint16_t)(total - ext.len);
	f->proto = ext.proto;
	f->tos = (uint8_t)(get16(ip) >> 4);
	f->ttl = ip[7];
	f->df = true;
	if (UNLIKELY(martian6(f)))
		return NET_MARTIAN;
	if (UNLIKELY(ext.fragment))
		return NET_FRAGMENT;
	return l4_parse(f, ip + ext.len);
}

static enum net_kind arp_view(struct net_facts *f, size_t left)
{
	f->payload = f->l2_len;
	f->payload_len = ARP_LEN;
	return left < ARP_LEN ? NET_BAD_ETHERNET : NET_ARP;
}

ALWAYS enum net_kind ether_parse(struct net_facts *f, const uint8_t *frame, size_t len_bytes)
{
	size_t l2_len = ETHER_LEN;
	uint16_t type;

	// A group address as source would become the destination of our answers.
	if (UNLIKELY(len_bytes < ETHER_LEN || frame[6] & 1))
		return NET_BAD_ETHERNET;
	type = get16(frame + 12);
	if (UNLIKELY(type == ETHER_VLAN)) {
		l2_len += VLAN_LEN;
		if (len_bytes < l2_len)
			return NET_BAD_ETHERNET;
		f->vlan = get16(frame + 14) & 0x0fff;
		type = get16(frame + 16);
	}
	f->l2_len = (uint16_t)l2_len;
	f->ethertype = type;
	if (LIKELY(type == ETHER_IP4))
		return ip4_parse(f, frame + l2_len, len_bytes - l2_len);
	if (LIKELY(type == ETHER_IP6))
		return ip6_parse(f, frame + l2_len, len_bytes - l2_len);
	return type == ETHER_ARP ? arp_view(f, len_bytes - l2_len) : NET_OTHER_ETHER;
}

enum net_kind net_frame_parse(struct net_facts *out, const uint8_t *frame, size_t len_bytes)
{
	enum net_kind kind;

	memset(out, 0, sizeof *out);
	kind = ether_parse(out, frame, len_bytes);
	out->kind = (uint8_t)kind;
	return kind;
}
