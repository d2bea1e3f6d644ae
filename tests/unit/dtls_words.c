// SPDX-License-Identifier: Apache-2.0
// Words of SDP and the exporter's bytes.
#include "dtls/dtls.h"
#include "kit/kit.h"

#include <errno.h>
#include <string.h>

#define PRINT                                                                                      \
	"00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:"                                         \
	"00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff"

static void test_role(void **state)
{
	enum dtls_role role;

	(void)state;
	assert_int_equal(dtls_role_of("actpass", &role), 0);
	assert_string_equal(dtls_role_setup(role), "passive");
	assert_int_equal(dtls_role_of("active", &role), 0);
	assert_string_equal(dtls_role_setup(role), "passive");
	assert_int_equal(dtls_role_of("passive", &role), 0);
	assert_string_equal(dtls_role_setup(role), "active");
	assert_int_equal(dtls_role_of("holdconn", &role), -EINVAL);
	assert_int_equal(dtls_role_of("", &role), -EINVAL);
}

static void test_fingerprint(void **state)
{
	char text[DTLS_FINGERPRINT_TEXT_MAX], hex[] = PRINT;
	struct dtls_fingerprint f;

	(void)state;
	assert_int_equal(dtls_fingerprint_parse(&f, "SHA-256", PRINT), 0);
	assert_int_equal(f.len, 32);
	assert_int_equal(f.bytes[31], 0xff);
	assert_memory_equal(dtls_fingerprint_format(&f, text), "sha-256 00:11:22", 16);
	assert_int_equal(strlen(text), 8 + 95);
	assert_int_equal(dtls_fingerprint_parse(&f, "md5", PRINT), -ENOTSUP);
	assert_int_equal(dtls_fingerprint_parse(&f, "sha-1", PRINT), -EINVAL);
	assert_int_equal(dtls_fingerprint_parse(&f, "sha-384", PRINT), -EINVAL);
	assert_int_equal(dtls_fingerprint_parse(&f, "sha-256", PRINT ":"), -EINVAL);
	assert_int_equal(dtls_fingerprint_parse(&f, "sha-256", ""), -EINVAL);
	for (size_t i = 0; i < sizeof hex - 1; i++) {
		char was = hex[i];

		hex[i] = 'g';
		assert_int_equal(dtls_fingerprint_parse(&f, "sha-256", hex), -EINVAL);
		hex[i] = 0;
		assert_int_equal(dtls_fingerprint_parse(&f, "sha-256", hex), -EINVAL);
		hex[i] = was;
	}
}

static void test_longest_text(void **state)
{
	struct dtls_fingerprint f = {.hash = DTLS_SHA512, .len = 64}, back;
	char text[DTLS_FINGERPRINT_TEXT_MAX];

	(void)state;
	memset(f.bytes, 0xa5, sizeof f.bytes);
	assert_int_equal(strlen(dtls_fingerprint_format(&f, text)), 8 + 191);
	assert_int_equal(dtls_fingerprint_parse(&back, "sha-512", text + 8), 0);
	assert_memory_equal(&f, &back, sizeof f);
}

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
		cmocka_unit_test(test_role),         cmocka_unit_test(test_fingerprint),
		cmocka_unit_test(test_longest_text), cmocka_unit_test(test_peer),
		cmocka_unit_test(test_split),        cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
