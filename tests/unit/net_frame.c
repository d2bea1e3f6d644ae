// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

static void test_udp4(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);
	struct net_facts f;

	(void)state;
	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	check_endpoints(&f, "198.18.0.1:40000", "198.18.0.2:9");
	assert_int_equal(f.kind, NET_UDP);
	assert_int_equal(f.l2_len, 14);
	assert_int_equal(f.l3_len, 20);
	assert_int_equal(f.payload, 42);
	assert_int_equal(f.payload_len, 11);
	assert_memory_equal(frame.b + f.payload, "hello, four", 11);
	assert_int_equal(f.ethertype, 0x0800);
	assert_int_equal(f.family, 4);
	assert_int_equal(f.proto, 17);
	assert_int_equal(f.ttl, 64);
	assert_int_equal(f.tos, 0);
	assert_int_equal(f.vlan, 0);
	assert_true(f.df);
	free(frame.b);
}

static void test_udp6(void **state)
{
	struct frame frame = frame_hex(CAP_UDP6);
	struct net_facts f;

	(void)state;
	frame.b[14] = 0x6b; // traffic class b8: expedited forwarding
	frame.b[15] = 0x88;
	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	check_endpoints(&f, "[2001:2::1]:40000", "[2001:2::2]:9");
	assert_int_equal(f.l3_len, 40);
	assert_int_equal(f.payload, 62);
	assert_int_equal(f.payload_len, 10);
	assert_int_equal(f.family, 6);
	assert_int_equal(f.tos, 0xb8);
	assert_int_equal(f.ttl, 64);
	assert_true(f.df);
	free(frame.b);
}

static void test_captured_kinds(void **state)
{
	static const struct {
		const char *hex;
		enum net_kind kind;
	} captured[] = {
		{CAP_PROBE6, NET_ICMP6},  {CAP_MLD, NET_ICMP6},     {CAP_RS, NET_ICMP6},
		{CAP_ARP_ASK, NET_ARP},   {CAP_ARP_TELL, NET_ARP},  {CAP_NS, NET_ICMP6},
		{CAP_NA, NET_ICMP6},      {CAP_CLOSED4, NET_ICMP4}, {CAP_CLOSED6, NET_ICMP6},
		{CAP_ECHO4, NET_ICMP4},   {CAP_ECHOED4, NET_ICMP4}, {CAP_ECHO6, NET_ICMP6},
		{CAP_ECHOED6, NET_ICMP6}, {CAP_EXT6, NET_UDP},      {CAP_ROUTE4, NET_UDP},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof captured / sizeof captured[0]; i++) {
		struct frame frame = frame_hex(captured[i].hex);
		struct net_facts f;

		assert_int_equal(frame_kind(&f, &frame), captured[i].kind);
		// Cut anywhere, it is not the same any more, and nothing past its end is read.
		for (size_t len = 0; len < frame.len; len++) {
			struct frame cut = frame_of(frame.b, len);
			enum net_kind kind = frame_kind(&f, &cut);

			assert_int_equal(kind, len < 14                      ? NET_BAD_ETHERNET
					       : captured[i].kind == NET_ARP ? NET_BAD_ETHERNET
									     : NET_BAD_IP);
			free(cut.b);
		}
		free(frame.b);
	}
}

static void test_options_passed_over(void **state)
{
	struct frame frame = frame_hex(CAP_ROUTE4);
	struct net_facts f;

	(void)state;
	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	check_endpoints(&f, "198.18.0.1:40002", "198.18.0.2:9");
	assert_int_equal(f.l3_len, 28);
	assert_int_equal(f.payload_len, 12);
	assert_memory_equal(frame.b + f.payload, "record route", 12);
	frame.b[35] ^= 1; // in the options: the checksum covers them
	assert_int_equal(frame_kind(&f, &frame), NET_BAD_IP);
	free(frame.b);
	frame = frame_hex(CAP_EXT6);
	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	check_endpoints(&f, "[2001:2::1]:40001", "[2001:2::2]:9");
	assert_int_equal(f.l3_len, 56);
	assert_int_equal(f.payload_len, 7);
	assert_memory_equal(frame.b + f.payload, "options", 7);
	free(frame.b);
}

