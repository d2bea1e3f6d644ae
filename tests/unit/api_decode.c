// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"
#include "base/base.h"

#define TRACE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static enum api_code decode(struct api_request *r, struct api_error *e, const char *line)
{
	memset(e, 0, sizeof *e);
	return api_request_decode(r, line, strlen(line), e);
}

static void takes_a_request(void **state)
{
	struct api_request r;
	struct api_error e;

	(void)state;
	assert_int_equal(
		decode(&r, &e,
		       "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"turn.list\",\"trace\":\"" TRACE
		       "\",\"params\":{\"limit\":5,\"user\":\"alice\"}}\r"),
		API_OK);
	assert_string_equal(r.method->name, "turn.list");
	assert_int_equal(r.method->right, API_SHOW);
	assert_int_equal(json_integer_value(r.id), 7);
	assert_int_equal(json_integer_value(json_object_get(r.params, "limit")), 5);
	assert_string_equal(json_string_value(json_object_get(r.params, "user")), "alice");
	assert_string_equal(r.trace, TRACE);
	api_request_release(&r);
	assert_null(r.params);
}

static void takes_defaults(void **state)
{
	struct api_request r;
	struct api_error e;

	(void)state;
	assert_int_equal(decode(&r, &e, "{\"jsonrpc\":\"2.0\",\"method\":\"node.status\"}"),
			 API_OK);
	assert_null(r.id);
	assert_true(json_is_object(r.params));
	assert_int_equal(json_object_size(r.params), 0);
	assert_string_equal(r.trace, "");
	api_request_release(&r);
	assert_int_equal(decode(&r, &e,
				"{\"jsonrpc\":\"2.0\",\"method\":\"node.status\",\"id\":null}"),
			 API_OK);
	assert_true(json_is_null(r.id));
	api_request_release(&r);
}

struct refusal {
	const char *line;
	enum api_code code;
	const char *field;
	const char *text; // part of it
	bool id; // is known nevertheless
};

#define HEAD "{\"jsonrpc\":\"2.0\",\"id\":1,"
#define LIST HEAD "\"method\":\"turn.list\",\"params\":"
#define SHOW HEAD "\"method\":\"turn.show\",\"params\":"
#define ISSUE HEAD "\"method\":\"credential.issue\",\"params\":"
#define STATUS HEAD "\"method\":\"node.status\",\"trace\":"

static const struct refusal refusals[] = {
	{"", API_PARSE, "", "not JSON", false},
	{"{", API_PARSE, "", "not JSON", false},
	{"{} {}", API_PARSE, "", "not JSON", false},
	{"{\"id\":1,\"id\":2}", API_PARSE, "", "not JSON", false},
	{"{\"method\":\"\xff\"}", API_PARSE, "", "not JSON", false},
	{"{\"method\":\"a\\u0000b\"}", API_PARSE, "", "not JSON", false},
	{SHOW "{\"id\":99999999999999999999}}", API_PARSE, "", "not JSON", false},
	{"5", API_INVALID, "", "one JSON-RPC object", false},
	{"null", API_INVALID, "", "one JSON-RPC object", false},
	{"[]", API_INVALID, "", "one JSON-RPC object", false},
	{"{}", API_INVALID, "", "jsonrpc", false},
	{"{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"node.status\"}", API_INVALID, "", "jsonrpc",
	 true},
	{"{\"jsonrpc\":2.0,\"id\":1,\"method\":\"node.status\"}", API_INVALID, "", "jsonrpc", true},
	{"{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"node.status\"}", API_INVALID, "", "id",
	 false},
	{"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"node.status\"}", API_INVALID, "", "id",
	 false},
	{HEAD "\"method\":5}", API_INVALID, "", "method", true},
	{HEAD "\"params\":{}}", API_INVALID, "", "method", true},
	{HEAD "\"method\":\"node\"}", API_NO_METHOD, "", "no method node;", true},
	{HEAD "\"method\":\"node.status \"}", API_NO_METHOD, "", "no method", true},
	{LIST "[]}", API_PARAMS, "", "object", true},
	{LIST "null}", API_PARAMS, "", "object", true},
	{LIST "{\"limits\":1}}", API_PARAMS, "limits", "no such parameter", true},
	{LIST "{\"limit\":\"1\"}}", API_PARAMS, "limit", "a whole number", true},
	{LIST "{\"limit\":1.0}}", API_PARAMS, "limit", "a whole number", true},
	{LIST "{\"limit\":null}}", API_PARAMS, "limit", "a whole number", true},
	{LIST "{\"limit\":0}}", API_PARAMS, "limit", "from 1 to 10000", true},
	{LIST "{\"limit\":10001}}", API_PARAMS, "limit", "from 1 to 10000", true},
	{LIST "{\"after\":-1}}", API_PARAMS, "after", "of at least 0", true},
	{LIST "{\"user\":\"\"}}", API_PARAMS, "user", "1 to 508 bytes", true},
	{LIST "{\"user\":1}}", API_PARAMS, "user", "a text", true},
	{SHOW "{}}", API_PARAMS, "id", "is missing", true},
	{SHOW "{\"id\":true}}", API_PARAMS, "id", "a whole number", true},
	{ISSUE "{\"name\":\"\"}}", API_PARAMS, "name", "1 to 480 bytes", true},
	{ISSUE "{\"name\":\"a\",\"ttl_s\":86401}}", API_PARAMS, "ttl_s", "1 to 86400", true},
	{STATUS "5}", API_INVALID, "", "traceparent", true},
	{STATUS "\"\"}", API_INVALID, "", "traceparent", true},
	{STATUS "\"" TRACE "0\"}", API_INVALID, "", "traceparent", true},
	{STATUS "\"" TRACE "-ab\"}", API_INVALID, "", "traceparent", true},
	{STATUS "\"ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}", API_INVALID, "",
	 "traceparent", true},
	{STATUS "\"00-00000000000000000000000000000000-b7ad6b7169203331-01\"}", API_INVALID, "",
	 "traceparent", true},
	{STATUS "\"00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01\"}", API_INVALID, "",
	 "traceparent", true},
	{STATUS "\"00-0AF7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}", API_INVALID, "",
	 "traceparent", true},
	{STATUS "\"00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01\"}", API_INVALID, "",
	 "traceparent", true},
};

