// SPDX-License-Identifier: Apache-2.0
// Browsers' ClientHellos, which offer DTLS 1.3 first, are answered with DTLS 1.2.
#include "kit/kit.h"
#include "kit/tls_wire.h"
#include "tls_hello.h"

#include <string.h>

#define PIECE_MAX 2000

struct piece {
	uint8_t bytes[PIECE_MAX];
	size_t len;
};

static struct tls_identity *identity;

static struct piece piece_of(const char *hex)
{
	struct piece p;

	p.len = kit_hex(p.bytes, sizeof p.bytes, hex);
	return p;
}

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

// The extension of a ServerHello's body, NULL when it is not there.
static const uint8_t *extension_find(const uint8_t *hello, unsigned type)
{
	const uint8_t *at = hello + 2 + 32 + 1 + hello[34] + 2 + 1;
	const uint8_t *end = at + 2 + get16(at);

	for (at += 2; at < end; at += 4 + get16(at + 2))
		if (get16(at) == type)
			return at + 4;
	return NULL;
}

static void server_hello_check(const uint8_t *bytes, size_t len)
{
	const uint8_t *hello = bytes + 13 + 12, *srtp;

	assert_true(len > 100 && len <= DTLS_MTU);
	assert_int_equal(bytes[0], 22);
	assert_int_equal(get16(bytes + 1), 0xfefd);
	assert_int_equal(bytes[13], 2); // ServerHello: no HelloVerifyRequest, ICE stands for it
	assert_int_equal(get16(hello), 0xfefd);
	assert_int_equal(get16(hello + 2 + 32 + 1 + hello[34]), 0xc02b);
	assert_null(extension_find(hello, 43)); // supported_versions would say 1.3
	srtp = extension_find(hello, 14);
	assert_non_null(srtp);
	assert_memory_equal(srtp, "\x00\x02\x00\x07\x00", 5); // AEAD_AES_128_GCM
}

static void hello_answer(const struct piece *first, const struct piece *second)
{
	struct dtls_peer peer = wire_peer(identity);
	struct dtls_start start = {identity, &peer, DTLS_SERVER};
	uint8_t out[DTLS_MTU];
	struct dtls_session *s;

	assert_int_equal(tls_session_new(&s, &start, 1), 0);
	assert_int_equal(tls_session_input(s, first->bytes, first->len, 1), DTLS_RUNNING);
	assert_int_equal(tls_session_output(s, out, sizeof out), 0);
	assert_int_equal(tls_session_input(s, second->bytes, second->len, 1), DTLS_RUNNING);
	assert_false(tls_session_begun(s));
	server_hello_check(out, tls_session_output(s, out, sizeof out));
	assert_int_equal(tls_session_output(s, out, sizeof out), 0); // all in one datagram
	tls_session_free(s);
}

static void browser(const char *hex1, const char *hex2)
{
	struct piece first = piece_of(hex1), second = piece_of(hex2);
	struct dtls_facts f = dtls_look(first.bytes, first.len);

	assert_true(f.records && f.hello && f.handshake && f.plain && !f.alert);
	assert_ptr_equal(f.random, first.bytes + 13 + 12 + 2);
	f = dtls_look(second.bytes, second.len);
	assert_true(f.records && f.hello && !f.random);
	hello_answer(&first, &second);
	hello_answer(&second, &first);
}

static void test_chromium(void **state)
{
	(void)state;
	browser(chromium_1, chromium_2);
}

static void test_firefox(void **state)
{
	(void)state;
	browser(firefox_1, firefox_2);
}

// One byte less, one more, or another content type is not a run of records.
static void test_look(void **state)
{
	struct piece p = piece_of(chromium_2);

	(void)state;
	for (size_t len = 0; len < p.len; len++)
		assert_false(dtls_look(p.bytes, len).records);
	p.bytes[p.len] = 22;
	assert_false(dtls_look(p.bytes, p.len + 1).records);
	p.bytes[0] = 24;
	assert_false(dtls_look(p.bytes, p.len).records);
	p.bytes[0] = 21;
	assert_true(dtls_look(p.bytes, p.len).alert);
	assert_false(dtls_look(p.bytes, p.len).hello);
	p.bytes[0] = 22;
	p.bytes[4] = 1; // epoch 1: what it holds cannot be seen
	assert_false(dtls_look(p.bytes, p.len).hello);
	assert_false(dtls_look(p.bytes, p.len).plain);
	p.bytes[1] = 3;
	assert_false(dtls_look(p.bytes, p.len).records);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chromium),
		cmocka_unit_test(test_firefox),
		cmocka_unit_test(test_look),
	};
	int failed;

	if (tls_identity_new(&identity))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tls_identity_unref(identity);
	return failed;
}
