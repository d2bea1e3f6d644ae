// SPDX-License-Identifier: Apache-2.0
#include "unit/neighbour_fake.h"

// Echo, errors about relayed datagrams, and errors of our own.

enum { ETHER = 14, IP4 = 20, IP6 = 40 };

static const struct net_mac nine = {{2, 0, 0, 0, 0, 9}};

static struct net_endpoint endpoint(const char *text)
{
	struct net_endpoint e;

	assert_int_equal(net_endpoint_parse(&e, text), 0);
	return e;
}

static size_t udp_frame(uint8_t *frame, const char *src, const char *dst, size_t len)
{
	struct net_udp_header h = {.link = {.src = nine, .dst = fake.node.ports[WAN].mac},
				   .src = endpoint(src),
				   .dst = endpoint(dst),
				   .ttl = 64};

	memset(frame + net_header_len(&h), 0x77, len);
	return net_header_write(frame, &h, len);
}

// An ICMP message over a UDP frame's IP header: the header is adapted, the message summed up.
static size_t icmp_frame(uint8_t *frame, const char *src, const char *dst, const uint8_t *icmp,
			 size_t len)
{
	struct net_addr from = fake_addr(src), to = fake_addr(dst);
	bool four = net_addr_is4(&from);
	char a[NET_TEXT_MAX], b[NET_TEXT_MAX];
	uint8_t *ip = frame + ETHER, *at = ip + (four ? IP4 : IP6);
	uint16_t sum;

	snprintf(a, sizeof a, four ? "%s:7" : "[%s]:7", src);
	snprintf(b, sizeof b, four ? "%s:7" : "[%s]:7", dst);
	udp_frame(frame, a, b, len - 8);
	ip[four ? 9 : 6] = four ? 1 : 58;
	memcpy(at, icmp, len);
	sum = net_l4_checksum(&from, &to, four ? 1 : 58, at, len);
	memcpy(at + 2, &sum, 2);
	if (four) {
		ip[10] = ip[11] = 0;
		sum = net_sum_fold(net_sum(ip, IP4, 0));
		memcpy(ip + 10, &sum, 2);
	}
	return (size_t)(at - frame) + len;
}

static struct net_facts sent_facts(unsigned i)
{
	struct net_facts f;

	assert_true(i < fake.sent_count);
	net_frame_parse(&f, rte_pktmbuf_mtod(fake.sent[i].m, const uint8_t *),
			fake.sent[i].m->data_len);
	return f;
}

static const uint8_t *sent_frame(unsigned i)
{
	return rte_pktmbuf_mtod(fake.sent[i].m, const uint8_t *);
}

static void echo_is_answered(void **state)
{
	static const uint8_t request4[12] = {8, 0, 0, 0, 0x12, 0x34, 0, 1, 'a', 'b', 'c', 'd'};
	static const uint8_t request6[12] = {128, 0, 0, 0, 0x12, 0x34, 0, 1, 'a', 'b', 'c', 'd'};
	struct net_addr them = fake_addr("198.18.0.9");
	uint8_t frame[256];
	struct net_facts f;

	(void)state;
	fake_forget();
	assert_true(fake_receive(WAN, PUNT_ICMP, frame,
				 icmp_frame(frame, "198.18.0.9", "198.18.0.1", request4, 12)));
	assert_true(fake_receive(WAN, PUNT_ICMP, frame,
				 icmp_frame(frame, "2001:2::9", "2001:2::1", request6, 12)));
	assert_int_equal(fake.sent_count, 2);
	f = sent_facts(0);
	assert_int_equal(f.kind, NET_ICMP4);
	assert_true(net_addr_equal(&f.dst.addr, &them));
	assert_int_equal(sent_frame(0)[f.payload], 0);
	assert_memory_equal(sent_frame(0) + f.payload + 4, request4 + 4, 8);
	assert_memory_equal(sent_frame(0), nine.b, 6);
	f = sent_facts(1);
	assert_int_equal(sent_frame(1)[f.payload], 129);
	assert_int_equal(fake.sent[1].port, WAN);
}