// Ethernet pads to 60 bytes; what the lengths do not cover is not payload.
static void test_padding(void **state)
{
	static const char *const captured[] = {CAP_UDP4, CAP_UDP6, CAP_ECHO4, CAP_ARP_ASK};

	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		struct frame frame = frame_hex(captured[i]);
		uint8_t padded[200] = {0};
		struct net_facts f, g;

		memset(padded, 0xee, sizeof padded);
		memcpy(padded, frame.b, frame.len);
		frame_kind(&f, &frame);
		net_frame_parse(&g, padded, frame.len + 18);
		assert_memory_equal(&f, &g, sizeof f);
		free(frame.b);
	}
}

// Makes room for a tag after the MACs.
static struct frame tagged(const char *hex, uint16_t tci)
{
	struct frame plain = frame_hex(hex);
	uint8_t bytes[2048];
	struct frame f;

	memcpy(bytes, plain.b, 12);
	memcpy(bytes + 12, (uint8_t[]){0x81, 0, (uint8_t)(tci >> 8), (uint8_t)tci}, 4);
	memcpy(bytes + 16, plain.b + 12, plain.len - 12);
	f = frame_of(bytes, plain.len + 4);
	free(plain.b);
	return f;
}

static void test_vlan(void **state)
{
	static const char *const captured[] = {CAP_UDP4, CAP_UDP6, CAP_EXT6};
	struct net_facts f;

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		struct frame frame = tagged(captured[i], 0xa00 | 7 << 12);

		assert_int_equal(frame_kind(&f, &frame), NET_UDP);
		assert_int_equal(f.vlan, 0xa00); // without the priority bits
		assert_int_equal(f.l2_len, 18);
		assert_true(net_udp_checksum_ok(&f, frame.b));
		free(frame.b);
	}
}

static void test_vlan_edges(void **state)
{
	struct frame frame = tagged(CAP_ARP_ASK, 5);
	struct net_facts f;

	(void)state;
	assert_int_equal(frame_kind(&f, &frame), NET_ARP);
	assert_int_equal(f.payload, 18);
	for (size_t len = 14; len < 18; len++)
		assert_int_equal(net_frame_parse(&f, frame.b, len), NET_BAD_ETHERNET);
	frame.b[16] = 0x81; // a tag within the tag
	frame.b[17] = 0x00;
	assert_int_equal(frame_kind(&f, &frame), NET_OTHER_ETHER);
	assert_int_equal(f.ethertype, 0x8100);
	assert_int_equal(net_frame_parse(&f, frame.b, 18), NET_OTHER_ETHER);
	free(frame.b);
	frame = tagged(CAP_UDP4, 0x6000); // priority alone
	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	assert_int_equal(f.vlan, 0);
	assert_int_equal(f.l2_len, 18);
	free(frame.b);
}

static void test_ethernet(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);
	struct net_facts f;

	(void)state;
	frame.b[6] |= 1; // from a group
	assert_int_equal(frame_kind(&f, &frame), NET_BAD_ETHERNET);
	frame.b[6] &= 0xfe;
	frame.b[12] = 0x88; // LLDP
	frame.b[13] = 0xcc;
	assert_int_equal(frame_kind(&f, &frame), NET_OTHER_ETHER);
	frame.b[12] = 0x00; // 802.3 length
	frame.b[13] = 0x27;
	assert_int_equal(frame_kind(&f, &frame), NET_OTHER_ETHER);
	free(frame.b);
}

