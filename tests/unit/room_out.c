// SPDX-License-Identifier: Apache-2.0
// What a hearer's slot sends: one sequence without holes, whoever talks and however packets come in.
#include <string.h>

#include "kit/room_case.h"

#define TALKERS 6
#define SLOTS 3

struct talker {
	struct room_voice voice;
	uint64_t index;
	uint32_t ts;
	unsigned loudness, left;
};

struct sent { // what came out of a slot
	uint64_t last, first;
	uint32_t last_ts, last_in_ts;
	uint32_t seat;
	unsigned silent, count;
};

static struct talker talkers[TALKERS];
static struct room_speakers speakers;
static struct room_slot slots[SLOTS];
static struct room_out outs[SLOTS];
static struct sent sent[SLOTS];
static uint32_t now_ms;

static int open_hearer(void **state)
{
	(void)state;
	case_seed = 0x2545f4914f6cdd1du;
	now_ms = UINT32_MAX - 20000;
	memset(talkers, 0, sizeof talkers);
	memset(sent, 0, sizeof sent);
	room_speakers_init(&speakers, SLOTS);
	room_slots_init(slots, SLOTS);
	for (unsigned i = 0; i < TALKERS; i++) {
		room_voice_init(&talkers[i].voice, i);
		talkers[i].index = 65500 + i; // the sequence number wraps soon
		talkers[i].ts = UINT32_MAX - 48000 * i;
	}
	for (unsigned i = 0; i < SLOTS; i++) {
		sent[i].first = i ? 65000 : 0xffffffffu - 700; // wraps at 2^16, and 2^32 packets
		sent[i].last = sent[i].first - 1;
		sent[i].seat = ROOM_NOBODY;
		room_out_init(&outs[i], sent[i].first, 0xffff0000u, now_ms);
	}
	return 0;
}

static void rank(void)
{
	uint32_t wanted[SLOTS], changed;
	const uint64_t *all[ROOM_SPEAKERS_MAX] = {NULL};

	room_rank(&speakers, now_ms);
	changed =
		room_slots_assign(slots, SLOTS, wanted,
				  room_wanted(&speakers, all, ROOM_NOBODY, wanted, SLOTS), now_ms);
	for (unsigned i = 0; i < SLOTS; i++)
		if (changed >> i & 1)
			room_out_assign(&outs[i], slots[i].seat);
}

// A packet of the talker all the way; false where it was not forwarded. `w`: what went out.
static bool pass(unsigned i, uint64_t index, uint32_t ts, unsigned loudness, struct room_rewrite *w)
{
	struct room_packet p = {.ts = ts, .now_ms = now_ms};
	int slot;

	if (room_voice_step(&talkers[i].voice, &p, index, loudness) != ROOM_FORWARD)
		return false;
	if (room_heard(&speakers, &talkers[i].voice) || room_rank_due(&speakers, now_ms))
		rank();
	slot = room_slots_find(slots, SLOTS, i);
	return slot >= 0 && room_out_step(&outs[slot], &p, w);
}

static void sent_check(unsigned i, unsigned slot, const struct room_rewrite *w, unsigned loudness)
{
	struct sent *s = &sent[slot];
	uint32_t step = talkers[i].ts - s->last_in_ts;

	assert_int_equal(w->index, s->last + 1); // neither hole nor repetition
	if (s->seat != i) {
		assert_true(w->marker);
		assert_true(!s->count || (int32_t)(w->ts - s->last_ts) >= ROOM_FRAME_TS);
	} else if (!w->marker) {
		assert_int_equal(w->ts - s->last_ts, step);
	} else {
		assert_true((int32_t)(w->ts - s->last_ts) >= ROOM_FRAME_TS);
	}
	s->silent = loudness ? 0 : (s->seat == i ? s->silent : 0) + 1;
	assert_true(s->silent <= ROOM_QUIET_PACKETS);
	*s = (struct sent){w->index, s->first, w->ts, talkers[i].ts, i, s->silent, s->count + 1};
}

static void talker_turn(struct talker *t)
{
	if (!t->left--) {
		t->left = 1 + case_below(80);
		t->loudness = case_below(2) ? 0 : 70 + case_below(50);
	}
	t->index++;
	t->ts += 960;
}

