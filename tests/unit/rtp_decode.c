// SPDX-License-Identifier: Apache-2.0
// Headers, extensions, padding and RED as they come.
#include "kit/kit.h"

#include <stdlib.h>

#include "rtp/rtp.h"

#define FIXED "80 6f 1234 00010203 cafebabe"

static int decode(struct rtp_facts *f, const char *hex)
{
	static uint8_t bytes[512];

	return rtp_decode(f, bytes, kit_hex(bytes, sizeof bytes, hex));
}

static void header(void **state)
{
	struct rtp_facts f;

	(void)state;
	assert_int_equal(decode(&f, "80 ef 1234 00010203 cafebabe 0102"), 0);
	assert_true(f.marker);
	assert_int_equal(f.pt, 0x6f);
	assert_int_equal(f.seq, 0x1234);
	assert_int_equal(f.ts, 0x10203);
	assert_int_equal(f.ssrc, 0xcafebabe);
	assert_int_equal(f.header_len, 12);
	assert_int_equal(f.payload_len, 2);
	assert_int_equal(f.ext_len, 0);
	assert_int_equal(decode(&f, "82 6f 1234 00010203 cafebabe 00000007 ffffffff"), 0);
	assert_int_equal(f.csrc_count, 2);
	assert_int_equal(rtp_csrc(&f, 0), 7);
	assert_int_equal(rtp_csrc(&f, 1), 0xffffffff);
	assert_int_equal(rtp_csrc(&f, 2), 0);
	assert_int_equal(f.payload_len, 0);
}

static void header_broken(void **state)
{
	static const char *const bad[] = {
		"80 6f 1234 00010203 cafeba", // short
		"40 6f 1234 00010203 cafebabe", // version 1
		"c0 6f 1234 00010203 cafebabe",
		"81 6f 1234 00010203 cafebabe 000000", // CSRC cut
		"90 6f 1234 00010203 cafebabe", // no extension there
		"90 6f 1234 00010203 cafebabe bede00",
		"90 6f 1234 00010203 cafebabe bede0001 000000",
		"90 6f 1234 00010203 cafebabe bedeffff 00000000",
	};
	struct rtp_facts f = {.len = 77};

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(decode(&f, bad[i]), -EBADMSG);
	assert_int_equal(f.len, 77);
	assert_int_equal(rtp_decode(&f, (const uint8_t *)bad, 65536), -EBADMSG);
}

static void padding(void **state)
{
	struct rtp_facts f;

	(void)state;
	assert_int_equal(decode(&f, "a0 6f 1234 00010203 cafebabe aabb 000003"), 0);
	assert_int_equal(f.payload_len, 5);
	assert_int_equal(rtp_unpad(&f), 0);
	assert_int_equal(f.payload_len, 2);
	assert_int_equal(f.len, 14);
	assert_int_equal(rtp_unpad(&f), 0); // once only
	assert_int_equal(f.payload_len, 2);
	assert_int_equal(decode(&f, "a0 6f 1234 00010203 cafebabe 000003"), 0);
	assert_int_equal(rtp_unpad(&f), 0);
	assert_int_equal(f.payload_len, 0);
	assert_int_equal(decode(&f, "a0 6f 1234 00010203 cafebabe 0004"), 0);
	assert_int_equal(rtp_unpad(&f), -EBADMSG);
	assert_int_equal(decode(&f, "a0 6f 1234 00010203 cafebabe 0000"), 0);
	assert_int_equal(rtp_unpad(&f), -EBADMSG);
	assert_int_equal(decode(&f, "a0 6f 1234 00010203 cafebabe"), 0);
	assert_int_equal(rtp_unpad(&f), -EBADMSG);
}

static void extensions_one_byte(void **state)
{
	struct rtp_facts f;
	struct rtp_ext e;
	bool voice = false;

	(void)state;
	// level (id 1), padding, mid "ab" (id 4), two more bytes of padding
	assert_int_equal(decode(&f, "90 6f 1234 00010203 cafebabe bede0002 10 85 00 41 6162 0000 "
				    "f00d"),
			 0);
	assert_int_equal(f.header_len, 24);
	assert_int_equal(f.payload_len, 2);
	assert_int_equal(rtp_audio_level(&f, 1, &voice), 5);
	assert_true(voice);
	assert_true(rtp_ext_find(&f, 4, &e));
	assert_int_equal(e.len, 2);
	assert_memory_equal(e.data, "ab", 2);
	assert_false(rtp_ext_find(&f, 2, &e));
	assert_false(rtp_ext_find(&f, 0, &e));
	assert_int_equal(rtp_audio_level(&f, 2, &voice), -1);
	// 15 stops, whatever follows
	assert_int_equal(decode(&f, "90 6f 1234 00010203 cafebabe bede0001 f0 00 10 85"), 0);
	assert_int_equal(rtp_audio_level(&f, 1, &voice), -1);
	// longer than what is left
	assert_int_equal(decode(&f, "90 6f 1234 00010203 cafebabe bede0001 13 010203"), 0);
	assert_false(rtp_ext_find(&f, 1, &e));
}

