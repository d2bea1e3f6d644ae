// SPDX-License-Identifier: Apache-2.0
#include "control/route.h"

static const struct route no_route = {.kind = ROUTE_NONE};

static bool local_holds(const struct flow_local *l, const struct net_addr *to)
{
	struct net_prefix prefix = {.addr = l->addr, .bits = l->bits};

	return net_prefix_holds(&prefix, to);
}

// Of one port, or of any with -1.
static const struct flow_local *on_link(const struct flow *f, const struct net_addr *to, int port)
{
	const struct flow_local *best = NULL;

	for (unsigned i = 0; i < f->local_count; i++) {
		const struct flow_local *l = &f->locals[i];

		if (port >= 0 && l->port != port)
			continue;
		if (local_holds(l, to) && (!best || l->bits > best->bits))
			best = l;
	}
	return best;
}

// All host bits 0 or 1: RFC 1122 section 3.2.1.3. A /31 has no such addresses (RFC 3021).
static bool is_broadcast_of(const struct flow_local *l, const struct net_addr *to)
{
	uint32_t mask, host;

	if (!net_addr_is4(to) || l->bits > 126)
		return false;
	mask = (uint32_t)((UINT64_C(1) << (128 - l->bits)) - 1);
	host = __builtin_bswap32(to->w[3]) & mask;
	return host == 0 || host == mask;
}

static bool is_link_local(const struct net_addr *a)
{
	if (net_addr_is4(a))
		return a->b[12] == 169 && a->b[13] == 254;
	return a->b[0] == 0xfe && (a->b[1] & 0xc0) == 0x80;
}

static bool is_unicast(const struct net_addr *a)
{
	return !net_addr_is_unspecified(a) && !net_addr_is_multicast(a) &&
	       !net_addr_is_loopback(a) && !net_addr_is_broadcast(a);
}

static struct route route_gateway(const struct node *n, const struct net_addr *to)
{
	for (unsigned p = 0; p < n->port_count; p++) {
		const struct port_settings *s = &n->settings.ports.at[p];

		for (size_t i = 0; i < s->gateways.n; i++) {
			const struct net_addr *gateway = &s->gateways.at[i];

			if (net_addr_family(gateway) == net_addr_family(to) &&
			    flow_local_find(n->flow, gateway, -1) < 0 &&
			    route_source(n, p, gateway))
				return (struct route){ROUTE_VIA, (uint8_t)p, *gateway};
		}
	}
	return no_route;
}

struct route route_find(const struct node *n, const struct net_addr *to)
{
	const struct flow_local *link;

	if (!is_unicast(to))
		return no_route;
	if (flow_local_find(n->flow, to, -1) >= 0)
		return (struct route){.kind = ROUTE_SELF};
	link = on_link(n->flow, to, -1);
	if (link && is_broadcast_of(link, to))
		return no_route;
	if (link)
		return (struct route){ROUTE_VIA, link->port, *to};
	return is_link_local(to) ? no_route : route_gateway(n, to);
}

const struct net_addr *route_source(const struct node *n, unsigned port, const struct net_addr *to)
{
	const struct flow *f = n->flow;
	const struct flow_local *best = on_link(f, to, (int)port);

	for (unsigned i = 0; !best && i < f->local_count; i++)
		if (f->locals[i].port == port &&
		    net_addr_family(&f->locals[i].addr) == net_addr_family(to))
			best = &f->locals[i];
	return best ? &best->addr : NULL;
}
