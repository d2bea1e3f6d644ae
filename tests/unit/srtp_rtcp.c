// SPDX-License-Identifier: Apache-2.0
// SRTCP: replay, bounds, and packets that are authenticated only.
#include "kit/kit.h"
#include "kit/srtp.h"

#define ROOM (SRTP_RTCP_MAX + 64)
#define PLAIN_LEN 32

struct scene {
	const struct srtp_engine *engine;
	struct kit_pair pair;
	struct srtp_stream at[2];
	struct srtp_streams streams;
};

static size_t packet_make(struct scene *s, uint8_t *bytes, uint32_t ssrc, uint32_t index)
{
	size_t len = PLAIN_LEN;

	memset(bytes, 0x11, len);
	memcpy(bytes, "\x80\xc9\x00\x07", 4);
	rtp_put32(bytes + 4, ssrc);
	assert_int_equal(srtp_seal_rtcp(s->engine, &s->pair.client.tx_rtcp, &index, bytes, &len),
			 0);
	return len;
}

static enum srtp_verdict packet_open(struct scene *s, uint8_t *bytes, size_t *len)
{
	return srtp_open_rtcp(s->engine, &s->pair.server.rx_rtcp, &s->streams, bytes, len);
}

static enum srtp_verdict packet_pass(struct scene *s, uint32_t ssrc, uint32_t index)
{
	uint8_t bytes[ROOM];
	size_t len = packet_make(s, bytes, ssrc, index);
	enum srtp_verdict verdict = packet_open(s, bytes, &len);

	if (verdict == SRTP_OK)
		assert_int_equal(len, PLAIN_LEN);
	return verdict;
}

static void replays(struct scene *s)
{
	assert_int_equal(packet_pass(s, 1, 500), SRTP_OK);
	assert_int_equal(packet_pass(s, 1, 500), SRTP_REPLAYED);
	assert_int_equal(packet_pass(s, 1, 498), SRTP_OK); // late
	assert_int_equal(packet_pass(s, 1, 498), SRTP_REPLAYED);
	assert_int_equal(packet_pass(s, 1, 500 - SRTP_WINDOW), SRTP_REPLAYED);
	assert_int_equal(packet_pass(s, 1, 501 - SRTP_WINDOW), SRTP_OK);
	assert_int_equal(packet_pass(s, 2, 500), SRTP_OK); // another SSRC counts for itself
	assert_int_equal(packet_pass(s, 3, 500), SRTP_CROWDED);
	assert_int_equal(packet_pass(s, 1, 0x7fffffff), SRTP_OK); // the last of 31 bits
	assert_int_equal(packet_pass(s, 1, 0x7fffffff), SRTP_REPLAYED);
}

static void forgeries(struct scene *s)
{
	uint8_t bytes[ROOM], copy[ROOM];
	size_t len = packet_make(s, bytes, 2, 600), cut;
	struct srtp_stream before = s->at[1];

	for (size_t i = 0; i < len; i++) {
		memcpy(copy, bytes, len);
		copy[i] ^= 0x20;
		cut = len;
		assert_int_not_equal(packet_open(s, copy, &cut), SRTP_OK);
		assert_int_equal(cut, len);
	}
	for (cut = 0; cut < len; cut++) {
		size_t told = cut;

		memcpy(copy, bytes, len);
		assert_int_not_equal(packet_open(s, copy, &told), SRTP_OK);
		assert_int_equal(told, cut);
	}
	assert_memory_equal(&s->at[1], &before, sizeof before);
	assert_int_equal(packet_open(s, bytes, &len), SRTP_OK);
}

static void bounds(struct scene *s)
{
	const struct srtp_side *tx = &s->pair.client.tx_rtcp;
	uint32_t index = 0x80000000;
	uint8_t bytes[ROOM] = {0x80, 201};
	size_t len = PLAIN_LEN;

	assert_int_equal(srtp_seal_rtcp(s->engine, tx, &index, bytes, &len), -EOVERFLOW);
	assert_int_equal(len, PLAIN_LEN);
	index = 7;
	len = 7;
	assert_int_equal(srtp_seal_rtcp(s->engine, tx, &index, bytes, &len), -EINVAL);
	len = SRTP_RTCP_MAX + 1;
	assert_int_equal(srtp_seal_rtcp(s->engine, tx, &index, bytes, &len), -EINVAL);
	assert_int_equal(index, 7);
	len = SRTP_RTCP_MAX;
	assert_int_equal(srtp_seal_rtcp(s->engine, tx, &index, bytes, &len), 0);
	rtp_put32(bytes + len - 4, 0); // GCM's word; whatever it hits, it is refused
	assert_int_not_equal(packet_open(s, bytes, &len), SRTP_OK);
	len = sizeof bytes;
	assert_int_equal(packet_open(s, bytes, &len), SRTP_MALFORMED);
}

// CM without the E bit: everything readable, and authenticated (GCM's is a vector of RFC 7714).
static void readable(struct scene *s)
{
	uint8_t bytes[ROOM] = {0x80, 201, 0, 7};
	struct srtp_job job = {.key = s->pair.client.tx_rtcp.key,
			       .profile = SRTP_AES128_CM_SHA1_80,
			       .aad = bytes,
			       .roc = 900};
	size_t len = PLAIN_LEN + 14;

	if (s->pair.profile != SRTP_AES128_CM_SHA1_80)
		return;
	rtp_put32(bytes + 4, 2);
	memset(bytes + 8, 0x33, PLAIN_LEN - 8);
	job.aad_len = PLAIN_LEN;
	job.src = job.dst = bytes + PLAIN_LEN;
	job.tag = bytes + PLAIN_LEN + 4;
	s->engine->ops->seal(s->engine->ctx, &job, 1);
	rtp_put32(bytes + PLAIN_LEN, 900);
	bytes[10] ^= 1;
	assert_int_equal(packet_open(s, bytes, &len), SRTP_FORGED);
	bytes[10] ^= 1;
	assert_int_equal(packet_open(s, bytes, &len), SRTP_OK);
	assert_int_equal(len, PLAIN_LEN);
	assert_int_equal(bytes[20], 0x33);
}

static void rtcp_with(const struct srtp_engine *engine)
{
	for (unsigned p = 0; p < SRTP_PROFILES; p++) {
		struct scene s = {.engine = engine};

		s.streams = (struct srtp_streams){.at = s.at, .max = 2};
		kit_pair_open(&s.pair, engine, (enum srtp_profile)p, 9);
		replays(&s);
		forgeries(&s);
		bounds(&s);
		readable(&s);
		kit_pair_close(&s.pair, engine);
	}
}

static void rtcp(void **state)
{
	(void)state;
	kit_each_driver(rtcp_with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rtcp)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
