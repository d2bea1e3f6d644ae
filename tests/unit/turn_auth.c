// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "kit/kit.h"
#include "kit/turn_client.h"

// RFC 8489 section 9.2.4 as a TURN server sees it.

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

static void request_begin(void)
{
	client_begin(&c, STUN_ALLOCATE);
	client_put_u8(&c, STUN_REQUESTED_TRANSPORT, TURN_UDP);
}

static void assert_challenge(void)
{
	const struct stun_attr *nonce = stun_find(&c.reply, STUN_NONCE);
	const struct stun_attr *realm = stun_find(&c.reply, STUN_REALM);
	const struct stun_attr *list = stun_find(&c.reply, STUN_PASSWORD_ALGORITHMS);

	assert_non_null(nonce);
	assert_non_null(realm);
	assert_non_null(list);
	assert_memory_equal(nonce->value, "obMatJos2wAAA", 13);
	assert_int_equal(realm->len, strlen(CLIENT_REALM));
	assert_memory_equal(realm->value, CLIENT_REALM, realm->len);
	assert_memory_equal(list->value, "\0\2\0\0\0\1\0\0", 8);
	assert_false(client_reply_has(&c, STUN_USERNAME));
	assert_false(client_reply_has(&c, STUN_USERHASH));
	assert_int_equal(c.reply.integrity + c.reply.integrity256, 0);
}

static void no_credentials_are_challenged(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 4; i++) {
		static const uint16_t methods[] = {STUN_ALLOCATE, STUN_REFRESH,
						   STUN_CREATE_PERMISSION, STUN_CHANNEL_BIND};

		client_begin(&c, methods[i]);
		assert_int_equal(client_send_plain(&c), 401);
		assert_challenge();
	}
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_MISSING], 4);
}

// 28 bytes of IP and UDP with the smallest Allocate against the same with the answer.
static void first_answer_is_small(void **state)
{
	(void)state;
	request_begin();
	assert_int_equal(client_send_plain(&c), 401);
	assert_int_equal(c.request_len, 28);
	assert_int_equal(c.answer_len, 20 + 8 + 20 + 32 + 12);
}

static void nonces_differ_by_client(void **state)
{
	struct turn_client d;

	(void)state;
	client_init(&d, &w, "198.18.0.10:5001", "alice", "secret");
	client_login(&c);
	client_login(&d);
	assert_int_equal(c.nonce_len, d.nonce_len);
	assert_memory_not_equal(c.nonce, d.nonce, c.nonce_len);
	memcpy(d.nonce, c.nonce, c.nonce_len);
	assert_int_equal(client_allocate(&d), 438);
}

static void missing_parts_are_bad(void **state)
{
	struct stun_key key;

	(void)state;
	client_login(&c);
	assert_int_equal(stun_key_derive(&key, STUN_MD5, "alice", 5, CLIENT_REALM, "secret"), 0);
	for (unsigned left_out = 0; left_out < 3; left_out++) {
		request_begin();
		if (left_out != 0)
			stun_put(&c.w, STUN_USERNAME, "alice", 5);
		if (left_out != 1)
			stun_put(&c.w, STUN_REALM, CLIENT_REALM, strlen(CLIENT_REALM));
		if (left_out != 2)
			stun_put(&c.w, STUN_NONCE, c.nonce, c.nonce_len);
		stun_put_integrity(&c.w, STUN_INTEGRITY_SHA1, key.bytes, key.len);
		assert_int_equal(client_send_plain(&c), 400);
		assert_false(client_reply_has(&c, STUN_REALM));
		assert_false(client_reply_has(&c, STUN_NONCE));
		assert_int_equal(c.reply.integrity + c.reply.integrity256, 0);
	}
}

static void credentials_without_integrity_are_challenged(void **state)
{
	(void)state;
	client_login(&c);
	request_begin();
	stun_put(&c.w, STUN_USERNAME, "alice", 5);
	stun_put(&c.w, STUN_REALM, CLIENT_REALM, strlen(CLIENT_REALM));
	stun_put(&c.w, STUN_NONCE, c.nonce, c.nonce_len);
	assert_int_equal(client_send_plain(&c), 401);
}

