// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <string.h>

#include "stun/stun.h"

static const uint8_t tid[STUN_TID_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static void test_layout(void **state)
{
	uint8_t bytes[64], want[64];
	struct stun_writer s;
	size_t len;

	(void)state;
	memset(bytes, 0xee, sizeof bytes);
	s = stun_begin(bytes, sizeof bytes, STUN_SUCCESS, STUN_ALLOCATE, tid);
	stun_put(&s, STUN_REALM, "abcde", 5);
	stun_put_u32(&s, STUN_LIFETIME, 600);
	stun_put(&s, STUN_DONT_FRAGMENT, NULL, 0);
	len = kit_hex(want, sizeof want,
		      "0103 0018 2112a442 000102030405060708090a0b"
		      "0014 0005 6162636465 000000 000d 0004 00000258 001a 0000");
	assert_int_equal(stun_end(&s), len);
	assert_memory_equal(bytes, want, len);
	assert_int_equal(bytes[len], 0xee);
}

static void test_overflow_sticks(void **state)
{
	uint8_t bytes[STUN_HEADER_LEN + 8 + 4];
	struct stun_writer s;

	(void)state;
	memset(bytes, 0xee, sizeof bytes);
	s = stun_begin(bytes, sizeof bytes - 4, STUN_REQUEST, STUN_BINDING, tid);
	stun_put(&s, STUN_REALM, "abcde", 5); // its padding would not fit
	stun_put_u32(&s, STUN_LIFETIME, 1); // would fit, but comes behind the failure
	stun_put_endpoint(&s, STUN_XOR_MAPPED_ADDRESS, &(struct net_endpoint){.port = 1});
	stun_put_error(&s, 400);
	stun_put_unknown(&s, &(uint16_t){1}, 1);
	stun_put_integrity(&s, STUN_INTEGRITY_SHA1, "key", 3);
	stun_put_fingerprint(&s);
	assert_int_equal(stun_end(&s), 0);
	assert_int_equal(bytes[STUN_HEADER_LEN], 0xee);
	s = stun_begin(bytes, STUN_HEADER_LEN - 1, STUN_REQUEST, STUN_BINDING, tid);
	stun_put_u32(&s, STUN_LIFETIME, 1);
	stun_put_fingerprint(&s);
	assert_int_equal(stun_end(&s), 0);
}

// Every capacity from none to enough: nothing is written past it (a sanitizer watches too).
static void test_every_capacity(void **state)
{
	uint8_t bytes[256];

	(void)state;
	for (size_t cap = 0; cap <= 132; cap++) {
		struct stun_writer s;

		memset(bytes, 0xee, sizeof bytes);
		s = stun_begin(bytes, cap, STUN_ERROR, STUN_ALLOCATE, tid);
		stun_put_error(&s, 401);
		stun_put(&s, STUN_NONCE, "abcdefg", 7);
		stun_put_integrity(&s, STUN_INTEGRITY_SHA1, "key", 3);
		stun_put_integrity(&s, STUN_INTEGRITY_SHA256, "key", 3);
		stun_put_fingerprint(&s);
		assert_int_equal(stun_end(&s), cap < 124 ? 0 : 124);
		assert_int_equal(bytes[cap], 0xee);
	}
}

static void test_too_long(void **state)
{
	static uint8_t bytes[70000], value[65600];
	struct stun_writer s = stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_BINDING, tid);

	(void)state;
	stun_put(&s, STUN_DATA_ATTR, value, 65536); // its length has 16 bits
	assert_int_equal(stun_end(&s), 0);
	s = stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_BINDING, tid);
	stun_put(&s, STUN_DATA_ATTR, value, 60000);
	stun_put(&s, STUN_DATA_ATTR, value, 6000); // and so has the message's
	assert_int_equal(stun_end(&s), 0);
}

static void test_endpoints(void **state)
{
	static const char *texts[] = {"192.0.2.1:1", "[2001:db8::1]:65535", "255.255.255.255:8466",
				      "[::]:0"};
	static const uint16_t types[] = {STUN_MAPPED_ADDRESS, STUN_XOR_MAPPED_ADDRESS,
					 STUN_XOR_PEER_ADDRESS, STUN_XOR_RELAYED_ADDRESS,
					 STUN_ALTERNATE_SERVER};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(texts) * BASE_COUNT(types); i++) {
		struct net_endpoint e, back;
		enum net_family family;
		struct stun_message m;
		uint8_t bytes[64];
		struct stun_writer s;

		assert_int_equal(net_endpoint_parse(&e, texts[i % 4]), 0);
		s = stun_begin(bytes, sizeof bytes, STUN_SUCCESS, STUN_ALLOCATE, tid);
		stun_put_endpoint(&s, types[i / 4], &e);
		assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
		assert_int_equal(m.attrs[0].len, i % 2 ? 20 : 8);
		assert_int_equal(stun_endpoint_decode(&m, &m.attrs[0], &back, &family), 0);
		assert_memory_equal(&e, &back, sizeof e);
		assert_int_equal(family, i % 2 ? NET_IP6 : NET_IP4);
		if (types[i / 4] == STUN_ALTERNATE_SERVER && i % 4 == 0)
			assert_memory_equal(m.attrs[0].value, "\0\1\0\1\xc0\0\2\1", 8); // in clear
	}
}

static void test_errors(void **state)
{
	static const struct {
		unsigned code;
		const char *phrase;
	} cases[] = {{300, "Try Alternate"},
		     {400, "Bad Request"},
		     {401, "Unauthenticated"},
		     {403, "Forbidden"},
		     {420, "Unknown Attribute"},
		     {437, "Allocation Mismatch"},
		     {438, "Stale Nonce"},
		     {440, "Address Family not Supported"},
		     {441, "Wrong Credentials"},
		     {442, "Unsupported Transport Protocol"},
		     {486, "Allocation Quota Reached"},
		     {487, "Role Conflict"},
		     {443, "Peer Address Family Mismatch"},
		     {500, "Server Error"},
		     {508, "Insufficient Capacity"},
		     {699, "Error"}};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(cases); i++) {
		const struct stun_attr *a;
		struct stun_message m;
		uint8_t bytes[96];
		struct stun_writer s =
			stun_begin(bytes, sizeof bytes, STUN_ERROR, STUN_ALLOCATE, tid);

		stun_put_error(&s, cases[i].code);
		assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
		a = stun_find(&m, STUN_ERROR_CODE);
		assert_int_equal(a->value[2] * 100 + a->value[3], cases[i].code);
		assert_int_equal(a->value[0] | a->value[1], 0);
		assert_int_equal(a->len, 4 + strlen(cases[i].phrase));
		assert_memory_equal(a->value + 4, cases[i].phrase, a->len - 4u);
	}
}

// The constants of RFC 8489 section 9.2: cookie, and 3 bytes of features, bit 0 being the highest.
static void test_nonce_constants(void **state)
{
	(void)state;
	assert_string_equal(STUN_NONCE_COOKIE, "obMatJos2");
	assert_int_equal(STUN_FEATURE_PASSWORD_ALGORITHMS, 1u << 23);
	assert_int_equal(STUN_FEATURE_USERNAME_ANONYMITY, 1u << 22);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout),          cmocka_unit_test(test_overflow_sticks),
		cmocka_unit_test(test_every_capacity),  cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_endpoints),       cmocka_unit_test(test_errors),
		cmocka_unit_test(test_nonce_constants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
