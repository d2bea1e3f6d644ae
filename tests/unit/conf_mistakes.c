// SPDX-License-Identifier: Apache-2.0
#include "conf_table.h"

#include <stdlib.h>

static void test_unknown_keys(void **state)
{
	(void)state;
	table_refuses("flagg: true", 1, "flagg", "did you mean `flag`?");
	table_refuses("\n\nzzzzzz: 1", 3, "zzzzzz", "there are flag, number, wide");
	table_refuses("map:\n  within:\n    depe: 1", 3, "map.within.depe", "did you mean `deep`?");
	table_refuses("items: [{name: a, secret: abcd, wieght: 1}]", 1, "items[0].wieght",
		      "`weight`");
	table_refuses("<<: {flag: true}", 1, "<<", "is no key here");
	table_refuses("\"flag\\0\": true", 1, "flag", "is no key here");
	table_refuses("[flag]: true", 1, "", "has a list for a key");
	table_refuses("? {a: b}\n: true", 1, "", "has a map for a key");
}

static void test_duplicates(void **state)
{
	(void)state;
	table_refuses("flag: true\nwide: 1\nflag: true\n", 3, "flag", "set twice, on line 1");
	table_refuses("text: ~\ntext: b\n", 2, "text", "set twice, on line 1");
}

static void test_alternatives(void **state)
{
	(void)state;
	table_refuses("items:\n  - name: a\n    secret: abcd\n    secret_file: /etc/hostname\n", 4,
		      "items[0].secret_file", "says what `secret` on line 3 says");
	table_refuses("items:\n  - name: a\n", 2, "items[0].secret",
		      "is missing; secret or secret_file");
	table_refuses("items:\n  - {secret: abcd}\n", 2, "items[0].name", "is missing; name it");
	table_refuses("items:\n  - name: a\n    secret: ~\n", 3, "items[0].secret", "is empty");
}

static void test_kinds(void **state)
{
	(void)state;
	table_refuses("flag: [true]", 1, "flag", "is a list; write one value");
	table_refuses("text: {a: b}", 1, "text", "is a map; write one value");
	table_refuses("numbers: 1", 1, "numbers", "is one value; write a list");
	table_refuses("numbers: {a: 1}", 1, "numbers", "is a map; write a list");
	table_refuses("map: 1", 1, "map", "is one value; write a map");
	table_refuses("map: [a]", 1, "map", "write a map, such as {within: …}");
	table_refuses("items: [a]", 1, "items[0]", "is one value; write a map");
	table_refuses("items:\n- [a]", 2, "items[0]", "is a list; write a map");
	table_refuses("numbers: [[1]]", 1, "numbers[0]", "is a list; write one value");
	table_refuses("[flag, true]", 1, "", "is a list; write a map");
	table_refuses("text", 1, "", "is one value; write a map");
}

static void test_item_bounds(void **state)
{
	(void)state;
	table_refuses("numbers: []", 1, "numbers", "has 0 entries; write at least 1");
	table_refuses("numbers: [1, 2, 3, 4]", 1, "numbers", "write at most 3");
	table_refuses("numbers:\n  - 1\n  - 10\n", 3, "numbers[1]", "from 0 to 9");
}

static void test_no_yaml(void **state)
{
	(void)state;
	table_refuses("numbers: [1,\n", 2, "", "is not YAML");
	table_refuses("a: b: c\n", 1, "", "is not YAML");
	table_refuses("map:\n\twithin: {}\n", 2, "", "indent with spaces");
	table_refuses("flag: true\n\"", 2, "", "that began on line 2");
	table_refuses("flag: true\ntext: \x01\n", 2, "", "is not YAML");
	table_refuses("text: \xff\n", 1, "", "is not YAML");
	table_refuses("text: *no\n", 1, "", "alias");
}

