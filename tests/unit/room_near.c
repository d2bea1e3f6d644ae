// SPDX-License-Identifier: Apache-2.0
// Distance: the grid against counting, changes, and what a tick of a large room costs.
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kit/room_case.h"

static double far_of(const struct room_player *a, const struct room_player *b)
{
	double x = a->at[0] - b->at[0], y = a->at[1] - b->at[1], z = a->at[2] - b->at[2];

	return sqrt(x * x + y * y + z * z);
}

// How many eligible talkers are strictly nearer than `far`.
static unsigned nearer(const struct room_player *hearer, double far)
{
	struct room *room = hearer->room;
	unsigned n = 0;

	for (uint32_t i = 0; i < room->seat_count; i++) {
		struct room_player *p = room->seats[i];

		if (p && p != hearer && p->placed && p->team == hearer->team && !p->whisper_count &&
		    !(p->flags & (ROOM_MUTED | ROOM_LISTENER)) && !room_is_muted_for(hearer, p->id))
			n += far_of(hearer, p) < far * (1 - 1e-5);
	}
	return n;
}

static void hearer_check(const struct room_player *hearer)
{
	struct room *room = hearer->room;
	uint32_t seats[ROOM_NEAREST_MAX + 1];
	uint32_t n = room_talkers(hearer, seats, ROOM_NEAREST_MAX + 1);
	unsigned want;

	if (!hearer->placed || hearer->flags & ROOM_DEAF) {
		assert_int_equal(n, 0);
		return;
	}
	assert_true(n <= room->nearest);
	for (uint32_t i = 0; i < n; i++) {
		struct room_player *p = room->seats[seats[i]];

		assert_true(room_hears(hearer, p));
		assert_true(far_of(hearer, p) <= room->range * (1 + 1e-5));
		assert_true(nearer(hearer, far_of(hearer, p)) < room->nearest);
	}
	want = nearer(hearer, room->range * (1 + 2e-5));
	assert_true(n >= (want < room->nearest ? nearer(hearer, room->range * (1 - 1e-5))
					       : room->nearest));
}

static void place(struct room_player *p, float size, unsigned shape)
{
	float at[3] = {case_random() * size, case_random() * size, case_random() * size / 10};

	if (shape == 1) // on a line
		at[1] = at[2] = 5;
	if (shape == 2) // in crowds
		for (unsigned i = 0; i < 3; i++)
			at[i] = floorf(at[i] / size * 3) * size + at[i] / 100;
	if (shape == 3) // on one spot
		memset(at, 0, sizeof at);
	assert_int_equal(room_position_set(p, at), 0);
}

static void test_against_counting(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 24; round++) {
		struct room *room = case_room("arena");
		unsigned n = 2 + case_below(300);

		assert_int_equal(room_space_set(room, 1 + case_below(20), 10 + case_random() * 90),
				 0);
		for (unsigned i = 0; i < n; i++) {
			struct room_player *p = case_join(room, i);

			p->team = (uint16_t)(round % 3 ? 0 : case_below(4));
			if (case_below(20))
				place(p, 200, round % 4);
			if (!case_below(15))
				room_flag_set(p, (enum room_flag)(1u << case_below(3)), true);
		}
		for (unsigned step = 0; step < 5; step++) {
			struct room_player *a = room->seats[case_below(n)],
					   *b = room->seats[case_below(n)];

			rooms_tick(cased);
			for (unsigned i = 0; i < n; i++)
				hearer_check(room->seats[i]);
			for (unsigned i = 0; i < n / 3; i++)
				place(room->seats[case_below(n)], 200, round % 4);
			assert_int_equal(room_mute_for(a, b->id, true), 0);
			room_flag_set(a, (enum room_flag)(1u << case_below(3)), case_below(2));
			room_team_set(b, (uint16_t)case_below(3));
		}
		room_free(room);
	}
}

