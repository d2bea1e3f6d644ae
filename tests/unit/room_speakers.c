// SPDX-License-Identifier: Apache-2.0
// Who is loudest: quick for the new one, steady for the others, over random traces of levels.
#include <string.h>

#include "kit/room_case.h"

#define TALKERS 80 // more than are ranked

static struct room_speakers speakers;
static struct room_voice voices[TALKERS];
static uint32_t now_ms;

static int open_voices(void **state)
{
	(void)state;
	case_seed = 0x9e3779b97f4a7c15u;
	now_ms = UINT32_MAX - 5000; // it wraps while tests run
	room_speakers_init(&speakers, 3);
	for (unsigned i = 0; i < TALKERS; i++)
		room_voice_init(&voices[i], i);
	return 0;
}

static void say(unsigned talker, uint64_t index, unsigned loudness)
{
	struct room_packet p = {.now_ms = now_ms};

	if (room_voice_step(&voices[talker], &p, index, loudness) == ROOM_FORWARD &&
	    room_heard(&speakers, &voices[talker]))
		room_rank(&speakers, now_ms);
}

static bool in_first(uint32_t seat, unsigned n)
{
	for (unsigned i = 0; i < n && i < speakers.count; i++)
		if (room_ranked(&speakers, i) == seat)
			return true;
	return false;
}

static unsigned weight(unsigned rank)
{
	const struct room_speaker *e = &speakers.entries[speakers.order[rank]];

	return room_voice_score(&voices[e->seat], now_ms) + (e->priority ? 0x10000u : 0);
}

static void ranking_check(void)
{
	uint64_t seen[2] = {0};

	for (unsigned j = 0; j < speakers.count; j++) {
		uint32_t seat = room_ranked(&speakers, j);

		assert_true(seat < TALKERS && !(seen[seat / 64] >> seat % 64 & 1));
		seen[seat / 64] |= 1ull << seat % 64;
		assert_true(now_ms - voices[seat].loud_ms < ROOM_ACTIVE_MS);
		for (unsigned i = 0; i < j; i++)
			assert_true(weight(j) <= weight(i) + ROOM_MARGIN);
	}
}

static void test_random_traces(void **state)
{
	unsigned level[TALKERS] = {0}, left[TALKERS] = {0};

	(void)state;
	for (unsigned tick = 0; tick < 1500; tick++, now_ms += 20) {
		for (unsigned i = 0; i < TALKERS; i++) {
			if (!left[i]--) { // another phrase, or a pause
				left[i] = 5 + case_below(100);
				level[i] = case_below(3) ? 0 : 60 + case_below(60);
			}
			if (level[i] || case_below(4)) // DTX sends little
				say(i, tick, level[i] ? level[i] - case_below(12) : 0);
		}
		if (!case_below(100))
			voices[case_below(TALKERS)].priority ^= true;
		room_rank(&speakers, now_ms);
		ranking_check();
	}
}

// Five voices of nearly the same level, each within 2 dB of its own: who was chosen stays.
static void test_no_flapping(void **state)
{
	uint32_t first[3] = {0};

	(void)state;
	for (unsigned tick = 0; tick < 1000; tick++, now_ms += 20) {
		for (unsigned i = 0; i < 5; i++)
			say(i, tick, 90 + i / 3 - 2 + case_below(5));
		room_rank(&speakers, now_ms);
		for (unsigned i = 0; i < 3; i++) {
			if (tick == 20)
				first[i] = room_ranked(&speakers, i);
			if (tick > 20)
				assert_int_equal(room_ranked(&speakers, i), first[i]);
		}
	}
}

// Speech has pauses between words: 200 ms of them cost nobody a place against equal voices.
static void test_pauses(void **state)
{
	(void)state;
	for (unsigned tick = 0; tick < 1000; tick++, now_ms += 20) {
		for (unsigned i = 0; i < 3; i++)
			say(i, tick, (tick + i * 13) % 40 < 10 ? 0 : 95);
		say(3, tick, 94);
		if (tick == 10)
			room_speakers_leave(&speakers, 3), voices[3].quiet = 1;
		room_rank(&speakers, now_ms);
		if (tick > 12)
			assert_false(in_first(3, 3));
	}
}

static void test_new_loud_voice(void **state)
{
	(void)state;
	for (unsigned gap = 10; gap <= 40; gap *= 2) { // packets of 10, 20 and 40 ms
		uint32_t began;

		open_voices(NULL);
		for (unsigned tick = 0; tick < 200; tick++, now_ms += 20) {
			for (unsigned i = 0; i < 3; i++)
				say(i, tick, 85);
			room_rank(&speakers, now_ms);
		}
		began = now_ms;
		for (unsigned n = 0; now_ms - began <= 80; n++, now_ms += gap) {
			for (unsigned i = 0; i < 3; i++)
				say(i, 1000 + n, 85);
			say(7, n, 97); // 12 dB louder
			if (room_rank_due(&speakers, now_ms))
				room_rank(&speakers, now_ms);
		}
		assert_true(in_first(7, 3));
		assert_true(room_ranked(&speakers, 0) == 7);
	}
}

static void test_silence_ends(void **state)
{
	(void)state;
	say(1, 0, 100);
	say(2, 0, 90);
	assert_int_equal(speakers.count, 2);
	for (unsigned i = 0; i < ROOM_ACTIVE_MS / 20; i++, now_ms += 20) {
		say(2, i + 1, 90);
		room_rank(&speakers, now_ms);
	}
	now_ms += 20;
	assert_true(room_rank(&speakers, now_ms));
	assert_int_equal(speakers.count, 1);
	assert_int_equal(room_ranked(&speakers, 0), 2);
	// It comes back with its next word, at once.
	say(1, 50, 100);
	assert_int_equal(speakers.count, 2);
	room_speakers_leave(&speakers, 2);
	assert_int_equal(speakers.count, 1);
}