static void extensions_two_byte(void **state)
{
	struct rtp_facts f;
	struct rtp_ext e;
	bool voice = true;
	unsigned at = 0;

	(void)state;
	// an element without bytes (id 9), the level (id 20), padding
	assert_int_equal(decode(&f, "90 6f 1234 00010203 cafebabe 10000002 0900 14 01 7f 000000"),
			 0);
	assert_int_equal(rtp_audio_level(&f, 20, &voice), 127);
	assert_false(voice);
	assert_int_equal(rtp_audio_level(&f, 9, &voice), -1);
	assert_true(rtp_ext_next(&f, &at, &e));
	assert_int_equal(e.id, 9);
	assert_int_equal(e.len, 0);
	assert_true(rtp_ext_next(&f, &at, &e));
	assert_false(rtp_ext_next(&f, &at, &e));
	assert_false(rtp_ext_next(&f, &at, &e));
	// its length is cut off; and a profile that nobody told us of
	assert_int_equal(decode(&f, "90 6f 1234 00010203 cafebabe 10010001 00 00 00 14"), 0);
	assert_false(rtp_ext_find(&f, 20, &e));
	assert_int_equal(decode(&f, "90 6f 1234 00010203 cafebabe 12340001 14017f00"), 0);
	assert_false(rtp_ext_find(&f, 20, &e));
	assert_false(rtp_ext_find(&f, 1, &e));
}

static void red(void **state)
{
	struct rtp_red_block b[RTP_RED_MAX];
	uint8_t bytes[128];
	size_t len = kit_hex(bytes, sizeof bytes, "ef 0f0003 ef 078002 6f 010203 0405 060708");

	(void)state;
	assert_int_equal(rtp_red_decode(b, bytes, len), 3);
	assert_int_equal(b[0].pt, 0x6f);
	assert_int_equal(b[0].ts_back, 960);
	assert_int_equal(b[0].len, 3);
	assert_memory_equal(b[0].data, "\1\2\3", 3);
	assert_int_equal(b[1].ts_back, 480);
	assert_memory_equal(b[1].data, "\4\5", 2);
	assert_int_equal(b[2].pt, 0x6f);
	assert_int_equal(b[2].ts_back, 0);
	assert_int_equal(b[2].len, 3);
	assert_memory_equal(b[2].data, "\6\7\10", 3);
	for (size_t cut = 0; cut < 14; cut++)
		assert_int_equal(rtp_red_decode(b, bytes, cut), -EBADMSG);
	assert_int_equal(rtp_red_decode(b, bytes, 14), 3); // an empty primary one: silence
	memset(bytes, 0x80, sizeof bytes);
	assert_int_equal(rtp_red_decode(b, bytes, sizeof bytes), -EBADMSG); // too many
}

static void told_apart(void **state)
{
	uint8_t p[12] = {0x80, 111};

	(void)state;
	assert_true(rtp_is_rtp(p, 12));
	assert_false(rtp_is_rtp(p, 11));
	p[1] = 200;
	assert_false(rtp_is_rtp(p, 12));
	p[1] = 191;
	assert_true(rtp_is_rtp(p, 12));
	p[1] = 224;
	assert_true(rtp_is_rtp(p, 12));
	p[0] = 0x40;
	assert_false(rtp_is_rtp(p, 12));
}

static void arithmetic(void **state)
{
	(void)state;
	assert_int_equal(rtp_seq_after(1, 65535), 2);
	assert_int_equal(rtp_seq_after(65535, 1), -2);
	assert_int_equal(rtp_seq_extend(0x2ffff, 3), 0x30003);
	assert_int_equal(rtp_seq_extend(0x30003, 0xffff), 0x2ffff);
	assert_int_equal(rtp_seq_extend(5, 0xffff), 0xffff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header),
		cmocka_unit_test(header_broken),
		cmocka_unit_test(padding),
		cmocka_unit_test(extensions_one_byte),
		cmocka_unit_test(extensions_two_byte),
		cmocka_unit_test(red),
		cmocka_unit_test(told_apart),
		cmocka_unit_test(arithmetic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