static void test_what_yaml_can(void **state)
{
	(void)state;
	table_refuses("texts: [&x a]\n---\nflag: true\n", 2, "", "second document");
	table_refuses("texts: &t [a]\nsecrets: *t\n", 2, "", "`*t` is an alias");
	table_refuses("text: !!str a\n", 1, "", "is a tag");
	table_refuses("map: !mine {}\n", 1, "", "`!mine` is a tag");
	table_refuses("map: &m {within: *m}\n", 1, "", "`*m` is an alias"); // holds itself
	table_refuses("text:\n [[[[[[[[[[[[[[[[[[a]]]]]]]]]]]]]]]]]]", 2, "",
		      "nested deeper than 16");
}

static void test_size(void **state)
{
	size_t len = CONF_TEXT_MAX + 1;
	char *text = malloc(len + 1);
	struct table t;
	struct conf_mistakes m;

	(void)state;
	assert_non_null(text);
	memset(text, ' ', len);
	text[len] = 0;
	table_refuses(text, 1, "", "at most 1048576 bytes");
	assert_int_equal(table_read_len(&t, text, len - 1, &m), 0);
	conf_free(&t, table_rows);
	// As deep as there is text: refused before it costs anything.
	memset(text, '[', len - 1);
	text[len - 1] = 0;
	table_refuses(text, 1, "", "nested deeper");
	free(text);
}

static void test_in_order_of_lines(void **state)
{
	static const char text[] = "numbers: [77]\nnumber: x\nmap:\n  within: {deep: 0, dep: 1}\n"
				   "items:\n  - name: a\n  - {secret: abcd, name: [b]}\nflga: 1\n";
	static const unsigned lines[] = {1, 2, 4, 4, 6, 7, 8};
	struct table t;
	struct conf_mistakes m;

	(void)state;
	assert_int_equal(table_read_len(&t, text, strlen(text), &m), -EINVAL);
	assert_int_equal(m.n, 7);
	for (size_t i = 0; i < m.n; i++)
		assert_int_equal(m.at[i].line, lines[i]);
	conf_mistakes_free(&m);
	assert_null(m.at);
}

static void test_no_more_than_can_be_read(void **state)
{
	char text[16384] = "";
	struct table t;
	struct conf_mistakes m;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		strcat(text, "zzz: 1\n");
	assert_int_equal(table_read_len(&t, text, strlen(text), &m), -EINVAL);
	assert_int_equal(m.n, CONF_MISTAKES_MAX);
	conf_mistakes_free(&m);
}

static void secret_kept(const char *text)
{
	struct table t;
	struct conf_mistakes m;

	assert_int_equal(table_read_len(&t, text, strlen(text), &m), -EINVAL);
	assert_true(m.n > 0);
	for (size_t i = 0; i < m.n; i++)
		assert_null(strstr(m.at[i].text, "hunter2"));
	conf_mistakes_free(&m);
}

static void test_secrets_are_not_told(void **state)
{
	(void)state;
	secret_kept("secrets: [hunter2hunter2]");
	secret_kept("secrets: hunter2");
	secret_kept("secrets: [[hunter2]]");
	secret_kept("secrets: [{hunter2: a}]");
	secret_kept("secrets: [\"hunter2\\0\"]");
	secret_kept("items: [{name: a, secret: hunter2hunter2}]");
	secret_kept("items: [{name: a, secret: [hunter2]}]");
	secret_kept("items: [{name: a, secret_file: hunter2}]");
	secret_kept("items: [hunter2]");
	secret_kept("items: hunter2");
}

static void test_terminals_are_safe(void **state)
{
	static const char text[] = "word: \"\\e[2J\\u009b\\u00e9\"\n\"a\\nb\": 1\n"
				   "flag: ééééééééééééééééééééééééééééééé\n"
				   "wide: xéééééééééééééééééééééééééééééé\n";
	struct table t;
	struct conf_mistakes m;

	(void)state;
	assert_int_equal(table_read_len(&t, text, strlen(text), &m), -EINVAL);
	assert_int_equal(m.n, 4);
	assert_non_null(strstr(m.at[0].text, "`?[2J??é`"));
	assert_string_equal(m.at[1].key, "a?b");
	assert_non_null(strstr(m.at[2].text, "éé`"));
	assert_non_null(strstr(m.at[3].text, "éé?`")); // half a character is none
	conf_mistakes_free(&m);
}

