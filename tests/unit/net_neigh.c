// SPDX-License-Identifier: Apache-2.0
#include "net_frames.h"

#include <errno.h>

static const struct net_link from_a = {.src = {{2, 0, 0, 0, 0, 0x0a}}};
static const struct net_link b_to_a = {.src = {{2, 0, 0, 0, 0, 0x0b}},
				       .dst = {{2, 0, 0, 0, 0, 0x0a}}};

static int parse(struct net_neigh *n, const struct frame *frame)
{
	struct net_facts f;

	frame_kind(&f, frame);
	return net_neigh_parse(n, &f, frame->b);
}

static struct net_neigh parsed(const char *hex)
{
	struct frame frame = frame_hex(hex);
	struct net_neigh n;

	assert_int_equal(parse(&n, &frame), 0);
	free(frame.b);
	return n;
}

static void check(const struct net_neigh *n, enum net_neigh_op op, const char *sender,
		  const char *target)
{
	char got[NET_TEXT_MAX];

	assert_int_equal(n->op, op);
	assert_string_equal(net_addr_format(&n->sender, got), sender);
	assert_string_equal(net_addr_format(&n->target, got), target);
}

static void test_captured(void **state)
{
	struct net_neigh n;

	(void)state;
	n = parsed(CAP_ARP_ASK);
	check(&n, NET_NEIGH_ASK, "198.18.0.1", "198.18.0.2");
	assert_true(n.has_mac && n.mac.b[5] == 0x0a);
	n = parsed(CAP_ARP_TELL);
	check(&n, NET_NEIGH_TELL, "198.18.0.2", "198.18.0.2");
	assert_true(n.has_mac && n.mac.b[5] == 0x0b && n.override && n.solicited);
	n = parsed(CAP_NS);
	check(&n, NET_NEIGH_ASK, "2001:2::1", "2001:2::2");
	assert_true(n.has_mac && n.mac.b[5] == 0x0a);
	n = parsed(CAP_NA);
	check(&n, NET_NEIGH_TELL, "2001:2::2", "2001:2::2");
	assert_true(n.has_mac && n.mac.b[5] == 0x0b && n.override && n.solicited && !n.router);
	n = parsed(CAP_PROBE6);
	check(&n, NET_NEIGH_ASK, "::", "2001:2::1");
	assert_false(n.has_mac);
	assert_true(net_addr_is_unspecified(&n.sender));
}

static void test_not_ours(void **state)
{
	static const char *const others[] = {CAP_RS, CAP_MLD, CAP_ECHO6, CAP_UDP4, CAP_ECHO4};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct frame frame = frame_hex(others[i]);
		struct net_neigh n;

		assert_int_equal(parse(&n, &frame), -ENOMSG);
		free(frame.b);
	}
}

// Parses `hex` with one byte changed; in neighbour discovery the checksum is made right again.
static int altered(const char *hex, size_t at, uint8_t value)
{
	struct frame frame = frame_hex(hex);
	struct net_facts f;
	struct net_neigh n;
	int err;

	frame.b[at] = value;
	if (frame_kind(&f, &frame) == NET_ICMP6)
		fix_l4(frame.b + f.payload, 2, &f, f.payload_len);
	err = net_neigh_parse(&n, &f, frame.b);
	free(frame.b);
	return err;
}

static void test_bad_arp(void **state)
{
	(void)state;
	assert_int_equal(altered(CAP_ARP_ASK, 15, 6), -EBADMSG); // hardware
	assert_int_equal(altered(CAP_ARP_ASK, 16, 9), -EBADMSG); // protocol
	assert_int_equal(altered(CAP_ARP_ASK, 18, 8), -EBADMSG); // lengths
	assert_int_equal(altered(CAP_ARP_ASK, 19, 16), -EBADMSG);
	assert_int_equal(altered(CAP_ARP_ASK, 21, 3), -ENOMSG); // reverse ARP
	assert_int_equal(altered(CAP_ARP_ASK, 22, 3), -EBADMSG); // a group's MAC
	assert_int_equal(altered(CAP_ARP_ASK, 28, 224), -EBADMSG); // multicast sender
	assert_int_equal(altered(CAP_ARP_ASK, 28, 127), -EBADMSG);
	assert_int_equal(altered(CAP_ARP_ASK, 28, 10), 0);
}

