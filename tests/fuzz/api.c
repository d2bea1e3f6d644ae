// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "api/api.h"

// Lines as the control socket hands them over: decoded, and answered by what became of them. Every
// answer is one line that is a JSON-RPC object with the request's id.

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void answer_check(char *line, const json_t *id, const char *member)
{
	json_t *answer;

	if (!line)
		return;
	answer = json_loads(line, JSON_REJECT_DUPLICATES, NULL);
	if (!answer || strchr(line, '\n') != line + strlen(line) - 1)
		abort();
	if (!json_object_get(answer, member))
		abort();
	// A real number may lose digits on its way through text.
	if (!json_is_real(id) && !json_equal(json_object_get(answer, "id"), id ? id : json_null()))
		abort();
	json_decref(answer);
	free(line);
}

static void line_try(const char *line, size_t len)
{
	struct api_request r;
	struct api_error e = {0};
	enum api_code code = api_request_decode(&r, line, len, &e);

	if (code) {
		if (e.code != code || !e.text[0])
			abort();
		answer_check(api_error_encode(r.id, &e), r.id, "error");
	} else {
		if (!r.method || !json_is_object(r.params))
			abort();
		answer_check(api_result_encode(r.id, r.params), r.id, "result");
	}
	api_request_release(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *at = (const char *)data, *end = at + size;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t len = (size_t)((newline ? newline : end) - at);

		line_try(at, len);
		at += len + 1;
	}
	return 0;
}
