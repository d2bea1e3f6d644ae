// SPDX-License-Identifier: Apache-2.0
#ifndef TESTS_UNIT_NET_FRAMES_H
#define TESTS_UNIT_NET_FRAMES_H

// Frames of two Linux 6.18 hosts on a veth pair, as a packet socket saw them (checksum offload off).
// 02:00:00:00:00:0a is 198.18.0.1 and 2001:2::1, 02:00:00:00:00:0b is 198.18.0.2 and 2001:2::2.

#include "kit/kit.h"

#include <stdlib.h>

#include "net/net.h"

// duplicate probe, with a nonce option (RFC 3971)
#define CAP_PROBE6                                                                                 \
	"3333ff00000102000000000a86dd6000000000203aff00000000000000000000000000000000ff02"         \
	"00000000000000000001ff0000018700f91300000000200100020000000000000000000000010e01"         \
	"8d3e549c71ab"
// MLD report behind a hop-by-hop header, no address yet
#define CAP_MLD                                                                                    \
	"33330000001602000000000a86dd600000000038000100000000000000000000000000000000ff02"         \
	"00000000000000000000000000163a000502000001008f006d650000000204000000ff0200000000"         \
	"000000000001ff00000a04000000ff0200000000000000000001ff000001"
// router solicitation
#define CAP_RS                                                                                     \
	"33330000000202000000000b86dd6000000000103afffe80000000000000000000fffe00000bff02"         \
	"000000000000000000000000000285007b1800000000010102000000000b"
// 198.18.0.1 asks for 198.18.0.2
#define CAP_ARP_ASK                                                                                \
	"ffffffffffff02000000000a0806000108000604000102000000000ac6120001000000000000c612"         \
	"0002"
// and hears
#define CAP_ARP_TELL                                                                               \
	"02000000000a02000000000b0806000108000604000202000000000bc612000202000000000ac612"         \
	"0001"
// UDP, 198.18.0.1:40000 to 198.18.0.2:9, "hello, four"
#define CAP_UDP4                                                                                   \
	"02000000000b02000000000a08004500002721ed400040118cb1c6120001c61200029c4000090013"         \
	"917c68656c6c6f2c20666f7572"
// the kernel's answer: port unreachable
#define CAP_CLOSED4                                                                                \
	"02000000000a02000000000b080045c00043a89a000040014538c6120002c6120001030389490000"         \
	"00004500002721ed400040118cb1c6120001c61200029c4000090013917c68656c6c6f2c20666f75"         \
	"72"
// 2001:2::1 asks for 2001:2::2
#define CAP_NS                                                                                     \
	"3333ff00000202000000000a86dd6000000000203aff20010002000000000000000000000001ff02"         \
	"00000000000000000001ff0000028700378a00000000200100020000000000000000000000020101"         \
	"02000000000a"
// and hears
#define CAP_NA                                                                                     \
	"02000000000a02000000000b86dd6000000000203aff200100020000000000000000000000022001"         \
	"00020000000000000000000000018800b38a60000000200100020000000000000000000000020201"         \
	"02000000000b"
// UDP, [2001:2::1]:40000 to [2001:2::2]:9, "hello, six"
#define CAP_UDP6                                                                                   \
	"02000000000b02000000000a86dd60083c2f00121140200100020000000000000000000000012001"         \
	"00020000000000000000000000029c4000090012558e68656c6c6f2c20736978"
// the kernel's answer: port unreachable
#define CAP_CLOSED6                                                                                \
	"02000000000a02000000000b86dd6002536700423a40200100020000000000000000000000022001"         \
	"0002000000000000000000000001010411100000000060083c2f0012114020010002000000000000"         \
	"000000000001200100020000000000000000000000029c4000090012558e68656c6c6f2c20736978"
// echo request, "echo four!!!"
#define CAP_ECHO4                                                                                  \
	"02000000000b02000000000a080045000028e3fc40004001cab0c6120001c61200020800f4d91234"         \
	"00016563686f20666f7572212121"
