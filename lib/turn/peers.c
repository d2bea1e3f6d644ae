// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

// Prefixes as they stand in the 128-bit form.
#define V4(o1, o2, o3, o4, len)                                                                    \
	{                                                                                          \
		.addr = {.b = {[10] = 0xff, 0xff, o1, o2, o3, o4}}, .bits = 96 + (len)             \
	}
#define V6(g1, g2, g3, len)                                                                        \
	{                                                                                          \
		.addr = {.b = {(g1) >> 8, (g1)&0xff, (g2) >> 8, (g2)&0xff, (g3) >> 8, (g3)&0xff}}, \
		.bits = (len)                                                                      \
	}

// Benchmarking (198.18.0.0/15, 2001:2::/48) and documentation are left out: the lab lives there.
static const struct net_prefix deny_default[] = {
	V4(0, 0, 0, 0, 8), // this network
	V4(10, 0, 0, 0, 8), // private
	V4(100, 64, 0, 0, 10), // shared address space
	V4(127, 0, 0, 0, 8), // loopback
	V4(169, 254, 0, 0, 16), // link-local, cloud metadata
	V4(172, 16, 0, 0, 12), // private
	V4(192, 0, 0, 0, 24), // protocol assignments
	V4(192, 88, 99, 0, 24), // 6to4 relays
	V4(192, 168, 0, 0, 16), // private
	V4(224, 0, 0, 0, 4), // multicast
	V4(240, 0, 0, 0, 4), // reserved, broadcast
	V6(0, 0, 0, 96), // unspecified, loopback, IPv4-compatible
	V6(0x64, 0xff9b, 1, 48), // NAT64 of the local network
	V6(0x100, 0, 0, 64), // discard
	V6(0xfc00, 0, 0, 7), // unique local
	V6(0xfe80, 0, 0, 10), // link-local
	V6(0xfec0, 0, 0, 10), // site-local
	V6(0xff00, 0, 0, 8), // multicast
};

const struct net_prefix *turn_deny_default(size_t *count)
{
	*count = BASE_COUNT(deny_default);
	return deny_default;
}

static bool list_holds(const struct net_prefix *list, size_t count, const struct net_addr *a)
{
	for (size_t i = 0; i < count; i++)
		if (net_prefix_holds(&list[i], a))
			return true;
	return false;
}

static bool one_allowed(const struct turn_peer_rules *r, const struct net_addr *a)
{
	return list_holds(r->allow, r->allow_count, a) || !list_holds(r->deny, r->deny_count, a);
}

// An address within is judged by itself: allowing 2002::/16 does not open 6to4's way to 10/8.
bool turn_peer_allowed(const struct turn_peer_rules *r, const struct net_addr *peer)
{
	struct net_addr inner[2];
	unsigned n = net_addr_inner4(peer, inner);

	if (!one_allowed(r, peer))
		return false;
	for (unsigned i = 0; i < n; i++)
		if (!one_allowed(r, &inner[i]))
			return false;
	return true;
}

unsigned turn_peer_decode(const struct turn_exchange *x, const struct stun_attr *a,
			  struct net_endpoint *out, enum net_family *family)
{
	return stun_endpoint_decode(&x->m, a, out, family) ? 400 : 0;
}

unsigned turn_peer_check(const struct turn_exchange *x, const struct net_endpoint *peer,
			 enum net_family family)
{
	if (!turn_entry_serves(x->e, family))
		return 443;
	// An IPv4 address in an IPv6 attribute has no honest use: it is how address rules are evaded.
	if (family == NET_IP6 && net_addr_is4(&peer->addr))
		return 403;
	return turn_peer_allowed(&x->t->rules->s.peers, &peer->addr) ? 0 : 403;
}