static void test_strictly_continuous(void **state)
{
	(void)state;
	for (unsigned tick = 0; tick < 20000; tick++, now_ms += 20) {
		for (unsigned i = 0; i < TALKERS; i++) {
			struct talker *t = &talkers[i];
			struct room_rewrite w;

			talker_turn(t);
			if (!case_below(3000)) { // reload: another SSRC, index and time
				room_voice_restart(&t->voice);
				t->index = case_below(1 << 15);
				t->ts = case_below(UINT32_MAX);
			}
			if (pass(i, t->index, t->ts, t->loudness, &w))
				sent_check(i, (unsigned)room_slots_find(slots, SLOTS, i), &w,
					   t->loudness);
		}
	}
	for (unsigned i = 0; i < SLOTS; i++)
		assert_true(sent[i].count > 3000);
	assert_true(sent[0].last > UINT32_MAX && sent[1].last > 65536);
}

static uint8_t seen[SLOTS][40000];
static unsigned lost, late;

static void disordered(unsigned i, const unsigned order[8])
{
	struct talker *t = &talkers[i];
	struct room_rewrite w;

	for (unsigned k = 0; k < 8; k++) {
		struct sent *s;
		int slot;

		if (!case_below(50)) {
			lost++;
			continue;
		}
		if (!pass(i, t->index + order[k], t->ts + 960 * order[k], t->loudness, &w)) {
			late++;
			continue;
		}
		slot = room_slots_find(slots, SLOTS, i);
		s = &sent[slot];
		assert_true(w.index >= s->first && w.index - s->first < 40000);
		assert_int_equal(seen[slot][w.index - s->first]++, 0);
		if (w.index > s->last)
			s->last = w.index;
	}
	t->index += 8;
	t->ts += 960 * 8;
}

// Out of order and with losses: nothing twice, and only as many holes as packets were lost.
static void test_disorder(void **state)
{
	unsigned holes = 0;

	(void)state;
	memset(seen, 0, sizeof seen);
	for (unsigned tick = 0; tick < 20000; tick += 8, now_ms += 160) {
		for (unsigned i = 0; i < TALKERS; i++) {
			unsigned order[8] = {0, 1, 2, 3, 4, 5, 6, 7};

			if (!case_below(3))
				talkers[i].loudness = case_below(2) ? 0 : 70 + case_below(50);
			for (unsigned k = 1; k < 8; k++) { // within 3 places
				unsigned j = k - case_below(k < 3 ? k + 1 : 3), swap = order[k];

				order[k] = order[j];
				order[j] = swap;
			}
			disordered(i, order);
		}
	}
	for (unsigned i = 0; i < SLOTS; i++)
		for (uint64_t k = 0; k <= sent[i].last - sent[i].first; k++)
			holes += !seen[i][k];
	assert_true(late > 0);
	assert_true(holes <= lost + late / 20); // a late one at a switch may have left its hole
}

static void test_switch_by_hand(void **state)
{
	struct room_packet a = {.source = room_source(1, 0),
				.index = 100,
				.ts = 5000,
				.now_ms = now_ms};
	struct room_packet b = {.source = room_source(2, 0),
				.index = 7,
				.ts = 900000,
				.now_ms = now_ms};
	struct room_rewrite w = {0};
	struct room_out o;

	(void)state;
	room_out_init(&o, 10, 1000, now_ms);
	assert_false(room_out_step(&o, &a, &w)); // nobody sits here
	room_out_assign(&o, 1);
	assert_true(room_out_step(&o, &a, &w));
	assert_true(w.index == 10 && w.ts == 1000 && w.marker);
	a.index = 102, a.ts += 1920;
	assert_true(room_out_step(&o, &a, &w));
	assert_true(w.index == 12 && w.ts == 2920 && !w.marker);
	a.index = 101, a.ts -= 960; // the one between, late
	assert_true(room_out_step(&o, &a, &w));
	assert_true(w.index == 11 && w.ts == 1960 && !w.marker);
	a.index = 99; // before the talk spurt
	assert_false(room_out_step(&o, &a, &w));
	room_out_assign(&o, 2);
	a.index = 103;
	assert_false(room_out_step(&o, &a, &w)); // of the old talker
	b.now_ms += 500;
	assert_true(room_out_step(&o, &b, &w));
	assert_true(w.index == 13 && w.ts == 2920 + 500 * 48 && w.marker);
	b.index = 6;
	assert_false(room_out_step(&o, &b, &w));
}

