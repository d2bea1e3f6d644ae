// SPDX-License-Identifier: Apache-2.0
#ifndef NET_NET_H
#define NET_NET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "config/limits.h"

// Addresses and frames. Pure functions on bytes; any thread. No DPDK.

// --- Addresses -----------------------------------------------------------------------------------

// An IP address; IPv4 is kept in its IPv4-mapped form (::ffff:a.b.c.d), so that one comparison and
// one hash serve both. A mapped address that arrives as IPv6 on the wire is thus the same as the
// IPv4 one, and meets the same rules.
struct net_addr {
	union {
		uint8_t b[16];
		uint32_t w[4];
		uint64_t d[2];
	};
};

enum net_family { NET_IP4 = 4, NET_IP6 = 6 };

// An address and a UDP port (host byte order). `pad` and `spare` are always 0: endpoints are
// compared and hashed as memory, all 24 bytes of it.
struct net_endpoint {
	struct net_addr addr;
	uint16_t port;
	uint16_t pad;
	uint32_t spare;
};

struct net_prefix {
	struct net_addr addr; // host bits kept, as an interface's address has them
	uint8_t bits; // in the 128-bit form: an IPv4 /16 is 112
};

struct net_mac {
	uint8_t b[6];
};

static inline struct net_addr net_addr_from4(const uint8_t bytes[4]) // network order
{
	struct net_addr a = {.w = {0, 0, __builtin_bswap32(0xffff), 0}};

	memcpy(&a.w[3], bytes, 4);
	return a;
}
static inline struct net_addr net_addr_from6(const uint8_t bytes[16])
{
	struct net_addr a;

	memcpy(a.b, bytes, 16);
	return a;
}
static inline bool net_addr_is4(const struct net_addr *a)
{
	return a->d[0] == 0 && a->w[2] == __builtin_bswap32(0xffff);
}
static inline enum net_family net_addr_family(const struct net_addr *a)
{
	return net_addr_is4(a) ? NET_IP4 : NET_IP6;
}
static inline bool net_addr_equal(const struct net_addr *a, const struct net_addr *b)
{
	return a->d[0] == b->d[0] && a->d[1] == b->d[1];
}
static inline bool net_endpoint_equal(const struct net_endpoint *a, const struct net_endpoint *b)
{
	return a->port == b->port && net_addr_equal(&a->addr, &b->addr);
}
// :: and 0.0.0.0, which is kept as ::ffff:0.0.0.0 like any IPv4 address.
static inline bool net_addr_is_unspecified(const struct net_addr *a)
{
	return a->d[0] == 0 && (a->d[1] == 0 || (net_addr_is4(a) && a->w[3] == 0));
}
static inline bool net_addr_is_multicast(const struct net_addr *a)
{
	return net_addr_is4(a) ? a->b[12] >> 4 == 0xe : a->b[0] == 0xff;
}
static inline bool net_addr_is_loopback(const struct net_addr *a)
{
	return net_addr_is4(a) ? a->b[12] == 127 : a->d[0] == 0 && a->d[1] == __builtin_bswap64(1);
}
static inline bool net_addr_is_broadcast(const struct net_addr *a) // the limited one
{
	return net_addr_is4(a) && a->w[3] == 0xffffffff;
}

// Text to value; 0 or -EINVAL. Numbers only, names are never looked up.
int net_addr_parse(struct net_addr *out, const char *text);
int net_endpoint_parse(struct net_endpoint *out,
		       const char *text); // 192.0.2.1:80, [2001:db8::1]:80
int net_prefix_parse(struct net_prefix *out, const char *text); // 192.0.2.1/24; alone: /32 or /128
// Value to text (RFC 5952 for IPv6); returns `text`.
char *net_addr_format(const struct net_addr *a, char text[NET_TEXT_MAX]);
char *net_endpoint_format(const struct net_endpoint *e, char text[NET_TEXT_MAX]);
char *net_prefix_format(const struct net_prefix *p, char text[NET_TEXT_MAX]);
char *net_mac_format(const struct net_mac *m, char text[NET_TEXT_MAX]);
// Families do not mix: ::/0 holds no IPv4 address, 0.0.0.0/0 no other.
bool net_prefix_holds(const struct net_prefix *p, const struct net_addr *a);

