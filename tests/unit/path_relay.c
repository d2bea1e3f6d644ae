// SPDX-License-Identifier: Apache-2.0
// Frames through a worker's whole walk: what comes out, byte by byte, and what is counted.
#include "kit/kit.h"

#include <stdlib.h>
#include <string.h>

#include "kit/eal.h"
#include "stun/stun.h"

#define CLIENT4 "198.18.0.2"
#define PEER4 "198.18.0.3"
#define CLIENT6 "2001:2::2"
#define PEER6 "2001:2::3"

static struct kit_relay relay;

struct pair { // one allocation: client's family, peer's family
	const char *client, *server, *relayed, *peer, *stranger;
	unsigned server_local, relay_local;
};
static const struct pair pairs[] = {
	{CLIENT4 ":4000", KIT_SERVER ":3478", KIT_SERVER ":50000", PEER4 ":5000", "198.18.0.4:5000",
	 0, 0},
	{"[" CLIENT6 "]:4000", "[" KIT_SERVER6 "]:3478", "[" KIT_SERVER6 "]:50000",
	 "[" PEER6 "]:5000", "[2001:2::4]:5000", 1, 1},
	{CLIENT4 ":4001", KIT_SERVER ":3478", "[" KIT_SERVER6 "]:50001", "[" PEER6 "]:5000",
	 "[2001:2::4]:5000", 0, 1},
	{"[" CLIENT6 "]:4001", "[" KIT_SERVER6 "]:3478", KIT_SERVER ":50001", PEER4 ":5000",
	 "198.18.0.4:5000", 1, 0},
};

static struct net_endpoint endpoint(const char *text)
{
	struct net_endpoint e;

	assert_int_equal(net_endpoint_parse(&e, text), 0);
	return e;
}

static void publish(uint32_t slot, const struct pair *pair, unsigned channels)
{
	struct net_endpoint client = endpoint(pair->client), relayed = endpoint(pair->relayed);
	struct net_endpoint peer = endpoint(pair->peer);
	struct flow_peer peers[512] = {{.addr = peer.addr, .hop = kit_hop(&relay, 3)}};
	struct flow_publish p = {.peers = peers, .peer_count = 1 + channels};

	for (unsigned i = 0; i < channels; i++) {
		peers[1 + i] = peers[0];
		peers[1 + i].port = (uint16_t)(peer.port + i);
		peers[1 + i].channel = (uint16_t)(0x4000 + i);
	}
	p.session.client = client;
	p.session.client_hop = kit_hop(&relay, 2);
	p.session.index = slot;
	p.session.server_local = (uint16_t)pair->server_local;
	p.session.server_port = 3478;
	p.session.relay_local[0] = (uint16_t)pair->relay_local;
	p.session.relay_port[0] = relayed.port;
	assert_int_equal(flow_session_publish(relay.flow, &p), 0);
}

struct seen {
	struct net_facts f;
	uint8_t frame[2048];
	size_t len;
	const uint8_t *payload;
};

static bool walk(const char *src, const char *dst, const void *payload, size_t len,
		 struct seen *out)
{
	uint8_t frame[2048];
	size_t frame_len = kit_frame(&relay, frame, src, dst, payload, len);

	if (!kit_relay_walk(&relay, frame, frame_len, out->frame, &out->len))
		return false;
	assert_int_equal(net_frame_parse(&out->f, out->frame, out->len), NET_UDP);
	assert_true(net_udp_checksum_ok(&out->f, out->frame));
	out->payload = out->frame + out->f.payload;
	return true;
}

static void sees(const struct seen *s, const char *src, const char *dst)
{
	struct net_endpoint a = endpoint(src), b = endpoint(dst);

	assert_memory_equal(&s->f.src, &a, sizeof a);
	assert_memory_equal(&s->f.dst, &b, sizeof b);
}

static size_t channel_data(uint8_t *out, uint16_t number, const uint8_t *data, uint16_t len,
			   unsigned pad)
{
	out[0] = (uint8_t)(number >> 8);
	out[1] = (uint8_t)number;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	memcpy(out + 4, data, len);
	memset(out + 4 + len, 0xa5, pad);
	return 4u + len + pad;
}

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

static size_t send_indication(uint8_t *out, size_t cap, const char *peer, const uint8_t *data,
			      size_t len)
{
	static const uint8_t tid[STUN_TID_LEN] = "abcdefghijkl";
	struct net_endpoint e = endpoint(peer);
	struct stun_writer w = stun_begin(out, cap, STUN_INDICATION, STUN_SEND, tid);

	stun_put_endpoint(&w, STUN_XOR_PEER_ADDRESS, &e);
	stun_put(&w, STUN_DATA_ATTR, data, len);
	return stun_end(&w);
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

static int open_relay(void **state)
{
	(void)state;
	kit_relay_open(&relay);
	return 0;
}

static int close_relay(void **state)
{
	(void)state;
	kit_relay_close(&relay);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(channel_to_peer_and_back),
		cmocka_unit_test(indications_to_peer_and_back),
		cmocka_unit_test(what_is_not_allowed_is_dropped_by_name),
		cmocka_unit_test(many_channels_are_found_by_hash),
		cmocka_unit_test(hairpin_meets_both_permissions),
		cmocka_unit_test(binding_is_answered),
		cmocka_unit_test(requests_are_punted),
		cmocka_unit_test(a_rate_is_held),
		cmocka_unit_test(every_packet_is_accounted_for),
	};

	return cmocka_run_group_tests(tests, open_relay, close_relay);
}
