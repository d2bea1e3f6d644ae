// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

// The checksum by the book (RFC 1071): big-endian words, one by one.
static uint16_t slow_checksum(const uint8_t *p, size_t len)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i & 1 ? p[i] : (uint64_t)p[i] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint16_t in_packet_order(uint16_t memory)
{
	uint8_t b[2];

	memcpy(b, &memory, 2);
	return (uint16_t)(b[0] << 8 | b[1]);
}

static uint32_t random_state = 1;

static uint8_t draw(void)
{
	random_state = random_state * 1664525 + 1013904223;
	return (uint8_t)(random_state >> 24);
}

// RFC 1071 section 3: 00 01 f2 03 f4 f5 f6 f7 add up to ddf2.
static void test_rfc1071(void **state)
{
	static const uint8_t bytes[] = {0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7};

	(void)state;
	assert_int_equal(in_packet_order(net_sum_fold(net_sum(bytes, 8, 0))), 0xffff - 0xddf2);
}

static void test_all_lengths(void **state)
{
	(void)state;
	for (size_t len = 0; len < 200; len++) {
		struct frame f = frame_of((uint8_t[200]){0}, len);

		for (size_t i = 0; i < len; i++)
			f.b[i] = draw();
		assert_int_equal(in_packet_order(net_sum_fold(net_sum(f.b, len, 0))),
				 slow_checksum(f.b, len));
		free(f.b);
	}
}

static void test_pieces(void **state)
{
	uint8_t bytes[101];

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = draw();
	for (size_t cut = 0; cut <= 100; cut += 2) {
		uint32_t sum = net_sum(bytes, cut, 0);

		sum = net_sum(bytes + cut, sizeof bytes - cut, sum);
		assert_int_equal(in_packet_order(net_sum_fold(sum)),
				 slow_checksum(bytes, sizeof bytes));
	}
}

static void test_carries(void **state)
{
	static uint8_t bytes[65536];
	uint32_t sum = 0;

	(void)state;
	memset(bytes, 0xff, sizeof bytes);
	for (unsigned i = 0; i < 100; i++)
		sum = net_sum(bytes, sizeof bytes, sum);
	assert_int_equal(net_sum_fold(sum), 0);
	assert_int_equal(net_sum_fold(0), 0xffff);
	assert_int_equal(net_sum_fold(UINT32_MAX), 0);
}

static void test_replace(void **state)
{
	uint8_t bytes[20];
	uint16_t sum;

	(void)state;
	for (unsigned round = 0; round < 20000; round++) {
		uint16_t was, is = (uint16_t)(draw() << 8 | draw());
		size_t at = (draw() % 10u) * 2;

		for (size_t i = 0; i < sizeof bytes; i++)
			bytes[i] = draw();
		bytes[0] |= 1; // a packet is never all zero: its sum has one form then
		sum = net_sum_fold(net_sum(bytes, sizeof bytes, 0));
		memcpy(&was, bytes + at, 2);
		memcpy(bytes + at, &is, 2);
		if (!(bytes[0] | bytes[1]))
			continue;
		assert_int_equal(net_sum_replace(sum, was, is),
				 net_sum_fold(net_sum(bytes, sizeof bytes, 0)));
	}
}

static void check_kernel_udp(const char *hex)
{
	struct frame frame = frame_hex(hex);
	struct net_facts f;
	uint16_t stands;
	uint8_t *udp;

	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	assert_true(net_udp_checksum_ok(&f, frame.b));
	udp = frame.b + f.payload - 8;
	memcpy(&stands, udp + 6, 2);
	memset(udp + 6, 0, 2);
	assert_int_equal(net_l4_checksum(&f.src.addr, &f.dst.addr, 17, udp, f.payload_len + 8u),
			 stands);
	memcpy(udp + 6, &stands, 2);
	udp[8] ^= 1;
	assert_false(net_udp_checksum_ok(&f, frame.b));
	free(frame.b);
}

static void test_kernel_udp(void **state)
{
	(void)state;
	check_kernel_udp(CAP_UDP4);
	check_kernel_udp(CAP_UDP6);
	check_kernel_udp(CAP_EXT6);
	check_kernel_udp(CAP_ROUTE4);
}

static void test_none_only_in_ip4(void **state)
{
	struct frame frame = frame_hex(CAP_UDP4);
	struct net_facts f;

	(void)state;
	memset(frame.b + 40, 0, 2);
	assert_int_equal(frame_kind(&f, &frame), NET_UDP);
	assert_true(net_udp_checksum_ok(&f, frame.b));
	free(frame.b);
	frame = frame_hex(CAP_UDP6);
	memset(frame.b + 60, 0, 2);
	assert_int_equal(frame_kind(&f, &frame), NET_BAD_UDP);
	free(frame.b);
}

// A UDP checksum that comes out as 0 stands as ffff, since 0 means none (RFC 768).
static void test_zero_becomes_ones(void **state)
{
	struct net_addr src = addr_of("192.0.2.1"), dst = addr_of("192.0.2.2");
	uint8_t udp[10] = {0, 7, 0, 9, 0, 10};
	uint16_t sum = net_l4_checksum(&src, &dst, 17, udp, sizeof udp);

	(void)state;
	memcpy(udp + 8, &sum, 2); // payload that makes the sum ffff
	assert_int_equal(net_l4_checksum(&src, &dst, 17, udp, sizeof udp), 0xffff);
	assert_int_equal(net_l4_checksum(&src, &dst, 1, udp, 0), 0xffff); // ICMP: no pseudo-header
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rfc1071),          cmocka_unit_test(test_all_lengths),
		cmocka_unit_test(test_pieces),           cmocka_unit_test(test_carries),
		cmocka_unit_test(test_replace),          cmocka_unit_test(test_kernel_udp),
		cmocka_unit_test(test_none_only_in_ip4), cmocka_unit_test(test_zero_becomes_ones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
