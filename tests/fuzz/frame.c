// SPDX-License-Identifier: Apache-2.0
// Fuzzes everything that reads a frame from the wire, and what answers it.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "net/net.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

// Also where NDEBUG is defined.
static void must(bool holds)
{
	if (!holds)
		abort();
}

static bool is_ip(enum net_kind kind)
{
	return kind == NET_UDP || kind == NET_ICMP4 || kind == NET_ICMP6 || kind == NET_OTHER_IP ||
	       kind == NET_FRAGMENT;
}

static void check_facts(const struct net_facts *f, enum net_kind kind, size_t size)
{
	must(kind < NET_KINDS && f->kind == kind);
	must(f->src.pad == 0 && f->dst.pad == 0 && f->src.spare == 0 && f->dst.spare == 0);
	must((size_t)f->payload + f->payload_len <= size || kind == NET_BAD_ETHERNET);
	if (kind == NET_UDP) {
		must(f->src.port && f->dst.port && f->proto == 17);
		must(f->payload == f->l2_len + f->l3_len + 8);
	}
	if (!is_ip(kind))
		return;
	must(f->l2_len == 14 || f->l2_len == 18);
	must(f->l3_len >= (f->family == NET_IP4 ? 20 : 40));
	must(f->payload >= f->l2_len + f->l3_len);
	must(net_addr_family(&f->src.addr) == (enum net_family)f->family);
	must(net_addr_family(&f->dst.addr) == (enum net_family)f->family);
	must(!net_addr_is_multicast(&f->src.addr) && !net_addr_is_loopback(&f->src.addr));
}

static void check_text(const struct net_endpoint *e)
{
	struct net_endpoint again;
	struct net_addr inner[2];
	char text[NET_TEXT_MAX];

	must(!net_endpoint_parse(&again, net_endpoint_format(e, text)));
	must(!memcmp(&again, e, sizeof again));
	must(net_addr_inner4(&e->addr, inner) <= 2);
}

static void check_udp(const struct net_facts *f, const uint8_t *frame)
{
	static uint8_t out[NET_FRAME_MAX];
	struct net_udp_header h = {
		.link = {.vlan = f->vlan},
		.src = f->src,
		.dst = f->dst,
		.tos = f->tos,
		.ttl = f->ttl,
		.df = f->df,
	};
	struct net_facts again;
	size_t at = net_header_len(&h), len;

	(void)net_udp_checksum_ok(f, frame);
	check_text(&f->src);
	check_text(&f->dst);
	if (at + f->payload_len > sizeof out)
		return;
	memcpy(out + at, frame + f->payload, f->payload_len);
	len = net_header_write(out, &h, f->payload_len);
	must(len == at + f->payload_len);
	must(net_frame_parse(&again, out, len) == NET_UDP);
	must(net_udp_checksum_ok(&again, out));
	must(!memcmp(&again.src, &f->src, sizeof again.src));
	must(!memcmp(&again.dst, &f->dst, sizeof again.dst));
	must(again.payload_len == f->payload_len && again.tos == f->tos && again.vlan == f->vlan);
}

// Asked, we answer; and the answer is one to ourselves.
static void check_neigh(const struct net_facts *f, const uint8_t *frame)
{
	struct net_link link = {.src = {{2, 0, 0, 0, 0, 1}}, .vlan = f->vlan};
	struct net_neigh n, again;
	struct net_facts g;
	uint8_t out[128];
	size_t len;

	if (net_neigh_parse(&n, f, frame))
		return;
	must(n.op == NET_NEIGH_ASK || n.op == NET_NEIGH_TELL);
	must(!n.has_mac || !(n.mac.b[0] & 1));
	if (net_addr_is_unspecified(&n.target) || net_addr_is_multicast(&n.target) ||
	    net_addr_is_loopback(&n.target) || net_addr_is_broadcast(&n.target))
		return; // ARP takes any target; none of these is ours
	link.dst = n.mac;
	len = net_neigh_tell(out, &link, &n);
	must(len <= sizeof out);
	net_frame_parse(&g, out, len);
	must(!net_neigh_parse(&again, &g, out));
	must(again.op == NET_NEIGH_TELL && again.has_mac);
	must(net_addr_equal(&again.target, &n.target));
	len = net_neigh_ask(out, &link, &n.sender, &n.target);
	must(len <= sizeof out);
	net_frame_parse(&g, out, len);
	must(!net_neigh_parse(&again, &g, out));
	must(net_addr_equal(&again.target, &n.target));
}

