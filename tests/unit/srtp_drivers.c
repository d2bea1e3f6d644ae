// SPDX-License-Identifier: Apache-2.0
// The drivers held against each other, job by job: all of them must write the same bytes, and none
// beyond what is theirs.
#include "kit/kit.h"
#include "kit/srtp.h"

#include <stdlib.h>

#define DRIVERS_MAX 4
#define KEYS 7
#define ROUNDS 120
#define PAYLOAD_MAX 1400
#define ROOM (12 + 60 + 4 + 40 + PAYLOAD_MAX + SRTP_TAG_MAX + 8)

struct driver {
	struct srtp_engine engine;
	struct srtp_key *keys[SRTP_PROFILES][KEYS];
};

static struct driver drivers[DRIVERS_MAX];
static unsigned driver_count;
static struct srtp_side sides[SRTP_PROFILES][KEYS]; // salts; the key is set for each driver

static int setup(void **state)
{
	struct kit_dice dice = {.state = 99};
	struct srtp_secrets s;

	(void)state;
	for (const struct cipher_ops *ops; (ops = crypto_driver(driver_count)); driver_count++)
		drivers[driver_count].engine = (struct srtp_engine){ops, ops->ctx_new(-1)};
	for (unsigned p = 0; p < SRTP_PROFILES; p++)
		for (unsigned k = 0; k < KEYS; k++) {
			kit_fill(&dice, (uint8_t *)&s, sizeof s);
			s.profile = (enum srtp_profile)p;
			memset(s.salt + 12, 0, p == SRTP_AES128_CM_SHA1_80 ? 0 : 2);
			sides[p][k].profile = (uint8_t)p;
			memcpy(sides[p][k].salt, s.salt, sizeof s.salt);
			for (unsigned d = 0; d < driver_count; d++)
				assert_int_equal(
					drivers[d].engine.ops->key_new(&drivers[d].keys[p][k], &s),
					0);
		}
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	for (unsigned d = 0; d < driver_count; d++) {
		for (unsigned i = 0; i < SRTP_PROFILES * KEYS; i++)
			drivers[d].engine.ops->key_free(drivers[d].keys[i / KEYS][i % KEYS]);
		drivers[d].engine.ops->ctx_free(drivers[d].engine.ctx);
	}
	return 0;
}

// A burst, as made once and as every driver sealed it.
struct sealing {
	unsigned n;
	unsigned profile[SRTP_BURST_MAX], key[SRTP_BURST_MAX];
	struct srtp_leaving packets[SRTP_BURST_MAX];
	struct srtp_side with[SRTP_BURST_MAX];
	uint8_t plain[SRTP_BURST_MAX][ROOM];
	uint8_t sealed[DRIVERS_MAX][SRTP_BURST_MAX][ROOM];
};

static void burst_make(struct sealing *s, struct kit_dice *dice)
{
	s->n = 1 + kit_roll(dice, kit_roll(dice, 2) ? 8 : SRTP_BURST_MAX);
	for (unsigned i = 0; i < s->n; i++) {
		struct srtp_leaving *p = &s->packets[i];
		struct kit_rtp r = {.ssrc = kit_roll(dice, UINT32_MAX),
				    .csrcs = kit_roll(dice, 16),
				    .ext_words = kit_roll(dice, 10)};
		unsigned header;

		r.payload = kit_roll(dice, kit_roll(dice, 2) ? 200 : PAYLOAD_MAX + 1);
		p->index = (uint64_t)kit_roll(dice, UINT32_MAX) << 16 | kit_roll(dice, 65536);
		r.seq = (uint16_t)p->index;
		kit_rtp_write(s->plain[i], &r, dice, &header);
		p->ssrc = r.ssrc;
		p->header_len = (uint16_t)header;
		p->len = (uint16_t)r.payload;
		s->profile[i] = kit_roll(dice, SRTP_PROFILES);
		s->key[i] = kit_roll(dice, KEYS);
		s->with[i] = sides[s->profile[i]][s->key[i]];
		p->side = &s->with[i];
	}
}

static void burst_seal(struct sealing *s, unsigned d, bool in_place)
{
	for (unsigned i = 0; i < s->n; i++) {
		struct srtp_leaving *p = &s->packets[i];
		unsigned whole = p->header_len + p->len;

		s->with[i].key = drivers[d].keys[s->profile[i]][s->key[i]];
		memset(s->sealed[d][i], 0xa5, ROOM);
		memcpy(s->sealed[d][i], s->plain[i], in_place ? whole : p->header_len);
		p->packet = s->sealed[d][i];
		p->src = (in_place ? s->sealed[d][i] : s->plain[i]) + p->header_len;
	}
	srtp_seal_burst(&drivers[d].engine, s->packets, s->n);
}

static void burst_compare(const struct sealing *s, unsigned d)
{
	for (unsigned i = 0; i < s->n; i++) {
		const uint8_t *bytes = s->sealed[d][i];
		unsigned len = srtp_sealed_len(&s->packets[i]);

		assert_memory_equal(bytes, s->sealed[0][i], ROOM);
		assert_memory_equal(bytes, s->plain[i], s->packets[i].header_len);
		for (unsigned k = len; k < ROOM; k++)
			assert_int_equal(bytes[k], 0xa5);
	}
}