// The IPv4 addresses that an address carries within (IPv4-mapped, -compatible and -translated,
// NAT64 64:ff9b::/96 and 64:ff9b:1::/48, 6to4 2002::/16, Teredo's server and its obscured client,
// ISATAP): up to two are written to `inner`. Returns how many. Rules about peers are applied to
// each as well. An IPv4 address gives itself. Of 64:ff9b:1::/48 the /96 and the /48 layout of RFC
// 6052 are given; its translator may use others, so that prefix is better denied as a whole (RFC
// 8215).
unsigned net_addr_inner4(const struct net_addr *a, struct net_addr inner[2]);

// --- Frames --------------------------------------------------------------------------------------

// What a frame is; everything from NET_BAD_ETHERNET on is a reason to drop it.
enum net_kind {
	NET_UDP, // whole, with a payload view
	NET_ARP,
	NET_ICMP4,
	NET_ICMP6, // neighbour discovery included
	NET_OTHER_IP, // another protocol over IP, for us or not
	NET_OTHER_ETHER, // another ethertype
	NET_BAD_ETHERNET, // shorter than its header (or its ARP), or from a group address
	NET_BAD_IP, // version, lengths, header checksum, options that must not be passed over
	NET_BAD_UDP, // length, port 0, IPv6 without checksum
	NET_FRAGMENT, // IP fragment; offsets and addresses are filled in
	NET_MARTIAN, // source that none may have: multicast, loopback, unspecified (but for ICMPv6, as
	// duplicate detection has it), v4-mapped in IPv6; the last three as destination
	NET_KINDS
};

// Facts about a frame: written by net_frame_parse, read-only from there on.
struct net_facts {
	struct net_endpoint src; // ports 0 unless UDP
	struct net_endpoint dst;
	uint16_t l2_len; // bytes to the IP (or ARP) header: 14, 18 with one VLAN tag
	uint16_t l3_len; // bytes of IP header, options and extension headers
	uint16_t payload; // offset of UDP payload, or of what stands above IP
	uint16_t payload_len; // bytes, by IP and UDP length (padding of short frames left out)
	uint16_t vlan; // VLAN id, 0 without tag
	uint16_t ethertype; // of the payload, host order
	uint8_t kind; // enum net_kind
	uint8_t family; // 4, 6, or 0
	uint8_t proto; // IP protocol above the extension headers
	uint8_t tos; // DSCP and ECN
	uint8_t ttl; // hop limit
	bool df; // IPv4 don't-fragment; true for IPv6
};

// Looks at a frame of `len_bytes`, never past it. Checks lengths, IPv4 header checksum, and
// addresses; UDP checksums are checked by net_udp_checksum_ok (or by the NIC). Hop-by-hop and
// destination options of IPv6 are passed over (at most 4 headers), and so is the header of an
// atomic fragment (RFC 6946); a routing header is NET_OTHER_IP. `vlan` 0 with l2_len 18 is a
// priority tag. Of a fragment, l3_len includes the fragment header. ARP: payload starts at l2_len.
enum net_kind net_frame_parse(struct net_facts *out, const uint8_t *frame, size_t len_bytes);

// --- Checksums (RFC 1071, RFC 1624) --------------------------------------------------------------

// Ones' complement sum of bytes, not complemented; pass the result on as `sum` to add up pieces, of
// which all but the last have an even length. Words are taken in memory order.
uint32_t net_sum(const void *bytes, size_t len_bytes, uint32_t sum);
uint16_t net_sum_fold(uint32_t sum); // folded and complemented, in memory order
// A checksum after one 16-bit word of what it covers changed (RFC 1624); all in memory order. UDP's
// 0 (none) is the caller's to keep, and a UDP result of 0 is to be written as 0xffff.
static inline uint16_t net_sum_replace(uint16_t checksum, uint16_t was, uint16_t is)
{
	uint32_t sum = (uint16_t)~checksum + (uint32_t)(uint16_t)~was + is;

	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}
// The checksum of UDP or ICMPv6 with pseudo-header, as it is to stand in the packet (memory order);
// bytes from the L4 header on, its checksum field taken as it is. ICMP (1) has no pseudo-header.
uint16_t net_l4_checksum(const struct net_addr *src, const struct net_addr *dst, uint8_t proto,
			 const void *l4, size_t len_bytes);
// True when right, or absent where it may be (IPv4).
bool net_udp_checksum_ok(const struct net_facts *f, const uint8_t *frame);

// --- ARP (RFC 826), neighbour discovery (RFC 4861), ICMP (RFC 792, 4443) ------------------------

enum net_neigh_op { NET_NEIGH_NONE, NET_NEIGH_ASK, NET_NEIGH_TELL };

