// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_ROUTE_H
#define CONTROL_ROUTE_H

#include "node.h"

// Where packets for an address go: which port, and whom to hand them to there. Control lane.

enum route_kind { ROUTE_NONE, ROUTE_SELF, ROUTE_VIA };

struct route {
	enum route_kind kind;
	uint8_t port; // ROUTE_VIA
	struct net_addr next; // ROUTE_VIA: the address itself when on-link, else a gateway's
};

// The longest on-link prefix, then the first gateway of the family. No route: groups, broadcasts
// (a prefix's own too), loopback, and link-local addresses that are not on-link.
struct route route_find(const struct node *n, const struct net_addr *to);
// Our address on `port` that fits `to` best: of its prefix, else the first of its family, else NULL.
const struct net_addr *route_source(const struct node *n, unsigned port, const struct net_addr *to);

#endif
