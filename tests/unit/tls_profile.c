// SPDX-License-Identifier: Apache-2.0
// What peers of other kinds offer: profiles, certificates, hashes, versions.
#include "kit/kit.h"
#include "kit/tls_wire.h"
#include "tls/private.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <string.h>

#define UNTIL (1000000 + 60000)

static struct tls_identity *client, *server;

static int fresh(void **state)
{
	(void)state;
	return tls_identity_new(&client) || tls_identity_new(&server);
}

static int gone(void **state)
{
	(void)state;
	tls_identity_unref(client);
	tls_identity_unref(server);
	return 0;
}

static void offer(const char *profiles)
{
	assert_int_equal(SSL_CTX_set_tlsext_use_srtp(client->ctx, profiles), 0);
}

static void assert_profile(unsigned want, unsigned key_len, unsigned salt_len)
{
	struct dtls_keys a, b;
	struct wire w;

	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_true(wire_run(&w, UNTIL));
	assert_int_equal(tls_session_keys(w.ends[0], &a), 0);
	assert_int_equal(tls_session_keys(w.ends[1], &b), 0);
	assert_int_equal(a.profile, want);
	assert_int_equal(b.key_len, key_len);
	assert_int_equal(b.salt_len, salt_len);
	assert_memory_equal(a.tx_key, b.rx_key, sizeof a.tx_key);
	assert_memory_equal(a.tx_salt, b.rx_salt, sizeof a.tx_salt);
	assert_memory_equal(a.rx_key, b.tx_key, sizeof a.tx_key);
	assert_memory_equal(a.rx_salt, b.tx_salt, sizeof a.tx_salt);
	wire_fini(&w);
}

// The server's order counts, not the client's.
static void test_profiles(void **state)
{
	(void)state;
	offer("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM:SRTP_AEAD_AES_128_GCM");
	assert_profile(DTLS_SRTP_GCM_128, 16, 12);
	offer("SRTP_AES128_CM_SHA1_80:SRTP_AEAD_AES_256_GCM");
	assert_profile(DTLS_SRTP_GCM_256, 32, 12);
	offer("SRTP_AES128_CM_SHA1_32:SRTP_AES128_CM_SHA1_80");
	assert_profile(DTLS_SRTP_CM_SHA1_80, 16, 14);
}

static void test_no_profile(void **state)
{
	struct wire w;

	(void)state;
	offer("SRTP_AES128_CM_SHA1_32");
	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_false(wire_run(&w, UNTIL));
	assert_int_equal(tls_session_failure(w.ends[1]), DTLS_FAIL_NO_SRTP);
	wire_fini(&w);
}

static void test_old_version(void **state)
{
	struct wire w;

	(void)state;
	SSL_CTX_set_security_level(client->ctx, 0);
	SSL_CTX_set_min_proto_version(client->ctx, DTLS1_VERSION);
	SSL_CTX_set_max_proto_version(client->ctx, DTLS1_VERSION);
	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_false(wire_run(&w, UNTIL));
	assert_int_equal(tls_session_failure(w.ends[1]), DTLS_FAIL_PROTOCOL);
	wire_fini(&w);
}

static void certify_rsa(struct tls_identity *i)
{
	EVP_PKEY *key = EVP_RSA_gen(2048);
	X509 *x = X509_new();
	unsigned len = 0;

	assert_true(key && x);
	ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
	X509_gmtime_adj(X509_getm_notBefore(x), -100);
	X509_gmtime_adj(X509_getm_notAfter(x), -50); // of no concern: it vouches for itself
	X509_set_pubkey(x, key);
	assert_true(X509_sign(x, key, EVP_sha256()) > 0);
	assert_true(X509_digest(x, EVP_sha256(), i->print.bytes, &len));
	assert_true(SSL_CTX_use_certificate(i->ctx, x));
	assert_true(SSL_CTX_use_PrivateKey(i->ctx, key));
	X509_free(x);
	EVP_PKEY_free(key);
}

static void test_rsa_client(void **state)
{
	(void)state;
	certify_rsa(client);
	assert_profile(DTLS_SRTP_GCM_128, 16, 12);
}

static void test_no_certificate(void **state)
{
	struct wire w;

	(void)state;
	wire_init(&w, 1);
	wire_start(&w, client, server);
	SSL_certs_clear(w.ends[0]->ssl);
	assert_false(wire_run(&w, UNTIL));
	assert_int_equal(w.states[1], DTLS_FAILED);
	wire_fini(&w);
}

