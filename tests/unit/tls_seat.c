// SPDX-License-Identifier: Apache-2.0
// What a seat lets in: who may begin a handshake, and what one handshake does to another.
#include "kit/kit.h"
#include "kit/tls_wire.h"

#include <errno.h>
#include <string.h>

static struct tls_identity *server, *player, *attacker;
static struct dtls_door door;
static struct dtls_seat seat;
static uint64_t now_ms;

static int fresh(void **state)
{
	struct dtls_peer peer = wire_peer(player);

	(void)state;
	now_ms = 1000;
	dtls_door_init(&door, &tls_dtls_ops);
	dtls_seat_init(&seat, DTLS_SERVER, &peer, server);
	return 0;
}

static int gone(void **state)
{
	(void)state;
	dtls_seat_fini(&door, &seat);
	assert_int_equal(door.in_flight, 0);
	return 0;
}

static struct dtls_session *client_new(struct tls_identity *identity)
{
	struct dtls_peer peer = wire_peer(server);
	struct dtls_start start = {identity, &peer, DTLS_CLIENT};
	struct dtls_session *c;

	assert_int_equal(tls_session_new(&c, &start, now_ms), 0);
	return c;
}

// What the client has to say goes to the seat; returns the last result, all events together.
static struct dtls_result to_seat(struct dtls_session *c, bool checked)
{
	struct dtls_result r = {0};
	uint8_t bytes[DTLS_MTU];
	unsigned events = 0;
	size_t len;

	while ((len = tls_session_output(c, bytes, sizeof bytes))) {
		struct dtls_packet p = {bytes, len, checked};

		r = dtls_seat_input(&door, &seat, &p, now_ms);
		events |= r.events;
	}
	r.events = events;
	return r;
}

// What the seat has to say goes to the client (NULL: nowhere); returns datagrams.
static unsigned from_seat(struct dtls_session *c)
{
	uint8_t bytes[DTLS_MTU];
	unsigned n = 0;
	size_t len;

	for (; (len = dtls_seat_output(&door, &seat, bytes, sizeof bytes)); n++)
		if (c)
			tls_session_input(c, bytes, len, now_ms);
	return n;
}

static void assert_keys_of(const struct dtls_session *c)
{
	struct dtls_keys a, b;

	assert_int_equal(tls_session_keys(c, &a), 0);
	assert_int_equal(dtls_seat_keys(&door, &seat, &b), 0);
	assert_memory_equal(a.tx_key, b.rx_key, sizeof a.tx_key);
	assert_memory_equal(a.rx_salt, b.tx_salt, sizeof a.rx_salt);
}

// A whole handshake of the player's, which is live from then on.
static struct dtls_session *player_joins(void)
{
	struct dtls_session *c = client_new(player);

	assert_int_equal(to_seat(c, true).gate, DTLS_BEGIN);
	assert_int_equal(from_seat(c), 1);
	assert_true(to_seat(c, true).events & DTLS_EVENT_KEYS);
	assert_int_equal(from_seat(c), 1);
	assert_keys_of(c);
	assert_int_equal(door.in_flight, 0);
	assert_int_equal(dtls_seat_due_ms(&door, &seat), UINT64_MAX);
	return c;
}

// The race of 2020 to 2024: the attacker's ClientHello is there before the player's. From an
// address that passed no check it is not even looked at.
static void test_race_unchecked(void **state)
{
	struct dtls_session *a = client_new(attacker);

	(void)state;
	assert_int_equal(to_seat(a, false).gate, DTLS_DROP_UNCHECKED);
	assert_null(seat.pending);
	assert_int_equal(from_seat(a), 0);
	tls_session_free(player_joins());
	assert_int_equal(door.done, 1);
	tls_session_free(a);
}

