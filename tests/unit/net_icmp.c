// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

#include <errno.h>

#define CAP_MAX 1400

static uint8_t out[CAP_MAX];

static size_t build(const struct frame *frame, const char *from, enum net_error error, uint16_t mtu)
{
	struct net_addr a = addr_of(from);
	struct net_facts f;

	frame_kind(&f, frame);
	return net_error_build(out, &f, frame->b, &a, error, mtu);
}

// The kernel's answer to the same datagram: the same but for id, TTL, flow label and DF.
static void check_like_kernel(const char *hex, const char *from, const char *answer)
{
	struct frame frame = frame_hex(hex), want = frame_hex(answer);
	size_t l4 = frame.b[12] == 8 ? 34 : 54;
	struct net_facts f;

	assert_int_equal(build(&frame, from, NET_PORT_UNREACHABLE, 0), want.len);
	assert_memory_equal(out, want.b, 14);
	assert_memory_equal(out + l4, want.b + l4, want.len - l4);
	assert_memory_equal(out + l4 - 8, want.b + l4 - 8, 8);
	assert_true(net_frame_parse(&f, out, want.len) == (l4 == 34 ? NET_ICMP4 : NET_ICMP6));
	assert_int_equal(f.ttl, 64);
	assert_int_equal(f.tos, l4 == 34 ? 0xc0 : 0);
	free(frame.b);
	free(want.b);
}

static void test_like_the_kernel(void **state)
{
	(void)state;
	check_like_kernel(CAP_UDP4, "198.18.0.2", CAP_CLOSED4);
	check_like_kernel(CAP_UDP6, "2001:2::2", CAP_CLOSED6);
}

// UDP of `len` payload bytes, from a to b.
static struct frame datagram(bool six, size_t len, uint16_t vlan)
{
	static uint8_t bytes[4000];
	struct net_udp_header h = {
		.link = {{{2, 0, 0, 0, 0, 0x0a}}, {{2, 0, 0, 0, 0, 0x0b}}, vlan},
		.src = endpoint_of(six ? "[2001:2::1]:40000" : "198.18.0.1:40000"),
		.dst = endpoint_of(six ? "[2001:2::2]:9" : "198.18.0.2:9"),
		.ttl = 64,
	};

	memset(bytes, 0x66, sizeof bytes);
	return frame_of(bytes, net_header_write(bytes, &h, len));
}

static void test_quote_is_cut(void **state)
{
	struct frame big = datagram(false, 2000, 0);

	(void)state;
	assert_int_equal(build(&big, "198.18.0.2", NET_PORT_UNREACHABLE, 0), 14 + 576);
	assert_memory_equal(out + 42, big.b + 14, 548);
	free(big.b);
	big = datagram(true, 2000, 0);
	assert_int_equal(build(&big, "2001:2::2", NET_PORT_UNREACHABLE, 0), 14 + 1280);
	assert_memory_equal(out + 62, big.b + 14, 1232);
	free(big.b);
	big = datagram(true, 2000, 77);
	assert_int_equal(build(&big, "2001:2::2", NET_PORT_UNREACHABLE, 0), 18 + 1280);
	assert_memory_equal(out + 66, big.b + 18, 1232);
	free(big.b);
}

static void check_words(bool six, enum net_error error, unsigned type_code, uint32_t data)
{
	struct frame frame = datagram(six, 100, 0);
	size_t len = build(&frame, six ? "2001:2::2" : "198.18.0.2", error, 1234);
	struct net_icmp_error e;
	struct net_facts f;

	assert_int_equal(net_frame_parse(&f, out, len), six ? NET_ICMP6 : NET_ICMP4);
	// Back at its sender it is understood.
	assert_int_equal(net_icmp_error_parse(&e, &f, out), 0);
	assert_int_equal(e.type << 8 | e.code, type_code);
	assert_int_equal(e.data, data);
	free(frame.b);
}

static void test_words(void **state)
{
	(void)state;
	check_words(false, NET_PORT_UNREACHABLE, 0x0303, 0);
	check_words(false, NET_TOO_BIG, 0x0304, 1234);
	check_words(false, NET_TIME_EXCEEDED, 0x0b00, 0);
	check_words(true, NET_PORT_UNREACHABLE, 0x0104, 0);
	check_words(true, NET_TOO_BIG, 0x0200, 1234);
	check_words(true, NET_TIME_EXCEEDED, 0x0300, 0);
}

