// SPDX-License-Identifier: Apache-2.0
// SRTP and SRTCP: rubbish moves no state, and what was sealed opens again, in whatever order the input
// sends it. First byte: profile and what to do; then a script of indices and bytes.
#include "fuzz.h"

#include <stdlib.h>

#include "crypto/crypto.h"
#include "rtp/rtp.h"

#define ROOM 2048
#define STREAMS 2

static struct srtp_engine engine;
static struct srtp_sides sides[SRTP_PROFILES][2]; // client, server

static void setup(void)
{
	static const uint8_t block[SRTP_EXPORT_MAX] =
		"keys that are known to everybody, for this only";

	if (engine.ops)
		return;
	engine.ops = &crypto_openssl;
	engine.ctx = engine.ops->ctx_new(-1);
	require(engine.ctx);
	for (unsigned i = 0; i < 2 * SRTP_PROFILES; i++) {
		struct srtp_exported e = {.bytes = block, .profile = (enum srtp_profile)(i / 2)};

		e.len = srtp_export_len(e.profile);
		e.server = i & 1;
		require(!srtp_sides_new(&sides[i / 2][i & 1], engine.ops, &e));
	}
}

static void rubbish_rtp(unsigned profile, const uint8_t *data, size_t size)
{
	struct srtp_stream at[STREAMS] = {
		{.ssrc = 1, .started = 1, .highest = 70000, .window = {1}}};
	struct srtp_streams streams = {.at = at, .count = 1, .max = STREAMS};
	struct srtp_stream before = at[0];
	struct srtp_arriving a = {.side = &sides[profile][1].rx, .streams = &streams};
	uint8_t *copy = malloc(size ? size : 1);
	struct rtp_facts f;

	require(copy);
	memcpy(copy, data, size);
	if (!rtp_decode(&f, copy, size)) {
		a.bytes = copy;
		a.len = f.len;
		a.header_len = f.header_len;
		a.seq = f.seq;
		a.ssrc = f.seq & 1 ? 1 : f.ssrc;
		require(!srtp_open_burst(&engine, &a, 1) && a.verdict != SRTP_OK);
		require(streams.count == 1 && !memcmp(&before, at, sizeof before));
	}
	free(copy);
}

static void rubbish_rtcp(unsigned profile, const uint8_t *data, size_t size)
{
	struct srtp_stream at[STREAMS];
	struct srtp_streams streams = {.at = at, .max = STREAMS};
	uint8_t *copy = malloc(size ? size : 1);
	size_t len = size;

	require(copy);
	memcpy(copy, data, size);
	require(srtp_open_rtcp(&engine, &sides[profile][1].rx_rtcp, &streams, copy, &len) !=
		SRTP_OK);
	require(len == size && !streams.count);
	free(copy);
}

// One sealed packet a step of 4 bytes: how far the index moves, length, and what happens to it.
static void conversation(unsigned profile, const uint8_t *data, size_t size)
{
	struct srtp_stream at[STREAMS];
	struct srtp_streams streams = {.at = at, .max = STREAMS};
	uint64_t index = 65000;

	for (size_t i = 0; i + 4 <= size && i < 256; i += 4) {
		uint8_t packet[ROOM] = {0x80, 111}, payload[256];
		struct srtp_leaving p = {.side = &sides[profile][0].tx, .src = payload};
		struct srtp_arriving a = {.side = &sides[profile][1].rx, .streams = &streams};
		uint64_t move = (uint64_t)(data[i] << 6 | (data[i + 1] & 63));

		index = data[i + 1] & 128 && index > move ? index - move : index + move;
		memset(payload, data[i + 2], sizeof payload);
		p.packet = a.bytes = packet;
		p.header_len = a.header_len = RTP_HEADER_LEN;
		p.index = index;
		a.seq = (uint16_t)index;
		p.len = data[i + 2];
		rtp_put16(packet + 2, a.seq);
		srtp_seal_burst(&engine, &p, 1);
		a.len = (uint16_t)srtp_sealed_len(&p);
		if (data[i + 3] & 1)
			packet[data[i + 3] % a.len] ^= 0x40;
		if (!srtp_open_burst(&engine, &a, 1))
			continue;
		require(!(data[i + 3] & 1) && a.index == index);
		require(a.len == RTP_HEADER_LEN + p.len && !memcmp(packet + 12, payload, p.len));
		require(streams.count == 1 && at[0].highest >= index);
	}
}

static void rtcp_round(unsigned profile, const uint8_t *data, size_t size)
{
	struct srtp_stream at[STREAMS];
	struct srtp_streams streams = {.at = at, .max = STREAMS};
	uint8_t packet[ROOM + SRTP_RTCP_OVERHEAD_MAX];
	size_t len = size < ROOM ? size : ROOM, sealed;
	uint32_t index = 3;

	memcpy(packet, data, len);
	sealed = len;
	if (srtp_seal_rtcp(&engine, &sides[profile][0].tx_rtcp, &index, packet, &sealed))
		return;
	require(index == 4);
	require(!srtp_open_rtcp(&engine, &sides[profile][1].rx_rtcp, &streams, packet, &sealed));
	require(sealed == len && !memcmp(packet, data, len));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned profile;

	if (!size)
		return 0;
	setup();
	profile = data[0] % SRTP_PROFILES;
	rubbish_rtp(profile, data + 1, size - 1);
	rubbish_rtcp(profile, data + 1, size - 1);
	conversation(profile, data + 1, size - 1);
	rtcp_round(profile, data + 1, size - 1);
	return 0;
}
