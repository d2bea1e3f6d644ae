// SPDX-License-Identifier: Apache-2.0
#include "kit/voice.h"

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "kit/kit.h"

#define LEVEL_ID 1
#define MID_ID 4

static void endpoint_of(const struct kit_room *r, unsigned player, char text[64])
{
	unsigned at = r->player[player].at;

	snprintf(text, 64, r->player[at].six ? "[2001:2::%x]:6000" : "198.18.0.%u:6000",
		 r->player[at].six ? 0x10 + at : 10 + at);
}

static void sides_make(struct kit_room *r, unsigned player)
{
	uint8_t block[SRTP_EXPORT_MAX];
	struct srtp_exported e = {block, srtp_export_len(r->profile), r->profile, true};
	struct kit_player *p = &r->player[player];

	for (unsigned i = 0; i < sizeof block; i++)
		block[i] = (uint8_t)(i * 7 + player * 31 + 1);
	assert_int_equal(srtp_sides_new(&p->sides, crypto_driver(0), &e), 0);
	e.server = false;
	assert_int_equal(srtp_sides_new(&p->theirs, crypto_driver(0), &e), 0);
	p->streams = (struct srtp_streams){.at = p->memory, .max = BASE_COUNT(p->memory)};
	p->index = 100 + player * 1000;
	p->ts = player * 77777;
}

void kit_player_publish(struct kit_room *r, unsigned player)
{
	struct kit_player *p = &r->player[player];
	struct voice_line lines[ROOM_SLOTS_MAX];
	char text[64];
	struct voice_player v = {
		.client_hop = p->hop,
		.index = player,
		.server_local = p->six,
		.server_port = 5004,
		.room = p->room,
		.seat = p->seat,
		.voice_id = VOICE_KIT_ID + player,
		.pt = 111,
		.red_pt = 63,
		.level_id = LEVEL_ID,
		.level_vad = true,
		.speaks = true,
		.line_count = p->lines,
		.native = r->native,
		.rx = p->sides.rx,
		.tx = p->sides.tx,
	};

	endpoint_of(r, player, text);
	assert_int_equal(net_endpoint_parse(&v.client, text), 0);
	v.state = p->state;
	for (unsigned i = 0; i < r->slots; i++) {
		struct rtp_line line = {.ssrc = 100 * (player + 1) + i,
					.pt = 111,
					.csrc = true,
					.level_id = LEVEL_ID,
					.mid_id = MID_ID,
					.mid = "7"};

		lines[i].ssrc = line.ssrc;
		assert_int_equal(rtp_mould_make(&lines[i].mould, &line), 0);
	}
	assert_int_equal(flow_player_publish(r->relay.flow, &v, lines), 0);
}

static void player_new(struct kit_room *r, unsigned player)
{
	struct kit_player *p = &r->player[player];

	p->six = player % 4 == 3;
	p->at = player;
	p->seat = player;
	p->lines = (uint8_t)r->slots;
	p->hop = kit_hop(&r->relay, (uint8_t)(10 + player));
	p->state = flow_voice_state_new(r->relay.flow, r->slots, player);
	assert_non_null(p->state);
	sides_make(r, player);
	kit_player_publish(r, player);
}

void kit_player_again(struct kit_room *r, unsigned player)
{
	struct kit_player *p = &r->player[player];

	flow_voice_state_retire(r->relay.flow, p->state);
	p->state = flow_voice_state_new(r->relay.flow, r->slots, player + 1000);
	assert_non_null(p->state);
	kit_player_publish(r, player);
}

// The first that this worker owns.
static uint32_t room_id(const struct kit_room *r)
{
	uint32_t id = 1;

	while (flow_room_owner(r->relay.flow, id) != r->owner)
		id++;
	return id;
}

void kit_seats_publish(struct kit_room *r, uint32_t index, const uint32_t players[], unsigned count,
		       struct voice_room_state *state)
{
	struct flow_room_publish p = {.index = index,
				      .id = room_id(r),
				      .slots = (uint8_t)r->slots,
				      .seat_count = count,
				      .players = players,
				      .state = state};