// With a forged source address it begins a handshake, which the player's own puts an end to.
static void test_race_forged(void **state)
{
	struct dtls_session *a = client_new(attacker), *c;

	(void)state;
	assert_int_equal(to_seat(a, true).gate, DTLS_BEGIN);
	from_seat(NULL); // the answer goes to the player, who has not begun yet
	c = client_new(player);
	now_ms += DTLS_YIELD_MS - 1;
	assert_int_equal(to_seat(c, true).gate, DTLS_DROP_BUSY);
	now_ms++;
	tls_session_tick(c, now_ms);
	assert_int_equal(to_seat(c, true).gate, DTLS_BEGIN);
	assert_int_equal(door.failures[DTLS_FAIL_REPLACED], 1);
	assert_int_equal(from_seat(c), 1);
	assert_true(to_seat(c, true).events & DTLS_EVENT_KEYS);
	from_seat(c);
	assert_keys_of(c);
	tls_session_free(a);
	tls_session_free(c);
}

// On the path itself, it can shake hands to the end, and fails by its certificate.
static void test_race_on_path(void **state)
{
	struct dtls_session *a = client_new(attacker);
	struct dtls_result r;

	(void)state;
	to_seat(a, true);
	from_seat(a);
	r = to_seat(a, true);
	assert_int_equal(r.events & DTLS_EVENT_KEYS, 0);
	assert_true(r.events & DTLS_EVENT_FAILED);
	assert_int_equal(door.failures[DTLS_FAIL_FINGERPRINT], 1);
	assert_int_equal(door.in_flight, 0);
	assert_int_equal(from_seat(a), 1); // told by an alert
	assert_int_equal(tls_session_failure(a), DTLS_FAIL_ALERT);
	assert_null(seat.pending);
	now_ms += DTLS_AGAIN_MS;
	tls_session_free(player_joins());
	tls_session_free(a);
}

// Whatever comes later, the live session stays what it was until another is done.
static void test_live_unharmed(void **state)
{
	struct dtls_session *c = player_joins(), *a, *again;
	struct dtls_session *live = seat.live;

	(void)state;
	now_ms += DTLS_SETTLE_MS - 1;
	a = client_new(attacker);
	assert_int_equal(to_seat(a, true).gate, DTLS_DROP_BUSY);
	tls_session_tick(a, ++now_ms + DTLS_FIRST_MS);
	assert_int_equal(to_seat(a, true).gate, DTLS_BEGIN);
	assert_ptr_equal(seat.live, live);
	assert_keys_of(c);
	from_seat(a);
	assert_true(to_seat(a, true).events & DTLS_EVENT_FAILED);
	assert_int_equal(from_seat(a),
			 0); // nor is it told: an alert might be taken as the live one's
	now_ms += DTLS_SETTLE_MS;
	again = client_new(player); // the page was reloaded, say
	assert_int_equal(to_seat(again, true).gate, DTLS_BEGIN);
	assert_keys_of(c);
	from_seat(again);
	assert_true(to_seat(again, true).events & DTLS_EVENT_KEYS);
	from_seat(again);
	assert_keys_of(again);
	assert_null(seat.pending);
	tls_session_free(a);
	tls_session_free(again);
	tls_session_free(c);
}

static void test_pending_times_out(void **state)
{
	struct dtls_session *c = player_joins(), *again;
	struct dtls_result r = {0};
	unsigned sent = 0;

	(void)state;
	now_ms += DTLS_SETTLE_MS;
	again = client_new(player);
	to_seat(again, true);
	while (seat.pending) {
		sent += from_seat(NULL);
		if (!seat.pending)
			break;
		assert_true(dtls_seat_due_ms(&door, &seat) > now_ms);
		now_ms = dtls_seat_due_ms(&door, &seat);
		r = dtls_seat_tick(&door, &seat, now_ms);
	}
	assert_true(r.events & DTLS_EVENT_FAILED);
	assert_int_equal(r.failure, DTLS_FAIL_TIMEOUT);
	assert_true(sent > 3 && sent < 20);
	assert_keys_of(c);
	tls_session_free(again);
	tls_session_free(c);
}