// No error about `hex` with one byte changed.
static size_t error_about(const char *hex, size_t at, uint8_t value)
{
	struct frame frame = frame_hex(hex);
	size_t len;

	frame.b[at] = value;
	if (frame.b[12] == 8)
		fix_ip4(frame.b + 14);
	len = build(&frame, frame.b[12] == 8 ? "198.18.0.2" : "2001:2::2", NET_TIME_EXCEEDED, 0);
	free(frame.b);
	return len;
}

static void test_never_about(void **state)
{
	(void)state;
	assert_int_equal(error_about(CAP_CLOSED4, 14, 0x45), 0); // an error
	assert_int_equal(error_about(CAP_CLOSED6, 14, 0x60), 0);
	for (uint8_t type = 3; type <= 5; type++) // unreachable, quench, redirect
		assert_int_equal(error_about(CAP_ECHO4, 34, type), 0);
	assert_int_equal(error_about(CAP_ECHO4, 34, 11), 0);
	assert_int_equal(error_about(CAP_ECHO4, 34, 12), 0);
	assert_int_equal(error_about(CAP_ECHO6, 54, 137), 0);
	assert_int_equal(error_about(CAP_ECHO4, 17, 20), 0); // ICMP without a type
	assert_int_equal(error_about(CAP_UDP4, 30, 224), 0); // to a group
	assert_int_equal(error_about(CAP_UDP6, 38, 0xff), 0);
	assert_int_equal(error_about(CAP_UDP4, 0, 0xff), 0); // to all on the link
	assert_int_equal(error_about(CAP_UDP4, 0, 0x01), 0);
	assert_int_equal(error_about(CAP_UDP4, 26, 224), 0); // martians
	assert_int_equal(error_about(CAP_UDP4, 26, 127), 0);
	assert_int_equal(error_about(CAP_UDP4, 26, 0), 0);
	assert_int_equal(error_about(CAP_UDP6, 22, 0xff), 0);
	assert_int_equal(error_about(CAP_PROBE6, 14, 0x60), 0); // no sender
	assert_int_equal(error_about(CAP_UDP4, 21, 1), 0); // later fragment
	assert_int_equal(error_about(CAP_UDP4, 39, 7), 0); // malformed
	assert_int_equal(error_about(CAP_ARP_ASK, 14, 0), 0);
}

// An ICMP error may stand behind headers that are not passed over.
static void test_never_about_the_unseen(void **state)
{
	static const uint8_t protos[] = {43, 51, 135, 139, 140};

	(void)state;
	for (unsigned i = 0; i < sizeof protos; i++)
		assert_int_equal(error_about(CAP_UDP6, 20, protos[i]), 0);
}

static void test_about_others(void **state)
{
	(void)state;
	assert_int_not_equal(error_about(CAP_UDP4, 14, 0x45), 0);
	assert_int_not_equal(error_about(CAP_ECHO4, 14, 0x45), 0); // a question is no error
	assert_int_not_equal(error_about(CAP_ECHO6, 14, 0x60), 0);
	assert_int_not_equal(error_about(CAP_UDP4, 20, 0x20), 0); // first fragment
	assert_int_not_equal(error_about(CAP_UDP4, 23, 6), 0); // TCP
	assert_int_not_equal(error_about(CAP_EXT6, 14, 0x60), 0);
	assert_int_not_equal(error_about(CAP_ROUTE4, 14, 0x47), 0);
}

static void test_broadcast_and_family(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);

	(void)state;
	assert_int_equal(build(&frame, "2001:2::2", NET_PORT_UNREACHABLE, 0), 0);
	memset(frame.b + 30, 0xff, 4);
	fix_ip4(frame.b + 14);
	assert_int_equal(build(&frame, "198.18.0.2", NET_PORT_UNREACHABLE, 0), 0);
	free(frame.b);
}

