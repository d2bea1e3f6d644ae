// SPDX-License-Identifier: Apache-2.0
// Voice through a worker's whole walk: who hears whom, and what each of them gets, opened with its own keys.
#include "kit/kit.h"

#include <string.h>

#include "kit/voice.h"

static struct kit_room room;

static uint64_t drops(enum path_reason reason)
{
	return room.relay.worker->drops[reason];
}

static void opened(unsigned players, unsigned slots, enum srtp_profile profile)
{
	static bool first = true;

	// DPDK is started once a process: rooms follow each other on one relay.
	if (first)
		kit_room_open(&room, players, slots, profile);
	else
		kit_room_again(&room, players, slots, profile);
	first = false;
}

static void all_but_the_talker_hear(void **state)
{
	(void)state;
	for (unsigned profile = 0; profile < SRTP_PROFILES; profile++) {
		opened(5, 4, profile);
		for (unsigned i = 0; i < 40; i++) {
			unsigned talker = i % 5;

			room.now_ms += 4;
			assert_int_equal(kit_talk(&room, talker, 0x80 | 30, (uint8_t)i, 100 + i),
					 4);
			assert_null(kit_heard_by(&room, talker));
			for (unsigned h = 0; h < room.heard_count; h++) {
				assert_int_equal(room.heard[h].talker, talker);
				assert_int_equal(room.heard[h].len, 100 + i);
				assert_int_equal(room.heard[h].payload[99], i);
				assert_int_equal(room.heard[h].level, 0x80 | 30);
			}
		}
	}
}

// Each slot of each hearer is one stream: sequence without a hole, time that goes on.
static void slots_are_streams(void **state)
{
	struct kit_heard last[8][3];
	bool there[8][3] = {0};
	uint32_t draw = 7;

	(void)state;
	opened(8, 3, SRTP_AEAD_AES_128_GCM);
	for (unsigned i = 0; i < 8000; i++) {
		unsigned talker = i % 8;
		uint8_t level;

		draw = draw * 1664525u + 1013904223u;
		// Four take turns in being loud, for a second each.
		level = talker == i / 400 % 8 || talker % 3 == 0 ? 20 + (draw >> 28) : 100;
		if (!talker)
			room.now_ms += 20;
		kit_talk(&room, talker, level | (level < 60 ? 0x80 : 0), (uint8_t)i, 60);
		for (unsigned h = 0; h < room.heard_count; h++) {
			struct kit_heard *now = &room.heard[h], *old;

			assert_true(now->slot < 3);
			assert_int_not_equal(now->player, talker);
			old = &last[now->player][now->slot];
			if (there[now->player][now->slot]) {
				assert_int_equal((uint16_t)(old->seq + 1), now->seq);
				assert_true((int32_t)(now->ts - old->ts) > 0);
				if (old->talker != now->talker)
					assert_true(now->marker);
			}
			there[now->player][now->slot] = true;
			*old = *now;
		}
	}
	for (unsigned h = 0; h < 8; h++)
		assert_true(there[h][0]);
}

static void only_the_loudest_are_heard(void **state)
{
	unsigned heard[12] = {0};

	(void)state;
	opened(12, 3, SRTP_AEAD_AES_128_GCM);
	for (unsigned round = 0; round < 100; round++) {
		room.now_ms += 20;
		for (unsigned talker = 0; talker < 12; talker++) {
			uint8_t level = talker < 3 ? 20 : 45; // 0 to 2 shout

			kit_talk(&room, talker, 0x80 | level, 1, 80);
			if (round > 20 && kit_heard_by(&room, 11))
				heard[talker]++;
		}
	}
	for (unsigned talker = 0; talker < 12; talker++)
		assert_int_equal(heard[talker], talker < 3 ? 79 : 0);
	assert_true(drops(PATH_DROP_VOICE_UNHEARD) > 0);
}

static void the_audience_is_kept(void **state)
{
	uint64_t team_a = 0x0f, team_b = 0xf0;
	const uint64_t *audience[8] = {&team_a, &team_a, &team_a, &team_a,
				       &team_b, &team_b, &team_b, &team_b};

	(void)state;
	opened(8, 3, SRTP_AEAD_AES_128_GCM);
	kit_room_publish(&room, audience);
	for (unsigned i = 0; i < 200; i++) {
		unsigned talker = i % 8;

		room.now_ms += 3;
		kit_talk(&room, talker, 0x80 | 30, 1, 80);
		assert_int_equal(room.heard_count, 3);
		for (unsigned h = 0; h < 3; h++)
			assert_int_equal(room.heard[h].player / 4, talker / 4);
	}
}