// A late copy of the first ClientHello begins nothing.
static void test_repeated(void **state)
{
	struct dtls_session *c = client_new(player);
	uint8_t hello[DTLS_MTU];
	size_t len = tls_session_output(c, hello, sizeof hello);
	struct dtls_packet p = {hello, len, true};

	(void)state;
	assert_int_equal(dtls_seat_input(&door, &seat, &p, now_ms).gate, DTLS_BEGIN);
	assert_int_equal(from_seat(NULL), 1);
	now_ms += DTLS_RESEND_MS;
	assert_int_equal(dtls_seat_input(&door, &seat, &p, now_ms).gate, DTLS_TO_PENDING);
	assert_int_equal(from_seat(c), 1); // our answer was lost: at once, not by the timer
	assert_true(to_seat(c, true).events & DTLS_EVENT_KEYS);
	from_seat(c);
	now_ms += DTLS_SETTLE_MS;
	assert_int_equal(dtls_seat_input(&door, &seat, &p, now_ms).gate, DTLS_DROP_REPEATED);
	assert_keys_of(c);
	tls_session_free(c);
}

static void test_in_flight(void **state)
{
	struct dtls_session *c = client_new(player), *other = client_new(player);

	(void)state;
	door.in_flight_max = 0;
	assert_int_equal(to_seat(c, true).gate, DTLS_DROP_BUSY);
	door.in_flight_max = 1;
	tls_session_tick(c, now_ms + DTLS_FIRST_MS);
	assert_int_equal(to_seat(c, true).gate, DTLS_BEGIN);
	now_ms += DTLS_YIELD_MS;
	assert_int_equal(to_seat(other, true).gate, DTLS_BEGIN); // takes its own seat's place
	assert_int_equal(door.in_flight, 1);
	tls_session_free(c);
	tls_session_free(other);
}

// Once the peer has answered us, another ClientHello has to wait until that one is given up.
static void test_begun_stays(void **state)
{
	struct dtls_session *c = client_new(player), *other = client_new(attacker);
	uint8_t flight[DTLS_MTU];
	struct dtls_packet p = {flight, 0, true};

	(void)state;
	to_seat(c, true);
	from_seat(c);
	p.len_bytes = tls_session_output(c, flight, sizeof flight);
	// Only its first record: the certificate.
	p.len_bytes = 13u + ((size_t)flight[11] << 8 | flight[12]);
	assert_int_equal(dtls_seat_input(&door, &seat, &p, now_ms).gate, DTLS_TO_PENDING);
	now_ms += DTLS_REPLACE_MS - 1;
	assert_int_equal(to_seat(other, true).gate, DTLS_DROP_BUSY);
	now_ms++;
	tls_session_tick(other, now_ms);
	assert_int_equal(to_seat(other, true).gate, DTLS_BEGIN);
	tls_session_free(c);
	tls_session_free(other);
}

// An alert in plain text may be anybody's.
static void test_plain_alert(void **state)
{
	static const uint8_t alert[] = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40};
	struct dtls_session *c = client_new(player);
	struct dtls_packet p = {alert, sizeof alert, true};
	struct dtls_result r;

	(void)state;
	assert_int_equal(dtls_seat_input(&door, &seat, &p, now_ms).gate, DTLS_DROP_STRAY);
	to_seat(c, true);
	assert_int_equal(dtls_seat_input(&door, &seat, &p, now_ms).gate, DTLS_HELD);
	from_seat(c);
	assert_true(to_seat(c, true).events & DTLS_EVENT_KEYS);
	tls_session_free(c);
	now_ms += DTLS_SETTLE_MS;
	c = client_new(player);
	to_seat(c, true);
	from_seat(NULL);
	dtls_seat_input(&door, &seat, &p, now_ms);
	assert_true(dtls_seat_due_ms(&door, &seat) <= now_ms + DTLS_ALERT_MS);
	assert_int_equal(dtls_seat_tick(&door, &seat, now_ms + DTLS_ALERT_MS - 1).events &
				 DTLS_EVENT_FAILED,
			 0);
	r = dtls_seat_tick(&door, &seat, now_ms + DTLS_ALERT_MS);
	assert_int_equal(r.events, DTLS_EVENT_FAILED);
	assert_int_equal(r.failure, DTLS_FAIL_ALERT);
	assert_non_null(seat.live);
	tls_session_free(c);
}