// What was published, brought up to date by changes alone, is what the rules say.
static void test_changes_suffice(void **state)
{
	static uint64_t published[64][1], bits[1];
	struct room *room = case_room("arena");

	(void)state;
	assert_int_equal(room_space_set(room, 5, 60), 0);
	for (unsigned i = 0; i < 60; i++)
		place(case_join(room, i), 200, 0);
	for (unsigned step = 0; step < 300; step++) {
		struct room_player *p = room->seats[case_below(60)];
		struct room_change c;

		if (!p)
			p = case_join(room, 100 + step);
		if (!case_below(10))
			room_leave(p);
		else if (!case_below(10))
			room_team_set(p, (uint16_t)case_below(2));
		else if (!case_below(10))
			room_flag_set(p, (enum room_flag)(1u << case_below(5)), case_below(2));
		else
			place(p, 200, 0);
		rooms_tick(cased);
		while (room_change_next(cased, &c))
			if (c.talker)
				room_audience_bits(c.talker, published[c.talker->seat]);
		for (uint32_t i = 0; i < room->seat_count; i++) {
			if (!room->seats[i])
				continue;
			room_audience_bits(room->seats[i], bits);
			assert_int_equal(bits[0], published[i][0]);
		}
	}
}

static void test_priority_in_range(void **state)
{
	struct room *room = case_room("arena");
	struct room_player *hearer = case_join(room, 0), *leader = case_join(room, 1);

	(void)state;
	assert_int_equal(room_space_set(room, 3, 100), 0);
	room_position_set(hearer, (float[3]){0, 0, 0});
	room_position_set(leader, (float[3]){90, 0, 0});
	for (unsigned i = 2; i < 20; i++)
		room_position_set(case_join(room, i), (float[3]){(float)i, 0, 0});
	rooms_tick(cased);
	assert_false(room_hears(hearer, leader));
	room_flag_set(leader, ROOM_PRIORITY, true);
	rooms_tick(cased);
	assert_true(room_hears(hearer, leader));
	assert_int_equal(room_talkers(hearer, NULL, 0), 3);
	room_position_set(leader, (float[3]){101, 0, 0});
	rooms_tick(cased);
	assert_false(room_hears(hearer, leader));
	// A seat that is taken again is not the place of who sat there.
	room_leave(room->seats[2]);
	leader = case_join(room, 50);
	assert_int_equal(leader->seat, 2);
	assert_false(room_hears(hearer, leader));
	assert_int_equal(room_position_set(leader, (float[3]){NAN, 0, 0}), -EINVAL);
	assert_int_equal(room_position_set(leader, (float[3]){0, INFINITY, 0}), -EINVAL);
	assert_int_equal(room_position_set(leader, (float[3]){0, 2e7f, 0}), -EINVAL);
	assert_int_equal(room_space_set(room, 65, 1), -EINVAL);
	assert_int_equal(room_space_set(room, 1, NAN), -EINVAL);
	assert_int_equal(room_space_set(room, 1, 0), -EINVAL);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

// Prints what it costs; fails only where it is absurd, for machines differ.
static void test_large(void **state)
{
	static const char *const shapes[] = {"even", "line", "crowds", "one spot"};

	(void)state;
	for (unsigned shape = 0; shape < 4; shape++) {
		struct room *room = case_room("field");
		struct room_change c;
		double began, tick, changes;

		assert_int_equal(room_space_set(room, 20, 100), 0);
		for (unsigned i = 0; i < 10000; i++)
			place(case_join(room, i), 1000, shape);
		rooms_tick(cased);
		for (unsigned i = 0; i < 10000; i++)
			place(room->seats[i], 1000, shape);
		room->moved = true;
		began = seconds();
		rooms_tick(cased);
		tick = seconds() - began;
		began = seconds();
		while (room_change_next(cased, &c))
			if (c.talker)
				room_audience(c.talker, NULL, 0);
		changes = seconds() - began;
		print_message("10,000 players, %s: tick %.1f ms, changes %.1f ms\n", shapes[shape],
			      tick * 1e3, changes * 1e3);
		assert_true(tick < 60);
		room_free(room);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_against_counting, case_open, case_close),
		cmocka_unit_test_setup_teardown(test_changes_suffice, case_open, case_close),
		cmocka_unit_test_setup_teardown(test_priority_in_range, case_open, case_close),
		cmocka_unit_test_setup_teardown(test_large, case_open, case_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
