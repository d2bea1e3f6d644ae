// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

#include <errno.h>

// ICMP and ICMPv6 errors: about others' packets, and about our datagrams.

enum { UNREACHABLE4 = 3, QUENCH4 = 4, REDIRECT4 = 5, TIME_EXCEEDED4 = 11, PARAMETER4 = 12 };
enum { UNREACHABLE6 = 1, TOO_BIG6 = 2, TIME_EXCEEDED6 = 3, INFORMATIONAL6 = 128, REDIRECT6 = 137 };

// Bytes of the IP packet that an error makes: every host takes these in one piece.
#define ERROR4_MAX 576u // RFC 1812 section 4.3.2.3
#define ERROR6_MAX 1280u // RFC 4443 section 2.4 (c)

#define ERROR_TTL 64
#define ERROR4_TOS 0xc0 // RFC 1812 section 4.3.2.5: internetwork control

static bool is_icmp_error(uint8_t proto, uint8_t type)
{
	if (proto == PROTO_ICMP4)
		return type == UNREACHABLE4 || type == QUENCH4 || type == REDIRECT4 ||
		       type == TIME_EXCEEDED4 || type == PARAMETER4;
	return type < INFORMATIONAL6 || type == REDIRECT6;
}

// An ICMP error may hide above a header that the parse did not pass over.
static bool hides_more(const struct net_facts *f)
{
	uint8_t p = f->proto;

	return f->family == NET_IP6 && (p == 0 || p == 43 || p == 44 || p == 51 || p == 60 ||
					p == 135 || p == 139 || p == 140);
}

static bool later_fragment(const struct net_facts *f, const uint8_t *frame)
{
	if (f->kind != NET_FRAGMENT)
		return false;
	if (f->family == NET_IP4)
		return get16(frame + f->l2_len + 6) & 0x1fff;
	// The parse stops at the fragment header: it is the last one.
	return get16(frame + f->payload - 6) & 0xfff8;
}

static bool error_allowed(const struct net_facts *f, const uint8_t *frame)
{
	bool icmp = f->proto == (f->family == NET_IP4 ? PROTO_ICMP4 : PROTO_ICMP6);

	if (f->kind != NET_UDP && f->kind != NET_ICMP4 && f->kind != NET_ICMP6 &&
	    f->kind != NET_OTHER_IP && f->kind != NET_FRAGMENT)
		return false;
	if (frame[0] & 1 || net_addr_is_multicast(&f->dst.addr) ||
	    net_addr_is_broadcast(&f->dst.addr) || net_addr_is_unspecified(&f->src.addr))
		return false;
	if (later_fragment(f, frame) || hides_more(f))
		return false;
	return !icmp || (f->payload_len && !is_icmp_error(f->proto, frame[f->payload]));
}

static void error_words(uint8_t *icmp, enum net_family family, enum net_error error, uint16_t mtu)
{
	static const uint8_t types[][2][2] = {
		[NET_PORT_UNREACHABLE] = {{UNREACHABLE4, 3}, {UNREACHABLE6, 4}},
		[NET_TOO_BIG] = {{UNREACHABLE4, 4}, {TOO_BIG6, 0}},
		[NET_TIME_EXCEEDED] = {{TIME_EXCEEDED4, 0}, {TIME_EXCEEDED6, 0}},
	};
	const uint8_t *type = types[error][family == NET_IP6];

	memset(icmp, 0, ICMP_LEN);
	icmp[0] = type[0];
	icmp[1] = type[1];
	if (error == NET_TOO_BIG)
		put32(icmp + 4, mtu);
}

// The IP packet's bytes by its own header, cut to what an error may hold.
static size_t quoted_len(const struct net_facts *f, const uint8_t *ip)
{
	bool four = f->family == NET_IP4;
	size_t len = four ? get16(ip + 2) : IP6_LEN + get16(ip + 4);
	size_t max = four ? ERROR4_MAX - IP4_LEN - ICMP_LEN : ERROR6_MAX - IP6_LEN - ICMP_LEN;

	return len < max ? len : max;
}

