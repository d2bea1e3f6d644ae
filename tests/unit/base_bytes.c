// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include "base/base.h"

static void test_cursor_reads(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct cursor c = cursor_of(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(cursor_u8(&c), 1);
	assert_int_equal(cursor_u16(&c), 0x0203);
	assert_int_equal(cursor_u32(&c), 0x04050607);
	assert_int_equal(cursor_left(&c), 2);
	assert_ptr_equal(cursor_bytes(&c, 2), bytes + 7);
	assert_int_equal(cursor_left(&c), 0);
	assert_non_null(cursor_bytes(&c, 0));
	assert_false(c.bad);
}

static void test_cursor_sticks(void **state)
{
	static const uint8_t bytes[] = {1, 2, 3};
	struct cursor c = cursor_of(bytes, sizeof bytes);

	(void)state;
	assert_int_equal(cursor_u32(&c), 0);
	assert_true(c.bad);
	assert_int_equal(cursor_u8(&c), 0); // would fit, but the first failure stays
	assert_null(cursor_bytes(&c, 0));
	assert_int_equal(cursor_left(&c), 0);
}

static void test_writer_writes(void **state)
{
	static const uint8_t want[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	uint8_t bytes[9];
	struct writer w = writer_of(bytes, sizeof bytes);

	(void)state;
	writer_u8(&w, 1);
	writer_u16(&w, 0x0203);
	writer_u32(&w, 0x04050607);
	writer_bytes(&w, want + 7, 2);
	writer_bytes(&w, NULL, 0);
	assert_false(w.full);
	assert_int_equal(writer_len(&w), 9);
	assert_memory_equal(bytes, want, 9);
}

static void test_writer_sticks(void **state)
{
	uint8_t bytes[4] = {9, 9, 9, 9};
	struct writer w = writer_of(bytes, 3);

	(void)state;
	writer_u16(&w, 0x0102);
	writer_u16(&w, 0x0304);
	assert_true(w.full);
	writer_u8(&w, 5); // would fit
	assert_int_equal(writer_len(&w), 2);
	assert_int_equal(bytes[2], 9);
	assert_int_equal(bytes[3], 9);
}

static void test_secrets(void **state)
{
	uint8_t a[33], b[33];

	(void)state;
	memset(a, 0x5a, sizeof a);
	memset(b, 0x5a, sizeof b);
	assert_true(base_equal_secret(a, b, sizeof a));
	b[32] ^= 1;
	assert_false(base_equal_secret(a, b, sizeof a));
	assert_true(base_equal_secret(a, b, 32));
	b[0] ^= 0x80;
	assert_false(base_equal_secret(a, b, 32));
	assert_true(base_equal_secret(NULL, NULL, 0));
	base_wipe(a, 32);
	for (unsigned i = 0; i < 32; i++)
		assert_int_equal(a[i], 0);
	assert_int_equal(a[32], 0x5a);
	base_wipe(NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cursor_reads),  cmocka_unit_test(test_cursor_sticks),
		cmocka_unit_test(test_writer_writes), cmocka_unit_test(test_writer_sticks),
		cmocka_unit_test(test_secrets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
