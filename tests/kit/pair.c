// SPDX-License-Identifier: Apache-2.0
#include "kit/pair.h"

#include <string.h>

#include "kit/kit.h"
#include "stun/stun.h"

struct kit_relay relay;

const struct pair pairs[4] = {
	{CLIENT4 ":4000", KIT_SERVER ":3478", KIT_SERVER ":50000", PEER4 ":5000", "198.18.0.4:5000",
	 0, 0},
	{"[" CLIENT6 "]:4000", "[" KIT_SERVER6 "]:3478", "[" KIT_SERVER6 "]:50000",
	 "[" PEER6 "]:5000", "[2001:2::4]:5000", 1, 1},
	{CLIENT4 ":4001", KIT_SERVER ":3478", "[" KIT_SERVER6 "]:50001", "[" PEER6 "]:5000",
	 "[2001:2::4]:5000", 0, 1},
	{"[" CLIENT6 "]:4001", "[" KIT_SERVER6 "]:3478", KIT_SERVER ":50001", PEER4 ":5000",
	 "198.18.0.4:5000", 1, 0},
};

int relay_setup(void **state)
{
	(void)state;
	kit_relay_open(&relay);
	return 0;
}

int relay_teardown(void **state)
{
	(void)state;
	kit_relay_close(&relay);
	return 0;
}

struct net_endpoint endpoint(const char *text)
{
	struct net_endpoint e;

	assert_int_equal(net_endpoint_parse(&e, text), 0);
	return e;
}

void publish(uint32_t slot, const struct pair *pair, unsigned channels)
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

bool walk(const char *src, const char *dst, const void *payload, size_t len, struct seen *out)
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

void sees(const struct seen *s, const char *src, const char *dst)
{
	struct net_endpoint a = endpoint(src), b = endpoint(dst);

	assert_memory_equal(&s->f.src, &a, sizeof a);
	assert_memory_equal(&s->f.dst, &b, sizeof b);
}

size_t channel_data(uint8_t *out, uint16_t number, const uint8_t *data, uint16_t len, unsigned pad)
{
	out[0] = (uint8_t)(number >> 8);
	out[1] = (uint8_t)number;
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
	memcpy(out + 4, data, len);
	memset(out + 4 + len, 0xa5, pad);
	return 4u + len + pad;
}

size_t send_indication(uint8_t *out, size_t cap, const char *peer, const uint8_t *data, size_t len)
{
	static const uint8_t tid[STUN_TID_LEN] = "abcdefghijkl";
	struct net_endpoint e = endpoint(peer);
	struct stun_writer w = stun_begin(out, cap, STUN_INDICATION, STUN_SEND, tid);

	stun_put_endpoint(&w, STUN_XOR_PEER_ADDRESS, &e);
	stun_put(&w, STUN_DATA_ATTR, data, len);
	return stun_end(&w);
}
