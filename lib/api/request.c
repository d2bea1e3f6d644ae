// SPDX-License-Identifier: Apache-2.0
#include "api/private.h"

#include <ctype.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *const api_type_words[] = {"a text",    "a whole number", "true or false",
				      "an object", "a list",         "a number"};

enum api_code api_refuse(struct api_error *error, enum api_code code, const char *field,
			 const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->text, sizeof error->text, format, args);
	va_end(args);
	snprintf(error->field, sizeof error->field, "%s", field);
	error->expected[0] = 0;
	error->reasons = NULL;
	return error->code = code;
}

enum api_code api_expect(struct api_error *error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error->expected, sizeof error->expected, format, args);
	va_end(args);
	return error->code;
}

bool api_type_fits(const json_t *value, enum api_type type)
{
	switch (type) {
	case API_TEXT:
		return json_is_string(value);
	case API_INT:
		return json_is_integer(value);
	case API_BOOL:
		return json_is_boolean(value);
	case API_OBJECT:
		return json_is_object(value);
	case API_LIST:
		return json_is_array(value);
	case API_REAL:
		return json_is_number(value);
	}
	return false;
}

static bool bounds_fit(const json_t *value, const struct api_field *f)
{
	long long measure;

	if (!f->min && !f->max)
		return true;
	if (f->type == API_INT)
		measure = json_integer_value(value);
	else if (f->type == API_TEXT)
		measure = (long long)json_string_length(value);
	else
		return true;
	return measure >= f->min && measure <= f->max;
}

// What a field takes, for whoever got it wrong.
static enum api_code field_refuse(struct api_error *error, const struct api_field *f,
				  const char *wrong)
{
	char bounds[64] = "";
	bool bounded = (f->min || f->max) && (f->type == API_INT || f->type == API_TEXT);

	if (bounded && f->type == API_TEXT)
		snprintf(bounds, sizeof bounds, " of %lld to %lld bytes", f->min, f->max);
	else if (bounded && f->max == LLONG_MAX)
		snprintf(bounds, sizeof bounds, " of at least %lld", f->min);
	else if (bounded)
		snprintf(bounds, sizeof bounds, " from %lld to %lld", f->min, f->max);
	api_refuse(error, API_PARAMS, f->name, "%s; %s%s is expected", wrong,
		   api_type_words[f->type], bounds);
	return api_expect(error, "%s%s", api_type_words[f->type], bounds);
}

static enum api_code field_check(const struct api_field *f, const json_t *params,
				 struct api_error *error)
{
	const json_t *value = json_object_get(params, f->name);

	if (!value && f->required)
		return field_refuse(error, f, "is missing");
	if (!value)
		return API_OK;
	if (!api_type_fits(value, f->type))
		return field_refuse(error, f, "is of another type");
	if (!bounds_fit(value, f))
		return field_refuse(error, f, "is out of bounds");
	return API_OK;
}

static enum api_code unknown_refuse(const struct api_method *m, const char *name,
				    struct api_error *error)
{
	size_t len = 0;

	api_refuse(error, API_PARAMS, name, "%s has no such parameter", m->name);
	snprintf(error->expected, sizeof error->expected, "none");
	for (const struct api_field *f = m->fields; f->name && len < sizeof error->expected; f++)
		len += (size_t)snprintf(error->expected + len, sizeof error->expected - len, "%s%s",
					len ? ", " : "", f->name);
	return error->code;
}

static enum api_code params_check(const struct api_method *m, json_t *params,
				  struct api_error *error)
{
	const struct api_field *f;
	const char *name;
	json_t *value;

	json_object_foreach(params, name, value) {
		for (f = m->fields; f->name && strcmp(f->name, name); f++)
			;
		if (!f->name)
			return unknown_refuse(m, name, error);
	}
	for (f = m->fields; f->name; f++)
		if (field_check(f, params, error))
			return error->code;
	return API_OK;
}

static bool hex_run(const char *at, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!isdigit((unsigned char)at[i]) && !(at[i] >= 'a' && at[i] <= 'f'))
			return false;
	return true;
}