size_t net_error_build(uint8_t *out, const struct net_facts *f, const uint8_t *frame,
		       const struct net_addr *from, enum net_error error, uint16_t mtu)
{
	struct net_link link = {.vlan = f->vlan};
	const uint8_t *quoted = frame + f->l2_len;
	struct ip_header ip = {.src = *from, .dst = f->src.addr, .ttl = ERROR_TTL, .df = true};
	uint8_t *p = out;
	size_t len;

	if (!error_allowed(f, frame) || net_addr_family(from) != f->family)
		return 0;
	memcpy(link.src.b, frame, 6);
	memcpy(link.dst.b, frame + 6, 6);
	len = quoted_len(f, quoted);
	ip.len = (uint16_t)(ICMP_LEN + len);
	ip.proto = f->family == NET_IP4 ? PROTO_ICMP4 : PROTO_ICMP6;
	ip.tos = f->family == NET_IP4 ? ERROR4_TOS : 0;
	p += ether_write(p, &link, f->ethertype);
	p += ip_write(p, &ip);
	error_words(p, f->family, error, mtu);
	memcpy(p + ICMP_LEN, quoted, len);
	put_sum(p + 2, net_l4_checksum(&ip.src, &ip.dst, ip.proto, p, ip.len));
	return (size_t)(p - out) + ip.len;
}

// What an error quotes: 0, -ENOMSG or -EBADMSG, and the UDP header's place.
static int quoted4_parse(struct net_icmp_error *e, const uint8_t *ip, size_t left, size_t *l4)
{
	size_t l3_len;

	if (left < IP4_LEN || ip[0] >> 4 != 4)
		return -EBADMSG;
	l3_len = (ip[0] & 15u) * 4;
	if (l3_len < IP4_LEN)
		return -EBADMSG;
	if (ip[9] != PROTO_UDP || get16(ip + 6) & 0x1fff)
		return -ENOMSG;
	e->src.addr = net_addr_from4(ip + 12);
	e->dst.addr = net_addr_from4(ip + 16);
	*l4 = l3_len;
	return 0;
}

static int quoted6_parse(struct net_icmp_error *e, const uint8_t *ip, size_t left, size_t *l4)
{
	struct ip6_ext ext;

	if (left < IP6_LEN || ip[0] >> 4 != 6 || !ip6_ext_skip(&ext, ip, left))
		return -EBADMSG;
	if (ext.proto != PROTO_UDP || ext.later)
		return -ENOMSG;
	e->src.addr = net_addr_from6(ip + 8);
	e->dst.addr = net_addr_from6(ip + 24);
	if (net_addr_is4(&e->src.addr) || net_addr_is4(&e->dst.addr))
		return -EBADMSG;
	*l4 = ext.len;
	return 0;
}

static bool error_type_known(const struct net_facts *f, uint8_t type)
{
	if (f->kind == NET_ICMP4)
		return type == UNREACHABLE4 || type == TIME_EXCEEDED4;
	return type == UNREACHABLE6 || type == TOO_BIG6 || type == TIME_EXCEEDED6;
}

int net_icmp_error_parse(struct net_icmp_error *out, const struct net_facts *f,
			 const uint8_t *frame)
{
	const uint8_t *icmp = frame + f->payload;
	const uint8_t *ip = icmp + ICMP_LEN;
	struct net_icmp_error e = {0};
	size_t left, l4;
	int err;

	if ((f->kind != NET_ICMP4 && f->kind != NET_ICMP6) || !f->payload_len ||
	    !error_type_known(f, icmp[0]))
		return -ENOMSG;
	if (f->payload_len < ICMP_LEN || !l4_sum_ok(f, icmp, f->payload_len))
		return -EBADMSG;
	left = f->payload_len - ICMP_LEN;
	err = f->kind == NET_ICMP4 ? quoted4_parse(&e, ip, left, &l4)
				   : quoted6_parse(&e, ip, left, &l4);
	if (err)
		return err;
	if (left < l4 + UDP_LEN || !net_addr_equal(&e.src.addr, &f->dst.addr))
		return -EBADMSG;
	e.type = icmp[0];
	e.code = icmp[1];
	e.data = get32(icmp + 4);
	e.src.port = get16(ip + l4);
	e.dst.port = get16(ip + l4 + 2);
	*out = e;
	return 0;
}