static void forged_and_replayed_move_nothing(void **state)
{
	uint8_t packet[400], copy[400];
	struct srtp_streams *streams;
	size_t len;

	(void)state;
	opened(3, 2, SRTP_AES128_CM_SHA1_80);
	streams = &room.player[0].state->streams;
	len = kit_seal(&room, 0, 0x80 | 30, 9, 100, packet);
	for (size_t i = 12; i < len; i += 5) {
		memcpy(copy, packet, len);
		copy[i] ^= 0x10;
		assert_int_equal(kit_walk_voice(&room, 0, copy, len), 0);
		assert_int_equal(streams->count, 0);
	}
	memcpy(copy, packet, len);
	assert_int_equal(kit_walk_voice(&room, 0, copy, len), 2);
	memcpy(copy, packet, len);
	assert_int_equal(kit_walk_voice(&room, 0, copy, len), 0);
	assert_int_equal(drops(PATH_DROP_SRTP_REPLAYED), 1);
	// Another player's address, the first one's keys.
	len = kit_seal(&room, 0, 0x80 | 30, 9, 100, packet);
	assert_int_equal(kit_walk_voice(&room, 1, packet, len), 0);
	assert_int_equal(room.player[1].state->streams.count, 0);
}

static void silence_ends(void **state)
{
	unsigned heard = 0;

	(void)state;
	opened(3, 2, SRTP_AEAD_AES_128_GCM);
	for (unsigned i = 0; i < 10; i++, room.now_ms += 20)
		assert_int_equal(kit_talk(&room, 0, 0x80 | 30, 1, 80), 2);
	for (unsigned i = 0; i < 50; i++, room.now_ms += 20)
		heard += kit_talk(&room, 0, 127, 1, 3) != 0;
	assert_int_equal(heard, ROOM_QUIET_PACKETS);
	assert_int_equal(kit_talk(&room, 0, 0x80 | 30, 1, 80), 2);
	assert_true(room.heard[0].marker);
}

// Each voice has one SSRC at all who hear natively, and another one when it begins anew.
static void natives_hear_each_under_its_own_ssrc(void **state)
{
	uint32_t ssrc[24] = {0};
	uint16_t seq[24] = {0};

	(void)state;
	room.native = true;
	opened(12, 32, SRTP_AEAD_AES_128_GCM);
	for (unsigned i = 0; i < 600; i++) {
		unsigned talker = i % 12, voice = talker + 12 * (i >= 300);

		room.now_ms += 2;
		// A new handshake of the talker's: its state, and with it the voice, is another one.
		if (i >= 300 && i < 312)
			kit_player_again(&room, talker);
		assert_int_equal(kit_talk(&room, talker, 0x80 | 30, (uint8_t)i, 60), 11);
		for (unsigned h = 0; h < room.heard_count; h++) {
			assert_int_equal(room.heard[h].talker, talker);
			if (ssrc[voice]) {
				assert_int_equal(room.heard[h].ssrc, ssrc[voice]);
				assert_int_equal(room.heard[h].seq,
						 (uint16_t)(seq[voice] + (h == 0)));
			}
			ssrc[voice] = room.heard[h].ssrc;
			seq[voice] = room.heard[h].seq;
		}
	}
	for (unsigned i = 0; i < 24; i++)
		for (unsigned j = 0; j < i; j++)
			assert_int_not_equal(ssrc[i], ssrc[j]);
	room.native = false;
}

static void sums_agree(void **state)
{
	const struct worker *w = room.relay.worker;
	uint64_t dropped = 0;

	(void)state;
	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		dropped += w->drops[i];
	assert_int_equal(w->received + w->copies,
			 w->voiced + dropped + w->punted + w->ways[PATH_VOICE]);
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
		cmocka_unit_test(all_but_the_talker_hear),
		cmocka_unit_test(slots_are_streams),
		cmocka_unit_test(only_the_loudest_are_heard),
		cmocka_unit_test(the_audience_is_kept),
		cmocka_unit_test(forged_and_replayed_move_nothing),
		cmocka_unit_test(silence_ends),
		cmocka_unit_test(natives_hear_each_under_its_own_ssrc),
		cmocka_unit_test(sums_agree),
	};

	return cmocka_run_group_tests(tests, NULL, last_close);
}
