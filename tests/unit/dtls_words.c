// SPDX-License-Identifier: Apache-2.0
// Fingerprints, the exporter's bytes, names.
#include "dtls/dtls.h"
#include "kit/kit.h"

#include <errno.h>
#include <string.h>

static struct dtls_fingerprint print(enum dtls_hash hash, uint8_t len, uint8_t fill)
{
	struct dtls_fingerprint f = {.hash = (uint8_t)hash, .len = len};

	memset(f.bytes, fill, len);
	return f;
}

// RFC 8122 section 5: of several, those of the strongest hash count, and one has to match.
static void test_peer(void **state)
{
	struct dtls_fingerprint weak = print(DTLS_SHA1, 20, 1), a = print(DTLS_SHA256, 32, 2);
	struct dtls_fingerprint b = print(DTLS_SHA256, 32, 3), strong = print(DTLS_SHA512, 64, 4);
	struct dtls_peer peer = {0}, other = {0};
	enum dtls_hash hash;

	(void)state;
	assert_int_equal(dtls_peer_hash(&peer, &hash), -ENOENT);
	assert_false(dtls_peer_matches(&peer, &a));
	assert_true(dtls_peer_add(&peer, &weak) && dtls_peer_matches(&peer, &weak));
	assert_true(dtls_peer_add(&peer, &a) && dtls_peer_add(&peer, &b));
	assert_false(dtls_peer_matches(&peer, &weak));
	assert_true(dtls_peer_matches(&peer, &a) && dtls_peer_matches(&peer, &b));
	assert_false(dtls_peer_equal(&peer, &other));
	other = peer;
	assert_true(dtls_peer_equal(&peer, &other));
	assert_true(dtls_peer_add(&peer, &weak)); // four: full
	assert_false(dtls_peer_add(&peer, &weak));
	assert_true(dtls_peer_add(&peer, &strong));
	assert_true(dtls_peer_matches(&peer, &strong));
	assert_false(dtls_peer_matches(&peer, &a));
	assert_int_equal(peer.n, DTLS_FINGERPRINTS_MAX);
}

// RFC 5764 section 4.2's order.
static void test_split(void **state)
{
	struct dtls_keys server, client;
	uint8_t bytes[88];

	(void)state;
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)i;
	assert_int_equal(dtls_keys_split(&server, DTLS_SRTP_GCM_256, bytes, DTLS_SERVER), 0);
	assert_int_equal(dtls_keys_split(&client, DTLS_SRTP_GCM_256, bytes, DTLS_CLIENT), 0);
	assert_memory_equal(server.rx_key, bytes, 32);
	assert_memory_equal(server.tx_key, bytes + 32, 32);
	assert_memory_equal(server.rx_salt, bytes + 64, 12);
	assert_memory_equal(server.tx_salt, bytes + 76, 12);
	assert_memory_equal(client.tx_key, bytes, 32);
	assert_memory_equal(client.rx_salt, bytes + 76, 12);
	assert_int_equal(dtls_keys_split(&server, DTLS_SRTP_CM_SHA1_80, bytes, DTLS_SERVER), 0);
	assert_memory_equal(server.tx_salt, bytes + 46, 14);
	assert_int_equal(dtls_keys_split(&server, 2, bytes, DTLS_SERVER), -EINVAL);
}

static void test_names(void **state)
{
	(void)state;
	for (unsigned i = 0; i < DTLS_FAILURES; i++)
		assert_non_null(dtls_failure_name((enum dtls_failure)i));
	for (unsigned i = 0; i < DTLS_GATES; i++)
		assert_non_null(dtls_gate_name((enum dtls_gate)i));
	assert_string_equal(dtls_gate_name(DTLS_GATES), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_peer),
		cmocka_unit_test(test_split),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