static void test_close(void **state)
{
	struct dtls_session *c = player_joins();
	struct dtls_result r;

	(void)state;
	tls_session_close(c);
	r = to_seat(c, true);
	assert_int_equal(r.gate, DTLS_TO_LIVE);
	assert_true(r.events & DTLS_EVENT_CLOSED);
	assert_null(seat.live);
	tls_session_free(c);
	now_ms += DTLS_SETTLE_MS;
	c = player_joins();
	dtls_seat_close(&door, &seat);
	assert_int_equal(from_seat(c), 1);
	assert_int_equal(tls_session_failure(c), DTLS_FAIL_CLOSED);
	tls_session_free(c);
}

// A newer offer with another certificate: the old handshake is off, the live one stays.
static void test_expect(void **state)
{
	struct dtls_peer next = wire_peer(attacker); // a new certificate of the player's
	struct dtls_start expect = {server, &next, DTLS_SERVER};
	struct dtls_session *c = player_joins(), *again;

	(void)state;
	now_ms += DTLS_SETTLE_MS;
	again = client_new(player);
	to_seat(again, true);
	dtls_seat_expect(&door, &seat, &expect);
	assert_null(seat.pending);
	assert_keys_of(c);
	tls_session_free(again);
	now_ms += DTLS_SETTLE_MS;
	again = client_new(attacker);
	to_seat(again, true);
	dtls_seat_expect(&door, &seat, &expect); // the same again: nothing to do
	from_seat(again);
	assert_true(to_seat(again, true).events & DTLS_EVENT_KEYS);
	from_seat(again);
	assert_keys_of(again);
	tls_session_free(again);
	tls_session_free(c);
}

static void test_connect(void **state)
{
	struct dtls_peer ours = wire_peer(server), theirs = wire_peer(player);
	struct dtls_start start = {player, &ours, DTLS_SERVER};
	struct dtls_session *s, *stray = client_new(player);

	(void)state;
	dtls_seat_init(&seat, DTLS_CLIENT, &theirs, server);
	assert_int_equal(to_seat(stray, true).gate, DTLS_DROP_STRAY);
	assert_int_equal(tls_session_new(&s, &start, now_ms), 0);
	assert_int_equal(dtls_seat_connect(&door, &seat, now_ms), 0);
	assert_int_equal(dtls_seat_connect(&door, &seat, now_ms), -EALREADY);
	assert_int_equal(from_seat(s), 1);
	to_seat(s, true);
	from_seat(s);
	assert_true(to_seat(s, true).events & DTLS_EVENT_KEYS);
	assert_keys_of(s);
	tls_session_free(s);
	tls_session_free(stray);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_race_unchecked, fresh, gone),
		cmocka_unit_test_setup_teardown(test_race_forged, fresh, gone),
		cmocka_unit_test_setup_teardown(test_race_on_path, fresh, gone),
		cmocka_unit_test_setup_teardown(test_live_unharmed, fresh, gone),
		cmocka_unit_test_setup_teardown(test_pending_times_out, fresh, gone),
		cmocka_unit_test_setup_teardown(test_repeated, fresh, gone),
		cmocka_unit_test_setup_teardown(test_in_flight, fresh, gone),
		cmocka_unit_test_setup_teardown(test_begun_stays, fresh, gone),
		cmocka_unit_test_setup_teardown(test_plain_alert, fresh, gone),
		cmocka_unit_test_setup_teardown(test_close, fresh, gone),
		cmocka_unit_test_setup_teardown(test_expect, fresh, gone),
		cmocka_unit_test_setup_teardown(test_connect, fresh, gone),
	};

	if (tls_identity_new(&server) || tls_identity_new(&player) || tls_identity_new(&attacker))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
