// SPDX-License-Identifier: Apache-2.0
// What the tap takes from a walk: frames as they came, as they left, as they were dropped.
#include "kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "kit/pair.h"
#include "path/tap.h"

static struct tap tap;

static void tap_set(enum capture_kind kind)
{
	tap.filter.kind = (uint8_t)kind;
	if (!tap.lanes[0])
		tap.lanes[0] = aligned_alloc(64, sizeof *tap.lanes[0]);
	assert_non_null(tap.lanes[0]);
	memset(tap.lanes[0], 0, sizeof *tap.lanes[0]);
	relay.worker->tap = &tap;
}

static int tap_end(void **state)
{
	(void)state;
	relay.worker->tap = NULL;
	free(tap.lanes[0]);
	tap = (struct tap){0};
	return 0;
}

static const struct capture_record *record_is(enum capture_way way, const void *frame, size_t len)
{
	const struct capture_record *r = capture_lane_first(tap.lanes[0]);

	assert_non_null(r);
	assert_int_equal(r->mark.way, way);
	assert_int_equal(r->len, len);
	assert_int_equal(r->kept, len);
	assert_memory_equal(r->bytes, frame, len);
	capture_lane_taken(tap.lanes[0]);
	return r;
}

static void session_filter(const struct pair *p)
{
	tap.filter.client = endpoint(p->client);
	tap.filter.server = endpoint(p->server);
	tap.filter.relay[0] = endpoint(p->relayed);
}

static void as_it_came_and_as_it_left(void **state)
{
	uint8_t message[64], frame[256];
	size_t len = channel_data(message, 0x4000, (const uint8_t *)"voice", 5, 0), frame_len;
	struct seen s;

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(pairs); i++) {
		const struct pair *p = &pairs[i];

		publish(0, p, 1);
		tap_set(CAPTURE_SESSION);
		session_filter(p);
		frame_len = kit_frame(&relay, frame, p->client, p->server, message, len);
		assert_true(walk(p->client, p->server, message, len, &s));
		record_is(CAPTURE_IN, frame, frame_len);
		record_is(CAPTURE_OUT, s.frame, s.len);
		frame_len = kit_frame(&relay, frame, p->peer, p->relayed, "back", 4);
		assert_true(walk(p->peer, p->relayed, "back", 4, &s));
		record_is(CAPTURE_IN, frame, frame_len);
		record_is(CAPTURE_OUT, s.frame, s.len);
		assert_null(capture_lane_first(tap.lanes[0]));
		flow_session_retire(relay.flow, 0);
	}
}

static void others_are_let_be(void **state)
{
	uint8_t message[64];
	size_t len = channel_data(message, 0x4000, (const uint8_t *)"voice", 5, 0);
	struct seen s;

	(void)state;
	publish(0, &pairs[0], 1);
	tap_set(CAPTURE_SESSION);
	session_filter(&pairs[1]);
	assert_true(walk(pairs[0].client, pairs[0].server, message, len, &s));
	assert_int_equal(tap.lanes[0]->seen, 0);
	tap.filter.kind = CAPTURE_PEER;
	tap.filter.peer = endpoint(pairs[0].peer);
	assert_true(walk(pairs[0].client, pairs[0].server, message, len, &s));
	record_is(CAPTURE_OUT, s.frame, s.len); // what came in was from the client
	assert_null(capture_lane_first(tap.lanes[0]));
	flow_session_retire(relay.flow, 0);
}

static void drops_have_their_reason(void **state)
{
	const struct pair *p = &pairs[0];
	uint8_t frame[256];
	size_t len;
	struct seen s;

	(void)state;
	publish(0, p, 1);
	tap_set(CAPTURE_REASON);
	tap.filter.reason = PATH_DROP_NO_PERMISSION;
	len = kit_frame(&relay, frame, p->stranger, p->relayed, "no", 2);
	assert_false(walk(p->client, p->server, "\x20 neither", 9, &s));
	assert_false(walk(p->stranger, p->relayed, "no", 2, &s));
	assert_int_equal(record_is(CAPTURE_DROPPED, frame, len)->mark.reason,
			 PATH_DROP_NO_PERMISSION);
	assert_null(capture_lane_first(tap.lanes[0]));
	tap.filter.kind = CAPTURE_SESSION;
	session_filter(p);
	assert_false(walk(p->stranger, p->relayed, "no", 2, &s));
	record_is(CAPTURE_IN, frame, len);
	record_is(CAPTURE_DROPPED, frame, len);
	flow_session_retire(relay.flow, 0);
}

static void a_full_lane_does_not_hold_up_the_walk(void **state)
{
	const struct pair *p = &pairs[0];
	uint8_t message[64];
	size_t len = channel_data(message, 0x4000, (const uint8_t *)"voice", 5, 0);
	struct seen s;

	(void)state;
	publish(0, p, 1);
	tap_set(CAPTURE_SESSION);
	session_filter(p);
	for (unsigned i = 0; i < CAPTURE_RECORDS / 2 + 50; i++)
		assert_true(walk(p->client, p->server, message, len, &s));
	assert_int_equal(tap.lanes[0]->seen, CAPTURE_RECORDS + 100);
	assert_int_equal(tap.lanes[0]->lost, 100);
	assert_int_equal(tap.lanes[0]->head, CAPTURE_RECORDS);
	flow_session_retire(relay.flow, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(as_it_came_and_as_it_left, tap_end),
		cmocka_unit_test_teardown(others_are_let_be, tap_end),
		cmocka_unit_test_teardown(drops_have_their_reason, tap_end),
		cmocka_unit_test_teardown(a_full_lane_does_not_hold_up_the_walk, tap_end),
	};

	return cmocka_run_group_tests(tests, relay_setup, relay_teardown);
}
