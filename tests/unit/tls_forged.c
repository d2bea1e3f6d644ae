// SPDX-License-Identifier: Apache-2.0
// A player's handshake over a wire with jitter, into which an attacker who forges the player's
// address throws a ClientHello of its own, again and again from any moment on: the player gets in.
// (Before the player's own has come, the answer to a forged one may spoil the player's end, which no
// server without cookies can help; the attacker has to know both ports then.)
#include "kit/kit.h"
#include "kit/tls_wire.h"

#include <string.h>

#define SEEDS 300
#define UNTIL_MS 10000

static struct tls_identity *server, *player, *attacker;

struct scene {
	struct wire wire; // end 0: the player, slots to 1 go to the seat
	struct dtls_door door;
	struct dtls_seat seat;
	uint8_t forged[DTLS_MTU];
	size_t forged_len;
	uint64_t forged_ms; // from here on, as soon as the player's has come
};

static struct dtls_session *client_new(struct tls_identity *identity, uint64_t now_ms)
{
	struct dtls_peer peer = wire_peer(server);
	struct dtls_start start = {identity, &peer, DTLS_CLIENT};
	struct dtls_session *s;

	assert_int_equal(tls_session_new(&s, &start, now_ms), 0);
	return s;
}

static void scene_init(struct scene *s, uint64_t seed)
{
	struct dtls_peer peer = wire_peer(player);
	struct dtls_session *a;

	wire_init(&s->wire, seed);
	s->wire.jitter_ms = 1 + wire_random(&s->wire) % 80;
	s->wire.delay_ms = wire_random(&s->wire) % 120;
	s->wire.repeat = wire_random(&s->wire) % 50;
	s->wire.ends[0] = client_new(player, s->wire.now_ms);
	dtls_door_init(&s->door, &tls_dtls_ops);
	dtls_seat_init(&s->seat, DTLS_SERVER, &peer, server);
	a = client_new(attacker, s->wire.now_ms);
	s->forged_len = tls_session_output(a, s->forged, sizeof s->forged);
	s->forged_ms = s->wire.now_ms + wire_random(&s->wire) % 400;
	tls_session_free(a);
	wire_drain(&s->wire, 0);
}

static void seat_drain(struct scene *s)
{
	uint8_t bytes[DTLS_MTU];
	size_t len;

	while ((len = dtls_seat_output(&s->door, &s->seat, bytes, sizeof bytes)))
		wire_send(&s->wire, 0, bytes, len);
}

static void seat_take(struct scene *s, const uint8_t *bytes, size_t len)
{
	struct dtls_packet p = {bytes, len, true};

	dtls_seat_input(&s->door, &s->seat, &p, s->wire.now_ms);
	seat_drain(s);
}

static void scene_deliver(struct scene *s)
{
	for (unsigned i = 0; i < WIRE_SLOTS; i++) {
		struct wire_datagram d = s->wire.slots[i];

		if (!d.len || d.at_ms > s->wire.now_ms)
			continue;
		s->wire.slots[i].len = 0;
		if (d.to)
			seat_take(s, d.bytes, d.len);
		else
			s->wire.states[0] =
				tls_session_input(s->wire.ends[0], d.bytes, d.len, s->wire.now_ms);
		wire_drain(&s->wire, 0);
	}
}

static bool scene_run(struct scene *s)
{
	uint64_t *now_ms = &s->wire.now_ms, until_ms = *now_ms + UNTIL_MS;

	for (; *now_ms < until_ms; ++*now_ms) {
		if (*now_ms >= s->forged_ms && s->door.gates[DTLS_BEGIN])
			seat_take(s, s->forged, s->forged_len);
		scene_deliver(s);
		dtls_seat_tick(&s->door, &s->seat, *now_ms);
		seat_drain(s);
		tls_session_tick(s->wire.ends[0], *now_ms);
		wire_drain(&s->wire, 0);
		if (s->wire.states[0] != DTLS_RUNNING)
			break;
	}
	return s->wire.states[0] == DTLS_DONE;
}

static void test_seeds(void **state)
{
	static struct scene s;
	unsigned thrown = 0;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		struct dtls_keys a, b;

		scene_init(&s, seed);
		if (!scene_run(&s))
			fail_msg("seed %u, forged at %u", (unsigned)seed,
				 (unsigned)(s.forged_ms - 1000000));
		assert_int_equal(tls_session_keys(s.wire.ends[0], &a), 0);
		assert_int_equal(dtls_seat_keys(&s.door, &s.seat, &b), 0);
		assert_memory_equal(a.tx_key, b.rx_key, sizeof a.tx_key);
		assert_int_equal(s.door.gates[DTLS_BEGIN] <= 2, true);
		thrown += s.door.gates[DTLS_DROP_BUSY] > 0;
		dtls_seat_fini(&s.door, &s.seat);
		assert_int_equal(s.door.in_flight, 0);
		wire_fini(&s.wire);
	}
	assert_true(thrown > SEEDS / 4); // the forged ones did meet it half-way
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_seeds)};

	if (tls_identity_new(&server) || tls_identity_new(&player) || tls_identity_new(&attacker))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
