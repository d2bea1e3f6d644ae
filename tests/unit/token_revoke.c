// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "kit/kit.h"
#include "token/token.h"

// The list of what is no longer good.

#define T0 1800000000u
#define LIFE (TOKEN_LIFE_MAX_S + 2 * TOKEN_SKEW_S)

static struct token_revocations *list;
static const struct token alice = {.id = "t1",
				   .player = "alice",
				   .issued_s = T0,
				   .expires_s = T0 + 600};

static int setup(void **state)
{
	(void)state;
	list = token_revocations_new();
	assert_non_null(list);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	token_revocations_free(list);
	return 0;
}

static int revoke(enum token_subject by, const char *name, uint64_t wall_s)
{
	struct token_revocation r;

	return token_revoke(list, by, name, wall_s, &r);
}

static void one_token(void **state)
{
	struct token other = alice;

	(void)state;
	strcpy(other.id, "t2");
	assert_false(token_is_revoked(list, &alice, T0));
	assert_int_equal(revoke(TOKEN_BY_ID, "t1", T0), 0);
	assert_true(token_is_revoked(list, &alice, T0));
	assert_false(token_is_revoked(list, &other, T0));
	assert_true(token_is_revoked(list, &alice, T0 + LIFE - 1));
	assert_false(token_is_revoked(list, &alice, T0 + LIFE));
}

// Tokens from then on are good again, but for those of a clock that may be ahead.
static void tokens_of_a_player(void **state)
{
	struct token t = alice;

	(void)state;
	assert_int_equal(revoke(TOKEN_BY_PLAYER, "alice", T0), 0);
	assert_true(token_is_revoked(list, &t, T0 + 1));
	t.issued_s = T0 + TOKEN_SKEW_S;
	assert_true(token_is_revoked(list, &t, T0 + 1));
	t.issued_s++;
	assert_false(token_is_revoked(list, &t, T0 + 1));
	strcpy(t.player, "alic");
	t.issued_s = T0 - 1;
	assert_false(token_is_revoked(list, &t, T0 + 1));
}

static void a_later_revocation_counts(void **state)
{
	struct token t = alice;

	(void)state;
	t.issued_s = T0 + 100;
	assert_int_equal(revoke(TOKEN_BY_PLAYER, "alice", T0), 0);
	assert_false(token_is_revoked(list, &t, T0 + 100));
	assert_int_equal(revoke(TOKEN_BY_PLAYER, "alice", T0 + 100), 0);
	assert_true(token_is_revoked(list, &t, T0 + 101));
	assert_int_equal(token_revocations_count(list), 1);
}

static void a_user_until_allowed(void **state)
{
	struct token t = alice;

	(void)state;
	t.issued_s = T0 + 100 * LIFE;
	assert_int_equal(revoke(TOKEN_BY_USER, "alice", T0), 0);
	assert_true(token_is_revoked(list, &t, T0 + 100 * LIFE));
	assert_false(token_allow(list, TOKEN_BY_PLAYER, "alice"));
	assert_true(token_allow(list, TOKEN_BY_USER, "alice"));
	assert_false(token_allow(list, TOKEN_BY_USER, "alice"));
	assert_false(token_is_revoked(list, &t, T0));
	assert_int_equal(token_revocations_count(list), 0);
}

// One subject's name is nobody else's.
static void subjects_are_apart(void **state)
{
	uint8_t a[TOKEN_DIGEST_LEN], b[TOKEN_DIGEST_LEN];

	(void)state;
	token_digest(TOKEN_BY_ID, "x", 1, a);
	token_digest(TOKEN_BY_USER, "x", 1, b);
	assert_memory_not_equal(a, b, sizeof a);
	assert_int_equal(revoke(TOKEN_BY_ID, "alice", T0), 0);
	assert_false(token_is_revoked(list, &alice, T0));
}

static void number_revoke(unsigned i, uint64_t wall_s, int want)
{
	char name[16];

	snprintf(name, sizeof name, "t%u", i);
	assert_int_equal(revoke(TOKEN_BY_ID, name, wall_s), want);
}

static void the_list_is_bounded(void **state)
{
	struct token t = alice;

	(void)state;
	for (unsigned i = 0; i < TOKEN_REVOCATIONS_MAX; i++)
		number_revoke(i, T0 + i % 2, 0);
	number_revoke(TOKEN_REVOCATIONS_MAX, T0, -ENOSPC);
	number_revoke(7, T0, 0); // one that is there may be renewed
	for (unsigned i = 0; i < TOKEN_REVOCATIONS_MAX; i += 97) {
		snprintf(t.id, sizeof t.id, "t%u", i);
		assert_true(token_is_revoked(list, &t, T0));
	}
	// Half of them, and number 7, are over; there is room again.
	number_revoke(TOKEN_REVOCATIONS_MAX, T0 + LIFE, 0);
	assert_int_equal(token_revocations_count(list), TOKEN_REVOCATIONS_MAX / 2);
	strcpy(t.id, "t8");
	assert_false(token_is_revoked(list, &t, T0 + LIFE));
	strcpy(t.id, "t9");
	assert_true(token_is_revoked(list, &t, T0 + LIFE));
}

static bool makes_a_list(void *ctx)
{
	struct token_revocations *r = token_revocations_new();

	(void)ctx;
	token_revocations_free(r);
	return r != NULL;
}

static void memory_may_fail(void **state)
{
	(void)state;
	assert_int_equal(kit_allocation_fails(makes_a_list, NULL), 2);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(one_token),
		T(tokens_of_a_player),
		T(a_later_revocation_counts),
		T(a_user_until_allowed),
		T(subjects_are_apart),
		T(the_list_is_bounded),
		T(memory_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