static void test_nearest(void **state)
{
	static const struct {
		const char *word, *key;
	} rows[] = {
		{"nubmer", "number"},
		{"numbr", "number"},
		{"numbers1", "numbers"},
		{"txet", "text"},
		{"addres", "addr"},
		{"xyz", NULL},
		{"", NULL},
		{"f", NULL},
		{"lsiten", "listen"},
		{"contents", "content"},
	};
	char longest[200];

	(void)state;
	for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		const char *key = conf_nearest(table_rows, rows[i].word);

		if (rows[i].key)
			assert_string_equal(key, rows[i].key);
		else
			assert_null(key);
	}
	memset(longest, 'a', sizeof longest - 1);
	longest[sizeof longest - 1] = 0;
	assert_null(conf_nearest(table_rows, longest));
}

static void cross(const void *out, struct conf_mistakes *m)
{
	const struct table *t = out;

	conf_mistake_add(m, "numbers[1]", "sum is %u", t->numbers.at[0] + t->number);
	conf_mistake_add(m, "numbers[1]", "again");
	conf_mistake_add(m, "numbers", "above");
	conf_mistake_add(m, "items[0].weight", "absent: its item");
	conf_mistake_add(m, "items[0].weigh", "no part of that key");
	conf_mistake_add(m, "map.within.deep.er", "nearest");
	conf_mistake_add(m, "number", "has one already");
	conf_mistake_add(m, "wide", "nowhere");
}

static void test_cross(void **state)
{
	static const char text[] =
		"number: 99\nnumbers:\n - 1\n - 2\nitems:\n - {name: a, secret: abcd}\n"
		"map: {within:\n  {deep: 2}}\n";
	static const struct {
		unsigned line;
		const char *key, *text;
	} want[] = {
		{1, "number", "`99`"},
		{1, "wide", "nowhere"},
		{4, "numbers[1]", "sum is 21"}, // the default of what was refused
		{6, "items[0].weight", "absent"},
		{6, "items[0].weigh", "no part"},
		{8, "map.within.deep.er", "nearest"},
	};
	struct conf_source src = {text, strlen(text), NULL, cross};
	struct conf_mistakes m = {0};
	struct table t;

	(void)state;
	assert_int_equal(conf_read(&t, table_rows, &src, &m), -EINVAL);
	assert_int_equal(m.n, sizeof want / sizeof want[0]);
	for (size_t i = 0; i < m.n; i++) {
		assert_int_equal(m.at[i].line, want[i].line);
		assert_string_equal(m.at[i].key, want[i].key);
		assert_memory_equal(m.at[i].text, want[i].text, strlen(want[i].text));
	}
	assert_true(conf_mistaken(&m, "numbers"));
	assert_true(conf_mistaken(&m, "numbers[1].x"));
	assert_false(conf_mistaken(&m, "numbers[0]"));
	assert_false(conf_mistaken(&m, "text"));
	conf_mistakes_free(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_keys),
		cmocka_unit_test(test_duplicates),
		cmocka_unit_test(test_alternatives),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_item_bounds),
		cmocka_unit_test(test_no_yaml),
		cmocka_unit_test(test_what_yaml_can),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_in_order_of_lines),
		cmocka_unit_test(test_no_more_than_can_be_read),
		cmocka_unit_test(test_secrets_are_not_told),
		cmocka_unit_test(test_terminals_are_safe),
		cmocka_unit_test(test_nearest),
		cmocka_unit_test(test_cross),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