// By each hash, of which only the strongest that is listed counts.
static void test_hashes(void **state)
{
	static const struct {
		enum dtls_hash hash;
		const char *name;
	} hashes[] = {{DTLS_SHA1, "SHA1"},
		      {DTLS_SHA224, "SHA224"},
		      {DTLS_SHA256, "SHA256"},
		      {DTLS_SHA384, "SHA384"},
		      {DTLS_SHA512, "SHA512"}};
	struct dtls_peer peer = {0};

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct dtls_fingerprint f = {.hash = (uint8_t)hashes[i].hash};
		struct dtls_start start = {server, &peer, DTLS_SERVER};
		unsigned len = 0;
		struct wire w;

		X509_digest(SSL_CTX_get0_certificate(client->ctx),
			    EVP_get_digestbyname(hashes[i].name), f.bytes, &len);
		f.len = (uint8_t)len;
		dtls_peer_add(&peer, &f);
		wire_init(&w, 1);
		wire_start(&w, client, server);
		tls_session_free(w.ends[1]);
		assert_int_equal(tls_session_new(&w.ends[1], &start, w.now_ms), 0);
		assert_true(wire_run(&w, UNTIL));
		wire_fini(&w);
		peer.prints[0].bytes[0] ^= 1; // weaker ones may be wrong
	}
}

// With a cipher that drivers/tls/tail.c does not know, OpenSSL's object stays.
static void keep_ssl(void)
{
	assert_true(SSL_CTX_set_cipher_list(client->ctx, "ECDHE-ECDSA-CHACHA20-POLY1305"));
}

static void assert_closes(unsigned from)
{
	uint8_t bytes[DTLS_MTU];
	struct wire w;
	size_t len;

	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_true(wire_run(&w, UNTIL));
	tls_session_close(w.ends[from]);
	len = tls_session_output(w.ends[from], bytes, sizeof bytes);
	assert_int_equal(len, TAIL_ALERT_LEN - (w.ends[0]->ssl ? 8 : 0));
	for (size_t bit = 0; bit < len * 8; bit++) {
		if (w.ends[0]->ssl && bit / 8 == 2)
			continue; // the version's minor byte, which OpenSSL takes as it is
		bytes[bit / 8] ^= 1u << (bit & 7);
		assert_int_equal(tls_session_input(w.ends[!from], bytes, len, w.now_ms), DTLS_DONE);
		bytes[bit / 8] ^= 1u << (bit & 7);
	}
	assert_int_equal(tls_session_input(w.ends[!from], bytes, len, w.now_ms), DTLS_FAILED);
	assert_int_equal(tls_session_failure(w.ends[!from]), DTLS_FAIL_CLOSED);
	wire_fini(&w);
}

// close_notify by our own hand and by OpenSSL's, from either end, with no bit of it turned.
static void test_close(void **state)
{
	static const char *const ciphers[] = {"ECDHE-ECDSA-AES128-GCM-SHA256",
					      "ECDHE-ECDSA-AES256-GCM-SHA384",
					      "ECDHE-ECDSA-CHACHA20-POLY1305"};

	(void)state;
	for (unsigned i = 0; i < 3; i++) {
		assert_true(SSL_CTX_set_cipher_list(client->ctx, ciphers[i]));
		assert_closes(0);
		assert_closes(1);
	}
}

// Nothing is resumed: each handshake shows its certificate.
static void test_no_resumption(void **state)
{
	SSL_SESSION *session;
	struct wire w;

	(void)state;
	keep_ssl();
	wire_init(&w, 1);
	wire_start(&w, client, server);
	assert_true(wire_run(&w, UNTIL));
	session = SSL_get1_session(w.ends[0]->ssl);
	wire_fini(&w);
	wire_init(&w, 2);
	wire_start(&w, client, server);
	tls_session_free(w.ends[0]);
	// By hand: the session is set before the first flight.
	w.ends[0] = NULL;
	{
		struct dtls_peer peer = wire_peer(server);
		struct dtls_start start = {client, &peer, DTLS_CLIENT};

		assert_int_equal(tls_session_new(&w.ends[0], &start, w.now_ms), 0);
		SSL_clear(w.ends[0]->ssl);
		SSL_set_connect_state(w.ends[0]->ssl);
		SSL_set_session(w.ends[0]->ssl, session);
		w.ends[0]->flight.len = w.ends[0]->flight.next = 0;
		memset(w.slots, 0, sizeof w.slots);
		tls_session_input(w.ends[0], (const uint8_t *)"x", 1, w.now_ms);
		wire_drain(&w, 0);
	}
	assert_true(wire_run(&w, UNTIL));
	assert_false(SSL_session_reused(w.ends[1]->ssl));
	SSL_SESSION_free(session);
	wire_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_profiles, fresh, gone),
		cmocka_unit_test_setup_teardown(test_no_profile, fresh, gone),
		cmocka_unit_test_setup_teardown(test_old_version, fresh, gone),
		cmocka_unit_test_setup_teardown(test_rsa_client, fresh, gone),
		cmocka_unit_test_setup_teardown(test_no_certificate, fresh, gone),
		cmocka_unit_test_setup_teardown(test_close, fresh, gone),
		cmocka_unit_test_setup_teardown(test_hashes, fresh, gone),
		cmocka_unit_test_setup_teardown(test_no_resumption, fresh, gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
