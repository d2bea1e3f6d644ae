// SPDX-License-Identifier: Apache-2.0
#ifndef NET_PRIVATE_H
#define NET_PRIVATE_H

#include "net/net.h"

#define ETHER_LEN 14u
#define VLAN_LEN 4u
#define IP4_LEN 20u
#define IP6_LEN 40u
#define UDP_LEN 8u
#define ARP_LEN 28u
#define ICMP_LEN 8u // ICMP's and ICMPv6's first two words

enum { ETHER_IP4 = 0x0800, ETHER_ARP = 0x0806, ETHER_VLAN = 0x8100, ETHER_IP6 = 0x86dd };
enum { PROTO_ICMP4 = 1, PROTO_UDP = 17, PROTO_FRAGMENT = 44, PROTO_ICMP6 = 58 };

static inline uint16_t get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, 2);
	return __builtin_bswap16(v);
}

static inline uint32_t get32(const uint8_t *p)
{
	uint32_t v;

	memcpy(&v, p, 4);
	return __builtin_bswap32(v);
}

static inline void put16(uint8_t *p, uint16_t v)
{
	v = __builtin_bswap16(v);
	memcpy(p, &v, 2);
}

static inline void put32(uint8_t *p, uint32_t v)
{
	v = __builtin_bswap32(v);
	memcpy(p, &v, 4);
}

// A checksum field: as the sums are, in memory order.
static inline void put_sum(uint8_t *p, uint16_t v)
{
	memcpy(p, &v, 2);
}

// Folds to 16 bits, not complemented.
static inline uint16_t sum_fold64(uint64_t sum)
{
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffffffff) + (sum >> 32);
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

// The 20 bytes of an IPv4 header without options; 0xffff when its checksum is right.
static inline uint16_t sum_ip4(const uint8_t *ip)
{
	uint64_t a, b;
	uint32_t c;

	memcpy(&a, ip, 8);
	memcpy(&b, ip + 8, 8);
	memcpy(&c, ip + 16, 4);
	a = (a & 0xffffffff) + (a >> 32) + (b & 0xffffffff) + (b >> 32) + c;
	a = (a & 0xffff) + (a >> 16 & 0xffff) + (a >> 32); // 5 words: below 1 << 35
	return (uint16_t)((a & 0xffff) + (a >> 16));
}

// True when bytes with their checksum in place, and their pseudo-header, add up. As for
// net_l4_checksum otherwise.
bool l4_sum_ok(const struct net_facts *f, const uint8_t *l4, size_t len_bytes);

// What follows an IPv6 header.
struct ip6_ext {
	uint8_t proto; // above the last header that was passed over
	bool fragment; // not an atomic one
	bool later; // a fragment that is not the first
	size_t len; // bytes of IPv6 header and extension headers
};

// False when malformed, or with an option that tells to discard the packet. `len_bytes` ≥ IP6_LEN.
bool ip6_ext_skip(struct ip6_ext *out, const uint8_t *ip, size_t len_bytes);

// Headers that we send; each returns its bytes.
size_t ether_write(uint8_t *p, const struct net_link *l, uint16_t ethertype);
struct ip_header {
	struct net_addr src;
	struct net_addr dst;
	uint16_t len; // bytes above the IP header
	uint16_t id;
	uint8_t proto;
	uint8_t tos;
	uint8_t ttl;
	bool df;
};
size_t ip_write(uint8_t *p, const struct ip_header *h);

// Of one station: no group, and not the 0 of "not known".
static inline bool mac_is_zero(const uint8_t mac[6])
{
	return !(get16(mac) | get32(mac + 2));
}

static inline bool mac_is_station(const uint8_t mac[6])
{
	return !(mac[0] & 1) && !mac_is_zero(mac);
}

// The IPv6 halves of net_neigh_parse, net_neigh_ask and net_neigh_tell.
int nd_parse(struct net_neigh *out, const struct net_facts *f, const uint8_t *frame);
size_t nd_ask(uint8_t *frame, const struct net_link *l, const struct net_addr *sender,
	      const struct net_addr *target);
size_t nd_tell(uint8_t *frame, const struct net_link *l, const struct net_neigh *asked);

#endif