	assert_int_equal(flow_room_publish(r->relay.flow, &p), 0);
}

void kit_room_publish(struct kit_room *r, const uint64_t *const *audience)
{
	uint32_t players[VOICE_KIT_PLAYERS];
	struct flow_room_publish p = {.slots = (uint8_t)(r->native ? 3 : r->slots),
				      .native = r->native,
				      .id = room_id(r),
				      .seat_count = r->players,
				      .players = players,
				      .audience = audience,
				      .state = r->state};

	for (unsigned i = 0; i < r->players; i++)
		players[i] = i;
	assert_int_equal(flow_room_publish(r->relay.flow, &p), 0);
}

static void room_fill(struct kit_room *r, unsigned players, unsigned slots,
		      enum srtp_profile profile)
{
	r->players = players;
	r->slots = slots;
	r->profile = profile;
	memset(r->player, 0, sizeof r->player);
	r->state = flow_voice_room_state_new(r->relay.flow, slots);
	assert_non_null(r->state);
	for (unsigned i = 0; i < players; i++)
		player_new(r, i);
	kit_room_publish(r, NULL);
}

static void room_empty(struct kit_room *r)
{
	flow_room_retire(r->relay.flow, 0);
	flow_voice_room_state_retire(r->relay.flow, r->state);
	for (unsigned i = 0; i < r->players; i++) {
		flow_player_retire(r->relay.flow, i);
		flow_voice_state_retire(r->relay.flow, r->player[i].state);
		srtp_sides_free(&r->player[i].sides, crypto_driver(0));
		srtp_sides_free(&r->player[i].theirs, crypto_driver(0));
	}
	// No worker is registered: what is retired goes at once.
	while (flow_reclaim(r->relay.flow))
		;
}

void kit_room_open(struct kit_room *r, unsigned players, unsigned slots, enum srtp_profile profile)
{
	memset(r, 0, sizeof *r);
	kit_relay_open(&r->relay);
	r->now_ms = 1000000;
	room_fill(r, players, slots, profile);
}

void kit_room_again(struct kit_room *r, unsigned players, unsigned slots, enum srtp_profile profile)
{
	room_empty(r);
	room_fill(r, players, slots, profile);
}

void kit_room_close(struct kit_room *r)
{
	room_empty(r);
	kit_relay_close(&r->relay);
}

size_t kit_seal(struct kit_room *r, unsigned player, uint8_t level, uint8_t fill, uint16_t len,
		uint8_t *out)
{
	struct kit_player *p = &r->player[player];
	struct rtp_line line = {.ssrc = 1000 + player, .pt = 111, .level_id = LEVEL_ID};
	struct rtp_stamp stamp = {.ts = p->ts, .seq = (uint16_t)p->index, .level = level};
	struct rtp_mould mould;
	struct srtp_leaving leaving = {.side = &p->theirs.tx,
				       .packet = out,
				       .index = p->index++,
				       .ssrc = line.ssrc,
				       .len = len};
	uint8_t payload[1500];

	p->ts += 960;
	memset(payload, fill, len);
	assert_int_equal(rtp_mould_make(&mould, &line), 0);
	leaving.header_len = (uint16_t)rtp_mould_cast(out, &mould, &stamp);
	leaving.src = payload;
	srtp_seal_burst(&r->relay.worker->engine, &leaving, 1);
	return srtp_sealed_len(&leaving);
}

static unsigned hearer_of(const struct net_facts *f)
{
	return net_addr_is4(&f->dst.addr) ? f->dst.addr.b[15] - 10u : f->dst.addr.b[15] - 0x10u;
}

