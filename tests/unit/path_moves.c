// SPDX-License-Identifier: Apache-2.0
// Voice while the control lane changes what workers see: rooms published anew, players who leave, come and
// change seats. Nobody hears what is not meant for them, and no SRTP index goes out twice.
#include "kit/kit.h"

#include <string.h>

#include "kit/voice.h"

static struct kit_room room;

static void opened(unsigned players, unsigned slots)
{
	static bool first = true;

	if (first)
		kit_room_open(&room, players, slots, SRTP_AEAD_AES_128_GCM);
	else
		kit_room_again(&room, players, slots, SRTP_AEAD_AES_128_GCM);
	first = false;
}

static unsigned speaks(unsigned player)
{
	room.now_ms += 20;
	return kit_talk(&room, player, 0x80 | 30, 1, 60);
}

// A snapshot may lie where an older one lay, for which the lists had been made.
static void a_snapshot_at_an_old_place_gets_its_lists(void **state)
{
	const struct voice_room *first;
	unsigned looks = 0;

	(void)state;
	opened(3, 2);
	assert_int_equal(speaks(0), 2);
	first = voice_room_at(room.relay.flow, 0);
	do {
		kit_room_publish(&room, NULL);
		flow_reclaim(room.relay.flow);
		assert_true(++looks < 1000);
	} while (voice_room_at(room.relay.flow, 0) != first);
	assert_int_equal(speaks(0), 2);
}

// The kit's players open what they hear with a replay window: an index that comes twice is refused there,
// and with GCM would give the key away.
static void a_room_that_comes_again_repeats_no_index(void **state)
{
	const uint32_t before[3] = {0, VOICE_NOBODY, 2}, after[3] = {1, VOICE_NOBODY, 2};
	struct voice_room_state *again;

	(void)state;
	opened(3, 2);
	kit_seats_publish(&room, 0, before, 3, room.state);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(speaks(0), 1);
	// All leave, the room ends; then it is there once more, with another in the talker's seat.
	flow_room_retire(room.relay.flow, 0);
	again = flow_voice_room_state_new(room.relay.flow, room.slots);
	assert_non_null(again);
	flow_voice_room_state_retire(room.relay.flow, room.state);
	room.state = again;
	room.player[1].seat = 0;
	kit_player_publish(&room, 1);
	kit_seats_publish(&room, 0, after, 3, room.state);
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(speaks(1), 1);
}

// The room's lists name players by index; they are made anew when somebody speaks after the next snapshot.
static void who_moved_on_hears_nothing_of_the_old_room(void **state)
{
	(void)state;
	opened(3, 2);
	assert_int_equal(speaks(0), 2);
	room.player[2].room = 1;
	kit_player_publish(&room, 2);
	assert_int_equal(speaks(0), 1);
	assert_null(kit_heard_by(&room, 2));
}

// In its new seat a player is heard by nobody before the room's snapshot says who may.
static void the_seat_of_another_has_another_audience(void **state)
{
	uint64_t team_a = 0x7, team_b = 0x18;
	const uint64_t *audience[5] = {&team_a, &team_a, &team_a, &team_b, &team_b};
	unsigned moved = 2;

	(void)state;
	opened(5, 2);
	kit_room_publish(&room, audience);
	for (unsigned i = 0; i < 5; i++)
		speaks(i);
	flow_player_retire(room.relay.flow, 4);
	room.player[moved].seat = 4;
	kit_player_publish(&room, moved);
	assert_int_equal(speaks(moved), 0);
	assert_true(room.relay.worker->drops[PATH_DROP_NO_PLAYER] > 0);
}

// One who comes into a seat whose last voice is still ranked takes one place in the ranking, not two.
static void a_seat_is_ranked_once(void **state)
{
	const uint32_t after[3] = {3, 1, 2};

	(void)state;
	opened(4, 2);
	for (unsigned i = 0; i < 10; i++) {
		speaks(0);
		speaks(1);
	}
	room.player[3].seat = 0;
	kit_player_publish(&room, 3);
	kit_seats_publish(&room, 0, after, 3, room.state);
	speaks(3);
	speaks(1);
	assert_int_equal(room.state->speakers.count, 2);
	assert_int_equal(speaks(3), 2);
	assert_int_equal(speaks(1), 2);
}

