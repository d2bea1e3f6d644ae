// SPDX-License-Identifier: Apache-2.0
#include "conf_table.h"

static const struct conf_row *row_of(const char *key)
{
	const struct conf_row *row = table_rows;

	while (strcmp(row->key, key) != 0)
		row++;
	return row;
}

static void says(const char *yaml, const char *key, const char *want)
{
	struct table t = table_of(yaml);
	char text[120];

	conf_format(text, sizeof text, row_of(key), &t);
	assert_string_equal(text, want);
	conf_free(&t, table_rows);
}

static void test_each_type(void **state)
{
	(void)state;
	says("flag: no", "flag", "false");
	says("number: 30", "number", "30");
	says("rate: 18446744073709551615", "rate", "18446744073709551615");
	says("word: blue", "word", "blue");
	says("text: hello", "text", "hello");
	says("text: \"\"", "text", "\"\"");
	says("path: /a/b", "path", "/a/b");
	says("addr: 2001:2::1", "addr", "2001:2::1");
	says("prefix: 198.18.0.1/16", "prefix", "198.18.0.1/16");
	says("endpoint: 127.0.0.1:80", "endpoint", "127.0.0.1:80");
	says("range: 12-13", "range", "12-13");
	says("listen: tls:5349", "listen", "tls:5349");
	says("map: {within: {deep: 3}}", "map", "{within: {deep: 3}}");
}

static void test_lists(void **state)
{
	(void)state;
	says("numbers: [3]", "numbers", "[3]");
	says("texts: [a, b]", "texts", "[a, b]");
	says("texts: []", "texts", "[]");
}

static void test_secrets_stay_secret(void **state)
{
	(void)state;
	says("secrets: [hidden, other]", "secrets", "(2 secret)");
	says("items: [{name: x, secret: hidden}]", "items", "[{name: x, weight: 7}]");
	says("", "content", "(secret)");
}

static void test_what_does_not_fit(void **state)
{
	struct table t =
		table_of("texts: [aaaaaaaaaa, bbbbbbbbbb, cccccccccc]\ntext: abcdefghijkl");
	char text[14];

	(void)state;
	conf_format(text, sizeof text, row_of("texts"), &t);
	assert_string_equal(text, "(3 entries)");
	conf_format(text, 5, row_of("text"), &t);
	assert_string_equal(text, "abcd");
	conf_free(&t, table_rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_type),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_secrets_stay_secret),
		cmocka_unit_test(test_what_does_not_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
