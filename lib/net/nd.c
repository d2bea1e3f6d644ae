// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

#include <errno.h>

// Neighbour discovery, RFC 4861 sections 4.3, 4.4 and 7.1; RFC 4862 for probes.

enum { ND_SOLICITATION = 135, ND_ADVERTISEMENT = 136 };
enum { ND_SOURCE_MAC = 1, ND_TARGET_MAC = 2 }; // options
enum { ND_ROUTER = 0x80, ND_SOLICITED = 0x40, ND_OVERRIDE = 0x20 };

#define ND_LEN 24u // type to target
#define ND_MAC_LEN 8u // option with a MAC
#define ND_HOP_LIMIT 255

static const struct net_addr all_nodes = {.b = {0xff, 0x02, [15] = 1}};

static bool is_solicited_node(const struct net_addr *a)
{
	static const uint8_t prefix[13] = {0xff, 0x02, [11] = 1, 0xff};

	return !memcmp(a->b, prefix, sizeof prefix);
}

// All options have to be sound, also those that are of no use to us.
static int options_parse(struct net_neigh *n, const uint8_t *p, size_t left, uint8_t wanted)
{
	while (left) {
		size_t len = left < 2 ? 0 : p[1] * 8u;

		if (!len || len > left)
			return -EBADMSG;
		if (p[0] == wanted && !n->has_mac) {
			if (len != ND_MAC_LEN || !mac_is_station(p + 2))
				return -EBADMSG;
			memcpy(n->mac.b, p + 2, 6);
			n->has_mac = true;
		}
		p += len;
		left -= len;
	}
	return 0;
}

static bool solicitation_ok(const struct net_neigh *n, const struct net_facts *f)
{
	return !net_addr_is_unspecified(&n->sender) ||
	       (is_solicited_node(&f->dst.addr) && !n->has_mac);
}

static bool advertisement_ok(const struct net_neigh *n, const struct net_facts *f)
{
	return !net_addr_is_unspecified(&n->sender) &&
	       !(n->solicited && net_addr_is_multicast(&f->dst.addr));
}

static bool target_ok(const struct net_addr *a)
{
	return !net_addr_is_multicast(a) && !net_addr_is_unspecified(a) &&
	       !net_addr_is_loopback(a) && !net_addr_is4(a);
}

int nd_parse(struct net_neigh *out, const struct net_facts *f, const uint8_t *frame)
{
	const uint8_t *p = frame + f->payload;
	struct net_neigh n = {.sender = f->src.addr};
	bool ask;

	if (!f->payload_len || (p[0] != ND_SOLICITATION && p[0] != ND_ADVERTISEMENT))
		return -ENOMSG;
	ask = p[0] == ND_SOLICITATION;
	// No extension headers: the fragment header is forbidden here (RFC 6980), the others unused.
	if (f->ttl != ND_HOP_LIMIT || f->l3_len != IP6_LEN || f->payload_len < ND_LEN || p[1] ||
	    !l4_sum_ok(f, p, f->payload_len))
		return -EBADMSG;
	n.op = ask ? NET_NEIGH_ASK : NET_NEIGH_TELL;
	n.target = net_addr_from6(p + 8);
	if (!ask) {
		n.router = p[4] & ND_ROUTER;
		n.solicited = p[4] & ND_SOLICITED;
		n.override = p[4] & ND_OVERRIDE;
	}
	if (options_parse(&n, p + ND_LEN, f->payload_len - ND_LEN,
			  ask ? ND_SOURCE_MAC : ND_TARGET_MAC))
		return -EBADMSG;
	if (!target_ok(&n.target) || !(ask ? solicitation_ok(&n, f) : advertisement_ok(&n, f)))
		return -EBADMSG;
	*out = n;
	return 0;
}

// RFC 2464 section 7.
static struct net_mac group_mac(const struct net_addr *group)
{
	const uint8_t *b = group->b;

	return (struct net_mac){{0x33, 0x33, b[12], b[13], b[14], b[15]}};
}

struct nd {
	struct net_addr src;
	struct net_addr dst;
	struct net_addr target;
	uint8_t type;
	uint8_t flags;
	uint8_t option; // with our MAC; 0: none
};

static size_t nd_write(uint8_t *frame, const struct net_link *l, const struct nd *nd)
{
	struct ip_header ip = {
		.src = nd->src,
		.dst = nd->dst,
		.len = (uint16_t)(ND_LEN + (nd->option ? ND_MAC_LEN : 0)),
		.proto = PROTO_ICMP6,
		.ttl = ND_HOP_LIMIT,
	};
	uint8_t *p = frame + ether_write(frame, l, ETHER_IP6);

	p += ip_write(p, &ip);
	memset(p, 0, ND_LEN);
	p[0] = nd->type;
	p[4] = nd->flags;
	memcpy(p + 8, nd->target.b, 16);
	if (nd->option) {
		p[ND_LEN] = nd->option;
		p[ND_LEN + 1] = 1;
		memcpy(p + ND_LEN + 2, l->src.b, 6);
	}
	put_sum(p + 2, net_l4_checksum(&ip.src, &ip.dst, PROTO_ICMP6, p, ip.len));
	return (size_t)(p - frame) + ip.len;
}

size_t nd_ask(uint8_t *frame, const struct net_link *l, const struct net_addr *sender,
	      const struct net_addr *target)
{
	struct net_link link = *l;
	struct nd nd = {.dst = *target, .target = *target, .type = ND_SOLICITATION};
	bool probe = net_addr_is_unspecified(sender);

	if (!probe) {
		nd.src = *sender;
		nd.option = ND_SOURCE_MAC;
	}
	// A probe goes to the group always: no one has that address yet.
	if (probe || mac_is_zero(l->dst.b)) {
		nd.dst = (struct net_addr){.b = {0xff, 0x02, [11] = 1, 0xff}};
		memcpy(nd.dst.b + 13, target->b + 13, 3);
		link.dst = group_mac(&nd.dst);
	}
	return nd_write(frame, &link, &nd);
}

size_t nd_tell(uint8_t *frame, const struct net_link *l, const struct net_neigh *asked)
{
	struct net_link link = *l;
	struct nd nd = {
		.src = asked->target,
		.dst = asked->sender,
		.target = asked->target,
		.type = ND_ADVERTISEMENT,
		.flags = ND_OVERRIDE | ND_SOLICITED,
		.option = ND_TARGET_MAC,
	};

	if (net_addr_is_unspecified(&asked->sender)) {
		nd.dst = all_nodes;
		nd.flags = ND_OVERRIDE;
		link.dst = group_mac(&all_nodes);
	}
	return nd_write(frame, &link, &nd);
}