static void check_error(const struct net_facts *f, const uint8_t *frame)
{
	uint8_t *out = malloc(1400);
	struct net_icmp_error e;
	struct net_facts g;
	size_t len;

	must(out != NULL);
	len = net_error_build(out, f, frame, &f->dst.addr, (enum net_error)(f->ttl % 3), 1280);
	must(len <= 1400);
	if (len) {
		enum net_kind kind = net_frame_parse(&g, out, len);
		int err;

		must(is_ip((enum net_kind)f->kind));
		must(kind == NET_ICMP4 || kind == NET_ICMP6);
		must(g.payload + (size_t)g.payload_len == len);
		must(net_addr_equal(&g.dst.addr, &f->src.addr));
		// Never an error about an error.
		must(net_error_build(out, &g, out, &g.dst.addr, NET_TIME_EXCEEDED, 0) == 0);
		err = net_icmp_error_parse(&e, &g, out);
		must(err == 0 || f->kind != NET_UDP || f->l3_len > 500);
		if (!err && f->kind == NET_UDP)
			must(net_endpoint_equal(&e.src, &f->src) &&
			     net_endpoint_equal(&e.dst, &f->dst));
	}
	free(out);
}

static void check_echo(const struct net_facts *f, const uint8_t *frame, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	struct net_facts g;

	must(copy != NULL);
	if (size)
		memcpy(copy, frame, size);
	if (!net_echo_answer(f, copy)) {
		must(net_frame_parse(&g, copy, size) == (enum net_kind)f->kind);
		must(net_addr_equal(&g.src.addr, &f->dst.addr));
		must(net_addr_equal(&g.dst.addr, &f->src.addr));
		must(net_echo_answer(&g, copy)); // its checksum is right, its type no request
	}
	free(copy);
}

static void check_all(const uint8_t *frame, size_t size)
{
	struct net_facts f;
	struct net_icmp_error e;
	enum net_kind kind = net_frame_parse(&f, frame, size);

	check_facts(&f, kind, size);
	if (kind == NET_UDP)
		check_udp(&f, frame);
	check_neigh(&f, frame);
	check_error(&f, frame);
	if (!net_icmp_error_parse(&e, &f, frame))
		must(net_addr_equal(&e.src.addr, &f.dst.addr));
	check_echo(&f, frame, size);
}

// Makes the checksums right, which no mutation would ever hit: first IPv4's, then ICMP's.
static void repair(uint8_t *frame, size_t size)
{
	size_t l2_len = size > 18 && frame[12] == 0x81 && frame[13] == 0 ? 18 : 14;
	uint8_t *ip = frame + l2_len;
	struct net_facts f;
	uint16_t sum;

	if (size >= l2_len + 20 && ip[0] >> 4 == 4 && size >= l2_len + (ip[0] & 15u) * 4) {
		memset(ip + 10, 0, 2);
		sum = net_sum_fold(net_sum(ip, (ip[0] & 15u) * 4, 0));
		memcpy(ip + 10, &sum, 2);
	}
	net_frame_parse(&f, frame, size);
	if ((f.kind == NET_ICMP4 || f.kind == NET_ICMP6) && f.payload_len >= 4) {
		memset(frame + f.payload + 2, 0, 2);
		sum = net_l4_checksum(&f.src.addr, &f.dst.addr, f.proto, frame + f.payload,
				      f.payload_len);
		memcpy(frame + f.payload + 2, &sum, 2);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	// Longer frames than a port takes are not for us.
	if (size > NET_FRAME_MAX)
		return 0;
	check_all(data, size);
	copy = malloc(size ? size : 1);
	must(copy != NULL);
	if (size)
		memcpy(copy, data, size);
	repair(copy, size);
	check_all(copy, size);
	free(copy);
	return 0;
}