static void test_new_stream(void **state)
{
	struct room_packet b = {.source = room_source(2, 0),
				.index = 7,
				.ts = 900000,
				.now_ms = now_ms};
	struct room_rewrite w = {0};
	struct room_out o;

	(void)state;
	room_out_init(&o, 13, 1000, now_ms);
	room_out_assign(&o, 2);
	assert_true(room_out_step(&o, &b, &w));
	// A new stream of the same talker begins a talk spurt; what is left of the old one is dropped.
	b.source = room_source(2, 1), b.index = 3, b.ts = 1;
	assert_true(room_out_step(&o, &b, &w));
	assert_true(w.index == 14 && w.ts == 1960 && w.marker);
	b.source = room_source(2, 0), b.index = 8;
	assert_false(room_out_step(&o, &b, &w));
	b.source = room_source(2, 1), b.index = 4, b.ts = 961;
	assert_true(room_out_step(&o, &b, &w));
	assert_true(w.index == 15 && !w.marker);
}

static void test_silence(void **state)
{
	struct room_voice v;
	struct room_packet p = {.now_ms = now_ms};
	uint64_t whole;

	(void)state;
	room_voice_init(&v, 4);
	assert_int_equal(room_voice_step(&v, &p, 50, 90), ROOM_FORWARD);
	assert_true(p.marker);
	whole = p.index;
	for (unsigned i = 1; i <= ROOM_QUIET_PACKETS; i++) {
		p = (struct room_packet){.now_ms = now_ms};
		assert_int_equal(room_voice_step(&v, &p, 50 + i, 0), ROOM_FORWARD);
		assert_true(p.index == whole + i && !p.marker);
	}
	whole = p.index;
	for (unsigned i = 0; i < 1000; i++)
		assert_int_equal(room_voice_step(&v, &p, 56 + i, 0), ROOM_SILENT);
	p = (struct room_packet){.now_ms = now_ms};
	assert_int_equal(room_voice_step(&v, &p, 54, 90), ROOM_FORWARD); // late, of the old spurt
	assert_int_equal(p.index, whole - 1);
	p = (struct room_packet){.now_ms = now_ms};
	assert_int_equal(room_voice_step(&v, &p, 2000, 90), ROOM_FORWARD);
	assert_true(p.index == whole + 1 && p.marker); // no hole
	assert_int_equal(room_voice_step(&v, &p, 1999, 90), ROOM_LATE);
}

static void test_slots(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		uint32_t wanted[SLOTS], before[SLOTS], changed;
		unsigned count = 0, live = 0;
		bool was[SLOTS];

		for (uint32_t i = 0; i < TALKERS && count < SLOTS; i++)
			if (case_below(2))
				wanted[count++] = i;
		for (unsigned i = 0; i < SLOTS; i++) {
			before[i] = slots[i].seat;
			was[i] = slots[i].live;
		}
		changed = room_slots_assign(slots, SLOTS, wanted, count, round);
		for (unsigned i = 0; i < count; i++) {
			int at = room_slots_find(slots, SLOTS, wanted[i]);

			assert_true(at >= 0);
			for (unsigned k = 0; k < SLOTS; k++)
				if (before[k] == wanted[i]) // it keeps its place
					assert_int_equal(at, k);
		}
		for (unsigned i = 0; i < SLOTS; i++) {
			live += slots[i].live;
			assert_int_equal(changed >> i & 1,
					 slots[i].live && (!was[i] || slots[i].seat != before[i]));
		}
		assert_int_equal(live, count);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_strictly_continuous, open_hearer),
		cmocka_unit_test_setup(test_disorder, open_hearer),
		cmocka_unit_test_setup(test_switch_by_hand, open_hearer),
		cmocka_unit_test_setup(test_new_stream, open_hearer),
		cmocka_unit_test_setup(test_silence, open_hearer),
		cmocka_unit_test_setup(test_slots, open_hearer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
