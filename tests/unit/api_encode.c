// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"

static void line_is(char *line, const char *want)
{
	assert_non_null(line);
	assert_string_equal(line, want);
	free(line);
}

static void encodes_results(void **state)
{
	json_t *id = json_string("a"),
	       *result = json_pack("{s:[i,i], s:s}", "x", 1, 2, "y", "\n\"");

	(void)state;
	line_is(api_result_encode(id, result),
		"{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"x\":[1,2],\"y\":\"\\n\\\"\"}}\n");
	line_is(api_result_encode(NULL, NULL),
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":null}\n");
	assert_int_equal(id->refcount, 1);
	assert_int_equal(result->refcount, 1);
	json_decref(id);
	json_decref(result);
}

static void encodes_errors(void **state)
{
	struct api_error e = {API_PARAMS, "is missing", "name"};
	json_t *id = json_integer(3);

	(void)state;
	line_is(api_error_encode(id, &e), "{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":{\"code\":-"
					  "32602,\"message\":\"is missing\","
					  "\"data\":{\"field\":\"name\"}}}\n");
	e.field[0] = '\0';
	line_is(api_error_encode(NULL, &e), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-"
					    "32602,\"message\":\"is missing\"}}\n");
	json_decref(id);
}

// A name of the peer's is quoted and cut at a number of bytes, which may be inside a character.
static void mends_text_that_was_cut(void **state)
{
	struct api_error e = {API_NO_METHOD, "no \xe2\x82\xac, no \xe2\x82", "\xc3"};

	(void)state;
	line_is(api_error_encode(NULL, &e), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-"
					    "32601,\"message\":\"no ???, no ??\","
					    "\"data\":{\"field\":\"?\"}}}\n");
}

static void encodes_requests_and_events(void **state)
{
	json_t *params = json_pack("{s:i}", "id", 7);

	(void)state;
	line_is(api_request_encode("turn.show", params, 2),
		"{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"turn.show\",\"params\":{\"id\":7}}\n");
	line_is(api_request_encode("node.status", NULL, 1),
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"node.status\"}\n");
	line_is(api_event_encode("joined", params),
		"{\"jsonrpc\":\"2.0\",\"method\":\"joined\",\"params\":{\"id\":7}}\n");
	assert_int_equal(params->refcount, 1);
	json_decref(params);
}

// What one end writes the other reads.
static void meets_the_decoder(void **state)
{
	json_t *params = json_pack("{s:i}", "id", 7);
	char *line = api_request_encode("turn.show", params, 2);
	struct api_request r;
	struct api_error e;

	(void)state;
	assert_int_equal(api_request_decode(&r, line, strlen(line), &e), API_OK);
	assert_true(json_equal(r.params, params));
	assert_int_equal(json_integer_value(r.id), 2);
	api_request_release(&r);
	json_decref(params);
	free(line);
}

static bool encode_once(void *ctx)
{
	struct api_error e = {API_PARAMS, "cut \xe2", "name"};
	char *lines[] = {api_result_encode(ctx, ctx), api_error_encode(ctx, &e),
			 api_request_encode("a", ctx, 1), api_event_encode("a", ctx)};
	bool whole = true;

	for (size_t i = 0; i < 4; i++) {
		whole &= lines[i] && lines[i][strlen(lines[i]) - 1] == '\n';
		free(lines[i]);
	}
	assert_int_equal(((json_t *)ctx)->refcount, 1);
	return whole;
}

static void stands_failing_allocations(void **state)
{
	json_t *value = json_pack("{s:s}", "a", "b");

	(void)state;
	assert_true(kit_allocation_fails(encode_once, value) > 20);
	json_decref(value);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(encodes_results),
		cmocka_unit_test(encodes_errors),
		cmocka_unit_test(mends_text_that_was_cut),
		cmocka_unit_test(encodes_requests_and_events),
		cmocka_unit_test(meets_the_decoder),
		cmocka_unit_test(stands_failing_allocations),
	};

	json_set_alloc_funcs(malloc, free); // as the kit has them
	return cmocka_run_group_tests(tests, NULL, NULL);
}