// W3C Trace Context section 3.2: version, trace id, parent id, flags; later versions may be longer.
static bool trace_fits(const char *t, size_t len)
{
	if (len < 55 || t[2] != '-' || t[35] != '-' || t[52] != '-')
		return false;
	if (!hex_run(t, 2) || !hex_run(t + 3, 32) || !hex_run(t + 36, 16) || !hex_run(t + 53, 2))
		return false;
	if (strspn(t + 3, "0") >= 32 || strspn(t + 36, "0") >= 16 || !memcmp(t, "ff", 2))
		return false;
	return len == 55 || (memcmp(t, "00", 2) && t[55] == '-');
}

static enum api_code trace_take(struct api_request *out, const json_t *trace,
				struct api_error *error)
{
	const char *text = json_string_value(trace);
	size_t len = json_string_length(trace);

	if (!trace)
		return API_OK;
	if (!text || len >= sizeof out->trace || !trace_fits(text, len))
		return api_refuse(error, API_INVALID, "", "trace ought to be a W3C traceparent");
	memcpy(out->trace, text, len + 1);
	return API_OK;
}

static enum api_code token_take(struct api_request *out, json_t *token, struct api_error *error)
{
	if (token && !json_is_string(token))
		return api_refuse(error, API_INVALID, "", "token ought to be a text");
	out->token = json_incref(token);
	return API_OK;
}

static enum api_code id_take(struct api_request *out, json_t *id, struct api_error *error)
{
	if (id && !json_is_string(id) && !json_is_number(id) && !json_is_null(id))
		return api_refuse(error, API_INVALID, "", "id ought to be a text or a number");
	out->id = json_incref(id);
	return API_OK;
}

static enum api_code method_take(struct api_request *out, const json_t *method,
				 struct api_error *error)
{
	const char *name = json_string_value(method);

	if (!name)
		return api_refuse(error, API_INVALID, "", "method ought to be a text");
	out->method = api_find(name);
	if (!out->method)
		return api_refuse(error, API_NO_METHOD, "",
				  "there is no method %.64s; api.describe lists them", name);
	return API_OK;
}

static enum api_code params_take(struct api_request *out, json_t *params, struct api_error *error)
{
	if (params && !json_is_object(params))
		return api_refuse(error, API_PARAMS, "",
				  "params ought to be an object of named values");
	out->params = params ? json_incref(params) : json_object();
	if (!out->params)
		return api_refuse(error, API_INTERNAL, "", "out of memory");
	return params_check(out->method, out->params, error);
}

static enum api_code message_take(struct api_request *out, const json_t *message,
				  struct api_error *error)
{
	const char *version = json_string_value(json_object_get(message, "jsonrpc"));

	if (!json_is_object(message))
		return api_refuse(error, API_INVALID, "", "a line ought to be one JSON-RPC object");
	if (id_take(out, json_object_get(message, "id"), error))
		return error->code;
	if (!version || strcmp(version, "2.0"))
		return api_refuse(error, API_INVALID, "", "jsonrpc ought to be \"2.0\"");
	if (trace_take(out, json_object_get(message, "trace"), error) ||
	    token_take(out, json_object_get(message, "token"), error) ||
	    method_take(out, json_object_get(message, "method"), error))
		return error->code;
	return params_take(out, json_object_get(message, "params"), error);
}

enum api_code api_request_decode(struct api_request *out, const char *line, size_t len,
				 struct api_error *error)
{
	json_error_t where;
	json_t *message = json_loadb(line, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
	enum api_code code;

	memset(out, 0, sizeof *out);
	if (!message && json_error_code(&where) == json_error_out_of_memory)
		return api_refuse(error, API_INTERNAL, "", "out of memory");
	if (!message)
		return api_refuse(error, API_PARSE, "", "not JSON at byte %d: %.100s",
				  where.position, where.text);
	code = message_take(out, message, error);
	json_decref(message);
	return code;
}

const char *api_text(const struct api_request *r, const char *name)
{
	return json_string_value(json_object_get(r->params, name));
}

void api_request_release(struct api_request *r)
{
	json_decref(r->params);
	json_decref(r->id);
	json_decref(r->token);
	memset(r, 0, sizeof *r);
}