static void test_priority(void **state)
{
	(void)state;
	voices[9].priority = true;
	for (unsigned i = 0; i < TALKERS; i++)
		say(i, 0, i == 9 ? 40 : 80 + i % 40);
	room_rank(&speakers, now_ms);
	assert_int_equal(speakers.count, ROOM_SPEAKERS_MAX);
	assert_int_equal(room_ranked(&speakers, 0), 9);
}

static void test_wanted(void **state)
{
	uint64_t bits[4][2] = {{0}};
	const uint64_t *audience[4] = {bits[0], bits[1], NULL, bits[3]};
	uint32_t out[4];

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		say(70 + i, 0, 100 - i);
	room_rank(&speakers, now_ms);
	bits[0][1] = 1ull << (72 - 64); // hearer 72 hears the first one
	bits[3][1] = 1ull << (72 - 64);
	assert_int_equal(room_wanted(&speakers, audience, 72, out, 3), 2); // itself left out
	assert_true(out[0] == 70 && out[1] == 73);
	assert_int_equal(room_wanted(&speakers, audience, 72, out, 1), 1);
	assert_int_equal(room_wanted(&speakers, audience, 5, out, 3), 1);
	assert_int_equal(out[0], 72);
}

static void test_pick(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 2000; round++) {
		struct room_candidate c[40];
		unsigned count = case_below(41), n = case_below(12), least = UINT32_MAX, got;
		uint32_t out[12];
		uint64_t chosen = 0;

		for (unsigned i = 0; i < count; i++)
			c[i] = (struct room_candidate){i,
						       case_below(4) ? (uint16_t)case_below(30000)
								     : 0,
						       !case_below(10), case_below(2)};
		got = room_pick(out, n, c, count);
		assert_true(got <= n);
		for (unsigned i = 0; i < got; i++) {
			const struct room_candidate *o = &c[out[i]];
			unsigned w = o->score + (o->held ? ROOM_MARGIN : 0) +
				     (o->priority ? 0x20000u : 0);

			assert_true(w <= least && o->score && !(chosen >> out[i] & 1));
			least = w;
			chosen |= 1ull << out[i];
		}
		for (unsigned i = 0; i < count; i++) {
			unsigned w = c[i].score + (c[i].held ? ROOM_MARGIN : 0) +
				     (c[i].priority ? 0x20000u : 0);

			if (!(chosen >> i & 1) && c[i].score)
				assert_true(got == n && (!n || w <= least));
		}
	}
}

// Without the extension: by payload. Speech is about 80 bytes, DTX 1 to 3, a breath 30.
static void test_guess(void **state)
{
	struct room_voice *v = &voices[0];
	unsigned speech = 0;

	(void)state;
	for (unsigned i = 0; i < 50; i++)
		speech = room_loudness_guess(v, 78 + case_below(5));
	assert_int_equal(speech, ROOM_GUESS);
	for (unsigned i = 0; i <= ROOM_DTX_BYTES; i++)
		assert_int_equal(room_loudness_guess(v, i), 0);
	assert_true(room_loudness_guess(v, 30) < speech);
	assert_true(room_loudness_guess(v, 150) > speech);
	for (unsigned i = 0; i < 500; i++)
		assert_true(room_loudness_guess(v, 1275)); // the mean holds the largest frame
	assert_int_equal(room_loudness_guess(v, 1275), ROOM_GUESS);
}

static void test_before_decryption(void **state)
{
	struct room_voice *v = &voices[0];
	struct room_voice before;

	(void)state;
	for (unsigned i = 0; i < 4; i++)
		say(i, 0, 100);
	room_rank(&speakers, now_ms);
	assert_true(speakers.floor > 70 << 8);
	before = *v;
	assert_true(room_voice_wanted(v, 0, true, speakers.floor)); // the first silent ones pass
	assert_true(room_voice_wanted(v, 60, true, speakers.floor));
	assert_false(room_voice_wanted(v, 60, false, speakers.floor));
	assert_true(room_voice_wanted(v, 110, false, speakers.floor));
	assert_memory_equal(v, &before, sizeof before); // nothing moved
	v->quiet = ROOM_QUIET_PACKETS;
	assert_false(room_voice_wanted(v, 0, true, speakers.floor));
	assert_int_equal(room_loudness(30, 1), 97);
	assert_int_equal(room_loudness(127, 1), 0);
	assert_int_equal(room_loudness(60, 1), 67);
	assert_int_equal(room_loudness(60, 0), 0);
	assert_int_equal(room_loudness(60, -1), 67);
	assert_int_equal(room_loudness(75, -1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_random_traces, open_voices),
		cmocka_unit_test_setup(test_no_flapping, open_voices),
		cmocka_unit_test_setup(test_pauses, open_voices),
		cmocka_unit_test_setup(test_new_loud_voice, open_voices),
		cmocka_unit_test_setup(test_silence_ends, open_voices),
		cmocka_unit_test_setup(test_priority, open_voices),
		cmocka_unit_test_setup(test_wanted, open_voices),
		cmocka_unit_test_setup(test_pick, open_voices),
		cmocka_unit_test_setup(test_guess, open_voices),
		cmocka_unit_test_setup(test_before_decryption, open_voices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