static void test_bad_ip4(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);
	struct net_facts f;

	(void)state;
	for (size_t at = 14; at < 34; at++) { // every bit is covered by the checksum
		frame.b[at] ^= 0x10;
		assert_int_equal(frame_kind(&f, &frame), NET_BAD_IP);
		frame.b[at] ^= 0x10;
	}
	free(frame.b);
	assert_int_equal(changed(CAP_UDP4, 14, 0x4500), NET_UDP);
	assert_int_equal(changed(CAP_UDP4, 14, 0x5500), NET_BAD_IP); // version
	assert_int_equal(changed(CAP_UDP4, 14, 0x4400), NET_BAD_IP); // header of 16 bytes
	assert_int_equal(changed(CAP_UDP4, 14, 0x4000), NET_BAD_IP);
	assert_int_equal(changed(CAP_UDP4, 14, 0x4f00), NET_BAD_IP); // header past the end
	assert_int_equal(changed(CAP_UDP4, 16, 38), NET_BAD_UDP); // less than UDP's own length
	assert_int_equal(changed(CAP_UDP4, 16, 40), NET_BAD_IP); // more than there is
	assert_int_equal(changed(CAP_UDP4, 16, 19), NET_BAD_IP); // less than the header
	assert_int_equal(changed(CAP_UDP4, 22, 0x4006), NET_OTHER_IP); // TCP
	assert_int_equal(changed(CAP_UDP4, 22, 0x403a), NET_OTHER_IP); // ICMPv6 over IPv4
}

static void test_bad_ip6(void **state)
{
	(void)state;
	assert_int_equal(changed(CAP_UDP6, 14, 0x4000), NET_BAD_IP); // version
	assert_int_equal(changed(CAP_UDP6, 18, 19), NET_BAD_IP); // more than there is
	assert_int_equal(changed(CAP_UDP6, 18, 17), NET_BAD_UDP);
	assert_int_equal(changed(CAP_UDP6, 18, 7), NET_BAD_UDP);
	assert_int_equal(changed(CAP_UDP6, 20, 0x0640), NET_OTHER_IP); // TCP
	assert_int_equal(changed(CAP_UDP6, 20, 0x0140), NET_OTHER_IP); // ICMP over IPv6
	assert_int_equal(changed(CAP_UDP6, 20, 0x2b40), NET_OTHER_IP); // routing header
}

static void test_bad_udp(void **state)
{
	(void)state;
	assert_int_equal(changed(CAP_UDP4, 38, 18),
			 NET_UDP); // shorter than IP's: options may follow
	assert_int_equal(changed(CAP_UDP4, 38, 20), NET_BAD_UDP);
	assert_int_equal(changed(CAP_UDP4, 38, 8), NET_UDP);
	assert_int_equal(changed(CAP_UDP4, 38, 7), NET_BAD_UDP);
	assert_int_equal(changed(CAP_UDP4, 38, 0), NET_BAD_UDP);
	assert_int_equal(changed(CAP_UDP4, 34, 0), NET_BAD_UDP); // ports
	assert_int_equal(changed(CAP_UDP4, 36, 0), NET_BAD_UDP);
	assert_int_equal(changed(CAP_UDP6, 56, 0), NET_BAD_UDP);
}

// Frames that end with the last header.
static void test_nothing_behind(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);
	struct net_facts f;

	(void)state;
	frame.b[17] = 28;
	frame.b[39] = 8;
	fix_ip4(frame.b + 14);
	assert_int_equal(net_frame_parse(&f, frame.b, 42), NET_UDP);
	assert_int_equal(f.payload, 42);
	assert_int_equal(f.payload_len, 0);
	frame.b[17] = 20;
	frame.b[23] = 6;
	fix_ip4(frame.b + 14);
	assert_int_equal(net_frame_parse(&f, frame.b, 34), NET_OTHER_IP);
	free(frame.b);
	frame = frame_hex(CAP_UDP6);
	frame.b[19] = 8;
	frame.b[59] = 8;
	assert_int_equal(net_frame_parse(&f, frame.b, 62), NET_UDP);
	assert_int_equal(f.payload_len, 0);
	frame.b[19] = 0;
	frame.b[20] = 59;
	assert_int_equal(net_frame_parse(&f, frame.b, 54), NET_OTHER_IP);
	free(frame.b);
}

static void test_fragments4(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);
	struct net_facts f;

	(void)state;
	assert_int_equal(changed(CAP_UDP4, 20, 0x2000), NET_FRAGMENT); // first
	assert_int_equal(changed(CAP_UDP4, 20, 0x0001), NET_FRAGMENT); // last
	assert_int_equal(changed(CAP_UDP4, 20, 0x8000), NET_UDP); // reserved bit
	frame.b[20] = 0x20;
	fix_ip4(frame.b + 14);
	assert_int_equal(frame_kind(&f, &frame), NET_FRAGMENT);
	check_endpoints(&f, "198.18.0.1:0", "198.18.0.2:0");
	assert_int_equal(f.payload, 34);
	assert_int_equal(f.payload_len, 19);
	assert_false(f.df);
	free(frame.b);
}

