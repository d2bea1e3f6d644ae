// SPDX-License-Identifier: Apache-2.0
// Client and server in one function, over a wire that loses, repeats and reorders.
#include "kit/kit.h"
#include "kit/tls_wire.h"

#include <stdlib.h>
#include <string.h>

#define SEEDS 400
#define UNTIL (1000000 + 60000)

static struct tls_identity *client, *server, *other;

static void assert_keys_agree(const struct wire *w, unsigned profile)
{
	struct dtls_keys a, b;

	assert_int_equal(tls_session_keys(w->ends[0], &a), 0);
	assert_int_equal(tls_session_keys(w->ends[1], &b), 0);
	assert_int_equal(a.profile, profile);
	assert_int_equal(b.profile, profile);
	assert_memory_equal(a.tx_key, b.rx_key, sizeof a.tx_key);
	assert_memory_equal(a.rx_key, b.tx_key, sizeof a.tx_key);
	assert_memory_equal(a.tx_salt, b.rx_salt, sizeof a.tx_salt);
	assert_memory_equal(a.rx_salt, b.tx_salt, sizeof a.tx_salt);
	assert_memory_not_equal(a.rx_key, a.tx_key, a.key_len);
}

static void test_clean(void **state)
{
	struct wire w;

	(void)state;
	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_true(wire_run(&w, UNTIL));
	assert_true(w.now_ms <= 1000000 + 4 * w.delay_ms + 1); // two round trips, nothing repeated
	assert_true(w.largest <= DTLS_MTU);
	assert_keys_agree(&w, DTLS_SRTP_GCM_128);
	wire_fini(&w);
}

// Every seed comes through in the end, whatever the wire does to it.
static void test_bad_wires(void **state)
{
	uint64_t longest = 0;
	struct wire w;

	(void)state;
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		wire_init(&w, seed);
		w.loss = wire_random(&w) % 40;
		w.repeat = wire_random(&w) % 60;
		w.jitter_ms = wire_random(&w) % 80;
		w.delay_ms = wire_random(&w) % 120;
		wire_start(&w, client, server);
		if (!wire_run(&w, UNTIL))
			fail_msg("seed %u: %u %u, failures %u %u", (unsigned)seed, w.states[0],
				 w.states[1], tls_session_failure(w.ends[0]),
				 tls_session_failure(w.ends[1]));
		if (w.now_ms - 1000000 > longest)
			longest = w.now_ms - 1000000;
		assert_keys_agree(&w, DTLS_SRTP_GCM_128);
		wire_fini(&w);
	}
	print_message("longest of %u: %u ms\n", SEEDS, (unsigned)longest);
}

static void test_nobody_there(void **state)
{
	struct wire w;

	(void)state;
	wire_init(&w, 1);
	w.loss = 100;
	wire_start(&w, client, server);
	assert_false(wire_run(&w, UNTIL));
	assert_int_equal(tls_session_failure(w.ends[0]), DTLS_FAIL_TIMEOUT);
	assert_int_equal(tls_session_failure(w.ends[1]), DTLS_FAIL_TIMEOUT);
	assert_int_equal(w.now_ms, 1000000 + DTLS_HANDSHAKE_MS);
	assert_true(w.sent[0] <= 20);
	assert_int_equal(w.sent[1], 0);
	wire_fini(&w);
}

// One end shows a certificate that the other's offer did not name: no handshake, at either end.
static void mismatch(unsigned deceived)
{
	struct dtls_peer right[2] = {wire_peer(server), wire_peer(client)};
	struct tls_identity *own[2] = {client, server};
	struct wire w;

	wire_init(&w, 1);
	right[deceived] = wire_peer(other);
	for (unsigned end = 0; end < 2; end++) {
		struct dtls_start start = {own[end], &right[end], end ? DTLS_SERVER : DTLS_CLIENT};

		assert_int_equal(tls_session_new(&w.ends[end], &start, w.now_ms), 0);
	}
	wire_drain(&w, 0);
	assert_false(wire_run(&w, UNTIL));
	assert_int_equal(w.states[deceived], DTLS_FAILED);
	assert_int_equal(tls_session_failure(w.ends[deceived]), DTLS_FAIL_FINGERPRINT);
	assert_int_equal(w.states[!deceived], DTLS_FAILED);
	assert_int_equal(tls_session_failure(w.ends[!deceived]), DTLS_FAIL_ALERT);
	wire_fini(&w);
}

static void test_wrong_fingerprint(void **state)
{
	(void)state;
	mismatch(0);
	mismatch(1);
}

static void test_no_fingerprint(void **state)
{
	struct dtls_peer none = {0};
	struct dtls_start start = {server, &none, DTLS_SERVER};
	struct wire w;

	(void)state;
	wire_init(&w, 1);
	wire_start(&w, client, server);
	tls_session_free(w.ends[1]);
	assert_int_equal(tls_session_new(&w.ends[1], &start, w.now_ms), 0);
	assert_false(wire_run(&w, UNTIL));
	assert_int_equal(tls_session_failure(w.ends[1]), DTLS_FAIL_FINGERPRINT);
	wire_fini(&w);
}

