// SPDX-License-Identifier: Apache-2.0
// What a worker does not relay: dropped by name, punted, held to its rate; and the sum of it all.
#include "kit/kit.h"

#include "kit/pair.h"
#include "stun/stun.h"

static void drops(const char *src, const char *dst, const void *payload, size_t len,
		  enum path_reason reason)
{
	uint64_t before = relay.worker->drops[reason];
	struct seen s;

	assert_false(walk(src, dst, payload, len, &s));
	assert_int_equal(relay.worker->drops[reason], before + 1);
}

static void what_is_not_allowed_is_dropped_by_name(void **state)
{
	const struct pair *p = &pairs[0];
	uint8_t message[256], data[8] = {0};
	size_t len;

	(void)state;
	publish(0, p, 1);
	drops(p->stranger, p->relayed, data, sizeof data, PATH_DROP_NO_PERMISSION);
	len = send_indication(message, sizeof message, p->stranger, data, sizeof data);
	drops(p->client, p->server, message, len, PATH_DROP_NO_PERMISSION);
	len = channel_data(message, 0x4001, data, sizeof data, 0);
	drops(p->client, p->server, message, len, PATH_DROP_CHANNEL_UNBOUND);
	len = channel_data(message, 0x4000, data, sizeof data, 0);
	drops(p->client, p->server, message, len - 1, PATH_DROP_CHANNEL_MALFORMED);
	drops(p->client, p->server, message, 3, PATH_DROP_CHANNEL_MALFORMED);
	drops(p->stranger, p->server, message, len, PATH_DROP_NO_ALLOCATION);
	drops(p->client, p->server, "\x20 neither", 9, PATH_DROP_NOT_TURN);
	drops(p->client, p->server, "", 0, PATH_DROP_NOT_TURN);
	drops(p->client, "198.18.9.9:3478", message, len, PATH_DROP_NOT_OURS);
	message[0] = 0;
	drops(p->client, p->server, message, len, PATH_DROP_STUN_MALFORMED);
	flow_session_retire(relay.flow, 0);
	drops(p->client, p->server, "\x40\0\0\0", 4, PATH_DROP_NO_ALLOCATION);
}

static void requests_are_punted(void **state)
{
	static const uint8_t tid[STUN_TID_LEN] = "abcdefghijkl";
	uint8_t message[64];
	struct stun_writer w =
		stun_begin(message, sizeof message, STUN_REQUEST, STUN_ALLOCATE, tid);
	size_t len = stun_end(&w);
	struct seen s;

	(void)state;
	assert_false(walk(pairs[0].client, pairs[0].server, message, len, &s));
	assert_int_equal(relay.worker->punts[PUNT_NEW], 1);
	publish(0, &pairs[0], 0);
	assert_false(walk(pairs[0].client, pairs[0].server, message, len, &s));
	assert_int_equal(relay.worker->punts[PUNT_KNOWN], 1);
	flow_session_retire(relay.flow, 0);
}

static void a_rate_is_held(void **state)
{
	const struct pair *p = &pairs[0];
	uint8_t data[1000] = {0}, message[1100];
	size_t len = channel_data(message, 0x4000, data, sizeof data, 0);
	uint64_t dropped = relay.worker->drops[PATH_DROP_OVER_RATE];
	unsigned through = 0;
	struct seen s;

	(void)state;
	publish(0, p, 1);
	// 80,000 bytes a second: the quarter of a second that may be ahead holds 20 packets, and a few.
	flow_session_at(relay.flow, 0)->cycles_per_byte_q8 = relay.worker->tsc_hz * 256 / 80000;
	for (unsigned i = 0; i < 100; i++)
		through += walk(p->client, p->server, message, len, &s);
	assert_in_range(through, 20, 30);
	assert_int_equal(relay.worker->drops[PATH_DROP_OVER_RATE] - dropped, 100 - through);
	flow_session_retire(relay.flow, 0);
}

static void every_packet_is_accounted_for(void **state)
{
	const struct worker *w = relay.worker;
	uint64_t out = w->ways[PATH_RELAYED] + w->ways[PATH_ANSWERED] + w->punted;

	(void)state;
	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		out += w->drops[i];
	assert_true(w->received > 100);
	assert_int_equal(out, w->received);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_not_allowed_is_dropped_by_name),
		cmocka_unit_test(requests_are_punted),
		cmocka_unit_test(a_rate_is_held),
		cmocka_unit_test(every_packet_is_accounted_for),
	};

	return cmocka_run_group_tests(tests, relay_setup, relay_teardown);
}
