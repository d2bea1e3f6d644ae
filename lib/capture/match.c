// SPDX-License-Identifier: Apache-2.0
#include "capture/capture.h"

static bool endpoint_is(const struct net_endpoint *want, const struct net_endpoint *e)
{
	return net_addr_equal(&want->addr, &e->addr) && (!want->port || want->port == e->port);
}

static bool session_has(const struct capture_filter *f, const struct net_facts *facts)
{
	if (net_endpoint_equal(&facts->src, &f->client))
		return net_endpoint_equal(&facts->dst, &f->server);
	if (net_endpoint_equal(&facts->dst, &f->client))
		return net_endpoint_equal(&facts->src, &f->server);
	for (unsigned i = 0; i < 2; i++)
		if (f->relay[i].port && (net_endpoint_equal(&facts->src, &f->relay[i]) ||
					 net_endpoint_equal(&facts->dst, &f->relay[i])))
			return true;
	return false;
}

bool capture_matches(const struct capture_filter *f, const struct net_facts *facts)
{
	if (facts->kind != NET_UDP)
		return false;
	if (f->kind == CAPTURE_SESSION)
		return session_has(f, facts);
	return f->kind == CAPTURE_PEER &&
	       (endpoint_is(&f->peer, &facts->src) || endpoint_is(&f->peer, &facts->dst));
}
