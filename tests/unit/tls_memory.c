// SPDX-License-Identifier: Apache-2.0
// Memory runs out anywhere, in OpenSSL too: a handshake fails or comes through, nothing else; and
// what a live session holds.
#include "kit/kit.h"
#include "kit/tls_wire.h"

#include <malloc.h>
#include <openssl/crypto.h>
#include <stdlib.h>

static struct tls_identity *client, *server;

// OpenSSL's own calls, brought to where the kit can let them fail.
static void *crypto_malloc(size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return malloc(n);
}

static void *crypto_realloc(void *p, size_t n, const char *file, int line)
{
	(void)file;
	(void)line;
	return realloc(p, n);
}

static void crypto_free(void *p, const char *file, int line)
{
	(void)file;
	(void)line;
	free(p);
}

static bool identity_step(void *ctx)
{
	struct tls_identity *i;

	(void)ctx;
	if (tls_identity_new(&i))
		return false;
	tls_identity_unref(i);
	return true;
}

static void test_identity(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(identity_step, NULL) > 50);
}

static bool session_step(void *ctx)
{
	struct dtls_peer peer = *(struct dtls_peer *)ctx;
	struct dtls_start start = {client, &peer, DTLS_CLIENT};
	struct dtls_session *s;
	bool ok;

	if (tls_session_new(&s, &start, 1))
		return false;
	ok = !tls_session_failure(s);
	tls_session_free(s);
	return ok;
}

static void test_start(void **state)
{
	struct dtls_peer peer = wire_peer(server);

	(void)state;
	assert_true(kit_allocation_fails(session_step, &peer) > 20);
}

static void test_footprint(void **state)
{
	enum { N = 50 };
	static struct wire w[N];
	size_t before = mallinfo2().uordblks, after;

	(void)state;
	for (unsigned i = 0; i < N; i++) {
		wire_init(&w[i], i);
		wire_start(&w[i], client, server);
		assert_true(wire_run(&w[i], 2000000));
	}
	after = mallinfo2().uordblks;
	print_message("a live session: %zu bytes\n", (after - before) / (2 * N));
	assert_true((after - before) / (2 * N) <= 4096); // a sanitizer tells 0
	for (unsigned i = 0; i < N; i++)
		wire_fini(&w[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity),
		cmocka_unit_test(test_start),
		cmocka_unit_test(test_footprint),
	};
	int failed;

	if (!CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) ||
	    tls_identity_new(&client) || tls_identity_new(&server))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	tls_identity_unref(client);
	tls_identity_unref(server);
	return failed;
}