static void sealing_same(void **state)
{
	struct kit_dice dice = {.state = 1234567};
	struct sealing *s = malloc(sizeof *s);

	(void)state;
	assert_non_null(s);
	for (unsigned round = 0; round < ROUNDS; round++) {
		burst_make(s, &dice);
		for (unsigned d = 0; d < driver_count; d++) {
			burst_seal(s, d, round & 1);
			burst_compare(s, d);
		}
	}
	free(s);
}

// One of three is tampered with, anywhere; opened in place by driver `d`.
static void burst_open(const struct sealing *s, unsigned d, struct kit_dice *dice)
{
	struct srtp_arriving a[SRTP_BURST_MAX];
	struct srtp_stream at[SRTP_BURST_MAX];
	struct srtp_streams streams[SRTP_BURST_MAX];
	static uint8_t bytes[SRTP_BURST_MAX][ROOM];
	bool bad[SRTP_BURST_MAX];
	unsigned good = 0;

	for (unsigned i = 0; i < s->n; i++) {
		const struct srtp_leaving *p = &s->packets[i];
		unsigned len = srtp_sealed_len(p);

		memcpy(bytes[i], s->sealed[0][i], ROOM);
		bad[i] = !kit_roll(dice, 3);
		good += !bad[i];
		at[i] = (struct srtp_stream){.ssrc = p->ssrc,
					     .started = 1,
					     .highest = p->index - 1 - (p->index > 9)};
		streams[i] = (struct srtp_streams){&at[i], 1, 1};
		a[i] = kit_arriving(p->side, &streams[i], bytes[i], len);
		if (bad[i])
			bytes[i][1 + kit_roll(dice, len - 1)] ^= (uint8_t)(1 + kit_roll(dice, 255));
	}
	assert_int_equal(srtp_open_burst(&drivers[d].engine, a, s->n), good);
	for (unsigned i = 0; i < s->n; i++) {
		const struct srtp_leaving *p = &s->packets[i];
		unsigned len = srtp_sealed_len(p);

		assert_int_equal(a[i].verdict, bad[i] ? SRTP_FORGED : SRTP_OK);
		assert_memory_equal(bytes[i] + len, s->sealed[0][i] + len, ROOM - len);
		if (bad[i])
			continue;
		assert_int_equal(a[i].len, p->header_len + p->len);
		assert_memory_equal(bytes[i], s->plain[i], a[i].len);
		assert_int_equal(a[i].index, p->index);
	}
}

static void opening_same(void **state)
{
	struct kit_dice dice = {.state = 7654321};
	struct sealing *s = malloc(sizeof *s);

	(void)state;
	assert_non_null(s);
	for (unsigned round = 0; round < ROUNDS; round++) {
		burst_make(s, &dice);
		burst_seal(s, 0, true);
		for (unsigned d = 0; d < driver_count; d++) {
			for (unsigned i = 0; i < s->n; i++)
				s->with[i].key = drivers[d].keys[s->profile[i]][s->key[i]];
			burst_open(s, d, &dice);
		}
	}
	free(s);
}

// How many of some copies with one bit turned were taken.
static unsigned rtcp_tampered(unsigned d, const struct srtp_side *side, const uint8_t *bytes,
			      size_t len)
{
	unsigned taken = 0;

	for (size_t i = len % 7; i < len; i += 1 + len / 16) {
		uint8_t copy[1400 + SRTP_RTCP_OVERHEAD_MAX];
		struct srtp_stream stream;
		struct srtp_streams streams = {&stream, 0, 1};
		size_t copy_len = len;

		memcpy(copy, bytes, len);
		copy[i] ^= 0x10;
		taken += !srtp_open_rtcp(&drivers[d].engine, side, &streams, copy, &copy_len);
		taken += streams.count;
	}
	return taken;
}

// Opened by one what the other sealed, SRTCP of every length.
static void rtcp_same(void **state)
{
	struct kit_dice dice = {.state = 31};

	(void)state;
	for (unsigned round = 0; round < 1500; round++) {
		unsigned p = round % SRTP_PROFILES, k = kit_roll(&dice, KEYS);
		unsigned from = kit_roll(&dice, driver_count), to = kit_roll(&dice, driver_count);
		uint32_t index = kit_roll(&dice, 0x7fffffff), at = index;
		size_t plain_len = 8 + 4 * kit_roll(&dice, 340), len = plain_len;
		uint8_t plain[1400], bytes[1400 + SRTP_RTCP_OVERHEAD_MAX + 4];
		struct srtp_stream stream;
		struct srtp_streams streams = {&stream, 0, 1};
		struct srtp_side side = sides[p][k];

		kit_fill(&dice, plain, plain_len);
		memset(bytes, 0x5a, sizeof bytes);
		memcpy(bytes, plain, len);
		side.key = drivers[from].keys[p][k];
		assert_int_equal(srtp_seal_rtcp(&drivers[from].engine, &side, &at, bytes, &len), 0);
		assert_int_equal(at, index + 1);
		assert_int_equal(bytes[len], 0x5a);
		assert_memory_not_equal(bytes + len - 8, plain + plain_len - 8, 8);
		side.key = drivers[to].keys[p][k];
		assert_int_equal(rtcp_tampered(to, &side, bytes, len), 0);
		assert_int_equal(srtp_open_rtcp(&drivers[to].engine, &side, &streams, bytes, &len),
				 SRTP_OK);
		assert_int_equal(len, plain_len);
		assert_memory_equal(bytes, plain, len);
		assert_int_equal(stream.highest, index);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sealing_same),
		cmocka_unit_test(opening_same),
		cmocka_unit_test(rtcp_same),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
