// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <stdio.h>

#include "stun/stun.h"

#define TAIL "2112a442 000102030405060708090a0b"

static const uint8_t tid[STUN_TID_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

static int hex_decode(struct stun_message *m, const char *hex)
{
	static uint8_t bytes[256];

	return stun_decode(m, bytes, kit_hex(bytes, sizeof bytes, hex));
}

static void test_cheap_look(void **state)
{
	uint8_t b[24];

	(void)state;
	assert_int_equal(kit_hex(b, sizeof b, "0001 0000" TAIL), 20);
	assert_true(stun_is_message(b, 20));
	assert_false(stun_is_message(b, 19));
	assert_false(stun_is_message(b, 0));
	assert_false(stun_is_message(b, 24)); // longer than it says
	b[0] = 0x40; // a channel
	assert_false(stun_is_message(b, 20));
	b[0] = 0x80; // RTP
	assert_false(stun_is_message(b, 20));
	b[0] = 0;
	b[7] ^= 1;
	assert_false(stun_is_message(b, 20));
	b[7] ^= 1;
	b[3] = 2; // no multiple of 4
	assert_false(stun_is_message(b, 22));
}

static void test_types(void **state)
{
	(void)state;
	assert_int_equal(stun_type(STUN_BINDING, STUN_ERROR), 0x0111);
	assert_int_equal(stun_type(STUN_SEND, STUN_INDICATION), 0x0016);
	assert_int_equal(stun_type(STUN_CHANNEL_BIND, STUN_SUCCESS), 0x0109);
	assert_int_equal(stun_type(0xfff, 3), 0x3fff);
	for (unsigned method = 0; method < 0x1000; method++)
		for (unsigned class_ = 0; class_ < 4; class_++) {
			assert_int_equal(stun_type_method(stun_type(method, class_)), method);
			assert_int_equal(stun_type_class(stun_type(method, class_)), class_);
		}
}

static void test_lengths(void **state)
{
	struct stun_message m = {.len = 7};

	(void)state;
	// An attribute that ends one byte past the end; padding that nothing follows is whole.
	assert_int_equal(hex_decode(&m, "0001 0008" TAIL "8022 0005 61626364"), -EBADMSG);
	assert_int_equal(hex_decode(&m, "0001 0008" TAIL "8022 ffff 61626364"), -EBADMSG);
	assert_int_equal(hex_decode(&m, "0001 0004" TAIL "8022 0001"), -EBADMSG);
	assert_int_equal(m.len, 7); // written on success only
	assert_int_equal(hex_decode(&m, "0001 0008" TAIL "8022 0004 61626364"), 0);
	assert_int_equal(hex_decode(&m, "0001 0004" TAIL "0025 0000"), 0);
	assert_int_equal(stun_find(&m, STUN_USE_CANDIDATE)->len, 0);
	assert_int_equal(hex_decode(&m, "0001 0000" TAIL), 0);
	assert_int_equal(m.attr_count, 0);
	// Behind integrity it is not listed, but has to be well formed all the same.
	assert_int_equal(hex_decode(&m, "0001 0024" TAIL "0008 0014"
					"0000000000000000000000000000000000000000"
					"8022 0009 61626364 65666768"),
			 -EBADMSG);
}

static void test_padding(void **state)
{
	struct stun_message m;

	(void)state;
	for (unsigned len = 1; len <= 4; len++) {
		char hex[128];

		snprintf(hex, sizeof hex, "0001 0010" TAIL "8022 %04x 61ffffff 0024 0004 00000007",
			 len);
		assert_int_equal(hex_decode(&m, hex), 0);
		assert_int_equal(m.attr_count, 2);
		assert_int_equal(m.attrs[0].len, len);
		assert_int_equal(m.attrs[1].type, STUN_PRIORITY);
	}
}

static void test_numbers(void **state)
{
	struct stun_message m;
	uint32_t wide = 9;
	uint8_t byte = 9;

	(void)state;
	assert_int_equal(hex_decode(&m, "0003 0020" TAIL "000d 0004 00000258 0019 0004 11000000"
					"0018 0001 80000000 0017 0001 01000000"),
			 0);
	assert_int_equal(stun_find_u32(&m, STUN_REQUESTED_ADDRESS_FAMILY, &wide), -EBADMSG);
	assert_int_equal(stun_find_u8(&m, STUN_REQUESTED_ADDRESS_FAMILY, &byte), -EBADMSG);
	assert_int_equal(stun_find_u32(&m, STUN_PRIORITY, &wide), -ENOENT);
	assert_int_equal(stun_find_u8(&m, STUN_PRIORITY, &byte), -ENOENT);
	assert_int_equal(wide + byte, 18);
	assert_int_equal(stun_find_u32(&m, STUN_LIFETIME, &wide), 0);
	assert_int_equal(wide, 600);
	assert_int_equal(stun_find_u8(&m, STUN_REQUESTED_TRANSPORT, &byte), 0);
	assert_int_equal(byte, 17);
	assert_int_equal(stun_find_u8(&m, STUN_EVEN_PORT, &byte), 0);
	assert_int_equal(byte, 0x80);
}

static void test_first_of_type(void **state)
{
	struct stun_message m;

	(void)state;
	// 0x0024 and 0x8806 share a bit of the look-up's hint; both are listed, in order.
	assert_int_equal(hex_decode(&m, "0008 0040" TAIL "0024 0004 00000001 0024 0004 00000002"
					"8806 0004 00000003"
					"0012 0008 00010000 00000001 0012 0008 00010000 00000002"
					"8806 0004 00000004"),
			 -EBADMSG); // the header says 8 bytes too many
	assert_int_equal(hex_decode(&m, "0008 0038" TAIL "0024 0004 00000001 0024 0004 00000002"
					"8806 0004 00000003"
					"0012 0008 00010000 00000001 0012 0008 00010000 00000002"
					"8806 0004 00000004"),
			 0);
	assert_int_equal(m.attr_count, 4);
	assert_int_equal(m.attrs[0].value[3], 1);
	assert_int_equal(m.attrs[1].value[3], 3);
	assert_int_equal(m.attrs[2].value[7], 1);
	assert_int_equal(m.attrs[3].value[7], 2);
}

static void test_too_many(void **state)
{
	uint8_t bytes[STUN_HEADER_LEN + 4 * (STUN_ATTRS_MAX + 1)];
	struct stun_message m;
	struct stun_writer s;

	(void)state;
	s = stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_BINDING, tid);
	for (unsigned i = 0; i < STUN_ATTRS_MAX; i++)
		stun_put(&s, (uint16_t)(0x9000 + i), NULL, 0);
	assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
	assert_int_equal(m.attr_count, STUN_ATTRS_MAX);
	stun_put(&s, 0x9fff, NULL, 0);
	assert_int_equal(stun_end(&s), sizeof bytes);
	assert_int_equal(stun_decode(&m, bytes, sizeof bytes), -EBADMSG);
}

