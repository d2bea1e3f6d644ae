// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

// IPv6 extension headers.

// CAP_UDP6 with extension headers (multiples of 8 bytes, the first of type `next`) put in.
static struct frame with_ext(uint8_t next, const uint8_t *ext, size_t len)
{
	struct frame plain = frame_hex(CAP_UDP6);
	uint8_t bytes[2048];
	struct frame f;

	memcpy(bytes, plain.b, 54);
	memcpy(bytes + 54, ext, len);
	memcpy(bytes + 54 + len, plain.b + 54, plain.len - 54);
	bytes[19] = (uint8_t)(bytes[19] + len);
	bytes[20] = next;
	f = frame_of(bytes, plain.len + len);
	free(plain.b);
	return f;
}

static enum net_kind ext_kind(uint8_t next, const uint8_t *ext, size_t len)
{
	struct frame frame = with_ext(next, ext, len);
	struct net_facts f;
	enum net_kind kind = frame_kind(&f, &frame);

	if (kind == NET_UDP) {
		assert_int_equal(f.l3_len, 40 + len);
		assert_int_equal(f.proto, 17);
		assert_true(net_udp_checksum_ok(&f, frame.b));
	}
	free(frame.b);
	return kind;
}

#define EXT(next, ...)                                                                             \
	ext_kind(next, (const uint8_t[]){__VA_ARGS__}, sizeof((uint8_t[]){__VA_ARGS__}))
#define PAD6 1, 4, 0, 0, 0, 0

static void test_fragments6(void **state)
{
	struct frame frame = with_ext(44, (const uint8_t[]){17, 0, 0, 1, 9, 9, 9, 9}, 8);
	struct net_facts f;

	(void)state;
	assert_int_equal(EXT(44, 17, 0, 0, 1, 9, 9, 9, 9), NET_FRAGMENT); // first
	assert_int_equal(EXT(44, 17, 0, 0, 8, 9, 9, 9, 9), NET_FRAGMENT); // last
	assert_int_equal(EXT(44, 17, 0, 0, 0, 9, 9, 9, 9), NET_UDP); // atomic (RFC 6946)
	assert_int_equal(EXT(44, 17, 0, 0, 6, 9, 9, 9, 9), NET_UDP); // reserved bits
	assert_int_equal(frame_kind(&f, &frame), NET_FRAGMENT);
	check_endpoints(&f, "[2001:2::1]:0", "[2001:2::2]:0");
	assert_int_equal(f.proto, 17);
	assert_int_equal(f.l3_len, 48);
	assert_int_equal(f.payload_len, 18);
	free(frame.b);
}

static void test_extensions(void **state)
{
	(void)state;
	assert_int_equal(EXT(0, 17, 0, PAD6), NET_UDP);
	assert_int_equal(EXT(60, 17, 0, PAD6), NET_UDP);
	assert_int_equal(EXT(60, 17, 0, 0, 0, 0, 0, 0, 0), NET_UDP); // Pad1
	assert_int_equal(EXT(0, 60, 0, PAD6, 60, 0, PAD6, 60, 0, PAD6, 17, 0, PAD6), NET_UDP);
	assert_int_equal(EXT(0, 60, 0, PAD6, 60, 0, PAD6, 60, 0, PAD6, 60, 0, PAD6, 17, 0, PAD6),
			 NET_OTHER_IP); // a fifth
	assert_int_equal(EXT(60, 0, 0, PAD6, 17, 0, PAD6), NET_OTHER_IP); // hop-by-hop not first
	assert_int_equal(EXT(0, 43, 0, PAD6, 17, 0, PAD6), NET_OTHER_IP); // routing behind
	assert_int_equal(EXT(0, 59, 0, PAD6), NET_OTHER_IP); // no next header
	assert_int_equal(EXT(0, 17, 1, PAD6, 1, 6, 0, 0, 0, 0, 0, 0), NET_UDP); // two units long
}

static void test_bad_extensions(void **state)
{
	(void)state;
	assert_int_equal(EXT(0, 17, 99, PAD6), NET_BAD_IP); // past the end
	assert_int_equal(EXT(0, 17, 0, 1, 5, 0, 0, 0, 0), NET_BAD_IP); // option past its header
	assert_int_equal(EXT(0, 17, 0, 1, 3, 0, 0, 0, 1), NET_BAD_IP); // option without length
	assert_int_equal(EXT(0, 17, 0, 5, 2, 0, 0, 0, 0), NET_UDP); // router alert: pass over
	assert_int_equal(EXT(0, 17, 0, 0xc2, 4, 0, 1, 0, 0), NET_BAD_IP); // jumbo: must not
	assert_int_equal(EXT(0, 17, 0, 5, 2, 0, 0, 1, 0), NET_UDP); // a second option, empty
	assert_int_equal(EXT(0, 17, 0, 5, 2, 0, 0, 1, 1), NET_BAD_IP); // and one too long
	assert_int_equal(EXT(0, 17, 0, 5, 1, 9, 0x80, 1, 0), NET_BAD_IP); // and one unknown
	assert_int_equal(EXT(60, 17, 0, 0x45, 4, 0, 0, 0, 0), NET_BAD_IP);
	// The fixed header's length ends within the extension header.
	assert_int_equal(changed(CAP_EXT6, 18, 4), NET_BAD_IP);
	assert_int_equal(changed(CAP_EXT6, 18, 12), NET_BAD_IP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fragments6),
		cmocka_unit_test(test_extensions),
		cmocka_unit_test(test_bad_extensions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
