// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

#include <errno.h>

// ARP (RFC 826, RFC 5227) here; neighbour discovery in nd.c. The two look alike from outside.

enum { ARP_REQUEST = 1, ARP_REPLY = 2 };

static const uint8_t arp_fixed[6] = {0, 1, ETHER_IP4 >> 8, ETHER_IP4 & 0xff, 6, 4};

static bool arp_sender_ok(const struct net_addr *a)
{
	return !net_addr_is_multicast(a) && !net_addr_is_loopback(a) && !net_addr_is_broadcast(a);
}

static int arp_parse(struct net_neigh *out, const uint8_t *arp, bool to_group)
{
	struct net_neigh n = {.has_mac = true, .override = true};
	uint16_t op = get16(arp + 6);

	if (op != ARP_REQUEST && op != ARP_REPLY)
		return -ENOMSG;
	memcpy(n.mac.b, arp + 8, 6);
	n.sender = net_addr_from4(arp + 14);
	n.target = net_addr_from4(arp + 24);
	if (memcmp(arp, arp_fixed, sizeof arp_fixed) || !mac_is_station(n.mac.b) ||
	    !arp_sender_ok(&n.sender))
		return -EBADMSG;
	n.op = op == ARP_REPLY || net_addr_equal(&n.sender, &n.target) ? NET_NEIGH_TELL
								       : NET_NEIGH_ASK;
	if (n.op == NET_NEIGH_TELL) {
		if (net_addr_is_unspecified(&n.sender))
			return -EBADMSG;
		n.solicited = op == ARP_REPLY && !to_group;
		n.target = n.sender;
	}
	*out = n;
	return 0;
}

int net_neigh_parse(struct net_neigh *out, const struct net_facts *f, const uint8_t *frame)
{
	if (f->kind == NET_ARP)
		return arp_parse(out, frame + f->payload, frame[0] & 1);
	return f->kind == NET_ICMP6 ? nd_parse(out, f, frame) : -ENOMSG;
}

struct arp {
	uint16_t op;
	const uint8_t *sender; // IPv4 addresses in network order
	const uint8_t *target;
	const uint8_t *target_mac;
};

static size_t arp_write(uint8_t *frame, const struct net_link *l, const struct arp *a)
{
	size_t l2_len = ether_write(frame, l, ETHER_ARP);
	uint8_t *p = frame + l2_len;

	memcpy(p, arp_fixed, sizeof arp_fixed);
	put16(p + 6, a->op);
	memcpy(p + 8, l->src.b, 6);
	memcpy(p + 14, a->sender, 4);
	memcpy(p + 18, a->target_mac, 6);
	memcpy(p + 24, a->target, 4);
	return l2_len + ARP_LEN;
}

static size_t arp_ask(uint8_t *frame, const struct net_link *l, const struct net_addr *sender,
		      const struct net_addr *target)
{
	static const uint8_t nobody[6];
	struct net_link link = *l;
	// The sender of a probe may be :: as well: its last 4 bytes are 0.0.0.0's.
	struct arp a = {ARP_REQUEST, sender->b + 12, target->b + 12, nobody};

	if (mac_is_zero(link.dst.b))
		memset(link.dst.b, 0xff, 6);
	return arp_write(frame, &link, &a);
}

size_t net_neigh_ask(uint8_t *frame, const struct net_link *l, const struct net_addr *sender,
		     const struct net_addr *target)
{
	if (net_addr_is4(target))
		return arp_ask(frame, l, sender, target);
	return nd_ask(frame, l, sender, target);
}

size_t net_neigh_tell(uint8_t *frame, const struct net_link *l, const struct net_neigh *asked)
{
	struct arp a = {ARP_REPLY, asked->target.b + 12, asked->sender.b + 12, asked->mac.b};

	return net_addr_is4(&asked->target) ? arp_write(frame, l, &a) : nd_tell(frame, l, asked);
}