static void test_arp_forms(void **state)
{
	struct frame frame = frame_hex(CAP_ARP_ASK);
	struct net_neigh n;

	(void)state;
	memset(frame.b + 28, 0, 4); // a probe
	assert_int_equal(parse(&n, &frame), 0);
	check(&n, NET_NEIGH_ASK, "0.0.0.0", "198.18.0.2");
	frame.b[21] = 2; // which no answer can be
	assert_int_equal(parse(&n, &frame), -EBADMSG);
	frame.b[21] = 1;
	memcpy(frame.b + 28, frame.b + 38, 4); // an announcement, as a request
	assert_int_equal(parse(&n, &frame), 0);
	check(&n, NET_NEIGH_TELL, "198.18.0.2", "198.18.0.2");
	assert_false(n.solicited);
	frame.b[21] = 2; // and as a reply to all
	assert_int_equal(parse(&n, &frame), 0);
	assert_int_equal(n.op, NET_NEIGH_TELL);
	assert_false(n.solicited);
	free(frame.b);
}

// Offsets: IPv6 header 14, ICMPv6 54, target 62, option 78.
static void test_bad_nd(void **state)
{
	struct frame frame = frame_hex(CAP_NS);
	struct net_neigh n;

	(void)state;
	frame.b[80] ^= 1;
	assert_int_equal(parse(&n, &frame), -EBADMSG); // checksum
	free(frame.b);
	assert_int_equal(altered(CAP_NS, 21, 254), -EBADMSG); // came from afar
	assert_int_equal(altered(CAP_NA, 21, 64), -EBADMSG);
	assert_int_equal(altered(CAP_NS, 55, 1), -EBADMSG); // code
	assert_int_equal(altered(CAP_NS, 62, 0xff), -EBADMSG); // target a group
	assert_int_equal(altered(CAP_NA, 62, 0xff), -EBADMSG);
	assert_int_equal(altered(CAP_NS, 79, 0), -EBADMSG); // option of no length
	assert_int_equal(altered(CAP_NS, 79, 2), -EBADMSG); // past the end
	assert_int_equal(altered(CAP_NS, 80, 3), -EBADMSG); // a group's MAC
	assert_int_equal(altered(CAP_NS, 19, 23), -EBADMSG); // shorter than its target
	assert_int_equal(altered(CAP_NS, 19, 25), -EBADMSG); // half an option
	assert_int_equal(altered(CAP_NS, 19, 24), 0); // none
	assert_int_equal(altered(CAP_NS, 78, 9), 0); // another
	assert_int_equal(altered(CAP_PROBE6, 79, 0), -EBADMSG); // also those of no use to us
	assert_int_equal(altered(CAP_PROBE6, 79, 2), -EBADMSG);
}

static void test_bad_probe(void **state)
{
	(void)state;
	assert_int_equal(altered(CAP_PROBE6, 78, 1), -EBADMSG); // from none, but with a MAC
	assert_int_equal(altered(CAP_PROBE6, 50, 0xfe),
			 -EBADMSG); // not to the solicited-node group
	assert_int_equal(altered(CAP_PROBE6, 54, 136), -EBADMSG); // an advertisement from none
}

static void test_unsolicited(void **state)
{
	struct frame frame = frame_hex(CAP_NA);
	struct net_facts f;
	struct net_neigh n;

	(void)state;
	memset(frame.b + 38, 0, 16); // to all nodes, yet solicited: a contradiction
	memcpy(frame.b + 38, (uint8_t[]){0xff, 2}, 2);
	frame.b[53] = 1;
	frame_kind(&f, &frame);
	fix_l4(frame.b + 54, 2, &f, f.payload_len);
	assert_int_equal(net_neigh_parse(&n, &f, frame.b), -EBADMSG);
	frame.b[58] = 0x80; // router flag alone
	fix_l4(frame.b + 54, 2, &f, f.payload_len);
	assert_int_equal(net_neigh_parse(&n, &f, frame.b), 0);
	check(&n, NET_NEIGH_TELL, "2001:2::2", "2001:2::2");
	assert_true(n.router && !n.solicited && !n.override);
	free(frame.b);
}

// An atomic fragment is one all the same (RFC 6980).
static void test_no_extension_headers(void **state)
{
	struct frame plain = frame_hex(CAP_NS), frame;
	uint8_t bytes[256];
	struct net_neigh n;

	(void)state;
	memcpy(bytes, plain.b, 54);
	memcpy(bytes + 54, (uint8_t[]){58, 0, 0, 0, 1, 2, 3, 4}, 8);
	memcpy(bytes + 62, plain.b + 54, plain.len - 54);
	bytes[19] += 8;
	bytes[20] = 44;
	frame = frame_of(bytes, plain.len + 8);
	assert_int_equal(parse(&n, &frame), -EBADMSG);
	free(plain.b);
	free(frame.b);
}

static void check_built(const uint8_t *got, size_t len, const char *hex)
{
	struct frame want = frame_hex(hex);

	assert_int_equal(len, want.len);
	assert_memory_equal(got, want.b, len);
	free(want.b);
}

