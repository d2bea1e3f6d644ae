// SPDX-License-Identifier: Apache-2.0
#include "conf_table.h"

static const char good[] =
	"text: a\npath: b\ncontent: /etc/hostname\nnumbers: [1, 2]\ntexts: [a, b]\n"
	"items: [{name: a, secret: abcd}, {name: b, secret_file: /etc/hostname}]\n";
static const char bad[] =
	"text: [a]\ntexts: [a, [b]]\nitems: [{name: a}, b, {secret: abcd}]\nflga: 1\n";

// Out of memory is told as that, and nothing is left behind (a sanitizer looks).
static bool reads(void *ctx)
{
	struct table t;
	struct conf_mistakes m;
	int err = table_read_len(&t, ctx, strlen(ctx), &m);

	if (!err)
		conf_free(&t, table_rows);
	assert_null(t.text);
	assert_null(t.items.at);
	assert_true(err == 0 || err == -EINVAL || err == -ENOMEM);
	conf_mistakes_free(&m);
	return err == (ctx == good ? 0 : -EINVAL);
}

static void test_good(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(reads, (void *)good) > 12);
}

static void test_bad(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(reads, (void *)bad) > 10);
}

static void test_equal(void **state)
{
	static const char *const changes[] = {
		"flag: false",
		"wide: 1",
		"rate: 1",
		"text: b",
		"path: b",
		"addr: ::1",
		"prefix: ::1/64",
		"endpoint: 1.2.3.4:5",
		"range: 1-3",
		"listen: udp:3479",
		"map: {within: {deep: 6}}",
		"numbers: [1]",
		"numbers: [1, 3]",
		"texts: [a]",
		"items: [{name: a, secret: abcd}]",
	};
	struct table a = table_of(""), b = table_of("");

	(void)state;
	for (const struct conf_row *row = table_rows; row->key; row++)
		assert_true(conf_equal(row, &a, &b));
	conf_free(&b, table_rows);
	for (unsigned i = 0; i < sizeof changes / sizeof changes[0]; i++) {
		unsigned differing = 0;

		b = table_of(changes[i]);
		for (const struct conf_row *row = table_rows; row->key; row++)
			if (!conf_equal(row, &a, &b)) {
				differing++;
				assert_memory_equal(row->key, changes[i], strlen(row->key));
			}
		assert_int_equal(differing, 1);
		conf_free(&b, table_rows);
	}
	conf_free(&a, table_rows);
}

static void test_equal_items(void **state)
{
	const struct conf_row *row = table_rows;
	struct table a = table_of("items: [{name: a, secret: abcd}]");
	struct table b = table_of("items: [{name: a, secret: abcd}]");
	struct table c = table_of("items: [{name: a, secret: abce}]");

	(void)state;
	while (strcmp(row->key, "items") != 0)
		row++;
	assert_true(conf_equal(row, &a, &b));
	assert_false(conf_equal(row, &a, &c));
	conf_free(&a, table_rows);
	conf_free(&b, table_rows);
	conf_free(&c, table_rows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good),
		cmocka_unit_test(test_bad),
		cmocka_unit_test(test_equal),
		cmocka_unit_test(test_equal_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
