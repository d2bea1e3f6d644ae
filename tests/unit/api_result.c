// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"

// The table of results: whole, kept by the examples that the README of turnpikectl fixes, and able to
// tell what is wrong.

static char *readme(void)
{
	FILE *f = fopen(ROOT "/app/turnpikectl/README.md", "r");
	char *text = calloc(1, 1 << 20);

	assert_non_null(f);
	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, f) > 0);
	fclose(f);
	return text;
}

// The example of a method, or NULL.
static json_t *example(const char *text, const char *method)
{
	char head[80];
	const char *at, *start, *end, *next;

	snprintf(head, sizeof head, "\n### %s\n", method);
	at = strstr(text, head);
	start = at ? strstr(at, "```json\n") : NULL;
	end = start ? strstr(start + 8, "```") : NULL;
	next = at ? strstr(at + 1, "\n### ") : NULL;
	if (!end || (next && next < start))
		return NULL;
	return json_loadb(start + 8, (size_t)(end - start - 8), 0, NULL);
}

static void every_method_says_what_it_gives(void **state)
{
	(void)state;
	for (const struct api_method *m = api_methods; m->name; m++)
		if (!m->result)
			fail_msg("%s has no row of what it gives (lib/api/results.c)", m->name);
}

static void fields_whole(const struct api_field *f)
{
	for (; f && f->name; f++) {
		assert_non_null(f->help);
		assert_true(strlen(f->help) > 2);
		if (f->type == API_OBJECT && !f->open)
			assert_non_null(f->fields);
		fields_whole(f->fields);
	}
}

static void every_field_has_help(void **state)
{
	(void)state;
	for (const struct api_method *m = api_methods; m->name; m++)
		fields_whole(m->result);
}

static void examples_keep_to_the_table(void **state)
{
	char *text = readme(), wrong[200];
	unsigned found = 0;

	(void)state;
	for (const struct api_method *m = api_methods; m->name; m++) {
		json_t *shown = example(text, m->name);

		if (shown && api_result_check(m, shown, wrong, sizeof wrong))
			fail_msg("%s: %s", m->name, wrong);
		found += shown != NULL;
		json_decref(shown);
	}
	assert_true(found > 12);
	free(text);
}

static void describes_itself(void **state)
{
	json_t *all = api_describe();
	char wrong[200] = "";

	(void)state;
	if (api_result_check(api_find("api.describe"), all, wrong, sizeof wrong))
		fail_msg("%s", wrong);
	json_decref(all);
}

static void is_wrong(const char *method, const char *json, const char *want)
{
	json_t *result = json_loads(json, 0, NULL);
	char wrong[200] = "";

	assert_non_null(result);
	assert_int_not_equal(api_result_check(api_find(method), result, wrong, sizeof wrong), 0);
	assert_string_equal(wrong, want);
	json_decref(result);
}

static void tells_what_is_wrong(void **state)
{
	(void)state;
	is_wrong("log.level", "{}", "level is missing");
	is_wrong("log.level", "{\"level\": 3}", "level is not a text");
	is_wrong("log.level", "{\"level\": null}", "level is null");
	is_wrong("log.level", "[]", " is no object");
	is_wrong("log.level", "{\"level\": \"x\", \"more\": 1}",
		 " has more, which the table does not know");
	is_wrong("path.show",
		 "{\"steps\": [{\"name\": \"rx\", \"file\": \"f\", \"does\": \"d\", "
		 "\"next\": [3]}]}",
		 "steps[0].next[0] is not a text");
	is_wrong("path.show", "{\"steps\": [7]}", "steps[0] is no object");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_method_says_what_it_gives),
		cmocka_unit_test(every_field_has_help),
		cmocka_unit_test(examples_keep_to_the_table),
		cmocka_unit_test(describes_itself),
		cmocka_unit_test(tells_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
