// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <stdlib.h>
#include <string.h>

// A text may have been cut inside a UTF-8 sequence, or carry bytes of a broken request; jansson
// would refuse it whole.
static json_t *text_json(const char *text)
{
	json_t *out = json_string(text);
	char copy[sizeof((struct api_error *)0)->text];
	size_t n = 0;

	if (out)
		return out;
	for (; n < sizeof copy && text[n]; n++)
		copy[n] = text[n] & 0x80 ? '?' : text[n];
	return json_stringn(copy, n);
}

static json_t *reference(const json_t *value)
{
	return value ? json_incref((json_t *)value) : json_null();
}

// Takes `message` over.
static char *line_of(json_t *message)
{
	char *text = message ? json_dumps(message, JSON_COMPACT) : NULL;
	size_t len = text ? strlen(text) : 0;
	char *line = text ? realloc(text, len + 2) : NULL;

	json_decref(message);
	if (!line) {
		free(text);
		return NULL;
	}
	memcpy(line + len, "\n", 2);
	return line;
}

char *api_result_encode(const json_t *id, const json_t *result)
{
	return line_of(json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id", reference(id), "result",
				 reference(result)));
}

// NULL: there is nothing but the message.
static json_t *error_data(const struct api_error *e)
{
	json_t *data = e->field[0] || e->reasons ? json_object() : NULL;

	if (e->field[0])
		json_object_set_new(data, "field", text_json(e->field));
	if (e->field[0] && e->expected[0])
		json_object_set_new(data, "expected", text_json(e->expected));
	if (e->reasons)
		json_object_set(data, "reasons", e->reasons);
	return data;
}

char *api_error_encode(const json_t *id, const struct api_error *e)
{
	json_t *body = json_pack("{s:i, s:o}", "code", e->code, "message", text_json(e->text));
	json_t *data = body ? error_data(e) : NULL;

	if (data && json_object_set_new(body, "data", data)) {
		json_decref(body);
		return NULL;
	}
	return line_of(
		json_pack("{s:s, s:o, s:o}", "jsonrpc", "2.0", "id", reference(id), "error", body));
}

char *api_request_encode(const char *method, const json_t *params, int id)
{
	return line_of(json_pack("{s:s, s:i, s:s, s:o*}", "jsonrpc", "2.0", "id", id, "method",
				 method, "params", json_incref((json_t *)params)));
}

char *api_event_encode(const char *method, const json_t *params)
{
	return line_of(json_pack("{s:s, s:s, s:o*}", "jsonrpc", "2.0", "method", method, "params",
				 json_incref((json_t *)params)));
}
