// SPDX-License-Identifier: Apache-2.0
#include "token_vectors.h"

#include <errno.h>
#include <string.h>

#include "kit/kit.h"

// Sets of keys, and signing with them.

#define T0 1800000000u

static const struct token_key good[] = {{"pub", "ES256", public_pem},
					{"e1", "ES256", private_pem},
					{"k1", "HS256", "s3cret"}};
static const struct token wanted = {
	.id = "t1",
	.player = "alice",
	.room = "lobby",
	.speak = true,
	.listen = true,
	.relay = true,
	.rights = TOKEN_SHOW,
	.issued_s = T0,
	.not_before_s = T0,
	.expires_s = T0 + 600,
};

static void remedies(void **state)
{
	(void)state;
	assert_null(token_algorithm_check("HS256"));
	assert_null(token_algorithm_check("ES256"));
	assert_non_null(strstr(token_algorithm_check("EdDSA"), "EdDSA"));
	assert_non_null(token_algorithm_check("none"));
	assert_non_null(token_algorithm_check("hs256"));
	assert_null(token_secret_check("HS256", "s3cret"));
	assert_non_null(token_secret_check("HS256", ""));
	assert_null(token_secret_check("ES256", public_pem));
	assert_null(token_secret_check("ES256", private_pem));
	assert_non_null(token_secret_check("ES256", p384_pem));
	assert_non_null(token_secret_check("ES256", locked_pem));
	assert_non_null(token_secret_check("ES256", "s3cret"));
	assert_true(token_secret_is_short("HS256", "s3cret"));
	assert_false(token_secret_is_short("HS256", "0123456789abcdef0123456789abcdef"));
	assert_false(token_secret_is_short("ES256", "x"));
}

static void sets_that_are_refused(void **state)
{
	const struct token_key bad[][2] = {
		{{"k1", "HS256", "a"}, {"k1", "HS256", "b"}},
		{{"k1", "HS256", "a"}, {"k2", "none", "b"}},
		{{"k1", "HS256", "a"}, {"k2", "HS256", ""}},
		{{"k1", "HS256", "a"}, {"", "HS256", "b"}},
		{{"k1", "HS256", "a"}, {"k2", "ES256", "b"}},
		{{"k1", "HS256", "a"}, {"k2", "ES256", p384_pem}},
	};

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_null(token_keys_new(bad[i], 2));
		assert_int_equal(errno, EINVAL);
	}
}

static void what_is_signed_is_read(void **state)
{
	struct token_keys *keys = token_keys_new(good, 3);
	const char *const ids[] = {"e1", "k1", ""};

	(void)state;
	assert_int_equal(token_keys_count(keys), 3);
	for (unsigned i = 0; i < 3; i++) {
		struct token t = wanted, got;
		char text[TOKEN_MAX];

		strcpy(t.key, ids[i]);
		assert_int_equal(token_sign(keys, &t, text, sizeof text), 0);
		assert_int_equal(token_verify(keys, text, strlen(text), T0, &got), TOKEN_OK);
		assert_string_equal(got.key, i == 1 ? "k1" : "e1"); // the first that can sign
		memcpy(t.key, got.key, sizeof t.key);
		assert_memory_equal(&got, &t, sizeof t);
	}
	token_keys_free(keys);
}

static void little_is_granted_unasked(void **state)
{
	struct token_keys *keys = token_keys_new(good, 3);
	struct token t = {.issued_s = T0, .expires_s = T0 + 1}, got;
	char text[TOKEN_MAX];

	(void)state;
	assert_int_equal(token_sign(keys, &t, text, sizeof text), 0);
	assert_int_equal(token_verify(keys, text, strlen(text), T0, &got), TOKEN_OK);
	assert_false(got.speak || got.listen || got.relay);
	assert_int_equal(got.rights, TOKEN_NOTHING);
	assert_string_equal(got.player, "");
	token_keys_free(keys);
}

static void what_cannot_be_signed(void **state)
{
	struct token_keys *keys = token_keys_new(good, 3);
	struct token t = wanted;
	char text[TOKEN_MAX];

	(void)state;
	strcpy(t.key, "k9");
	assert_int_equal(token_sign(keys, &t, text, sizeof text), -ENOENT);
	strcpy(t.key, "pub");
	assert_int_equal(token_sign(keys, &t, text, sizeof text), -EACCES);
	strcpy(t.key, "k1");
	assert_int_equal(token_sign(keys, &t, text, 40), -ENOSPC);
	t.expires_s = T0 + TOKEN_LIFE_MAX_S + 1;
	assert_int_equal(token_sign(keys, &t, text, sizeof text), -EINVAL);
	t.expires_s = T0;
	assert_int_equal(token_sign(keys, &t, text, sizeof text), -EINVAL);
	token_keys_free(keys);
}

// Rotation: the old key is there until its tokens are over, then they fail by name.
static void rotation(void **state)
{
	struct token_keys *sets[] = {token_keys_new(good + 1, 2), token_keys_new(good + 1, 1)};
	struct token t;

	(void)state;
	assert_int_equal(token_verify(sets[0], hs256, strlen(hs256), T0, &t), TOKEN_OK);
	assert_int_equal(token_verify(sets[1], hs256, strlen(hs256), T0, &t), TOKEN_UNKNOWN_KEY);
	token_keys_free(sets[0]);
	token_keys_free(sets[1]);
}

static bool makes_keys(void *ctx)
{
	struct token_keys *keys = token_keys_new(good, 3);

	(void)ctx;
	if (!keys)
		assert_int_equal(errno, ENOMEM);
	token_keys_free(keys);
	return keys != NULL;
}

static void memory_may_fail(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(makes_keys, NULL) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(remedies),
		cmocka_unit_test(sets_that_are_refused),
		cmocka_unit_test(what_is_signed_is_read),
		cmocka_unit_test(little_is_granted_unasked),
		cmocka_unit_test(what_cannot_be_signed),
		cmocka_unit_test(rotation),
		cmocka_unit_test(memory_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
