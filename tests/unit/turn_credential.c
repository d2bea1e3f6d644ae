// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_client.h"

// Time-limited credentials: "EXPIRY:NAME" and a password made from a shared secret.

static struct turn_world w;
static struct turn_client c;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	world_open(&w);
	assert_non_null(w.turn);
	client_init(&c, &w, "198.18.0.10:5000", "alice", "secret");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(&w);
	return 0;
}

static void time_limited_names(void **state)
{
	char user[64], password[64];

	(void)state;
	assert_int_equal(turn_credential_issue(w.turn, "zoe:x", 60, w.now.wall_s, user, sizeof user,
					       password, sizeof password),
			 0);
	assert_string_equal(user, "1800000060:zoe:x");
	c.user = user;
	c.password = password;
	c.style = CLIENT_SHA256;
	assert_int_equal(client_allocate(&c), 0);
	assert_string_equal(client_allocation(&c)->user, user);
	c.style = CLIENT_MD5;
	assert_int_equal(client_refresh(&c, 600), 0);
	world_wait(&w, 60000);
	assert_int_equal(client_refresh(&c, 600), 0); // the call may go on
	assert_int_equal(client_allocate(&c), 401);
	assert_int_equal(client_refresh(&c, 0), 0);
	assert_int_equal(client_allocate(&c), 401); // a new one may not begin
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_EXPIRED], 2);
}

static void forged_time_limited_names(void **state)
{
	char user[64], password[64];

	(void)state;
	turn_credential_issue(w.turn, "zoe", 60, w.now.wall_s, user, sizeof user, password,
			      sizeof password);
	c.user = "1900000000:zoe";
	c.password = password;
	client_login(&c);
	assert_int_equal(client_allocate(&c), 401);
	c.user = user;
	c.userhash = true;
	assert_int_equal(client_allocate(&c), 401);
	c.userhash = false;
	assert_int_equal(client_allocate(&c), 0);
}

// Known answer, made with: printf '1800000060:zoe' | openssl dgst -sha1 -hmac s3cret -binary | base64
static void issued_password_is_known(void **state)
{
	char user[64], password[64];

	(void)state;
	assert_int_equal(turn_credential_issue(w.turn, "zoe", 60, 1800000000, user, sizeof user,
					       password, sizeof password),
			 0);
	assert_string_equal(password, "qjcOaOTxbKdAa5pXAgMeJv8IFAM=");
	assert_int_equal(turn_credential_issue(w.turn, "", 60, 1, user, sizeof user, password,
					       sizeof password),
			 -EINVAL);
	assert_int_equal(turn_credential_issue(w.turn, "zoe", 60, 1, user, 5, password,
					       sizeof password),
			 -ENOSPC);
	assert_int_equal(turn_credential_issue(w.turn, "zoe", 60, 1, user, sizeof user, password,
					       28),
			 -ENOSPC);
}

static void user_names(void **state)
{
	static const char tag[] = "0123456789abcdef0123456789abcdef";
	static const struct {
		const char *username, *name;
		bool timed, tagged;
	} cases[] = {
		{"alice", "alice", false, false},
		{"1800000060:alice", "alice", true, false},
		{"1800000060:a:b", "a:b", true, false},
		{"1800000060:", "1800000060:", false, false},
		{"x:alice", "x:alice", false, false},
		{"1800000060:alice~0123456789abcdef0123456789abcdef", "alice", true, true},
		{"1800000060:~0123456789abcdef0123456789abcdef",
		 "~0123456789abcdef0123456789abcdef", true, false},
		{"1800000060:alice~0123456789ABCDEF0123456789abcdef",
		 "alice~0123456789ABCDEF0123456789abcdef", true, false},
		{"alice~0123456789abcdef0123456789abcdef", "alice~0123456789abcdef0123456789abcdef",
		 false, false},
	};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(cases); i++) {
		struct turn_credential parts;

		turn_credential_parse(cases[i].username, strlen(cases[i].username), &parts);
		assert_int_equal(parts.name_len, strlen(cases[i].name));
		assert_memory_equal(parts.name, cases[i].name, parts.name_len);
		assert_int_equal(parts.timed, cases[i].timed);
		assert_int_equal(parts.expiry_s, cases[i].timed ? 1800000060 : 0);
		assert_int_equal(parts.tag != NULL, cases[i].tagged);
		if (parts.tag)
			assert_memory_equal(parts.tag, tag, TURN_TAG_LEN);
	}
}

// What the sink refuses is refused with the right password only, by its own reason.
static void revoked_users(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	w.revoked = "alice";
	assert_int_equal(client_refresh(&c, 600), 401);
	c.userhash = true;
	assert_int_equal(client_refresh(&c, 600), 401);
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_REVOKED], 2);
	c.password = "wrong";
	assert_int_equal(client_refresh(&c, 600), 401);
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_REVOKED], 2);
	c.password = "secret";
	w.revoked = "bob";
	assert_int_equal(client_refresh(&c, 600), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(time_limited_names),
		T(forged_time_limited_names),
		T(issued_password_is_known),
		T(user_names),
		T(revoked_users),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
