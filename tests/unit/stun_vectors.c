// SPDX-License-Identifier: Apache-2.0
// The vectors of RFC 5769 and of RFC 8489 appendix B.1 (with its erratum 6268 on the length).
#include "kit/kit.h"

#include "stun/stun.h"

#define HEAD "2112a442 b7e7a701bc34d686fa87dfae"
#define SHORT_PASSWORD "VOkJxbRl1RmTxUk/WvJxBt"
#define MATRIX "\xe3\x83\x9e\xe3\x83\x88\xe3\x83\xaa\xe3\x83\x83\xe3\x82\xaf\xe3\x82\xb9"

static const char sample_request[] = "0001 0058" HEAD "8022 0010 5354554e207465737420636c69656e74"
				     "0024 0004 6e0001ff"
				     "8029 0008 932ff9b151263b36"
				     "0006 0009 6576746a3a68367659 202020"
				     "0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2"
				     "8028 0004 e57a3bcf";
static const char response4[] = "0101 003c" HEAD "8022 000b 7465737420766563746f72 20"
				"0020 0008 0001a147e112a643"
				"0008 0014 2b91f599fd9e90c38c7489f92af9ba53f06be7d7"
				"8028 0004 c07d4c96";
static const char response6[] = "0101 0048" HEAD "8022 000b 7465737420766563746f72 20"
				"0020 0014 0002a147 0113a9faa5d3f179bc25f4b5bed2b9d9"
				"0008 0014 a382954e4be67bf11784c97c8292c275bfe3ed41"
				"8028 0004 c8fb0b4c";
static const char long_term[] = "0001 0060 2112a442 78ad3433c6ad72c029da412e"
				"0006 0012 e3839ee38388e383aae38383e382afe382b9 0000"
				"0015 001c 662f2f3439396b39353464364f4c33346f4c39465354767936347341"
				"0014 000b 6578616d706c652e6f7267 00"
				"0008 0014 f67024656dd64a3e02b8e0712e85c9a28ca89666";
static const char userhash[] =
	"0001 0090 2112a442 78ad3433c6ad72c029da412e"
	"001e 0020 4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704"
	"0015 0029 6f624d61744a6f733241414143662f2f3439396b39353464364f4c33346f4c39465354767936"
	"347341 000000"
	"0014 000b 6578616d706c652e6f7267 00"
	"001d 0004 00020000"
	"001c 0020 b5c7bf005b6c52a21c51c5e892f81924136296cb927c43149309278cc6518e65";

static void vector_decode(struct stun_message *m, uint8_t bytes[256], const char *hex)
{
	size_t len = kit_hex(bytes, 256, hex);

	assert_int_equal(stun_decode(m, bytes, len), 0);
}

static void assert_value(const struct stun_message *m, uint16_t type, const char *want)
{
	const struct stun_attr *a = stun_find(m, type);

	assert_non_null(a);
	assert_int_equal(a->len, strlen(want));
	assert_memory_equal(a->value, want, a->len);
}

// Right with the key, wrong with another, and with any one bit of what it covers turned.
static void assert_signed(uint8_t *bytes, size_t covered, const struct stun_message *m,
			  enum stun_integrity which, const void *key, size_t key_len)
{
	assert_true(stun_integrity_ok(m, which, key, key_len));
	assert_false(stun_integrity_ok(m, which, key, key_len - 1));
	for (size_t i = STUN_HEADER_LEN - STUN_TID_LEN; i < covered; i++) {
		if (i >= m->integrity && m->integrity && i < m->integrity + 4u)
			continue; // its own type and length
		if (i >= m->integrity256 && m->integrity256 && i < m->integrity256 + 4u)
			continue;
		bytes[i] ^= 1u << (i & 7);
		assert_false(stun_integrity_ok(m, which, key, key_len));
		bytes[i] ^= 1u << (i & 7);
	}
	assert_true(stun_integrity_ok(m, which, key, key_len));
}

static void test_sample_request(void **state)
{
	struct stun_message m;
	uint8_t bytes[256];
	uint32_t priority;

	(void)state;
	vector_decode(&m, bytes, sample_request);
	assert_int_equal(m.method, STUN_BINDING);
	assert_int_equal(m.class_, STUN_REQUEST);
	assert_int_equal(m.attr_count, 6);
	assert_value(&m, STUN_SOFTWARE, "STUN test client");
	assert_value(&m, STUN_USERNAME, "evtj:h6vY");
	assert_int_equal(stun_find_u32(&m, STUN_PRIORITY, &priority), 0);
	assert_int_equal(priority, 0x6e0001ff);
	assert_signed(bytes, m.len - 8, &m, STUN_INTEGRITY_SHA1, SHORT_PASSWORD,
		      strlen(SHORT_PASSWORD));
	assert_false(stun_integrity_ok(&m, STUN_INTEGRITY_SHA256, SHORT_PASSWORD,
				       strlen(SHORT_PASSWORD)));
	assert_true(stun_fingerprint_ok(&m));
	bytes[8] ^= 1;
	assert_false(stun_fingerprint_ok(&m));
}