// CAP_UDP6 as a fragment: with the offset field as given, over `proto`.
static size_t error_about_fragment6(uint16_t offset, uint8_t proto)
{
	struct frame plain = frame_hex(CAP_UDP6), frame;
	uint8_t bytes[256];
	size_t len;

	memcpy(bytes, plain.b, 54);
	memcpy(bytes + 54,
	       (uint8_t[]){proto, 0, (uint8_t)(offset >> 8), (uint8_t)offset, 1, 2, 3, 4}, 8);
	memcpy(bytes + 62, plain.b + 54, plain.len - 54);
	bytes[19] += 8;
	bytes[20] = 44;
	frame = frame_of(bytes, plain.len + 8);
	len = build(&frame, "2001:2::2", NET_TIME_EXCEEDED, 0);
	free(plain.b);
	free(frame.b);
	return len;
}

static void test_fragments6(void **state)
{
	(void)state;
	assert_int_not_equal(error_about_fragment6(0x0001, 17), 0);
	assert_int_equal(error_about_fragment6(0x0009, 17), 0);
	assert_int_equal(error_about_fragment6(0x0008, 17), 0);
	assert_int_equal(error_about_fragment6(0x0001, 60), 0);
	// Its first byte, of a port, reads as an ICMPv6 type that is no error.
	assert_int_not_equal(error_about_fragment6(0x0001, 58), 0);
}

static int parse_changed(const char *hex, size_t at, uint8_t value, struct net_icmp_error *e)
{
	struct frame frame = frame_hex(hex);
	struct net_facts f;
	int err;

	frame.b[at] = value;
	if (frame.b[12] == 8)
		fix_ip4(frame.b + 14);
	frame_kind(&f, &frame);
	if (f.kind == NET_ICMP4 || f.kind == NET_ICMP6)
		fix_l4(frame.b + f.payload, 2, &f, f.payload_len);
	err = net_icmp_error_parse(e, &f, frame.b);
	free(frame.b);
	return err;
}

static void check_ends(const struct net_icmp_error *e, const char *src, const char *dst)
{
	char got[NET_TEXT_MAX];

	assert_string_equal(net_endpoint_format(&e->src, got), src);
	assert_string_equal(net_endpoint_format(&e->dst, got), dst);
}

static void test_kernel_errors(void **state)
{
	struct net_icmp_error e;

	(void)state;
	assert_int_equal(parse_changed(CAP_CLOSED4, 14, 0x45, &e), 0);
	check_ends(&e, "198.18.0.1:40000", "198.18.0.2:9");
	assert_int_equal(e.type << 8 | e.code, 0x0303);
	assert_int_equal(parse_changed(CAP_CLOSED6, 14, 0x60, &e), 0);
	check_ends(&e, "[2001:2::1]:40000", "[2001:2::2]:9");
	assert_int_equal(e.type << 8 | e.code, 0x0104);
}

// From a router on the way, not from the peer.
static void test_error_from_elsewhere(void **state)
{
	struct net_icmp_error e;

	(void)state;
	assert_int_equal(parse_changed(CAP_CLOSED4, 29, 99, &e), 0);
	check_ends(&e, "198.18.0.1:40000", "198.18.0.2:9");
	assert_int_equal(parse_changed(CAP_CLOSED6, 37, 99, &e), 0);
	check_ends(&e, "[2001:2::1]:40000", "[2001:2::2]:9");
}

static void test_quoted_mapped(void **state)
{
	struct frame frame = frame_hex(CAP_CLOSED6);
	struct net_addr four = addr_of("198.18.0.2");
	struct net_icmp_error e;
	struct net_facts f;

	(void)state;
	memcpy(frame.b + 86, four.b, 16);
	frame_kind(&f, &frame);
	fix_l4(frame.b + f.payload, 2, &f, f.payload_len);
	assert_int_equal(net_icmp_error_parse(&e, &f, frame.b), -EBADMSG);
	free(frame.b);
}

