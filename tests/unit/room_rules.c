// SPDX-License-Identifier: Apache-2.0
// Who hears whom in a room without distance, names and limits, changes, memory that runs out.
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit/room_case.h"

static struct room *room;
static struct room_player *ann, *ben, *cat, *dan;

static int open_four(void **state)
{
	if (case_open(state))
		return -1;
	room = case_room("den");
	ann = case_join(room, 1);
	ben = case_join(room, 2);
	cat = case_join(room, 3);
	dan = case_join(room, 4);
	return 0;
}

// Hearers of the talker, as a text of seats.
static const char *heard_by(const struct room_player *talker)
{
	static char text[64];
	uint32_t seats[8], n = room_audience(talker, seats, 8);
	uint64_t bits[1], want = 0;

	text[0] = 0;
	for (uint32_t i = 0; i < n; i++) {
		sprintf(text + strlen(text), "%u", seats[i]);
		want |= 1ull << seats[i];
		assert_true(room_hears(room->seats[seats[i]], talker));
	}
	room_audience_bits(talker, bits);
	assert_int_equal(bits[0], want);
	for (uint32_t i = 0; i < room->seat_count; i++) {
		uint32_t back[8], m;

		if (!room->seats[i])
			continue;
		assert_int_equal(room_hears(room->seats[i], talker), want >> i & 1);
		m = room_talkers(room->seats[i], back, 8);
		for (uint32_t j = 0; j < m; j++)
			if (back[j] == talker->seat)
				want &= ~(1ull << i);
	}
	assert_int_equal(want, 0); // whoever is in the audience has the talker in its list
	return text;
}

static void test_rules(void **state)
{
	(void)state;
	assert_string_equal(heard_by(ann), "123");
	room_team_set(ben, 7);
	assert_string_equal(heard_by(ann), "23");
	assert_string_equal(heard_by(ben), "");
	room_team_set(cat, 7);
	assert_string_equal(heard_by(ben), "2");
	room_flag_set(dan, ROOM_ALL_TEAMS, true);
	assert_string_equal(heard_by(ben), "23");
	assert_string_equal(heard_by(ann), "3");
	assert_string_equal(heard_by(dan), "0");
	room_flag_set(dan, ROOM_DEAF, true);
	assert_string_equal(heard_by(ben), "2");
	room_flag_set(dan, ROOM_DEAF, false);
	room_flag_set(ben, ROOM_MUTED, true);
	assert_string_equal(heard_by(ben), "");
	room_flag_set(ben, ROOM_MUTED, false);
	assert_int_equal(room_mute_for(dan, ben->id, true), 0);
	assert_string_equal(heard_by(ben), "2");
	assert_int_equal(room_mute_for(dan, ben->id, false), 0);
	assert_string_equal(heard_by(ben), "23");
	room_flag_set(ben, ROOM_LISTENER, true);
	assert_string_equal(heard_by(ben), "");
	assert_string_equal(heard_by(cat), "13");
}

static void test_whisper(void **state)
{
	uint32_t ids[3] = {cat->id, dan->id, cat->id};

	(void)state;
	room_team_set(cat, 9);
	assert_int_equal(room_whisper_set(ann, ids, 3), 0);
	assert_true(!strcmp(heard_by(ann), "23") || !strcmp(heard_by(ann), "32"));
	room_flag_set(dan, ROOM_DEAF, true);
	assert_string_equal(heard_by(ann), "2");
	assert_int_equal(room_mute_for(cat, ann->id, true), 0);
	assert_string_equal(heard_by(ann), "");
	assert_int_equal(room_whisper_set(ann, NULL, 0), 0);
	assert_string_equal(heard_by(ann), "1");
	ids[0] = ann->id;
	assert_int_equal(room_whisper_set(ann, ids, 1), 0); // to itself
	assert_string_equal(heard_by(ann), "");
	// Known before it comes: ids follow from names.
	ids[0] = dan->id;
	room_leave(dan);
	assert_int_equal(room_whisper_set(ann, ids, 1), 0);
	assert_string_equal(heard_by(ann), "");
	dan = case_join(room, 4);
	assert_int_equal(dan->id, ids[0]);
	assert_string_equal(heard_by(ann), "3");
}

static void test_names_and_limits(void **state)
{
	static const struct room_limits small = {.rooms = 1, .players = 3, .players_per_room = 2};
	char name[ROOM_NAME_MAX + 2];
	struct room_player *p;
	struct rooms *few;
	struct room *r;

	(void)state;
	memset(name, 'x', sizeof name);
	name[ROOM_NAME_MAX + 1] = 0;
	assert_false(room_name_ok(name));
	name[ROOM_NAME_MAX] = 0;
	assert_true(room_name_ok(name));
	assert_false(room_name_ok("") || room_name_ok("a b") || room_name_ok("a/b") ||
		     room_name_ok("\x7f") || room_name_ok("\xc3\xa9"));
	assert_int_equal(room_new(&r, cased, "den"), -EEXIST);
	assert_int_equal(room_new(&r, cased, "a b"), -EINVAL);
	assert_int_equal(room_join(&p, room, "p1", NULL), -EEXIST);
	assert_ptr_equal(room_player_find(room, "p2"), ben);
	assert_null(room_player_find(room, "p9"));
	assert_ptr_equal(room_player_by_id(cased, cat->id), cat);
	assert_int_equal(rooms_new(&few, &small), 0);
	assert_int_equal(room_new(&r, few, "one"), 0);
	assert_int_equal(room_new(&r, few, "two"), -ENOSPC);
	assert_int_equal(room_join(&p, r, "a", NULL), 0);
	assert_int_equal(room_join(&p, r, "b", NULL), 0);
	assert_int_equal(room_join(&p, r, "c", NULL), -ENOSPC);
	room_leave(p);
	assert_int_equal(room_join(&p, r, "c", NULL), 0);
	assert_int_equal(p->seat, 1);
	assert_int_equal(rooms_player_count(few), 2);
	rooms_free(few);
}