// What we build is what the kernel built for the same purpose.
static void test_built_like_the_kernel(void **state)
{
	struct net_addr a4 = addr_of("198.18.0.1"), b4 = addr_of("198.18.0.2");
	struct net_addr a6 = addr_of("2001:2::1"), b6 = addr_of("2001:2::2");
	struct net_neigh asked;
	uint8_t frame[128];

	(void)state;
	check_built(frame, net_neigh_ask(frame, &from_a, &a4, &b4), CAP_ARP_ASK);
	check_built(frame, net_neigh_ask(frame, &from_a, &a6, &b6), CAP_NS);
	asked = parsed(CAP_ARP_ASK);
	check_built(frame, net_neigh_tell(frame, &b_to_a, &asked), CAP_ARP_TELL);
	asked = parsed(CAP_NS);
	check_built(frame, net_neigh_tell(frame, &b_to_a, &asked), CAP_NA);
}

static struct net_neigh built(const uint8_t *bytes, size_t len, uint16_t vlan)
{
	struct frame frame = frame_of(bytes, len);
	struct net_facts f;
	struct net_neigh n;

	frame_kind(&f, &frame);
	assert_int_equal(f.vlan, vlan);
	assert_int_equal(net_neigh_parse(&n, &f, frame.b), 0);
	free(frame.b);
	return n;
}

static void test_probes(void **state)
{
	static const struct net_addr none;
	struct net_link l = {.src = {{2, 0, 0, 0, 0, 0x0a}}, .vlan = 9};
	struct net_addr t4 = addr_of("198.18.0.9"), t6 = addr_of("2001:2::12:3456");
	struct net_neigh n;
	uint8_t frame[128];
	size_t len;

	(void)state;
	len = net_neigh_ask(frame, &l, &none, &t4);
	n = built(frame, len, 9);
	check(&n, NET_NEIGH_ASK, "0.0.0.0", "198.18.0.9");
	len = net_neigh_ask(frame, &l, &none, &t6);
	n = built(frame, len, 9);
	check(&n, NET_NEIGH_ASK, "::", "2001:2::12:3456");
	assert_false(n.has_mac);
	assert_memory_equal(frame, ((uint8_t[]){0x33, 0x33, 0xff, 0x12, 0x34, 0x56}), 6);
	// Answered to all nodes, unsolicited.
	len = net_neigh_tell(frame, &b_to_a, &n);
	n = built(frame, len, 0);
	check(&n, NET_NEIGH_TELL, "2001:2::12:3456", "2001:2::12:3456");
	assert_true(n.override && !n.solicited && n.mac.b[5] == 0x0b);
	assert_memory_equal(frame, ((uint8_t[]){0x33, 0x33, 0, 0, 0, 1}), 6);
}

static void test_unicast_ask(void **state)
{
	struct net_addr a4 = addr_of("198.18.0.1"), b4 = addr_of("198.18.0.2");
	struct net_addr a6 = addr_of("2001:2::1"), b6 = addr_of("2001:2::2");
	struct net_facts f;
	struct net_neigh n;
	uint8_t frame[128];
	size_t len;

	(void)state;
	len = net_neigh_ask(frame, &b_to_a, &b4, &a4);
	assert_memory_equal(frame, b_to_a.dst.b, 6);
	n = built(frame, len, 0);
	check(&n, NET_NEIGH_ASK, "198.18.0.2", "198.18.0.1");
	len = net_neigh_ask(frame, &b_to_a, &b6, &a6);
	assert_memory_equal(frame, b_to_a.dst.b, 6);
	net_frame_parse(&f, frame, len);
	assert_true(net_addr_equal(&f.dst.addr, &a6));
	n = built(frame, len, 0);
	check(&n, NET_NEIGH_ASK, "2001:2::2", "2001:2::1");
	// An announcement: who has the address that I have?
	n = built(frame, net_neigh_ask(frame, &from_a, &a4, &a4), 0);
	check(&n, NET_NEIGH_TELL, "198.18.0.1", "198.18.0.1");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured),
		cmocka_unit_test(test_not_ours),
		cmocka_unit_test(test_bad_arp),
		cmocka_unit_test(test_arp_forms),
		cmocka_unit_test(test_bad_nd),
		cmocka_unit_test(test_bad_probe),
		cmocka_unit_test(test_unsolicited),
		cmocka_unit_test(test_no_extension_headers),
		cmocka_unit_test(test_built_like_the_kernel),
		cmocka_unit_test(test_probes),
		cmocka_unit_test(test_unicast_ask),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
