// SPDX-License-Identifier: Apache-2.0
// Two workers: a packet comes in by one, its room is the other's. It crosses once, and copies go out in order.
#include "kit/kit.h"

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <string.h>

#include "crypto/crypto.h"
#include "kit/voice.h"

static struct kit_room room;
static struct worker *second;

// As the first, but without a queue of its own: what it sends goes by the first one's ring.
static void second_open(void)
{
	struct worker *first = room.relay.worker;

	second = rte_zmalloc("worker", sizeof *second, 64);
	assert_non_null(second);
	memcpy(second, first, sizeof *second);
	second->id = 1;
	second->queue_count = 0;
	second->path.worker = second;
	second->engine.ctx = crypto_driver(0)->ctx_new(-1);
	second->tx[0].hand_over = first->inject;
	for (unsigned i = 0; i < 2; i++) {
		first->crossing[i] =
			rte_ring_create(i ? "cross1" : "cross0", 64, SOCKET_ID_ANY, RING_F_SC_DEQ);
		second->crossing[i] = first->crossing[i];
	}
}

static int group_open(void **state)
{
	(void)state;
	kit_room_open(&room, 6, 3, SRTP_AEAD_AES_128_GCM);
	second_open();
	return 0;
}

static int group_close(void **state)
{
	(void)state;
	rte_ring_free(second->crossing[0]);
	rte_ring_free(second->crossing[1]);
	second->engine.ops->ctx_free(second->engine.ctx);
	rte_free(second);
	kit_room_close(&room);
	return 0;
}

static void opened(unsigned owner)
{
	room.owner = owner;
	kit_room_again(&room, 6, 3, SRTP_AEAD_AES_128_GCM);
}

static unsigned second_round(void)
{
	unsigned crossed;

	second->path.now_tsc = room.now_ms * (second->tsc_hz / 1000);
	crossed = path_cross(&second->path);
	path_inject(&room.relay.worker->path);
	return crossed;
}

static void arrives(unsigned player)
{
	uint8_t packet[400];
	size_t len = kit_seal(&room, player, 0x80 | 30, (uint8_t)player, 80, packet);

	kit_arrive(&room, player, packet, len);
}

static uint64_t dropped(const struct worker *w)
{
	uint64_t sum = 0;

	for (unsigned i = 0; i < PATH_REASON_COUNT; i++)
		sum += w->drops[i];
	return sum;
}

static void the_owner_opens_and_copies(void **state)
{
	uint16_t last = 0;

	(void)state;
	opened(1);
	for (unsigned i = 0; i < 50; i++, room.now_ms += 20) {
		arrives(0);
		assert_int_equal(kit_collect(&room), 0);
		assert_int_equal(room.player[0].state->packets,
				 i); // the first one keeps its hands off
		assert_int_equal(second_round(), 1);
		assert_int_equal(kit_collect(&room), 5);
		if (i)
			assert_int_equal(kit_heard_by(&room, 3)->seq, (uint16_t)(last + 1));
		last = kit_heard_by(&room, 3)->seq;
	}
	assert_int_equal(room.relay.worker->crossed_out, 50);
	assert_int_equal(second->crossed_in, 50);
	assert_int_equal(second->crossed_out, 0);
}

static void a_row_stays_in_order(void **state)
{
	struct kit_heard before[64];
	unsigned n;

	(void)state;
	opened(1);
	for (unsigned i = 0; i < 10; i++)
		arrives(i % 2);
	assert_int_equal(second_round(), 10);
	n = kit_collect(&room);
	assert_int_equal(n, 50);
	memcpy(before, room.heard, n * sizeof *before);
	for (unsigned i = 0; i < n; i++)
		for (unsigned k = 0; k < i; k++)
			if (before[i].player == before[k].player &&
			    before[i].slot == before[k].slot)
				assert_true((int16_t)(before[i].seq - before[k].seq) > 0);
}

// What the ring does not hold is dropped by name; nothing is opened by the wrong one.
static void a_full_ring_drops(void **state)
{
	struct worker *first = room.relay.worker;
	uint64_t full = first->drops[PATH_DROP_TX_FULL];

	(void)state;
	opened(1);
	for (unsigned i = 0; i < 70; i++)
		arrives(0);
	assert_int_equal(first->drops[PATH_DROP_TX_FULL] - full, 70 - 63);
	assert_int_equal(room.player[0].state->streams.count, 0);
	while (second_round())
		kit_collect(&room);
	assert_int_equal(room.player[0].state->packets, 63);
}

// The room ended, or the player left, while its packet was on the way.
static void what_crossed_too_late_is_dropped(void **state)
{
	(void)state;
	opened(1);
	arrives(0);
	flow_player_retire(room.relay.flow, 0);
	assert_int_equal(second_round(), 1);
	arrives(1);
	flow_room_retire(room.relay.flow, 0);
	assert_int_equal(second_round(), 1);
	assert_int_equal(kit_collect(&room), 0);
	assert_int_equal(second->drops[PATH_DROP_NO_PLAYER], 1);
	assert_int_equal(second->drops[PATH_DROP_NO_KEYS], 1);
}

// Each worker's sum: what came to it, and the copies it made, ended somewhere.
static void sums_agree(void **state)
{
	const struct worker *first = room.relay.worker;

	(void)state;
	assert_int_equal(first->received, first->crossed_out + dropped(first));
	assert_int_equal(second->crossed_in + second->copies,
			 second->voiced + second->ways[PATH_VOICE] + dropped(second));
	assert_int_equal(first->injected, first->ways[PATH_INJECTED]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_owner_opens_and_copies),
		cmocka_unit_test(a_row_stays_in_order),
		cmocka_unit_test(a_full_ring_drops),
		cmocka_unit_test(what_crossed_too_late_is_dropped),
		cmocka_unit_test(sums_agree),
	};

	return cmocka_run_group_tests(tests, group_open, group_close);
}