static void test_bounds_of_lists(void **state)
{
	uint32_t ids[ROOM_WHISPERS_MAX + 1] = {0};

	(void)state;
	assert_int_equal(room_whisper_set(ann, ids, ROOM_WHISPERS_MAX + 1), -ENOSPC);
	for (uint32_t i = 0; i < ROOM_MUTES_MAX; i++)
		assert_int_equal(room_mute_for(ann, 1 + i * 7919, true), 0);
	assert_int_equal(room_mute_for(ann, 5, true), -ENOSPC);
	assert_int_equal(room_mute_for(ann, 1, true), 0); // is already
	for (uint32_t i = 0; i < ROOM_MUTES_MAX; i++) {
		assert_true(room_is_muted_for(ann, 1 + i * 7919));
		assert_int_equal(room_mute_for(ann, 1 + i * 7919, false), 0);
		assert_false(room_is_muted_for(ann, 1 + i * 7919));
	}
}

static unsigned changes_drain(bool *members)
{
	struct room_change c;
	unsigned n = 0;

	*members = false;
	while (room_change_next(cased, &c)) {
		*members |= c.kind == ROOM_CHANGED_MEMBERS;
		n += c.talker != NULL;
	}
	return n;
}

static void test_changes(void **state)
{
	bool members;

	(void)state;
	assert_int_equal(changes_drain(&members), 4);
	assert_true(members);
	assert_int_equal(changes_drain(&members), 0);
	assert_int_equal(room_mute_for(ann, ben->id, true), 0);
	assert_int_equal(changes_drain(&members), 1);
	assert_false(members);
	room_flag_set(ann, ROOM_LISTENER, true);
	assert_int_equal(changes_drain(&members), 1);
	assert_true(members);
	room_flag_set(ann, ROOM_LISTENER, true); // nothing new
	assert_int_equal(changes_drain(&members), 0);
	room_flag_set(ben, ROOM_DEAF, true);
	assert_int_equal(changes_drain(&members), 3); // whoever has a voice
	room_leave(dan);
	changes_drain(&members);
	assert_true(members);
	room_free(case_room("other"));
	room_team_set(ann, 3);
	room_free(room);
	assert_int_equal(changes_drain(&members), 0);
	assert_false(members);
}

static void rule_change(void)
{
	unsigned number = case_below(40);
	char name[16];
	struct room_player *p, *q = room->seats[case_below(room->seat_count)];

	snprintf(name, sizeof name, "p%u", number);
	p = room_player_find(room, name);
	if (!p)
		case_join(room, number);
	else if (!case_below(8))
		room_leave(p);
	else if (!case_below(4))
		room_team_set(p, (uint16_t)case_below(3));
	else if (!case_below(3))
		room_flag_set(p, (enum room_flag)(1u << case_below(5)), case_below(2));
	else if (q && q != p && case_below(2))
		assert_int_equal(room_mute_for(p, q->id, case_below(2)), 0);
	else if (q)
		assert_int_equal(room_whisper_set(p, &q->id, case_below(2)), 0);
}

// What was published and then brought up to date by changes alone is what the rules say.
static void test_changes_suffice(void **state)
{
	static uint64_t published[64];

	(void)state;
	for (unsigned step = 0; step < 3000; step++) {
		struct room_change c;

		rule_change();
		for (unsigned i = case_below(4); i && room_change_next(cased, &c); i--)
			if (c.talker)
				room_audience_bits(c.talker, &published[c.talker->seat]);
		if (case_below(5))
			continue;
		while (room_change_next(cased, &c))
			if (c.talker)
				room_audience_bits(c.talker, &published[c.talker->seat]);
		for (uint32_t i = 0; i < room->seat_count; i++) {
			uint64_t bits;

			if (!room->seats[i])
				continue;
			room_audience_bits(room->seats[i], &bits);
			assert_int_equal(bits, published[i]);
		}
	}
}

static bool room_step(void *ctx)
{
	static const struct room_limits limits = {.rooms = 10,
						  .players = 100,
						  .players_per_room = 100};
	struct rooms *r = NULL;
	struct room *made = NULL;
	struct room_player *p = NULL;
	uint32_t id = 5;
	bool done = false;
	char name[16];

	(void)ctx;
	if (rooms_new(&r, &limits))
		return false;
	if (room_new(&made, r, "den") || room_space_set(made, 3, 5))
		goto out;
	for (unsigned i = 0; i < 70; i++) { // seats grow, and the hash tables
		snprintf(name, sizeof name, "p%u", i);
		if (room_join(&p, made, name, NULL))
			goto out;
		room_position_set(p, (float[3]){(float)i, 0, 0});
	}
	rooms_tick(r);
	if (room_whisper_set(p, &id, 1) || room_mute_for(p, 7, true) || room_space_set(made, 5, 9))
		goto out;
	rooms_tick(r);
	done = true;
out:
	rooms_free(r);
	return done;
}

static void test_memory(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(room_step, NULL) > 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rules, open_four, case_close),
		cmocka_unit_test_setup_teardown(test_whisper, open_four, case_close),
		cmocka_unit_test_setup_teardown(test_names_and_limits, open_four, case_close),
		cmocka_unit_test_setup_teardown(test_bounds_of_lists, open_four, case_close),
		cmocka_unit_test_setup_teardown(test_changes, open_four, case_close),
		cmocka_unit_test_setup_teardown(test_changes_suffice, open_four, case_close),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
