// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "settings.h"

// What is told of tests/golden/conf/bad.yaml, as it is printed. CONF_BLESS=1 writes bad.txt instead;
// read what it wrote.

#define GOLDEN_CONF ROOT "/tests/golden/conf"

// What settings_report writes to standard error.
static char *report_of(const char *file, const struct conf_mistakes *m)
{
	static char text[65536];
	FILE *f = tmpfile();
	int kept = dup(STDERR_FILENO);
	size_t len;

	assert_non_null(f);
	fflush(stderr);
	dup2(fileno(f), STDERR_FILENO);
	settings_report(file, m);
	fflush(stderr);
	dup2(kept, STDERR_FILENO);
	close(kept);
	rewind(f);
	len = fread(text, 1, sizeof text - 1, f);
	text[len] = 0;
	fclose(f);
	return text;
}

static void test_golden(void **state)
{
	static char want[65536];
	struct conf_mistakes m = {0};
	struct settings s;
	const char *got;
	FILE *f;

	(void)state;
	assert_int_equal(settings_load(&s, GOLDEN_CONF "/bad.yaml", &m), -EINVAL);
	got = report_of("bad.yaml", &m);
	conf_mistakes_free(&m);
	f = fopen(GOLDEN_CONF "/bad.txt", getenv("CONF_BLESS") ? "w+" : "r");
	assert_non_null(f);
	if (getenv("CONF_BLESS"))
		fputs(got, f);
	rewind(f);
	want[fread(want, 1, sizeof want - 1, f)] = 0;
	fclose(f);
	assert_string_equal(got, want);
	assert_null(strstr(got, "hunter2"));
	assert_null(strchr(got, '\033')); // no terminal, no colour
}

static void test_many(void **state)
{
	struct conf_mistake at[CONF_MISTAKES_MAX] = {{.line = 0, .key = "a", .text = "b"}};
	struct conf_mistakes m = {.at = at, .n = 1};

	(void)state;
	assert_string_equal(report_of("f", &m), "f: a: b\n");
	at[0] = (struct conf_mistake){.line = 3, .text = "b"};
	assert_string_equal(report_of("f", &m), "f:3: b\n");
	m.n = CONF_MISTAKES_MAX;
	assert_non_null(strstr(report_of("f", &m), "f: there may be more mistakes"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_golden),
		cmocka_unit_test(test_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
