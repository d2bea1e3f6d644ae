// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

#include <errno.h>

// Our answer and the kernel's to the same request differ in nothing that counts.
static void check_answer(const char *asked, const char *answered, size_t from)
{
	struct frame frame = frame_hex(asked), want = frame_hex(answered);
	struct net_facts f, g;

	assert_true(frame_kind(&f, &frame) == NET_ICMP4 || f.kind == NET_ICMP6);
	assert_int_equal(net_echo_answer(&f, frame.b), 0);
	assert_int_equal(frame.len, want.len);
	assert_memory_equal(frame.b, want.b, 14);
	assert_memory_equal(frame.b + from, want.b + from, frame.len - from);
	assert_int_equal(frame_kind(&g, &frame), f.kind); // IPv4's header checksum is right
	assert_int_equal(g.ttl, 64);
	assert_true(net_addr_equal(&g.src.addr, &f.dst.addr));
	assert_int_equal(net_echo_answer(&g, frame.b), -ENOMSG); // an answer gets none
	free(frame.b);
	free(want.b);
}

static void test_like_the_kernel(void **state)
{
	(void)state;
	check_answer(CAP_ECHO4, CAP_ECHOED4, 26); // addresses and ICMP
	check_answer(CAP_ECHO6, CAP_ECHOED6, 18);
}

static void test_ttl_and_vlan(void **state)
{
	struct frame plain = frame_hex(CAP_ECHO4);
	uint8_t bytes[128];
	struct net_facts f, g;

	(void)state;
	memcpy(bytes, plain.b, 12);
	memcpy(bytes + 12, (uint8_t[]){0x81, 0, 0, 7}, 4);
	memcpy(bytes + 16, plain.b + 12, plain.len - 12);
	bytes[18 + 8] = 3; // TTL
	fix_ip4(bytes + 18);
	assert_int_equal(net_frame_parse(&f, bytes, plain.len + 4), NET_ICMP4);
	assert_int_equal(net_echo_answer(&f, bytes), 0);
	assert_int_equal(net_frame_parse(&g, bytes, plain.len + 4), NET_ICMP4);
	assert_int_equal(g.vlan, 7);
	assert_int_equal(g.ttl, 64);
	free(plain.b);
}

static void test_no_data(void **state)
{
	struct frame frame = frame_hex(CAP_ECHO4);
	struct net_facts f;

	(void)state;
	frame.b[17] = 28;
	fix_ip4(frame.b + 14);
	assert_int_equal(frame_kind(&f, &frame), NET_ICMP4);
	fix_l4(frame.b + f.payload, 2, &f, f.payload_len);
	assert_int_equal(net_echo_answer(&f, frame.b), 0);
	free(frame.b);
}

static void test_options_blanked(void **state)
{
	struct frame plain = frame_hex(CAP_ECHO4);
	uint8_t bytes[128];
	struct net_facts f, g;

	(void)state;
	memcpy(bytes, plain.b, 34);
	memcpy(bytes + 34, (uint8_t[]){0x83, 7, 4, 10, 0, 0, 1, 0}, 8); // loose source route
	memcpy(bytes + 42, plain.b + 34, plain.len - 34);
	bytes[14] = 0x47;
	bytes[17] += 8;
	fix_ip4(bytes + 14);
	assert_int_equal(net_frame_parse(&f, bytes, plain.len + 8), NET_ICMP4);
	assert_int_equal(net_echo_answer(&f, bytes), 0);
	assert_memory_equal(bytes + 34, ((uint8_t[]){1, 1, 1, 1, 1, 1, 1, 1}), 8);
	assert_int_equal(net_frame_parse(&g, bytes, plain.len + 8), NET_ICMP4);
	free(plain.b);
}

// Not answered, and not touched.
static void check_refused(const char *hex, size_t at, uint8_t value, bool fix)
{
	struct frame frame = frame_hex(hex), before;
	struct net_facts f;

	frame.b[at] = value;
	if (frame.b[12] == 8)
		fix_ip4(frame.b + 14);
	frame_kind(&f, &frame);
	if (fix)
		fix_l4(frame.b + f.payload, 2, &f, f.payload_len);
	before = frame_of(frame.b, frame.len);
	assert_int_equal(net_echo_answer(&f, frame.b), -ENOMSG);
	assert_memory_equal(frame.b, before.b, frame.len);
	free(frame.b);
	free(before.b);
}

static void test_refused(void **state)
{
	(void)state;
	check_refused(CAP_ECHO4, 45, 'x', false); // checksum
	check_refused(CAP_ECHO6, 65, 'x', false);
	check_refused(CAP_ECHO4, 34, 13, true); // timestamp
	check_refused(CAP_ECHO4, 35, 1, true); // code
	check_refused(CAP_ECHO6, 54, 135, true);
	check_refused(CAP_ECHO4, 30, 224, true); // to a group
	check_refused(CAP_ECHO6, 38, 0xff, true);
	check_refused(CAP_ECHO4, 0, 0xff, true); // to all on the link
	check_refused(CAP_ECHO4, 17, 27, true); // shorter than its header
	check_refused(CAP_UDP4, 14, 0x45, false);
	check_refused(CAP_CLOSED4, 14, 0x45, false);
	check_refused(CAP_ECHOED6, 14, 0x60, false);
}

static void test_no_sender(void **state)
{
	struct frame frame = frame_hex(CAP_ECHO6);
	struct net_facts f;

	(void)state;
	memset(frame.b + 22, 0, 16);
	assert_int_equal(frame_kind(&f, &frame), NET_ICMP6);
	fix_l4(frame.b + f.payload, 2, &f, f.payload_len);
	assert_int_equal(net_echo_answer(&f, frame.b), -ENOMSG);
	free(frame.b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_like_the_kernel), cmocka_unit_test(test_ttl_and_vlan),
		cmocka_unit_test(test_options_blanked), cmocka_unit_test(test_refused),
		cmocka_unit_test(test_no_sender),       cmocka_unit_test(test_no_data),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
