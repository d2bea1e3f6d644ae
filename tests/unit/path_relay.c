// SPDX-License-Identifier: Apache-2.0
// Frames through a worker's whole walk: what comes out, byte by byte.
#include "kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "kit/pair.h"
#include "stun/stun.h"

static void fill(uint8_t *data, size_t len)
{
	for (size_t i = 0; i < len; i++)
		data[i] = (uint8_t)rand();
}

static void channel_to_peer_and_back(void **state)
{
	uint8_t data[1300], message[1400];
	struct seen s;

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(pairs); i++) {
		const struct pair *p = &pairs[i];

		publish(i, p, 1);
		for (uint16_t len = 0; len < 1300;
		     len = (uint16_t)(len < 9 ? len + 1 : len * 2 + 1)) {
			fill(data, len);
			assert_true(walk(p->client, p->server, message,
					 channel_data(message, 0x4000, data, len, -len & 3), &s));
			sees(&s, p->relayed, p->peer);
			assert_int_equal(s.f.payload_len, len);
			assert_memory_equal(s.payload, data, len);
			assert_int_equal(s.f.ttl, 63);
			assert_int_equal(s.f.tos, 46 << 2);
			assert_int_equal(s.frame[5], 3);

			assert_true(walk(p->peer, p->relayed, data, len, &s));
			sees(&s, p->server, p->client);
			assert_int_equal(s.f.payload_len, 4 + len);
			assert_int_equal(s.payload[0] << 8 | s.payload[1], 0x4000);
			assert_int_equal(s.payload[2] << 8 | s.payload[3], len);
			assert_memory_equal(s.payload + 4, data, len);
			assert_int_equal(s.frame[5], 2);
		}
		flow_session_retire(relay.flow, i);
	}
}

static void indications_to_peer_and_back(void **state)
{
	uint8_t data[1200], message[1400];
	struct seen s;

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(pairs); i++) {
		const struct pair *p = &pairs[i];

		publish(i, p, 0);
		for (uint16_t len = 0; len < 1200;
		     len = (uint16_t)(len < 9 ? len + 1 : len * 2 + 1)) {
			struct stun_message m;
			const struct stun_attr *a;
			struct net_endpoint from, peer = endpoint(p->peer);
			enum net_family family;

			fill(data, len);
			assert_true(
				walk(p->client, p->server, message,
				     send_indication(message, sizeof message, p->peer, data, len),
				     &s));
			sees(&s, p->relayed, p->peer);
			assert_int_equal(s.f.payload_len, len);
			assert_memory_equal(s.payload, data, len);

			assert_true(walk(p->peer, p->relayed, data, len, &s));
			sees(&s, p->server, p->client);
			assert_int_equal(stun_decode(&m, s.payload, s.f.payload_len), 0);
			assert_int_equal(m.class_, STUN_INDICATION);
			assert_int_equal(m.method, STUN_DATA);
			a = stun_find(&m, STUN_XOR_PEER_ADDRESS);
			assert_int_equal(stun_endpoint_decode(&m, a, &from, &family), 0);
			assert_memory_equal(&from, &peer, sizeof peer);
			a = stun_find(&m, STUN_DATA_ATTR);
			assert_int_equal(a->len, len);
			assert_memory_equal(a->value, data, len);
		}
		flow_session_retire(relay.flow, i);
	}
}

static void many_channels_are_found_by_hash(void **state)
{
	const struct pair *p = &pairs[0];
	uint8_t data[9] = "eightnine", message[64];
	struct seen s;

	(void)state;
	publish(0, p, 511);
	for (unsigned i = 0; i < 511; i += 7) {
		char peer[64];

		snprintf(peer, sizeof peer, PEER4 ":%u", 5000 + i);
		assert_true(
			walk(p->client, p->server, message,
			     channel_data(message, (uint16_t)(0x4000 + i), data, sizeof data, 0),
			     &s));
		sees(&s, p->relayed, peer);
		assert_true(walk(peer, p->relayed, data, sizeof data, &s));
		assert_int_equal(s.payload[0] << 8 | s.payload[1], 0x4000 + i);
	}
	assert_true(walk(PEER4 ":9", p->relayed, data, sizeof data, &s)); // permitted, no channel
	assert_int_equal(s.payload[0], 0);
	flow_session_retire(relay.flow, 0);
}

static void hairpin(struct seen *s, bool *out)
{
	uint8_t message[64], data[5] = "hello";

	*out = walk(pairs[0].client, pairs[0].server, message,
		    send_indication(message, sizeof message, KIT_SERVER ":50002", data,
				    sizeof data),
		    s);
}

static void hairpin_meets_both_permissions(void **state)
{
	static const struct pair b = {"198.18.0.9:4002",
				      KIT_SERVER ":3478",
				      KIT_SERVER ":50002",
				      KIT_SERVER ":50000",
				      "198.18.0.4:5000",
				      0,
				      0};
	struct pair a = pairs[0];
	struct seen s;
	bool out;

	(void)state;
	a.peer = KIT_SERVER ":50002";
	publish(0, &a, 0);
	// A's permission names an address of ours: its hop is the relay itself.
	{
		struct flow_session *session = flow_session_at(relay.flow, 0);

		session->peers[0].hop = FLOW_HOP_SELF;
	}
	hairpin(&s, &out);
	assert_false(out); // nothing is allocated there
	assert_int_equal(relay.worker->drops[PATH_DROP_PEER_IS_US], 1);

	publish(1, &b, 1);
	hairpin(&s, &out);
	assert_true(out);
	sees(&s, b.server, b.client);
	assert_int_equal(s.payload[0] << 8 | s.payload[1], 0x4000);
	assert_memory_equal(s.payload + 4, "hello", 5);
	flow_session_retire(relay.flow, 1);

	publish(1, &(struct pair){b.client, b.server, b.relayed, PEER4 ":1", "", 0, 0}, 0);
	hairpin(&s, &out);
	assert_false(out); // B permits somebody else only
	flow_session_retire(relay.flow, 1);
	flow_session_retire(relay.flow, 0);
}

static void binding_is_answered(void **state)
{
	static const uint8_t tid[STUN_TID_LEN] = "abcdefghijkl";
	uint8_t message[64];
	struct stun_writer w = stun_begin(message, sizeof message, STUN_REQUEST, STUN_BINDING, tid);
	size_t len = stun_end(&w);
	struct seen s;

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		const struct pair *p = &pairs[i];
		struct net_endpoint mapped, client = endpoint(p->client);
		enum net_family family;
		struct stun_message m;

		assert_true(walk(p->client, p->server, message, len, &s));
		sees(&s, p->server, p->client);
		assert_int_equal(stun_decode(&m, s.payload, s.f.payload_len), 0);
		assert_int_equal(m.class_, STUN_SUCCESS);
		assert_int_equal(stun_endpoint_decode(&m, stun_find(&m, STUN_XOR_MAPPED_ADDRESS),
						      &mapped, &family),
				 0);
		assert_memory_equal(&mapped, &client, sizeof client);
		assert_int_equal(s.frame[5], 9);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_to_peer_and_back),
		cmocka_unit_test(indications_to_peer_and_back),
		cmocka_unit_test(many_channels_are_found_by_hash),
		cmocka_unit_test(hairpin_meets_both_permissions),
		cmocka_unit_test(binding_is_answered),
	};

	return cmocka_run_group_tests(tests, relay_setup, relay_teardown);
}
