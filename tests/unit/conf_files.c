// SPDX-License-Identifier: Apache-2.0
#include "conf_table.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/turnpike-conf-XXXXXX";

static void file_make(const char *name, const char *bytes, size_t len)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	f = fopen(path, "w");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, len, f), len);
	fclose(f);
}

static int read_in_folder(struct table *t, const char *text, struct conf_mistakes *m)
{
	struct conf_source src = {.text = text, .len_bytes = strlen(text), .folder = folder};

	*m = (struct conf_mistakes){0};
	return conf_read(t, table_rows, &src, m);
}

static void content_is(const char *text, const char *content)
{
	struct table t;
	struct conf_mistakes m;

	assert_int_equal(read_in_folder(&t, text, &m), 0);
	assert_string_equal(t.content, content);
	conf_free(&t, table_rows);
}

static void content_refused(const char *text, const char *part)
{
	struct table t;
	struct conf_mistakes m;

	assert_int_equal(read_in_folder(&t, text, &m), -EINVAL);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.at[0].key, "content");
	if (!strstr(m.at[0].text, part))
		fail_msg("`%s` is not in: %s", part, m.at[0].text);
	conf_mistakes_free(&m);
}

static void test_content(void **state)
{
	char text[128], large[CONF_VALUE_MAX + 1];

	(void)state;
	file_make("plain", "s3cret", 6);
	file_make("line", " s3cret \r\n\n", 11);
	file_make("two", "a\nb\n", 4);
	memset(large, 'x', sizeof large);
	file_make("largest", large, CONF_VALUE_MAX);
	content_is("content: plain", "s3cret");
	content_is("content: line", " s3cret ");
	content_is("content: two", "a\nb");
	snprintf(text, sizeof text, "content: %s/plain", folder);
	content_is(text, "s3cret");
	snprintf(text, sizeof text, "content: largest");
	struct table t;
	struct conf_mistakes m;
	assert_int_equal(read_in_folder(&t, text, &m), 0);
	assert_int_equal(strlen(t.content), CONF_VALUE_MAX);
	conf_free(&t, table_rows);
}

static void test_content_refused(void **state)
{
	char path[128], large[CONF_VALUE_MAX + 1];

	(void)state;
	memset(large, 'x', sizeof large);
	file_make("large", large, sizeof large);
	file_make("empty", "", 0);
	file_make("newline", "\n\n", 2);
	file_make("nul", "a\0b", 3);
	snprintf(path, sizeof path, "%s/pipe", folder);
	assert_int_equal(mkfifo(path, 0600), 0);
	content_refused("content: large", "too large");
	content_refused("content: empty", "is empty");
	content_refused("content: newline", "is empty");
	content_refused("content: nul", "holds a NUL");
	content_refused("content: absent", "No such file");
	content_refused("content: .", "Is a directory");
	content_refused("content: pipe", "cannot be read"); // and does not wait for a writer
	content_refused("content: /dev/zero", "cannot be read");
	content_refused("content: ''", "No such file");
}

static void path_is(const char *text, const char *want)
{
	struct table t;
	struct conf_mistakes m;

	assert_int_equal(read_in_folder(&t, text, &m), 0);
	assert_string_equal(t.path, want);
	conf_free(&t, table_rows);
}

static void test_paths(void **state)
{
	char want[128];
	struct table t;

	(void)state;
	snprintf(want, sizeof want, "%s/sub/cert.pem", folder);
	path_is("path: sub/cert.pem", want);
	path_is("path: /etc/cert.pem", "/etc/cert.pem");
	path_is("path: ''", "");
	t = table_of("path: cert.pem"); // no folder
	assert_string_equal(t.path, "cert.pem");
	conf_free(&t, table_rows);
}

static void test_secret_of_an_item(void **state)
{
	struct table t;
	struct conf_mistakes m;

	(void)state;
	file_make("secret", "abcdefghijkl\n", 13);
	assert_int_equal(read_in_folder(&t, "items: [{name: a, secret_file: secret}]", &m), 0);
	assert_string_equal(t.items.at[0].secret, "abcdefghijkl");
	conf_free(&t, table_rows);
}

static int folder_make(void **state)
{
	(void)state;
	return mkdtemp(folder) ? 0 : -1;
}

static int folder_clear(void **state)
{
	static const char *const names[] = {"plain", "line",    "two", "largest", "large",
					    "empty", "newline", "nul", "pipe",    "secret"};
	char path[128];

	(void)state;
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
		snprintf(path, sizeof path, "%s/%s", folder, names[i]);
		unlink(path);
	}
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_content),
		cmocka_unit_test(test_content_refused),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_secret_of_an_item),
	};

	return cmocka_run_group_tests(tests, folder_make, folder_clear);
}
