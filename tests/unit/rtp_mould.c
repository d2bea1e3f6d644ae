// SPDX-License-Identifier: Apache-2.0
// What is cast is decoded again, for every line that can be agreed on.
#include "kit/kit.h"

#include "rtp/rtp.h"

static void line_check(const struct rtp_line *line)
{
	struct rtp_stamp stamp = {.ts = 0x89abcdef,
				  .csrc = 0x11223344,
				  .seq = 0xfffe,
				  .level = 0x85};
	uint8_t bytes[RTP_MOULD_MAX];
	struct rtp_mould m;
	struct rtp_facts f;
	struct rtp_ext e;
	bool voice = false;

	assert_int_equal(rtp_mould_make(&m, line), 0);
	stamp.marker = line->pt & 1;
	assert_int_equal(rtp_mould_cast(bytes, &m, &stamp), m.len);
	assert_int_equal(rtp_decode(&f, bytes, m.len), 0);
	assert_int_equal(f.payload_len, 0);
	assert_int_equal(f.pt, line->pt);
	assert_int_equal(f.marker, stamp.marker);
	assert_int_equal(f.seq, stamp.seq);
	assert_int_equal(f.ts, stamp.ts);
	assert_int_equal(f.ssrc, line->ssrc);
	assert_int_equal(f.csrc_count, line->csrc);
	assert_int_equal(rtp_csrc(&f, 0), line->csrc ? stamp.csrc : 0);
	assert_int_equal(rtp_audio_level(&f, line->level_id, &voice), line->level_id ? 5 : -1);
	assert_int_equal(voice, line->level_id != 0);
	assert_int_equal(rtp_ext_find(&f, line->mid_id, &e), line->mid_id != 0);
	if (line->mid_id) {
		assert_int_equal(e.len, strlen(line->mid));
		assert_memory_equal(e.data, line->mid, e.len);
	}
}

static void lines(void **state)
{
	static const char mid[] = "0123456789abcdef";

	(void)state;
	for (unsigned i = 0; i < 4096; i++) {
		struct rtp_line line = {.ssrc = 0xfeed0000 + i,
					.pt = i & 127,
					.csrc = i >> 7 & 1,
					.mid = mid};

		line.level_id = i >> 8 & 1 ? 14 : 0;
		line.mid_id = i >> 9 & 1 ? 3 : 0;
		line.mid = mid + (i >> 10) * 5;
		line_check(&line);
	}
}

static void refused(void **state)
{
	const struct rtp_line bad[] = {
		{.pt = 128},
		{.pt = 1, .level_id = 15},
		{.pt = 1, .mid_id = 15, .mid = "a"},
		{.pt = 1, .mid_id = 4, .mid = ""},
		{.pt = 1, .mid_id = 4, .mid = "0123456789abcdefg"},
		{.pt = 1, .level_id = 4, .mid_id = 4, .mid = "a"},
	};
	struct rtp_mould m = {.len = 99};

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(rtp_mould_make(&m, &bad[i]), -EINVAL);
	assert_int_equal(m.len, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(lines), cmocka_unit_test(refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