static enum net_kind moved(const char *hex, const char *src, const char *dst)
{
	struct net_addr s = addr_of(src), d = addr_of(dst);
	struct frame frame = frame_hex(hex);
	bool four = frame.b[12] == 0x08;
	struct net_facts f;
	enum net_kind kind;

	memcpy(frame.b + (four ? 26 : 22), s.b + (four ? 12 : 0), four ? 4 : 16);
	memcpy(frame.b + (four ? 30 : 38), d.b + (four ? 12 : 0), four ? 4 : 16);
	if (four)
		fix_ip4(frame.b + 14);
	kind = frame_kind(&f, &frame);
	assert_true(net_addr_equal(&f.src.addr, &s) && net_addr_equal(&f.dst.addr, &d));
	free(frame.b);
	return kind;
}

static void test_martians4(void **state)
{
	static const char *const sources[] = {"0.0.0.0",         "0.1.2.3",   "127.0.0.1",
					      "127.255.255.255", "224.0.0.1", "239.1.2.3",
					      "255.255.255.255"};
	static const char *const hosts[] = {"1.0.0.1", "126.9.9.9", "128.0.0.1", "223.255.255.255",
					    "240.0.0.1"};

	(void)state;
	for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++)
		assert_int_equal(moved(CAP_UDP4, sources[i], "192.0.2.1"), NET_MARTIAN);
	for (unsigned i = 0; i < sizeof hosts / sizeof hosts[0]; i++)
		assert_int_equal(moved(CAP_UDP4, hosts[i], "192.0.2.1"), NET_UDP);
	assert_int_equal(moved(CAP_UDP4, "192.0.2.1", "127.0.0.1"), NET_MARTIAN);
	assert_int_equal(moved(CAP_UDP4, "192.0.2.1", "0.0.0.0"), NET_MARTIAN);
	assert_int_equal(moved(CAP_UDP4, "192.0.2.1", "224.0.0.1"), NET_UDP);
	assert_int_equal(moved(CAP_UDP4, "192.0.2.1", "255.255.255.255"), NET_UDP);
	assert_int_equal(moved(CAP_ECHO4, "127.0.0.1", "192.0.2.1"), NET_MARTIAN);
}

static void test_martians6(void **state)
{
	static const char *const sources[] = {"::", "::1", "ff02::1", "::ffff:192.0.2.1",
					      "::ffff:127.0.0.1"};

	(void)state;
	for (unsigned i = 0; i < sizeof sources / sizeof sources[0]; i++)
		assert_int_equal(moved(CAP_UDP6, sources[i], "2001:db8::1"), NET_MARTIAN);
	assert_int_equal(moved(CAP_UDP6, "2001:db8::1", "::"), NET_MARTIAN);
	assert_int_equal(moved(CAP_UDP6, "2001:db8::1", "::1"), NET_MARTIAN);
	assert_int_equal(moved(CAP_UDP6, "2001:db8::1", "::ffff:192.0.2.1"), NET_MARTIAN);
	assert_int_equal(moved(CAP_UDP6, "fe80::1", "ff02::1"), NET_UDP);
	assert_int_equal(moved(CAP_ECHO6, "::1", "2001:db8::1"), NET_MARTIAN);
	assert_int_equal(moved(CAP_ECHO6, "::", "2001:db8::1"), NET_ICMP6); // as probes have it
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_udp4),           cmocka_unit_test(test_udp6),
		cmocka_unit_test(test_captured_kinds), cmocka_unit_test(test_options_passed_over),
		cmocka_unit_test(test_padding),        cmocka_unit_test(test_vlan),
		cmocka_unit_test(test_vlan_edges),     cmocka_unit_test(test_ethernet),
		cmocka_unit_test(test_bad_ip4),        cmocka_unit_test(test_bad_ip6),
		cmocka_unit_test(test_bad_udp),        cmocka_unit_test(test_fragments4),
		cmocka_unit_test(test_nothing_behind), cmocka_unit_test(test_martians4),
		cmocka_unit_test(test_martians6),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