// and its answer
#define CAP_ECHOED4                                                                                \
	"02000000000a02000000000b080045000028a90a0000400145a3c6120002c61200010000fcd91234"         \
	"00016563686f20666f7572212121"
// echo request, "echo six"
#define CAP_ECHO6                                                                                  \
	"02000000000b02000000000a86dd6006f65500103a40200100020000000000000000000000012001"         \
	"00020000000000000000000000028000d5b8123400016563686f20736978"
// and its answer
#define CAP_ECHOED6                                                                                \
	"02000000000a02000000000b86dd600b479500103a40200100020000000000000000000000022001"         \
	"00020000000000000000000000018100d4b8123400016563686f20736978"
// UDP behind hop-by-hop and destination options, "options", port 40001
#define CAP_EXT6                                                                                   \
	"02000000000b02000000000a86dd600c1e73001f0040200100020000000000000000000000012001"         \
	"00020000000000000000000000023c0001040000000011000104000000009c410009000f5d346f70"         \
	"74696f6e73"
// UDP with a record-route option, "record route", port 40002
#define CAP_ROUTE4                                                                                 \
	"02000000000b02000000000a080047000030226b40004011675dc6120001c6120002070708c61200"         \
	"01009c42000900148acc7265636f726420726f757465"

// A frame in memory of exactly its size, so that a sanitizer sees a byte too far.
struct frame {
	uint8_t *b;
	size_t len;
};

static inline struct frame frame_of(const void *bytes, size_t len)
{
	struct frame f = {malloc(len ? len : 1), len};

	assert_non_null(f.b);
	memcpy(f.b, bytes, len);
	return f;
}

static inline struct frame frame_hex(const char *hex)
{
	uint8_t bytes[2048];

	return frame_of(bytes, kit_hex(bytes, sizeof bytes, hex));
}

static inline enum net_kind frame_kind(struct net_facts *f, const struct frame *frame)
{
	return net_frame_parse(f, frame->b, frame->len);
}

static inline struct net_addr addr_of(const char *text)
{
	struct net_addr a;

	assert_int_equal(net_addr_parse(&a, text), 0);
	return a;
}

static inline struct net_endpoint endpoint_of(const char *text)
{
	struct net_endpoint e;

	assert_int_equal(net_endpoint_parse(&e, text), 0);
	return e;
}

// Writes an IPv4 header's checksum after a test changed it; by the book, two bytes at a time.
static inline void fix_ip4(uint8_t *ip)
{
	uint32_t sum = 0;

	ip[10] = ip[11] = 0;
	for (unsigned i = 0; i < (ip[0] & 15u) * 4; i += 2)
		sum += (uint32_t)(ip[i] << 8 | ip[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	ip[10] = (uint8_t)(~sum >> 8);
	ip[11] = (uint8_t)~sum;
}

// Writes the ICMP or UDP checksum at l4 + `at` over what the facts say.
static inline void fix_l4(uint8_t *l4, size_t at, const struct net_facts *f, size_t len)
{
	uint16_t sum;

	memset(l4 + at, 0, 2);
	sum = net_l4_checksum(&f->src.addr, &f->dst.addr, f->proto, l4, len);
	memcpy(l4 + at, &sum, 2);
}

// The kind of a good frame with two bytes at `at` changed; IPv4's header checksum made right again.
static inline enum net_kind changed(const char *hex, size_t at, uint16_t value16)
{
	struct frame frame = frame_hex(hex);
	struct net_facts f;
	enum net_kind kind;

	frame.b[at] = (uint8_t)(value16 >> 8);
	frame.b[at + 1] = (uint8_t)value16;
	if (frame.b[12] == 0x08 && (frame.b[14] & 15u) <= 7)
		fix_ip4(frame.b + 14);
	kind = frame_kind(&f, &frame);
	assert_int_equal(f.kind, kind);
	free(frame.b);
	return kind;
}

static inline void check_endpoints(const struct net_facts *f, const char *src, const char *dst)
{
	char got[NET_TEXT_MAX];

	assert_string_equal(net_endpoint_format(&f->src, got), src);
	assert_string_equal(net_endpoint_format(&f->dst, got), dst);
}

#endif
