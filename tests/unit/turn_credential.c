// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

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

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(time_limited_names),
		T(forged_time_limited_names),
		T(issued_password_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
