// SPDX-License-Identifier: Apache-2.0
#include "ice/private.h"

static bool begins(const struct net_addr *a, const char *prefix)
{
	struct net_prefix p;

	return !net_prefix_parse(&p, prefix) && net_prefix_holds(&p, a);
}

// RFC 6724 section 2.1's table.
static unsigned precedence(const struct net_addr *a)
{
	if (net_addr_is4(a))
		return 35;
	if (net_addr_is_loopback(a))
		return 50;
	if (begins(a, "2002::/16"))
		return 30;
	if (begins(a, "2001::/32"))
		return 5;
	if (begins(a, "fc00::/7"))
		return 3;
	if (begins(a, "::/96") || begins(a, "fec0::/10") || begins(a, "3ffe::/16"))
		return 1;
	return 40;
}

static struct ice_candidate candidate_of(const struct ice_local *from)
{
	struct ice_candidate c = {.at = from->at};

	if (!net_addr_is_unspecified(&from->outside))
		c.at.addr = from->outside;
	return c;
}

static bool candidate_listed(const struct ice_candidate *list, unsigned n,
			     const struct ice_candidate *c)
{
	for (unsigned i = 0; i < n; i++)
		if (net_endpoint_equal(&list[i].at, &c->at))
			return true;
	return false;
}

// Behind those that are to be preferred, or as good and told before.
static void candidate_insert(struct ice_candidate *list, unsigned n, struct ice_candidate c)
{
	while (n && precedence(&list[n - 1].at.addr) < precedence(&c.at.addr)) {
		list[n] = list[n - 1];
		n--;
	}
	list[n] = c;
}

unsigned ice_candidates_make(struct ice_candidate *out, unsigned cap, const struct ice_local *from,
			     unsigned n)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n && count < cap; i++) {
		struct ice_candidate c = candidate_of(&from[i]);

		if (net_addr_is_unspecified(&c.at.addr) || candidate_listed(out, count, &c))
			continue;
		candidate_insert(out, count, c);
		count++;
	}
	return count;
}