static void copy_open(struct kit_room *r, uint8_t *frame, size_t len)
{
	struct kit_heard *h = &r->heard[r->heard_count++];
	struct net_facts f;
	struct rtp_facts rtp;
	struct srtp_arriving a = {0};
	bool voice = false;
	int level;

	assert_int_equal(net_frame_parse(&f, frame, len), NET_UDP);
	assert_true(net_udp_checksum_ok(&f, frame));
	assert_int_equal(f.src.port, 5004);
	h->player = hearer_of(&f);
	assert_true(h->player < r->players);
	assert_int_equal(frame[5], 10 + h->player);
	assert_int_equal(rtp_decode(&rtp, frame + f.payload, f.payload_len), 0);
	a = (struct srtp_arriving){.side = &r->player[h->player].theirs.rx,
				   .streams = &r->player[h->player].streams,
				   .bytes = frame + f.payload,
				   .ssrc = rtp.ssrc,
				   .seq = rtp.seq,
				   .header_len = rtp.header_len,
				   .len = f.payload_len};
	srtp_open_burst(&r->relay.worker->engine, &a, 1);
	assert_string_equal(srtp_verdict_name(a.verdict), srtp_verdict_name(SRTP_OK));
	h->slot = rtp.ssrc - 100 * (h->player + 1);
	h->ssrc = rtp.ssrc;
	h->talker = rtp_csrc(&rtp, 0) - VOICE_KIT_ID;
	h->seq = rtp.seq;
	h->ts = rtp.ts;
	h->marker = rtp.marker;
	level = rtp_audio_level(&rtp, LEVEL_ID, &voice);
	h->level = level < 0 ? 255 : (uint8_t)(level | voice << 7);
	h->len = (uint16_t)(a.len - rtp.header_len);
	memcpy(h->payload, rtp_payload(&rtp), h->len);
}

// path_walk, but at a time of ours.
static void walk_at(struct kit_relay *relay, uint64_t now_ms)
{
	struct path *p = &relay->worker->path;

	path_rx(p);
	p->now_tsc = now_ms * (relay->worker->tsc_hz / 1000);
	for (unsigned step = PATH_PARSE; step < PATH_STEPS; step++) {
		path_steps[step].run(p);
		p->lists[step].n = 0;
	}
}

void kit_arrive(struct kit_room *r, unsigned player, const uint8_t *packet, size_t len)
{
	struct kit_relay *relay = &r->relay;
	struct rte_mbuf *m = rte_pktmbuf_alloc(relay->port.pool);
	char from[64];
	uint8_t frame[2048];

	endpoint_of(r, player, from);
	len = kit_frame(relay, frame, from,
			r->player[player].six ? "[" KIT_SERVER6 "]:5004" : KIT_SERVER ":5004",
			packet, len);
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	assert_int_equal(rte_eth_tx_burst(relay->port.id, 0, &m, 1), 1);
	walk_at(relay, r->now_ms);
}

unsigned kit_collect(struct kit_room *r)
{
	struct rte_mbuf *out[64];
	unsigned n;

	r->heard_count = 0;
	while ((n = rte_eth_rx_burst(r->relay.port.id, 0, out, 64)))
		for (unsigned i = 0; i < n; i++) {
			copy_open(r, rte_pktmbuf_mtod(out[i], uint8_t *), out[i]->data_len);
			rte_pktmbuf_free(out[i]);
		}
	return r->heard_count;
}

unsigned kit_walk_voice(struct kit_room *r, unsigned player, const uint8_t *packet, size_t len)
{
	kit_arrive(r, player, packet, len);
	return kit_collect(r);
}

unsigned kit_talk(struct kit_room *r, unsigned player, uint8_t level, uint8_t fill, uint16_t len)
{
	uint8_t packet[1600];
	size_t sealed = kit_seal(r, player, level, fill, len, packet);

	return kit_walk_voice(r, player, packet, sealed);
}

const struct kit_heard *kit_heard_by(const struct kit_room *r, unsigned player)
{
	for (unsigned i = 0; i < r->heard_count; i++)
		if (r->heard[i].player == player)
			return &r->heard[i];
	return NULL;
}