static void test_behind_integrity(void **state)
{
	uint8_t bytes[256];
	struct stun_writer s = stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_ALLOCATE, tid);
	struct stun_message m;

	(void)state;
	stun_put_u32(&s, STUN_LIFETIME, 1);
	stun_put_integrity(&s, STUN_INTEGRITY_SHA1, "key", 3);
	stun_put_u32(&s, STUN_PRIORITY, 1); // ignored: nobody signed it
	stun_put_integrity(&s, STUN_INTEGRITY_SHA256, "key", 3);
	stun_put_integrity(&s, STUN_INTEGRITY_SHA1, "key", 3); // ignored
	stun_put_u32(&s, STUN_CHANNEL_NUMBER, 1); // ignored
	stun_put_fingerprint(&s);
	assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
	assert_int_equal(m.attr_count, 4);
	assert_int_equal(m.attrs[3].type, STUN_FINGERPRINT);
	assert_null(stun_find(&m, STUN_PRIORITY));
	assert_null(stun_find(&m, STUN_CHANNEL_NUMBER));
	assert_true(stun_integrity_ok(&m, STUN_INTEGRITY_SHA1, "key", 3));
	assert_true(stun_integrity_ok(&m, STUN_INTEGRITY_SHA256, "key", 3));
	assert_true(stun_fingerprint_ok(&m));

	s = stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_ALLOCATE, tid);
	stun_put_integrity(&s, STUN_INTEGRITY_SHA256, "key", 3);
	stun_put_integrity(&s, STUN_INTEGRITY_SHA1, "key", 3);
	assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
	assert_int_equal(m.integrity, 0); // behind the stronger one it does not count
	assert_false(stun_integrity_ok(&m, STUN_INTEGRITY_SHA1, "key", 3));
}

