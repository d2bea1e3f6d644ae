// SPDX-License-Identifier: Apache-2.0
// Guesses and windows, held against a model that remembers everything.
#include "kit/kit.h"
#include "kit/srtp.h"

static struct srtp_stream stream_at(uint64_t highest)
{
	struct srtp_stream s = {.ssrc = 1};

	assert_int_equal(srtp_commit(&s, highest), 0);
	return s;
}

static void guesses(void **state)
{
	struct srtp_stream fresh = {.ssrc = 1}, s = stream_at(0x2fff0);
	uint64_t other;

	(void)state;
	assert_int_equal(srtp_index_likely(&fresh, 65535), 65535);
	assert_int_equal(srtp_index_likely(&s, 0xfff1), 0x2fff1);
	assert_int_equal(srtp_index_likely(&s, 0x0003), 0x30003); // across the wrap
	assert_int_equal(srtp_index_likely(&s, 0xff00), 0x2ff00);
	assert_int_equal(srtp_index_likely(&s, 0x7ff1), 0x27ff1);
	s = stream_at(0x30002);
	assert_int_equal(srtp_index_likely(&s, 0xfffe), 0x2fffe); // and back
	s = stream_at(10);
	assert_int_equal(srtp_index_likely(&s, 0xfffe), 0xfffe); // nothing is below 0
	assert_false(srtp_index_other(&s, 11, &other));
}

static void second_guesses(void **state)
{
	struct srtp_stream fresh = {.ssrc = 1}, s = stream_at(0x21000);
	uint64_t other = 0;

	(void)state;
	// It began shortly before the wrap, and what came before was lost.
	assert_true(srtp_index_other(&fresh, 3, &other));
	assert_int_equal(other, 0x10003);
	assert_false(srtp_index_other(&fresh, 0xfff0, &other));
	// Far ahead: may be a round less; far behind: a round more.
	assert_true(srtp_index_other(&s, 0x6000, &other));
	assert_int_equal(other, 0x16000);
	assert_true(srtp_index_other(&s, 0xc000, &other));
	assert_int_equal(srtp_index_likely(&s, 0xc000), 0x1c000);
	assert_int_equal(other, 0x2c000);
	assert_false(srtp_index_other(&s, 0x1001, &other));
	assert_false(srtp_index_other(&s, 0x0fff, &other));
	s = stream_at(0x1000);
	assert_false(srtp_index_other(&s, 0x6000, &other)); // would be below 0
}

#define SPAN 4096

// What a receiver without limits would say.
static bool model_fresh(const bool *seen, int64_t highest, int64_t index)
{
	return index > highest || (highest - index < SRTP_WINDOW && !seen[index]);
}

static void windows(void **state)
{
	struct kit_dice dice = {.state = 42};

	(void)state;
	for (unsigned run = 0; run < 200; run++) {
		struct srtp_stream s = {.ssrc = 1};
		bool seen[SPAN] = {false};
		int64_t highest = -1;

		for (unsigned i = 0; i < 400; i++) {
			int64_t near = highest < 0 ? 500 : highest;
			int64_t index = near - 160 + kit_roll(&dice, 1 + run % 30 * 10 + 165);
			bool fresh = highest < 0 || model_fresh(seen, highest, index);

			if (index < 0 || index >= SPAN)
				break;
			assert_int_equal(srtp_index_fresh(&s, (uint64_t)index), fresh);
			assert_int_equal(srtp_commit(&s, (uint64_t)index), fresh ? 0 : -EALREADY);
			seen[index] = true;
			if (index > highest)
				highest = index;
			assert_int_equal(s.highest, highest);
		}
	}
}

static void window_edges(void **state)
{
	struct srtp_stream s = stream_at(1000);

	(void)state;
	assert_true(srtp_index_fresh(&s, 1000 - 127));
	assert_false(srtp_index_fresh(&s, 1000 - 128));
	assert_int_equal(srtp_commit(&s, 1000 - 127), 0);
	assert_int_equal(srtp_commit(&s, 1000 - 127), -EALREADY);
	assert_int_equal(srtp_commit(&s, 1064), 0); // by exactly a word
	assert_false(srtp_index_fresh(&s, 1000));
	assert_int_equal(srtp_commit(&s, 1064 + 128), 0); // everything falls out
	assert_true(srtp_index_fresh(&s, 1065));
	assert_false(srtp_index_fresh(&s, 1064));
	assert_int_equal(srtp_commit(&s, 0xffffffffffff), 0); // the last of 48 bits
	assert_false(srtp_index_fresh(&s, 0xffffffffffff));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(guesses),
		cmocka_unit_test(second_guesses),
		cmocka_unit_test(windows),
		cmocka_unit_test(window_edges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