// CAP_CLOSED4: ICMP 34, quoted IP 42, UDP 62. CAP_CLOSED6: ICMPv6 54, IP 62, UDP 102.
static void test_errors_refused(void **state)
{
	struct net_icmp_error e;

	(void)state;
	assert_int_equal(parse_changed(CAP_CLOSED4, 34, 12, &e), -ENOMSG); // other types
	assert_int_equal(parse_changed(CAP_CLOSED4, 34, 5, &e), -ENOMSG);
	assert_int_equal(parse_changed(CAP_CLOSED6, 54, 4, &e), -ENOMSG);
	assert_int_equal(parse_changed(CAP_CLOSED4, 51, 6, &e), -ENOMSG); // about TCP
	assert_int_equal(parse_changed(CAP_CLOSED6, 68, 6, &e), -ENOMSG);
	assert_int_equal(parse_changed(CAP_CLOSED4, 49, 1, &e), -ENOMSG); // about a later fragment
	assert_int_equal(parse_changed(CAP_CLOSED4, 42, 0x65, &e), -EBADMSG); // versions, lengths
	assert_int_equal(parse_changed(CAP_CLOSED4, 42, 0x44, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_CLOSED4, 42, 0x4f, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_CLOSED6, 62, 0x40, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_CLOSED4, 57, 9, &e),
			 -EBADMSG); // someone else's datagram
	assert_int_equal(parse_changed(CAP_CLOSED6, 85, 9, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_ECHO4, 14, 0x45, &e), -ENOMSG);
	assert_int_equal(parse_changed(CAP_UDP4, 14, 0x45, &e), -ENOMSG);
	assert_int_equal(parse_changed(CAP_ARP_ASK, 14, 0, &e), -ENOMSG);
}

static void test_errors_cut(void **state)
{
	struct net_icmp_error e;

	(void)state;
	for (uint8_t len = 28; len < 56; len++) // total length: up to the quoted UDP header's end
		assert_int_equal(parse_changed(CAP_CLOSED4, 17, len, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_CLOSED4, 17, 56, &e), 0);
	for (uint8_t len = 8; len < 56; len++)
		assert_int_equal(parse_changed(CAP_CLOSED6, 19, len, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_CLOSED6, 19, 56, &e), 0);
	assert_int_equal(parse_changed(CAP_CLOSED4, 17, 27, &e), -EBADMSG);
	assert_int_equal(parse_changed(CAP_CLOSED4, 17, 20, &e), -ENOMSG); // not even a type
}

static void test_error_checksum(void **state)
{
	static const char *const captured[] = {CAP_CLOSED4, CAP_CLOSED6};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct frame frame = frame_hex(captured[i]);
		struct net_icmp_error e;
		struct net_facts f;

		frame.b[frame.len - 1] ^= 1;
		frame_kind(&f, &frame);
		assert_int_equal(net_icmp_error_parse(&e, &f, frame.b), -EBADMSG);
		free(frame.b);
	}
}

// Quoted behind extension headers.
static void test_quoted_extensions(void **state)
{
	struct frame frame = frame_hex(CAP_EXT6);
	size_t len = build(&frame, "2001:2::2", NET_PORT_UNREACHABLE, 0);
	struct net_icmp_error e;
	struct net_facts f;

	(void)state;
	assert_int_equal(net_frame_parse(&f, out, len), NET_ICMP6);
	assert_int_equal(net_icmp_error_parse(&e, &f, out), 0);
	check_ends(&e, "[2001:2::1]:40001", "[2001:2::2]:9");
	free(frame.b);
	frame = frame_hex(CAP_ROUTE4);
	len = build(&frame, "198.18.0.2", NET_PORT_UNREACHABLE, 0);
	assert_int_equal(net_frame_parse(&f, out, len), NET_ICMP4);
	assert_int_equal(net_icmp_error_parse(&e, &f, out), 0);
	check_ends(&e, "198.18.0.1:40002", "198.18.0.2:9");
	free(frame.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_the_kernel),
		cmocka_unit_test(test_quote_is_cut),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_never_about),
		cmocka_unit_test(test_about_others),
		cmocka_unit_test(test_broadcast_and_family),
		cmocka_unit_test(test_never_about_the_unseen),
		cmocka_unit_test(test_error_from_elsewhere),
		cmocka_unit_test(test_quoted_mapped),
		cmocka_unit_test(test_fragments6),
		cmocka_unit_test(test_kernel_errors),
		cmocka_unit_test(test_errors_refused),
		cmocka_unit_test(test_errors_cut),
		cmocka_unit_test(test_error_checksum),
		cmocka_unit_test(test_quoted_extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