static void test_fingerprint_last(void **state)
{
	uint8_t bytes[64];
	struct stun_writer s = stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_BINDING, tid);
	struct stun_message m;

	(void)state;
	stun_put_fingerprint(&s);
	stun_put_u32(&s, STUN_PRIORITY, 1);
	assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
	assert_int_equal(m.fingerprint, STUN_HEADER_LEN);
	assert_false(stun_fingerprint_ok(&m));
}

static void test_sha256_truncated(void **state)
{
	static const struct {
		uint16_t len;
		bool ok;
	} cases[] = {{0, false}, {12, false}, {15, false}, {16, true}, {18, false},
		     {20, true}, {28, true},  {32, true},  {36, false}};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(cases); i++) {
		uint8_t bytes[128], mac[40] = {0};
		struct stun_writer s =
			stun_begin(bytes, sizeof bytes, STUN_REQUEST, STUN_BINDING, tid);
		struct stun_message m;

		stun_put_u32(&s, STUN_PRIORITY, 1);
		// What is signed counts the attribute as long as it is sent.
		bytes[3] = (uint8_t)(8 + 4 + ((cases[i].len + 3) & ~3));
		stun_hmac_sha256(mac, "key", 3, bytes, writer_len(&s.w));
		stun_put(&s, STUN_MESSAGE_INTEGRITY_SHA256, mac, cases[i].len);
		assert_int_equal(stun_decode(&m, bytes, stun_end(&s)), 0);
		assert_int_equal(stun_integrity_ok(&m, STUN_INTEGRITY_SHA256, "key", 3),
				 cases[i].ok);
	}
}

static void test_unknown(void **state)
{
	static const uint16_t known[] = {STUN_PRIORITY};
	struct stun_message m;
	uint16_t out[2] = {0};

	(void)state;
	assert_int_equal(hex_decode(&m, "0001 0020" TAIL "0024 0004 00000000 0012 0000 0012 0000"
					"7fff 0000 8000 0000 0003 0000 0003 0000"),
			 0);
	assert_int_equal(stun_unknown(&m, known, 1, out, 2), 3); // a second 0x0012 counts once
	assert_int_equal(out[0], 0x0012);
	assert_int_equal(out[1], 0x7fff);
	assert_int_equal(stun_unknown(&m, NULL, 0, NULL, 0), 4);
}

static void test_addresses(void **state)
{
	struct net_endpoint e = {.port = 1};
	enum net_family family = NET_IP6;
	struct stun_message m;

	(void)state;
	assert_int_equal(hex_decode(&m, "0101 0040" TAIL "0001 0008 0001 0050 c0000201"
					"0020 0008 0003 0050 c0000201" // family 3
					"0012 0004 0001 0050" // cut off
					"0016 0014 0002 2112 2112a442000102030405f5f408090a0b0000"),
			 -EBADMSG);
	assert_int_equal(hex_decode(&m, "0101 003c" TAIL "0001 0008 0001 0050 c0000201"
					"0020 0008 0003 0050 c0000201"
					"0012 0004 0001 0050"
					"0016 0014 0002 2113 2112a4420001020304 05f9f8 c8090809"
					"8022 0000"),
			 0);
	assert_int_equal(stun_endpoint_decode(&m, &m.attrs[1], &e, &family), -EAFNOSUPPORT);
	assert_int_equal(stun_endpoint_decode(&m, &m.attrs[2], &e, &family), -EBADMSG);
	assert_int_equal(stun_endpoint_decode(&m, &m.attrs[4], &e, &family), -EBADMSG);
	assert_int_equal(e.port, 1);
	assert_int_equal(family, NET_IP6);
	assert_int_equal(stun_endpoint_decode(&m, &m.attrs[0], &e, &family), 0);
	assert_int_equal(family, NET_IP4);
	assert_int_equal(e.port, 80);
	// An IPv4-mapped address in an IPv6 attribute: kept as IPv4, but told apart.
	assert_int_equal(stun_endpoint_decode(&m, &m.attrs[3], &e, &family), 0);
	assert_int_equal(family, NET_IP6);
	assert_int_equal(e.port, 1);
	assert_true(net_addr_is4(&e.addr));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cheap_look),       cmocka_unit_test(test_types),
		cmocka_unit_test(test_lengths),          cmocka_unit_test(test_padding),
		cmocka_unit_test(test_numbers),          cmocka_unit_test(test_first_of_type),
		cmocka_unit_test(test_too_many),         cmocka_unit_test(test_behind_integrity),
		cmocka_unit_test(test_fingerprint_last), cmocka_unit_test(test_sha256_truncated),
		cmocka_unit_test(test_unknown),          cmocka_unit_test(test_addresses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