static void response_check(const char *hex, const char *address, enum net_family want)
{
	struct net_endpoint e, mapped;
	enum net_family family;
	struct stun_message m;
	uint8_t bytes[256];

	vector_decode(&m, bytes, hex);
	assert_int_equal(m.class_, STUN_SUCCESS);
	assert_value(&m, STUN_SOFTWARE, "test vector");
	assert_int_equal(stun_endpoint_decode(&m, stun_find(&m, STUN_XOR_MAPPED_ADDRESS), &mapped,
					      &family),
			 0);
	assert_int_equal(net_endpoint_parse(&e, address), 0);
	assert_memory_equal(&e, &mapped, sizeof e);
	assert_int_equal(family, want);
	assert_signed(bytes, m.len - 8, &m, STUN_INTEGRITY_SHA1, SHORT_PASSWORD,
		      strlen(SHORT_PASSWORD));
	assert_true(stun_fingerprint_ok(&m));
}

static void test_responses(void **state)
{
	(void)state;
	response_check(response4, "192.0.2.1:32853", NET_IP4);
	response_check(response6, "[2001:db8:1234:5678:11:2233:4455:6677]:32853", NET_IP6);
}

static void test_long_term(void **state)
{
	struct stun_message m;
	struct stun_key key;
	uint8_t bytes[256];

	(void)state;
	vector_decode(&m, bytes, long_term);
	assert_value(&m, STUN_USERNAME, MATRIX);
	assert_int_equal(stun_key_derive(&key, STUN_MD5, MATRIX, strlen(MATRIX), "example.org",
					 "TheMatrIX"),
			 0);
	assert_int_equal(key.len, 16);
	assert_signed(bytes, m.len, &m, STUN_INTEGRITY_SHA1, key.bytes, key.len);
	assert_false(stun_fingerprint_ok(&m)); // has none
}

static void test_userhash(void **state)
{
	struct stun_message m;
	struct stun_key key;
	uint8_t bytes[256], hash[32];

	(void)state;
	vector_decode(&m, bytes, userhash);
	stun_userhash(hash, MATRIX, strlen(MATRIX), "example.org");
	assert_int_equal(stun_find(&m, STUN_USERHASH)->len, 32);
	assert_memory_equal(stun_find(&m, STUN_USERHASH)->value, hash, 32);
	assert_int_equal(stun_find(&m, STUN_PASSWORD_ALGORITHM)->value[1], STUN_SHA256);
	assert_memory_equal(stun_find(&m, STUN_NONCE)->value, STUN_NONCE_COOKIE,
			    strlen(STUN_NONCE_COOKIE));
	assert_int_equal(stun_key_derive(&key, STUN_SHA256, MATRIX, strlen(MATRIX), "example.org",
					 "TheMatrIX"),
			 0);
	assert_int_equal(key.len, 32);
	assert_signed(bytes, m.len, &m, STUN_INTEGRITY_SHA256, key.bytes, key.len);
}

static void test_key_limits(void **state)
{
	static char name[STUN_USERNAME_MAX + 2];
	struct stun_key key;

	(void)state;
	memset(name, 'a', sizeof name - 1);
	assert_int_equal(stun_key_derive(&key, STUN_MD5, name, STUN_USERNAME_MAX, "r", "p"), 0);
	assert_int_not_equal(stun_key_derive(&key, STUN_MD5, name, STUN_USERNAME_MAX + 1, "r", "p"),
			     0);
	assert_int_not_equal(stun_key_derive(&key, (enum stun_algorithm)3, "a", 1, "r", "p"), 0);
}

// RFC 2202 case 2, RFC 4231 case 2, and the check value of ISO 3309's CRC.
static void test_hashes(void **state)
{
	static const char what[] = "what do ya want for nothing?";
	uint8_t got[32], want[32];

	(void)state;
	kit_hex(want, sizeof want, "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
	stun_hmac_sha1(got, "Jefe", 4, what, strlen(what));
	assert_memory_equal(got, want, 20);
	kit_hex(want, sizeof want,
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	stun_hmac_sha256(got, "Jefe", 4, what, strlen(what));
	assert_memory_equal(got, want, 32);
	kit_hex(want, sizeof want, "fbdb1d1b18aa6c08324b7d64b71fb76370690e1d");
	stun_hmac_sha1(got, NULL, 0, NULL, 0); // no key is an empty key, not the last one
	assert_memory_equal(got, want, 20);
	assert_int_equal(stun_crc32("123456789", 9), 0xcbf43926);
	assert_int_equal(stun_crc32("", 0), 0);
}

// The eight-byte steps against one bit at a time, for every length and alignment.
static void test_crc_against_bits(void **state)
{
	uint8_t bytes[80];

	(void)state;
	for (unsigned i = 0; i < sizeof bytes; i++)
		bytes[i] = (uint8_t)(i * 151 + 7);
	for (size_t from = 0; from < 8; from++)
		for (size_t len = 0; len <= 64; len++) {
			uint32_t crc = 0xffffffff;

			for (size_t i = 0; i < len * 8; i++) {
				uint32_t bit = (crc ^ bytes[from + i / 8] >> (i & 7)) & 1;

				crc = crc >> 1 ^ (bit ? 0xedb88320 : 0);
			}
			assert_int_equal(stun_crc32(bytes + from, len), ~crc);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sample_request),   cmocka_unit_test(test_responses),
		cmocka_unit_test(test_long_term),        cmocka_unit_test(test_userhash),
		cmocka_unit_test(test_key_limits),       cmocka_unit_test(test_hashes),
		cmocka_unit_test(test_crc_against_bits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
