// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

static struct net_udp_header header(const char *src, const char *dst, uint16_t vlan)
{
	return (struct net_udp_header){
		.link = {.src = {{2, 0, 0, 0, 0, 0x0a}},
			 .dst = {{2, 0, 0, 0, 0, 0x0b}},
			 .vlan = vlan},
		.src = endpoint_of(src),
		.dst = endpoint_of(dst),
		.ttl = 64,
		.df = true,
	};
}

// The kernel's own frame comes out, byte by byte.
static void check_same(struct net_udp_header h, const char *hex, const char *payload)
{
	struct frame want = frame_hex(hex);
	uint8_t frame[256];
	size_t at = net_header_len(&h);

	memset(frame, 0xcc, sizeof frame);
	memcpy(frame + at, payload, strlen(payload));
	assert_int_equal(net_header_write(frame, &h, strlen(payload)), want.len);
	assert_memory_equal(frame, want.b, want.len);
	assert_int_equal(frame[want.len], 0xcc);
	free(want.b);
}

static void test_like_the_kernel4(void **state)
{
	struct net_udp_header h = header("198.18.0.1:40000", "198.18.0.2:9", 0);

	(void)state;
	h.ip_id = 0x21ed;
	assert_int_equal(net_header_len(&h), 42);
	check_same(h, CAP_UDP4, "hello, four");
}

static void test_like_the_kernel6(void **state)
{
	struct net_udp_header h = header("[2001:2::1]:40000", "[2001:2::2]:9", 0);
	struct frame want = frame_hex(CAP_UDP6);
	uint8_t frame[256];

	(void)state;
	assert_int_equal(net_header_len(&h), 62);
	memset(want.b + 15, 0, 3); // the kernel's flow label
	memcpy(frame + 62, "hello, six", 10);
	assert_int_equal(net_header_write(frame, &h, 10), want.len);
	assert_memory_equal(frame, want.b, want.len);
	free(want.b);
}

static void test_vlan_and_fields(void **state)
{
	static const char *const ends[2][2] = {{"192.0.2.1:1000", "192.0.2.2:2000"},
					       {"[2001:db8::1]:1000", "[2001:db8::2]:2000"}};

	(void)state;
	for (unsigned six = 0; six < 2; six++) {
		struct net_udp_header h = header(ends[six][0], ends[six][1], 0xabc);
		uint8_t frame[256];
		struct net_facts f;
		size_t len;

		h.tos = 0xb9;
		h.ttl = 7;
		h.df = false;
		assert_int_equal(net_header_len(&h), six ? 66 : 46);
		memset(frame, 0x77, sizeof frame);
		len = net_header_write(frame, &h, 33);
		assert_int_equal(len, net_header_len(&h) + 33);
		assert_int_equal(net_frame_parse(&f, frame, len), NET_UDP);
		assert_true(net_endpoint_equal(&f.src, &h.src) &&
			    net_endpoint_equal(&f.dst, &h.dst));
		assert_memory_equal(frame, h.link.dst.b, 6);
		assert_memory_equal(frame + 6, h.link.src.b, 6);
		assert_int_equal(f.vlan, 0xabc);
		assert_int_equal(f.tos, 0xb9);
		assert_int_equal(f.ttl, 7);
		assert_int_equal(f.df, six);
		assert_int_equal(f.payload_len, 33);
		assert_true(net_udp_checksum_ok(&f, frame));
	}
}

static void test_sum_later(void **state)
{
	struct net_udp_header h = header("[2001:db8::1]:1000", "[2001:db8::2]:2000", 0);
	uint8_t frame[128] = {0};

	(void)state;
	h.sum_later = true;
	assert_int_equal(net_header_write(frame, &h, 10), 72);
	assert_int_equal(frame[60] | frame[61], 0);
	h.sum_later = false;
	net_header_write(frame, &h, 10);
	assert_int_not_equal(frame[60] | frame[61], 0);
}

static void test_too_long(void **state)
{
	struct net_udp_header h = header("192.0.2.1:1000", "192.0.2.2:2000", 0);
	static uint8_t frame[NET_FRAME_MAX + 1];

	(void)state;
	frame[NET_FRAME_MAX] = 0x5a;
	assert_int_equal(net_header_write(frame, &h, NET_FRAME_MAX - 42), NET_FRAME_MAX);
	assert_int_equal(net_header_write(frame, &h, NET_FRAME_MAX - 41), 0);
	assert_int_equal(net_header_write(frame, &h, SIZE_MAX - 10), 0);
	assert_int_equal(frame[NET_FRAME_MAX], 0x5a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_the_kernel4), cmocka_unit_test(test_like_the_kernel6),
		cmocka_unit_test(test_vlan_and_fields),  cmocka_unit_test(test_sum_later),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
