// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

static bool prefix_is4(const struct net_prefix *p)
{
	return p->bits >= 96 && net_addr_is4(&p->addr);
}

static uint64_t mask64(unsigned bits)
{
	return bits == 0 ? 0 : __builtin_bswap64(UINT64_MAX << (64 - bits));
}

bool net_prefix_holds(const struct net_prefix *p, const struct net_addr *a)
{
	unsigned high = p->bits < 64 ? p->bits : 64;
	unsigned low = p->bits - high;

	if (prefix_is4(p) != net_addr_is4(a))
		return false;
	return !((p->addr.d[0] ^ a->d[0]) & mask64(high)) &&
	       !((p->addr.d[1] ^ a->d[1]) & mask64(low));
}
