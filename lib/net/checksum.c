// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

// 32-bit words into 64-bit sums: 2^32 of them fit, so carries are folded once at the end.
uint32_t net_sum(const void *bytes, size_t len_bytes, uint32_t sum)
{
	const uint8_t *p = bytes;
	uint64_t even = sum, odd = 0;
	uint8_t tail[8] = {0};
	uint64_t v;

	for (; len_bytes >= 16; p += 16, len_bytes -= 16) {
		memcpy(&v, p, 8);
		even += (v & 0xffffffff) + (v >> 32);
		memcpy(&v, p + 8, 8);
		odd += (v & 0xffffffff) + (v >> 32);
	}
	if (len_bytes >= 8) {
		memcpy(&v, p, 8);
		even += (v & 0xffffffff) + (v >> 32);
		p += 8;
		len_bytes -= 8;
	}
	if (len_bytes)
		memcpy(tail, p, len_bytes);
	memcpy(&v, tail, 8);
	return sum_fold64(even + odd + (v & 0xffffffff) + (v >> 32));
}

uint16_t net_sum_fold(uint32_t sum)
{
	return (uint16_t)~sum_fold64(sum);
}

// IPv4 addresses are summed in their mapped form: the 0xffff in it is nothing in ones' complement.
static uint32_t sum_pseudo(const struct net_addr *src, const struct net_addr *dst, uint8_t proto,
			   size_t len_bytes)
{
	uint8_t tail[8] = {[7] = proto};
	uint32_t sum = net_sum(src->b, sizeof src->b, 0);

	put32(tail, (uint32_t)len_bytes);
	sum = net_sum(dst->b, sizeof dst->b, sum);
	return net_sum(tail, sizeof tail, sum);
}

static uint16_t sum_l4(const struct net_addr *src, const struct net_addr *dst, uint8_t proto,
		       const void *l4, size_t len_bytes)
{
	uint32_t sum = proto == PROTO_ICMP4 ? 0 : sum_pseudo(src, dst, proto, len_bytes);

	return net_sum_fold(net_sum(l4, len_bytes, sum));
}

uint16_t net_l4_checksum(const struct net_addr *src, const struct net_addr *dst, uint8_t proto,
			 const void *l4, size_t len_bytes)
{
	uint16_t checksum = sum_l4(src, dst, proto, l4, len_bytes);

	return proto == PROTO_UDP && !checksum ? 0xffff : checksum;
}

bool l4_sum_ok(const struct net_facts *f, const uint8_t *l4, size_t len_bytes)
{
	return sum_l4(&f->src.addr, &f->dst.addr, f->proto, l4, len_bytes) == 0;
}

bool net_udp_checksum_ok(const struct net_facts *f, const uint8_t *frame)
{
	const uint8_t *udp = frame + f->payload - UDP_LEN;

	if (!get16(udp + 6))
		return f->family == NET_IP4;
	return l4_sum_ok(f, udp, f->payload_len + UDP_LEN);
}
