// SPDX-License-Identifier: Apache-2.0
#include "token_vectors.h"

#include <errno.h>
#include <string.h>

#include "kit/kit.h"

// What a token has to be to be believed.

#define T0 1800000000u

static const struct token_key both[] = {{"k1", "HS256", "s3cret"},
					{"e1", "ES256", public_pem},
					{"k2", "HS256", "other"}};
static struct token_keys *keys;

static int setup(void **state)
{
	(void)state;
	keys = token_keys_new(both, 3);
	assert_non_null(keys);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	token_keys_free(keys);
	return 0;
}

static enum token_error verify(const char *text, uint64_t wall_s)
{
	struct token t;

	return token_verify(keys, text, strlen(text), wall_s, &t);
}

static void known_tokens(void **state)
{
	const char *const texts[] = {hs256, es256}, *const ids[] = {"k1", "e1"};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		struct token t;

		assert_int_equal(token_verify(keys, texts[i], strlen(texts[i]), T0, &t), TOKEN_OK);
		assert_string_equal(t.key, ids[i]);
		assert_string_equal(t.id, "t1");
		assert_string_equal(t.player, "alice");
		assert_string_equal(t.room, "lobby");
		assert_true(t.speak && t.listen && t.relay);
		assert_int_equal(t.rights, TOKEN_NOTHING);
		assert_int_equal(t.issued_s, T0);
		assert_int_equal(t.not_before_s, T0);
		assert_int_equal(t.expires_s, T0 + 600);
	}
}

static void other_algorithms_fail(void **state)
{
	(void)state;
	assert_int_equal(verify(alg_none, T0), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verify(alg_none_signed, T0), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verify(confused, T0), TOKEN_WRONG_ALGORITHM);
	assert_int_equal(verify(confused_alg, T0), TOKEN_BAD_SIGNATURE);
}

static void header_rules(void **state)
{
	(void)state;
	assert_int_equal(verify(no_kid, T0), TOKEN_UNKNOWN_KEY);
	assert_int_equal(verify(unknown_kid, T0), TOKEN_UNKNOWN_KEY);
	assert_int_equal(verify(critical, T0), TOKEN_MALFORMED);
	assert_int_equal(verify(critical_text, T0), TOKEN_MALFORMED);
}

static void claim_rules(void **state)
{
	(void)state;
	for (unsigned i = 0; i < sizeof claim_cases / sizeof claim_cases[0]; i++)
		if (verify(claim_cases[i].text, T0 + 60) != claim_cases[i].error)
			fail_msg("%s: %s", claim_cases[i].name,
				 token_error_names[verify(claim_cases[i].text, T0 + 60)]);
}

// Each letter of each part, turned into another letter: nothing gets through, the last bits of a
// signature that base64 leaves over included.
static void no_letter_may_change(void **state)
{
	const char *const texts[] = {hs256, es256};

	(void)state;
	for (unsigned i = 0; i < 2; i++) {
		size_t len = strlen(texts[i]);

		for (size_t at = 0; at < len; at++) {
			char text[TOKEN_MAX];

			memcpy(text, texts[i], len + 1);
			text[at] = text[at] == 'A' ? 'B' : (char)(text[at] == 'Q' ? 'R' : 'A');
			assert_int_not_equal(verify(text, T0), TOKEN_OK);
			text[at] = '=';
			assert_int_equal(verify(text, T0), TOKEN_MALFORMED);
		}
	}
}

static void forms_that_are_none(void **state)
{
	static const char *const texts[] = {"",
					    ".",
					    "..",
					    "a.b.c",
					    "e30.e30.e30",
					    "e30.e30",
					    "e30.e30.e30.e30",
					    " ",
					    "\xff.\xff.\xff"};
	char text[TOKEN_MAX + 2];
	struct token t;

	(void)state;
	for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++)
		assert_int_equal(verify(texts[i], T0), TOKEN_MALFORMED);
	for (size_t len = 0; len < sizeof hs256 - 1; len++)
		assert_int_not_equal(token_verify(keys, hs256, len, T0, &t), TOKEN_OK);
	memset(text, 'A', sizeof text);
	assert_int_equal(token_verify(keys, text, sizeof text, T0, &t), TOKEN_MALFORMED);
	memcpy(text, hs256, sizeof hs256); // with its NUL
	assert_int_equal(token_verify(keys, text, sizeof hs256, T0, &t), TOKEN_MALFORMED);
}

static void time_has_edges(void **state)
{
	(void)state;
	assert_int_equal(verify(hs256, T0 - TOKEN_SKEW_S - 1), TOKEN_NOT_YET);
	assert_int_equal(verify(hs256, T0 - TOKEN_SKEW_S), TOKEN_OK);
	assert_int_equal(verify(hs256, T0 + 600 + TOKEN_SKEW_S - 1), TOKEN_OK);
	assert_int_equal(verify(hs256, T0 + 600 + TOKEN_SKEW_S), TOKEN_EXPIRED);
}

static void nothing_is_written_on_failure(void **state)
{
	struct token t, before;

	(void)state;
	memset(&t, 7, sizeof t);
	before = t;
	assert_int_equal(token_verify(keys, hs256, strlen(hs256), 1, &t), TOKEN_NOT_YET);
	assert_int_equal(token_verify(keys, confused, strlen(confused), T0, &t),
			 TOKEN_WRONG_ALGORITHM);
	assert_memory_equal(&t, &before, sizeof t);
}

// Without a jti there is a name for it all the same, and another one for another token.
static void id_is_derived(void **state)
{
	struct token t;

	(void)state;
	assert_int_equal(token_verify(keys, no_id, strlen(no_id), T0, &t), TOKEN_OK);
	assert_int_equal(strlen(t.id), 2 * TOKEN_DIGEST_LEN);
}

static void every_error_has_a_name(void **state)
{
	(void)state;
	for (unsigned i = 0; i < TOKEN_ERRORS; i++) {
		assert_non_null(token_error_names[i]);
		assert_non_null(token_error_texts[i]);
	}
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(known_tokens),         T(other_algorithms_fail),
		T(header_rules),         T(claim_rules),
		T(no_letter_may_change), T(forms_that_are_none),
		T(time_has_edges),       T(nothing_is_written_on_failure),
		T(id_is_derived),        T(every_error_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