// The end of the server's last flight is lost: the client's repetition brings it again, a bounded
// number of times.
static void test_last_flight(void **state)
{
	uint8_t bytes[DTLS_MTU], last[DTLS_MTU];
	size_t len, last_len = 0;
	unsigned again = 0;
	struct wire w;

	(void)state;
	wire_init(&w, 1);
	wire_start(&w, client, server);
	while (w.states[1] != DTLS_DONE) {
		for (unsigned i = 0; i < WIRE_SLOTS; i++)
			if (w.slots[i].len && w.slots[i].to == 1 && w.sent[1]) {
				last_len = w.slots[i].len;
				memcpy(last, w.slots[i].bytes, last_len);
			}
		w.loss = w.sent[1] ? 100 : 0; // all of the server's after its first flight
		if (w.states[0] == DTLS_RUNNING && w.sent[0] < 2)
			w.loss = 0;
		assert_false(wire_run(&w, w.now_ms + 1));
		assert_true(w.now_ms < UNTIL);
	}
	assert_true(last_len > 0);
	assert_int_equal(w.states[0], DTLS_RUNNING);
	for (unsigned i = 0; i < 100; i++) {
		w.now_ms += DTLS_RESEND_MS;
		assert_int_equal(tls_session_input(w.ends[1], last, last_len, w.now_ms), DTLS_DONE);
		while ((len = tls_session_output(w.ends[1], bytes, sizeof bytes))) {
			tls_session_input(w.ends[0], bytes, len, w.now_ms);
			again++;
		}
	}
	assert_int_equal(again, DTLS_RESENDS_MAX); // one datagram each: nothing but the last flight
	assert_keys_agree(&w, DTLS_SRTP_GCM_128);
	wire_fini(&w);
}

static void test_close(void **state)
{
	uint8_t bytes[DTLS_MTU];
	struct wire w;
	size_t len;

	(void)state;
	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_true(wire_run(&w, UNTIL));
	tls_session_close(w.ends[0]);
	len = tls_session_output(w.ends[0], bytes, sizeof bytes);
	assert_true(len > 0);
	bytes[len - 1] ^= 1;
	assert_int_equal(tls_session_input(w.ends[1], bytes, len, w.now_ms), DTLS_DONE);
	bytes[len - 1] ^= 1;
	assert_int_equal(tls_session_input(w.ends[1], bytes, len, w.now_ms), DTLS_FAILED);
	assert_int_equal(tls_session_failure(w.ends[1]), DTLS_FAIL_CLOSED);
	wire_fini(&w);
}

// Renewed while a session lives: the old certificate stays with it, the new one is another.
static void test_renewal(void **state)
{
	struct dtls_fingerprint before;
	struct tls_wallet wallet;
	struct wire w, next;

	(void)state;
	assert_int_equal(tls_wallet_init(&wallet, 1000000), 0);
	before = *tls_identity_fingerprint(wallet.identity);
	wire_init(&w, 1);
	wire_start(&w, client, wallet.identity);
	assert_false(wire_run(&w, w.now_ms + 6)); // in the midst of it
	assert_false(tls_wallet_tick(&wallet, 1000000 + TLS_IDENTITY_RENEW_MS - 1));
	assert_true(tls_wallet_tick(&wallet, 1000000 + TLS_IDENTITY_RENEW_MS));
	assert_false(tls_wallet_tick(&wallet, 1000000 + TLS_IDENTITY_RENEW_MS));
	assert_memory_not_equal(&before, tls_identity_fingerprint(wallet.identity), sizeof before);
	assert_true(wire_run(&w, UNTIL));
	wire_init(&next, 2);
	wire_start(&next, client, wallet.identity);
	assert_true(wire_run(&next, UNTIL));
	tls_wallet_fini(&wallet);
	assert_keys_agree(&w, DTLS_SRTP_GCM_128);
	wire_fini(&w);
	wire_fini(&next);
}

// Fragments of a ClientHello whose rest never comes: bounded in number, and by time.
static void test_endless_fragments(void **state)
{
	struct dtls_peer peer = wire_peer(client);
	struct dtls_start start = {server, &peer, DTLS_SERVER};
	uint8_t record[13 + 12 + 1] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 13,
				       1,  0,    64,   0, 0, 0, 0, 0, 0, 0, 0, 1, 0};
	struct dtls_session *s;
	unsigned taken = 0;

	(void)state;
	assert_int_equal(tls_session_new(&s, &start, 1), 0);
	for (unsigned i = 0; i < 2000; i++) {
		record[9] = (uint8_t)(i >> 8);
		record[10] = (uint8_t)i;
		record[20] = (uint8_t)(2 * i >> 8);
		record[21] = (uint8_t)(2 * i);
		taken += tls_session_input(s, record, sizeof record, 1) == DTLS_RUNNING;
	}
	assert_true(taken <= DTLS_INPUT_MAX);
	assert_int_equal(tls_session_failure(s), DTLS_FAIL_PROTOCOL);
	tls_session_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_bad_wires),
		cmocka_unit_test(test_nobody_there),
		cmocka_unit_test(test_wrong_fingerprint),
		cmocka_unit_test(test_no_fingerprint),
		cmocka_unit_test(test_last_flight),
		cmocka_unit_test(test_close),
		cmocka_unit_test(test_renewal),
		cmocka_unit_test(test_endless_fragments),
	};
	int failed;

	if (tls_identity_new(&client) || tls_identity_new(&server) || tls_identity_new(&other))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tls_identity_unref(client);
	tls_identity_unref(server);
	tls_identity_unref(other);
	return failed;
}
