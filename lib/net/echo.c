// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

#include <errno.h>

// ICMP echo (RFC 792) and ICMPv6 echo (RFC 4443 section 4).

enum { ECHO4_REQUEST = 8, ECHO4_REPLY = 0, ECHO6_REQUEST = 128, ECHO6_REPLY = 129 };
enum { ECHO_TTL = 64, OPTION_NOP = 1 };

static void swap_bytes(uint8_t *a, uint8_t *b, size_t len_bytes)
{
	uint8_t t[16];

	memcpy(t, a, len_bytes);
	memcpy(a, b, len_bytes);
	memcpy(b, t, len_bytes);
}

static bool echo_ok(const struct net_facts *f, const uint8_t *frame)
{
	const uint8_t *icmp = frame + f->payload;
	uint8_t request = f->kind == NET_ICMP4 ? ECHO4_REQUEST : ECHO6_REQUEST;

	if ((f->kind != NET_ICMP4 && f->kind != NET_ICMP6) || f->payload_len < ICMP_LEN)
		return false;
	// Swapped, a group would stand as source of the answer.
	if (frame[0] & 1 || net_addr_is_multicast(&f->dst.addr) ||
	    net_addr_is_broadcast(&f->dst.addr) || net_addr_is_unspecified(&f->src.addr))
		return false;
	return icmp[0] == request && icmp[1] == 0 && l4_sum_ok(f, icmp, f->payload_len);
}

static void ip4_turn(uint8_t *ip, size_t l3_len)
{
	ip[8] = ECHO_TTL;
	swap_bytes(ip + 12, ip + 16, 4);
	// Options speak of the way here; a route in them must not lead the answer.
	memset(ip + IP4_LEN, OPTION_NOP, l3_len - IP4_LEN);
	put16(ip + 10, 0);
	put_sum(ip + 10, net_sum_fold(net_sum(ip, l3_len, 0)));
}

int net_echo_answer(const struct net_facts *f, uint8_t *frame)
{
	uint8_t *ip = frame + f->l2_len;
	uint8_t *icmp = frame + f->payload;
	uint16_t checksum, was, is;

	if (!echo_ok(f, frame))
		return -ENOMSG;
	swap_bytes(frame, frame + 6, 6);
	memcpy(&was, icmp, 2);
	if (f->kind == NET_ICMP4) {
		ip4_turn(ip, f->l3_len);
		icmp[0] = ECHO4_REPLY;
	} else {
		ip[7] = ECHO_TTL;
		swap_bytes(ip + 8, ip + 24, 16);
		icmp[0] = ECHO6_REPLY;
	}
	memcpy(&is, icmp, 2);
	memcpy(&checksum, icmp + 2, 2);
	put_sum(icmp + 2, net_sum_replace(checksum, was, is));
	return 0;
}