static void wrong_user_password_realm(void **state)
{
	(void)state;
	client_login(&c);
	c.password = "Secret";
	assert_int_equal(client_allocate(&c), 401);
	assert_challenge();
	c.password = "secret";
	c.user = "nobody";
	assert_int_equal(client_allocate(&c), 401);
	assert_challenge();
	c.user = "alice";
	c.realm = "elsewhere";
	assert_int_equal(client_allocate(&c), 401);
	c.realm = CLIENT_REALM;
	assert_int_equal(client_allocate(&c), 0);
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_INTEGRITY], 1);
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_USER], 2);
}

static void answers_follow_the_algorithm(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	assert_true(c.reply.integrity && !c.reply.integrity256);
	c.style = CLIENT_SHA256;
	assert_int_equal(client_refresh(&c, 600), 0);
	assert_true(!c.reply.integrity && c.reply.integrity256);
	assert_int_equal(client_bind(&c, 0x3fff, "198.18.0.20:1"), 400);
	assert_true(!c.reply.integrity && c.reply.integrity256);
}

static void anonymous_names_are_resolved(void **state)
{
	(void)state;
	c.userhash = true;
	c.style = CLIENT_SHA256;
	assert_int_equal(client_allocate(&c), 0);
	assert_string_equal(client_allocation(&c)->user, "alice");
	c.user = "nobody";
	assert_int_equal(client_refresh(&c, 600), 401);
}

// Signs with an own choice of algorithm attributes; NULL leaves one out.
static unsigned bid(const void *list, size_t list_len, const void *one, size_t one_len)
{
	struct stun_key key;

	assert_int_equal(stun_key_derive(&key, STUN_SHA256, "alice", 5, CLIENT_REALM, "secret"), 0);
	request_begin();
	stun_put(&c.w, STUN_USERNAME, "alice", 5);
	stun_put(&c.w, STUN_REALM, CLIENT_REALM, strlen(CLIENT_REALM));
	stun_put(&c.w, STUN_NONCE, c.nonce, c.nonce_len);
	if (list)
		stun_put(&c.w, STUN_PASSWORD_ALGORITHMS, list, list_len);
	if (one)
		stun_put(&c.w, STUN_PASSWORD_ALGORITHM, one, one_len);
	stun_put_integrity(&c.w, STUN_INTEGRITY_SHA256, key.bytes, key.len);
	return client_send_plain(&c);
}

static void bidding_down_is_noticed(void **state)
{
	(void)state;
	client_login(&c);
	c.style = CLIENT_SHA256;
	assert_int_equal(bid("\0\2\0\0\0\1\0\0", 8, NULL, 0), 400);
	assert_int_equal(bid(NULL, 0, "\0\2\0\0", 4), 400);
	assert_int_equal(bid("\0\1\0\0", 4, "\0\1\0\0", 4), 400);
	assert_int_equal(bid("\0\1\0\0\0\2\0\0", 8, "\0\2\0\0", 4), 400);
	assert_int_equal(bid("\0\2\0\0\0\1\0\0", 8, "\0\3\0\0", 4), 400);
	assert_int_equal(bid("\0\2\0\0\0\1\0\0", 8, "\0\2", 2), 400);
	assert_int_equal(bid(NULL, 0, NULL, 0), 401); // as though MD5: the key does not fit
	assert_int_equal(bid("\0\2\0\0\0\1\0\0", 8, "\0\2\0\0", 4), 0);
}

static void nonces_go_stale(void **state)
{
	(void)state;
	assert_int_equal(client_allocate(&c), 0);
	for (unsigned i = 0; i < 6; i++) {
		world_wait(&w, 599000);
		assert_int_equal(client_refresh(&c, 600), 0);
	}
	world_wait(&w, 10000);
	assert_int_equal(client_refresh(&c, 600), 438);
	assert_challenge();
	memcpy(c.nonce, stun_find(&c.reply, STUN_NONCE)->value, c.nonce_len);
	assert_int_equal(client_refresh(&c, 600), 0);
	assert_int_equal(turn_counters(w.turn)->auth_failures[TURN_AUTH_STALE], 1);
}