// Hosts exist that send echo with a hop limit of 255, which workers take for neighbour discovery.
static void echo_with_the_hop_limit_of_discovery(void **state)
{
	static const uint8_t request6[12] = {128, 0, 0, 0, 0x12, 0x34, 0, 1, 'a', 'b', 'c', 'd'};
	uint8_t frame[256];
	size_t len;

	(void)state;
	fake_forget();
	len = icmp_frame(frame, "2001:2::9", "2001:2::1", request6, 12);
	frame[ETHER + 7] = 255;
	assert_true(fake_receive(WAN, PUNT_NEIGHBOUR, frame, len));
	assert_int_equal(fake.sent_count, 1);
	len = icmp_frame(frame, "2001:2::9", "2001:2::2", request6, 12);
	frame[ETHER + 7] = 255;
	assert_true(fake_receive(WAN, PUNT_NEIGHBOUR, frame, len));
	assert_int_equal(fake.sent_count, 1); // another's
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 1);
}

// A host (198.18.0.77) says that nothing listens where our relayed address sent a datagram to.
static size_t unreachable(uint8_t *frame, const char *relay)
{
	uint8_t quoted[256], icmp[64] = {3, 3};
	size_t len = udp_frame(quoted, relay, "198.18.0.77:9000", 8);

	memcpy(icmp + 8, quoted + ETHER, len - ETHER);
	return icmp_frame(frame, "198.18.0.77", "198.18.0.1", icmp, 8 + len - ETHER);
}

static void allocation_make(uint8_t transport)
{
	fake.node.turn = (struct turn *)&fake.allocation; // only compared
	fake.allocation.relay[0] = endpoint("198.18.0.1:50000");
	fake.allocation.tuple.client = endpoint("198.18.0.9:40000");
	fake.allocation.tuple.server = endpoint("198.18.0.1:3478");
	fake.allocation.tuple.transport = transport;
	fake.indication_len = 44;
}

static void errors_reach_the_client(void **state)
{
	struct net_endpoint peer = endpoint("198.18.0.77:9000");
	uint8_t frame[256];
	struct net_facts f;
	size_t len;

	(void)state;
	allocation_make(TURN_UDP);
	neighbour_hop(&fake.node, &fake.allocation.tuple.client.addr);
	fake_tell(WAN, "198.18.0.9", nine);
	fake_forget();
	len = unreachable(frame, "198.18.0.1:50000");
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len));
	assert_true(net_endpoint_equal(&fake.error.dst, &peer));
	assert_int_equal(fake.error.type, 3);
	assert_int_equal(fake.error.code, 3);
	assert_int_equal(fake.sent_count, 1);
	f = sent_facts(0);
	assert_int_equal(f.kind, NET_UDP);
	assert_true(net_endpoint_equal(&f.src, &fake.allocation.tuple.server));
	assert_true(net_endpoint_equal(&f.dst, &fake.allocation.tuple.client));
	assert_int_equal(f.payload_len, 44);
	assert_int_equal(sent_frame(0)[f.payload + 43], 0x5a);
	assert_true(net_udp_checksum_ok(&f, sent_frame(0)));
	assert_memory_equal(sent_frame(0), nine.b, 6);
}

static void errors_that_concern_no_one_are_dropped(void **state)
{
	uint8_t frame[256];
	size_t len;

	(void)state;
	len = unreachable(frame, "198.18.0.1:50000");
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len)); // no TURN yet
	allocation_make(TURN_UDP);
	neighbour_hop(&fake.node, &fake.allocation.tuple.client.addr);
	fake_forget();
	len = unreachable(frame, "198.18.0.1:50001");
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len)); // nobody's port
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 2);
	len = unreachable(frame, "198.18.0.1:50000");
	frame[len - 1] ^= 1;
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len));
	assert_int_equal(fake.drops[PUNT_DROP_CHECKSUM], 1);
	fake.indication_len = 0; // no permission
	len = unreachable(frame, "198.18.0.1:50000");
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len));
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 3);
	allocation_make(TURN_TCP);
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len));
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 4);
	assert_int_equal(fake.sent_count, 0);
}

static void a_client_out_of_sight_gets_nothing(void **state)
{
	uint8_t frame[256];
	size_t len;

	(void)state;
	allocation_make(TURN_UDP);
	neighbour_hop(&fake.node, &fake.allocation.tuple.client.addr);
	fake_forget();
	len = unreachable(frame, "198.18.0.1:50000");
	assert_true(fake_receive(WAN, PUNT_ICMP, frame, len));
	assert_int_equal(fake.sent_count, 0);
}