static void refuses_and_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < BASE_COUNT(refusals); i++) {
		const struct refusal *want = &refusals[i];
		struct api_request r;
		struct api_error e;
		enum api_code code = decode(&r, &e, want->line);

		if (code != want->code || e.code != code || strcmp(e.field, want->field) ||
		    !strstr(e.text, want->text) || !r.id == want->id)
			fail_msg("%s: got %d, field \"%s\", text \"%s\"", want->line, code, e.field,
				 e.text);
		api_request_release(&r);
	}
}

static void takes_bounds(void **state)
{
	static const char *const lines[] = {
		LIST "{\"limit\":1}}",
		LIST "{\"limit\":10000}}",
		LIST "{\"after\":0}}",
		LIST "{\"after\":9223372036854775807}}",
		ISSUE "{\"name\":\"a\",\"ttl_s\":86400}}",
		STATUS "\"01-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more\"}",
	};

	(void)state;
	for (size_t i = 0; i < BASE_COUNT(lines); i++) {
		struct api_request r;
		struct api_error e;

		if (decode(&r, &e, lines[i]))
			fail_msg("%s: %s", lines[i], e.text);
		api_request_release(&r);
	}
}

static void measures_text_in_bytes(void **state)
{
	struct api_request r;
	struct api_error e;
	char line[1024], user[512];

	(void)state;
	for (int len = 508; len <= 509; len++) {
		memset(user, 'u', sizeof user);
		user[len] = '\0';
		snprintf(line, sizeof line, LIST "{\"user\":\"%s\"}}", user);
		assert_int_equal(decode(&r, &e, line), len == 508 ? API_OK : API_PARAMS);
		api_request_release(&r);
	}
}

static void reads_no_further_than_len(void **state)
{
	static const char line[] = HEAD "\"method\":\"node.status\"}garbage";
	char *exact = malloc(sizeof line - 8);
	struct api_request r;
	struct api_error e = {0};

	(void)state;
	memcpy(exact, line, sizeof line - 8);
	assert_int_equal(api_request_decode(&r, exact, sizeof line - 8, &e), API_OK);
	api_request_release(&r);
	free(exact);
}

static void stands_deep_nesting(void **state)
{
	enum { DEPTH = 200000 };
	char *line = malloc(DEPTH);
	struct api_request r;
	struct api_error e = {0};

	(void)state;
	memset(line, '[', DEPTH);
	assert_int_equal(api_request_decode(&r, line, DEPTH, &e), API_PARSE);
	api_request_release(&r);
	free(line);
}

// A table with a hole in it would show only when somebody asks for that method.
static void table_is_whole(void **state)
{
	(void)state;
	for (const struct api_method *m = api_methods; m->name; m++) {
		assert_ptr_equal(api_find(m->name), m);
		assert_non_null(strchr(m->name, '.'));
		assert_true(m->summary && m->summary[0]);
		assert_non_null(m->fields);
		for (const struct api_field *f = m->fields; f->name; f++)
			assert_true(f->help && f->help[0] && f->min <= f->max);
	}
	assert_null(api_find("turn"));
	assert_int_equal(api_find("turn.delete")->right, API_CHANGE);
	assert_int_equal(api_find("credential.issue")->right, API_CHANGE);
}

static bool decode_once(void *ctx)
{
	struct api_request r;
	struct api_error e = {0};
	enum api_code code;

	(void)ctx;
	code = decode(&r, &e, HEAD "\"method\":\"turn.list\"}");
	if (code)
		assert_true(code == API_INTERNAL || code == API_PARSE);
	api_request_release(&r);
	return code == API_OK;
}

static void stands_failing_allocations(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(decode_once, NULL) > 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_request),
		cmocka_unit_test(takes_defaults),
		cmocka_unit_test(refuses_and_says_why),
		cmocka_unit_test(takes_bounds),
		cmocka_unit_test(measures_text_in_bytes),
		cmocka_unit_test(reads_no_further_than_len),
		cmocka_unit_test(stands_deep_nesting),
		cmocka_unit_test(table_is_whole),
		cmocka_unit_test(stands_failing_allocations),
	};

	json_set_alloc_funcs(malloc, free); // as the kit has them
	return cmocka_run_group_tests(tests, NULL, NULL);
}