// Deaf for a while, and back: the slots go on where they were.
static void who_hears_again_goes_on(void **state)
{
	(void)state;
	opened(3, 2);
	for (unsigned i = 0; i < 60; i++) {
		room.player[2].lines = i / 20 == 1 ? 0 : 2;
		kit_player_publish(&room, 2);
		kit_room_publish(&room, NULL);
		assert_int_equal(speaks(0), i / 20 == 1 ? 1 : 2);
	}
}

// Two at one address, as a NAT gives one's port to the next: the later one is there when the first goes.
static void who_comes_to_an_old_address_stays(void **state)
{
	(void)state;
	opened(4, 2);
	assert_int_equal(speaks(1), 3);
	room.player[1].at = 0;
	kit_player_publish(&room, 1);
	flow_player_retire(room.relay.flow, 0);
	assert_int_equal(speaks(1), 2);
}

// A talker whose sequence leaps: each hearer's goes on by one. A hole as of lost packets stays one.
static void a_leap_is_no_hole(void **state)
{
	uint16_t seq;

	(void)state;
	opened(2, 1);
	speaks(0);
	seq = room.heard[0].seq;
	for (unsigned i = 1; i < 20; i++) {
		room.player[0].index += 30000;
		assert_int_equal(speaks(0), 1);
		assert_int_equal(room.heard[0].seq, (uint16_t)(seq + i));
		assert_true(room.heard[0].marker);
	}
	room.player[0].index += 5;
	assert_int_equal(speaks(0), 1);
	assert_int_equal(room.heard[0].seq, (uint16_t)(seq + 25));
	assert_false(room.heard[0].marker);
}

// To another room and back into the same seat, where another had spoken meanwhile.
static void who_comes_back_is_heard(void **state)
{
	const uint32_t others[3] = {1, VOICE_NOBODY, 2};

	(void)state;
	opened(3, 2);
	assert_int_equal(speaks(0), 2);
	room.player[0].room = 1;
	room.player[1].seat = 0;
	kit_player_publish(&room, 0);
	kit_player_publish(&room, 1);
	kit_seats_publish(&room, 0, others, 3, room.state);
	assert_int_equal(speaks(1), 1);
	room.player[0].room = 0;
	room.player[1].seat = 1;
	flow_voice_state_moved(room.player[0].state);
	kit_player_publish(&room, 0);
	kit_player_publish(&room, 1);
	kit_room_publish(&room, NULL);
	assert_int_equal(speaks(0), 2);
	assert_int_equal(speaks(1), 2);
}

static unsigned punted(enum punt_class class_)
{
	struct rte_mbuf *m;
	unsigned n = 0;

	for (; !rte_ring_dequeue(room.relay.worker->punt[class_], (void **)&m); n++)
		rte_pktmbuf_free(m);
	return n;
}

// A flood of checks from one player's address: the others' come through.
static void a_flood_is_one_players(void **state)
{
	struct worker *w = room.relay.worker;
	uint8_t check[20] = {0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42};
	unsigned from_first = 0;

	(void)state;
	opened(2, 1);
	w->player_rule.period_tsc = w->tsc_hz / PUNT_PLAYER_EACH_PER_S;
	for (unsigned i = 0; i < 1000; i++) {
		kit_walk_voice(&room, 0, check, sizeof check);
		from_first += punted(PUNT_PLAYER);
	}
	assert_in_range(from_first, 10, PUNT_PLAYER_EACH_PER_S);
	kit_walk_voice(&room, 1, check, sizeof check);
	assert_int_equal(punted(PUNT_PLAYER), 1);
	w->player_rule.period_tsc = 0;
}

static int last_close(void **state)
{
	(void)state;
	kit_room_close(&room);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_snapshot_at_an_old_place_gets_its_lists),
		cmocka_unit_test(a_room_that_comes_again_repeats_no_index),
		cmocka_unit_test(who_moved_on_hears_nothing_of_the_old_room),
		cmocka_unit_test(the_seat_of_another_has_another_audience),
		cmocka_unit_test(a_seat_is_ranked_once),
		cmocka_unit_test(who_hears_again_goes_on),
		cmocka_unit_test(who_comes_to_an_old_address_stays),
		cmocka_unit_test(a_leap_is_no_hole),
		cmocka_unit_test(who_comes_back_is_heard),
		cmocka_unit_test(a_flood_is_one_players),
	};

	return cmocka_run_group_tests(tests, NULL, last_close);
}