static void closed_ports_are_unreachable(void **state)
{
	struct net_addr us = fake_addr("198.18.0.1");
	uint8_t frame[256];
	struct net_facts f;
	size_t len;

	(void)state;
	fake_forget();
	len = udp_frame(frame, "198.18.0.9:5555", "198.18.0.1:50000", 20);
	assert_true(fake_receive(WAN, PUNT_CLOSED, frame, len));
	f = sent_facts(0);
	assert_int_equal(f.kind, NET_ICMP4);
	assert_true(net_addr_equal(&f.src.addr, &us));
	assert_int_equal(sent_frame(0)[f.payload], 3);
	assert_int_equal(sent_frame(0)[f.payload + 1], 3);
	assert_memory_equal(sent_frame(0), nine.b, 6);
	assert_memory_equal(sent_frame(0) + f.payload + 8, frame + ETHER, len - ETHER);
	len = udp_frame(frame, "[2001:2::9]:5555", "[2001:2::1]:50000", 20);
	assert_true(fake_receive(WAN, PUNT_CLOSED, frame, len));
	f = sent_facts(1);
	assert_int_equal(sent_frame(1)[f.payload], 1);
	assert_int_equal(sent_frame(1)[f.payload + 1], 4);
	frame[len - 1] ^= 1;
	assert_true(fake_receive(WAN, PUNT_CLOSED, frame, len));
	assert_int_equal(fake.sent_count, 2);
	assert_int_equal(fake.drops[PUNT_DROP_CHECKSUM], 1);
}

static unsigned unreachables_of(unsigned packets)
{
	uint8_t frame[256];
	size_t len = udp_frame(frame, "198.18.0.9:5555", "198.18.0.1:50000", 20);

	fake_forget();
	for (unsigned i = 0; i < packets; i++)
		assert_true(fake_receive(WAN, PUNT_CLOSED, frame, len));
	return fake.sent_count;
}

static void unreachables_are_rationed(void **state)
{
	unsigned all = 0;

	(void)state;
	assert_int_equal(unreachables_of(200), ICMP_CLOSED_BURST);
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 200 - ICMP_CLOSED_BURST);
	for (unsigned i = 0; i < 100; i++) {
		fake.node.now_ms += 10;
		all += unreachables_of(10);
	}
	assert_int_equal(all, ICMP_CLOSED_PER_S);
	fake.node.now_ms += 10000;
	assert_int_equal(unreachables_of(200), ICMP_CLOSED_BURST);
}

static void too_big_says_what_fits(void **state)
{
	uint8_t frame[2048];
	const uint8_t *icmp;
	size_t len;

	(void)state;
	fake_forget();
	len = udp_frame(frame, "198.18.0.9:5555", "198.18.0.1:50000", 1450);
	assert_true(fake_receive(WAN, PUNT_BIG, frame, len));
	icmp = sent_frame(0) + sent_facts(0).payload;
	assert_int_equal(icmp[0], 3);
	assert_int_equal(icmp[1], 4);
	assert_int_equal(icmp[6] << 8 | icmp[7], 1400);
	assert_int_equal(sent_facts(0).payload_len, 576 - IP4);
	len = udp_frame(frame, "[2001:2::9]:5555", "[2001:2::1]:50000", 1450);
	assert_true(fake_receive(WAN, PUNT_BIG, frame, len));
	icmp = sent_frame(1) + sent_facts(1).payload;
	assert_int_equal(icmp[0], 2);
	assert_int_equal(icmp[6] << 8 | icmp[7], 1400);
	fake.no_packets = true;
	assert_true(fake_receive(WAN, PUNT_BIG, frame, len));
	assert_int_equal(fake.sent_count, 2);
	assert_int_equal(fake.drops[PUNT_DROP_ICMP], 1);
}

static void other_classes_are_not_taken(void **state)
{
	uint8_t frame[256];
	size_t len = udp_frame(frame, "198.18.0.9:5555", "198.18.0.1:3478", 20);

	(void)state;
	assert_false(fake_receive(WAN, PUNT_KNOWN, frame, len));
	assert_false(fake_receive(WAN, PUNT_NEW, frame, len));
}

#define T(f) cmocka_unit_test_setup_teardown(f, fake_setup, fake_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(echo_is_answered),
		T(echo_with_the_hop_limit_of_discovery),
		T(errors_reach_the_client),
		T(errors_that_concern_no_one_are_dropped),
		T(a_client_out_of_sight_gets_nothing),
		T(closed_ports_are_unreachable),
		T(unreachables_are_rationed),
		T(too_big_says_what_fits),
		T(other_classes_are_not_taken),
	};

	return cmocka_run_group_tests(tests, fake_group_setup, NULL);
}
