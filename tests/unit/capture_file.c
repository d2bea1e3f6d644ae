// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"

// What a capture is made of: the filter, the lane, the blocks.

static struct net_facts datagram(const char *src, const char *dst)
{
	struct net_facts f = {.kind = NET_UDP};

	assert_int_equal(net_endpoint_parse(&f.src, src), 0);
	assert_int_equal(net_endpoint_parse(&f.dst, dst), 0);
	return f;
}

static bool matches(const struct capture_filter *filter, const char *src, const char *dst)
{
	struct net_facts f = datagram(src, dst);

	return capture_matches(filter, &f);
}

static void a_session_is_its_tuple_and_its_relays(void **state)
{
	struct capture_filter f = {.kind = CAPTURE_SESSION};
	struct net_facts other = datagram("198.18.0.2:4000", "198.18.0.1:3478");

	(void)state;
	assert_int_equal(net_endpoint_parse(&f.client, "198.18.0.2:4000"), 0);
	assert_int_equal(net_endpoint_parse(&f.server, "198.18.0.1:3478"), 0);
	assert_int_equal(net_endpoint_parse(&f.relay[1], "[2001:2::1]:50000"), 0);
	assert_true(matches(&f, "198.18.0.2:4000", "198.18.0.1:3478"));
	assert_true(matches(&f, "198.18.0.1:3478", "198.18.0.2:4000"));
	assert_true(matches(&f, "[2001:2::9]:1", "[2001:2::1]:50000"));
	assert_true(matches(&f, "[2001:2::1]:50000", "[2001:2::9]:1"));
	assert_false(matches(&f, "198.18.0.2:4001", "198.18.0.1:3478"));
	assert_false(matches(&f, "198.18.0.2:4000", "198.18.0.1:3479"));
	assert_false(matches(&f, "[2001:2::9]:50000", "[2001:2::1]:50001"));
	assert_false(matches(&f, "0.0.0.0:7", "198.18.0.3:8")); // relay[0] is none
	other.kind = NET_BAD_UDP;
	assert_false(capture_matches(&f, &other));
}

static void a_peer_has_a_port_or_any(void **state)
{
	struct capture_filter f = {.kind = CAPTURE_PEER};

	(void)state;
	assert_int_equal(net_addr_parse(&f.peer.addr, "198.18.0.3"), 0);
	assert_true(matches(&f, "198.18.0.3:1", "198.18.0.1:2"));
	assert_true(matches(&f, "198.18.0.1:2", "198.18.0.3:9"));
	assert_false(matches(&f, "198.18.0.1:2", "198.18.0.4:9"));
	f.peer.port = 9;
	assert_false(matches(&f, "198.18.0.3:1", "198.18.0.1:9"));
	assert_true(matches(&f, "198.18.0.1:2", "198.18.0.3:9"));
	f.kind = CAPTURE_REASON;
	assert_false(matches(&f, "198.18.0.1:2", "198.18.0.3:9"));
}

static struct capture_lane *lane_new(void)
{
	struct capture_lane *l = aligned_alloc(64, sizeof *l);

	assert_non_null(l);
	memset(l, 0, sizeof *l);
	return l;
}

static void a_full_lane_counts(void **state)
{
	struct capture_lane *l = lane_new();
	struct capture_record *r;

	(void)state;
	assert_null(capture_lane_first(l));
	for (unsigned i = 0; i < CAPTURE_RECORDS; i++) {
		r = capture_lane_room(l);
		assert_non_null(r);
		r->tsc = i;
		capture_lane_put(l);
	}
	assert_null(capture_lane_room(l));
	assert_null(capture_lane_room(l));
	assert_int_equal(l->seen, CAPTURE_RECORDS + 2);
	assert_int_equal(l->lost, 2);
	for (unsigned i = 0; i < CAPTURE_RECORDS; i++) {
		assert_int_equal(capture_lane_first(l)->tsc, i);
		capture_lane_taken(l);
	}
	assert_null(capture_lane_first(l));
	assert_non_null(capture_lane_room(l)); // and round it goes
	free(l);
}