static void every_byte_of_a_nonce_counts(void **state)
{
	(void)state;
	client_login(&c);
	for (size_t i = 0; i < c.nonce_len; i++) {
		char kept = c.nonce[i];

		c.nonce[i] = kept == 'A' ? 'B' : 'A';
		if (kept != c.nonce[i])
			assert_int_equal(client_allocate(&c), 438);
		c.nonce[i] = kept;
	}
	c.nonce_len--;
	assert_int_equal(client_allocate(&c), 438);
	c.nonce_len++;
	c.password = "wrong"; // comes before the nonce
	c.nonce[20] ^= 1;
	assert_int_equal(client_allocate(&c), 401);
}

static void both_integrities_count_sha256(void **state)
{
	struct stun_key key;

	(void)state;
	client_login(&c);
	assert_int_equal(stun_key_derive(&key, STUN_MD5, "alice", 5, CLIENT_REALM, "secret"), 0);
	request_begin();
	client_sign(&c);
	stun_put_integrity(&c.w, STUN_INTEGRITY_SHA256, "wrong", 5);
	assert_int_equal(client_send_plain(&c), 401);
	request_begin();
	client_sign(&c);
	stun_put_integrity(&c.w, STUN_INTEGRITY_SHA256, key.bytes, key.len);
	assert_int_equal(client_send_plain(&c), 0);
}

static void fingerprints(void **state)
{
	(void)state;
	c.fingerprint = true;
	assert_int_equal(client_allocate(&c), 0);
	assert_true(c.reply.fingerprint && stun_fingerprint_ok(&c.reply));
	request_begin();
	client_sign(&c);
	stun_put_fingerprint(&c.w);
	c.request_len = stun_end(&c.w);
	c.request[c.request_len - 1] ^= 1;
	assert_int_equal(client_repeat(&c), CLIENT_SILENCE);
	c.fingerprint = false;
	assert_int_equal(client_refresh(&c, 600), 0);
	assert_int_equal(c.reply.fingerprint, 0);
}

static void what_is_no_request_is_ignored(void **state)
{
	static const uint16_t types[] = {0x0013, 0x0016, 0x0103, 0x0113, 0x0006, 0x000a, 0x0ffe};

	(void)state;
	client_login(&c);
	for (unsigned i = 0; i < 7; i++) {
		request_begin();
		client_sign(&c);
		c.request_len = stun_end(&c.w);
		c.request[0] = (uint8_t)(types[i] >> 8);
		c.request[1] = (uint8_t)types[i];
		assert_int_equal(client_repeat(&c), CLIENT_SILENCE);
	}
	assert_int_equal(turn_count(w.turn), 0);
}

static void unknown_attributes_come_after_authentication(void **state)
{
	const struct stun_attr *list;

	(void)state;
	request_begin();
	stun_put_u32(&c.w, 0x7f01, 0);
	assert_int_equal(client_send_plain(&c), 401);
	client_login(&c);
	request_begin();
	stun_put_u32(&c.w, 0x7f01, 0);
	stun_put_u32(&c.w, 0xff01, 0);
	stun_put_u32(&c.w, STUN_CHANGE_REQUEST, 0);
	assert_int_equal(client_send(&c), 420);
	list = stun_find(&c.reply, STUN_UNKNOWN_ATTRIBUTES);
	assert_non_null(list);
	assert_int_equal(list->len, 4);
	assert_memory_equal(list->value, "\x7f\x01\x00\x03", 4);
	assert_true(c.reply.integrity);
	request_begin();
	stun_put_u32(&c.w, 0xff01, 0); // may be passed over
	assert_int_equal(client_send(&c), 0);
}

static void binding_is_answered(void **state)
{
	struct net_endpoint mapped;

	(void)state;
	client_begin(&c, STUN_BINDING);
	assert_int_equal(client_send_plain(&c), 0);
	mapped = client_reply_endpoint(&c, STUN_XOR_MAPPED_ADDRESS);
	assert_true(net_endpoint_equal(&mapped, &c.tuple.client));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_credentials_are_challenged),
		T(first_answer_is_small),
		T(nonces_differ_by_client),
		T(missing_parts_are_bad),
		T(credentials_without_integrity_are_challenged),
		T(wrong_user_password_realm),
		T(answers_follow_the_algorithm),
		T(anonymous_names_are_resolved),
		T(bidding_down_is_noticed),
		T(nonces_go_stale),
		T(every_byte_of_a_nonce_counts),
		T(both_integrities_count_sha256),
		T(fingerprints),
		T(what_is_no_request_is_ignored),
		T(unknown_attributes_come_after_authentication),
		T(binding_is_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