// An ARP or neighbour discovery packet, the same in both families.
struct net_neigh {
	enum net_neigh_op op; // request or solicitation; reply or advertisement
	// Unspecified in a probe for duplicates (RFC 5227, RFC 4862): :: in neighbour discovery,
	// 0.0.0.0 (that is ::ffff:0.0.0.0) in ARP; net_addr_is_unspecified knows both.
	struct net_addr sender;
	struct net_addr target; // asked for, or told about
	struct net_mac mac; // sender's link-layer address
	bool has_mac;
	bool override; // advertisement's override flag; true for ARP
	bool router;
	bool solicited;
};

// `f` from net_frame_parse, kind NET_ARP or NET_ICMP6. 0, -ENOMSG (other ICMPv6, other ARP) or
// -EBADMSG (malformed, hop limit not 255, bad checksum). An ARP announcement and an unsolicited
// advertisement are NET_NEIGH_TELL; in ARP, sender and target are then the same.
int net_neigh_parse(struct net_neigh *out, const struct net_facts *f, const uint8_t *frame);

// Builds whole frames into `frame` (cap at least 128 bytes, min. size not padded); returns bytes.
struct net_link { // who is on the two ends of a frame to build
	struct net_mac src;
	struct net_mac dst;
	uint16_t vlan; // 0: none
};
size_t net_neigh_ask(uint8_t *frame, const struct net_link *l, const struct net_addr *sender,
		     const struct net_addr *target);
// The family is the target's. With l->dst all 0 the frame goes to broadcast or the solicited-node
// group, otherwise to l->dst alone. An unspecified sender makes it a probe for duplicates; a sender
// equal to an IPv4 target an announcement.
size_t net_neigh_tell(uint8_t *frame, const struct net_link *l, const struct net_neigh *asked);
// `asked` came in; we own asked->target; l->src is our MAC, l->dst where to send. The answer to a
// duplicate probe (sender ::) goes to all nodes, whatever l->dst says; an ARP probe is answered to
// l->dst. With sender :: this is also how an IPv6 address is announced.

// Turns an ICMP or ICMPv6 echo request into its answer in place (addresses and MACs swapped, TTL
// 64, checksums right, IPv4 options blanked). 0, or -ENOMSG when it is none, its checksum is wrong,
// it has no sender, or it went to a group.
int net_echo_answer(const struct net_facts *f, uint8_t *frame);

enum net_error { NET_PORT_UNREACHABLE, NET_TOO_BIG, NET_TIME_EXCEEDED };
// Builds the ICMP error for the packet in `frame` (described by f): from `from` (our address) back
// to its source, MACs swapped, quoting what fits (576 bytes IPv4, 1280 IPv6). mtu for NET_TOO_BIG.
// Returns bytes written to `out` (cap at least 1400), 0 when none may be sent (RFC 1122 3.2.2, RFC
// 4443 2.4): about an ICMP error, a group's or broadcast packet, a later fragment, a frame that
// net_frame_parse calls bad or martian, or a `from` of another family.
size_t net_error_build(uint8_t *out, const struct net_facts *f, const uint8_t *frame,
		       const struct net_addr *from, enum net_error error, uint16_t mtu);

// An ICMP error that came in, about a UDP datagram of ours (RFC 8656 section 11.5).
struct net_icmp_error {
	uint8_t type;
	uint8_t code;
	uint32_t data; // the second word of the ICMP header
	struct net_endpoint src; // of the datagram that is quoted: ours
	struct net_endpoint dst;
};
int net_icmp_error_parse(struct net_icmp_error *out, const struct net_facts *f,
			 const uint8_t *frame);
// 0; -ENOMSG: no ICMP type 3 or 11 (ICMPv6: 1, 2, 3), or not about UDP; -EBADMSG: bad checksum, cut
// off, or about a datagram that the receiver of this error did not send.

// Writes Ethernet, IPv4 or IPv6, and UDP headers in front of `payload_len` bytes of payload at
// frame + net_header_len(); that payload stands there already, as the UDP checksum covers it,
// unless `sum_later`: then the checksum is left 0, for a NIC or net_l4_checksum to fill in.
struct net_udp_header {
	struct net_link link;
	struct net_endpoint src;
	struct net_endpoint dst; // same family as src
	uint8_t tos;
	uint8_t ttl;
	bool df;
	bool sum_later;
	uint16_t ip_id; // IPv4
};
size_t net_header_len(const struct net_udp_header *h); // 42 or 62, +4 with VLAN
// Returns the frame's bytes, payload included; 0 when that is more than NET_FRAME_MAX.
size_t net_header_write(uint8_t *frame, const struct net_udp_header *h, size_t payload_len);

#endif