static void the_oldest_of_all_comes_first(void **state)
{
	struct capture_lane *lanes[3] = {lane_new(), lane_new(), lane_new()};
	static const uint64_t times[3][2] = {{5, 9}, {0, 0}, {4, 7}}; // the second stays empty
	static const uint64_t want[] = {4, 5, 7, 9};

	(void)state;
	for (unsigned i = 0; i < 3; i += 2)
		for (unsigned k = 0; k < 2; k++) {
			capture_lane_room(lanes[i])->tsc = times[i][k];
			capture_lane_put(lanes[i]);
		}
	for (unsigned i = 0; i < 4; i++) {
		struct capture_lane *l = capture_lanes_oldest(lanes, 3);

		assert_non_null(l);
		assert_int_equal(capture_lane_first(l)->tsc, want[i]);
		capture_lane_taken(l);
	}
	assert_null(capture_lanes_oldest(lanes, 3));
	for (unsigned i = 0; i < 3; i++)
		free(lanes[i]);
}

static uint32_t word_at(const struct capture_out *o, size_t at)
{
	uint32_t word;

	memcpy(&word, o->bytes + at, sizeof word);
	return word;
}

static void a_packet_is_a_block(void **state)
{
	struct capture_record *r = calloc(1, sizeof *r);
	struct capture_packet p = {r, 0x0102030405060708, "in"};
	uint8_t bytes[256];
	struct capture_out o = {.bytes = bytes, .cap = sizeof bytes};
	unsigned packets;
	size_t len;

	(void)state;
	r->len = 1500;
	r->kept = 5;
	r->mark = (struct capture_mark){.way = CAPTURE_OUT, .port = 3, .queue = 7};
	memcpy(r->bytes, "hello", 5);
	assert_true(capture_packet_put(&o, &p));
	assert_int_equal(o.len, word_at(&o, 4));
	assert_int_equal(o.len, word_at(&o, o.len - 4));
	assert_int_equal(word_at(&o, 0), 6);
	assert_int_equal(word_at(&o, 8), 3);
	assert_int_equal(word_at(&o, 12), 0x01020304);
	assert_int_equal(word_at(&o, 16), 0x05060708);
	assert_int_equal(word_at(&o, 20), 5);
	assert_int_equal(word_at(&o, 24), 1500);
	assert_memory_equal(bytes + 28, "hello\0\0\0", 8);
	assert_int_equal(word_at(&o, 40), 2); // flags: outbound
	assert_int_equal(word_at(&o, 48), 7); // queue
	assert_memory_equal(bytes + 56, "in\0\0", 4);
	len = o.len;
	assert_true(capture_packet_put(&o, &p));
	assert_int_equal(capture_out_whole(&o, o.len, &packets), o.len);
	assert_int_equal(packets, 2);
	assert_int_equal(capture_out_whole(&o, o.len - 1, &packets), len);
	assert_int_equal(packets, 1);
	assert_int_equal(capture_out_whole(&o, len - 1, &packets), 0);
	free(r);
}

static void without_room_nothing_is_half_written(void **state)
{
	struct capture_totals t = {.port = 1};
	uint8_t bytes[512];
	size_t whole;
	struct capture_out o = {.bytes = bytes, .cap = sizeof bytes};

	(void)state;
	assert_true(capture_head_put(&o, "program", "of peer"));
	assert_true(capture_port_put(&o, "wan"));
	whole = o.len;
	assert_true(capture_totals_put(&o, &t));
	for (size_t cap = 0; cap < o.len; cap++) {
		struct capture_out small = {.bytes = bytes, .cap = cap};
		bool head = capture_head_put(&small, "program", "of peer");
		size_t len = small.len;

		assert_int_equal(head ? len : 0, len);
		if (cap < whole)
			assert_false(head && capture_port_put(&small, "wan"));
		assert_true(small.len == 0 || small.len == len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_session_is_its_tuple_and_its_relays),
		cmocka_unit_test(a_peer_has_a_port_or_any),
		cmocka_unit_test(a_full_lane_counts),
		cmocka_unit_test(the_oldest_of_all_comes_first),
		cmocka_unit_test(a_packet_is_a_block),
		cmocka_unit_test(without_room_nothing_is_half_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
