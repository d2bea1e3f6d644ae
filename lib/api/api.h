// SPDX-License-Identifier: Apache-2.0
#ifndef API_API_H
#define API_API_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Control requests and replies: JSON-RPC 2.0, one object a line. Both ends use this list, so that
// daemon and command line cannot disagree. Pure; one thread.

enum api_right { API_SHOW, API_CHANGE }; // API_SHOW is all that the read socket gives

enum api_type { API_TEXT, API_INT, API_BOOL, API_OBJECT, API_LIST, API_REAL };
extern const char *const api_type_names[]; // "text" …

struct api_field {
	const char *name; // NULL ends
	enum api_type type;
	bool required;
	long long min, max; // numbers; length in bytes for text; both 0: no bound
	const char *help;
	// Of results:
	const char *unit; // "bytes"; NULL: none
	const struct api_field *fields; // members of an object, or of each of a list's items
	enum api_type of; // without `fields`: type of a list's items, of an open object's values
	bool open; // an object whose members have any names
	bool null; // may be null
	bool optional; // may be missing
};

struct api_method {
	const char *name; // "turn.list"
	enum api_right right;
	const struct api_field *fields; // of params
	const char *summary; // one sentence
	const struct api_field *result; // what it gives, of an object
};
extern const struct api_method api_methods[]; // ends with name NULL
const struct api_method *api_find(const char *name);
// The table as api.describe gives it.
json_t *api_describe(void);
// 0, or -EINVAL when the result is not what the table says; `text` then tells where and why.
int api_result_check(const struct api_method *m, const json_t *result, char *text, size_t cap);

// What events.subscribe and the webhook tell: api/event_list.h.
enum event_kind {
#define EVENT(id, ...) id,
#include "api/event_list.h"
#undef EVENT
	EVENT_COUNT
};
struct api_event {
	const char *name, *group, *help;
};
extern const struct api_event api_events[EVENT_COUNT];
// The kinds of that name or group, a bit each; 0: there is none.
uint64_t api_event_set(const char *name);

// Error codes: JSON-RPC's own, then ours.
enum api_code {
	API_OK = 0,
	API_PARSE = -32700,
	API_INVALID = -32600,
	API_NO_METHOD = -32601,
	API_PARAMS = -32602,
	API_INTERNAL = -32603,
	API_DENIED = -32001,
	API_NOT_FOUND = -32002,
	API_REFUSED = -32003, // by the state of things; the text says why
};

struct api_error {
	enum api_code code;
	char text[160]; // what is wrong and what was expected
	char field[48]; // of params, "" when none
	char expected[96]; // in that field, "" when there is nothing to say
	json_t *reasons; // ours; NULL, or a list of {key, text}: all that stands against it
};

// Fills an error and returns its code; api_expect adds what was expected in the field, and returns the same.
__attribute__((format(printf, 4, 5))) enum api_code
api_refuse(struct api_error *error, enum api_code code, const char *field, const char *format, ...);
__attribute__((format(printf, 2, 3))) enum api_code api_expect(struct api_error *error,
							       const char *format, ...);

// One line into a request. `out` holds references that api_request_release drops. An error is
// ready to be answered with (id as far as it was understood).
struct api_request {
	const struct api_method *method;
	json_t *params; // object, never NULL after success
	json_t *id; // NULL: a notification, gets no answer
	char trace[64]; // W3C traceparent, "" without
	json_t *token; // a text that narrows the caller's rights; NULL: there is none
};
enum api_code api_request_decode(struct api_request *out, const char *line, size_t len,
				 struct api_error *error);
void api_request_release(struct api_request *r);
const char *api_text(const struct api_request *r, const char *name); // a parameter; NULL: not there

// Lines out, malloc'ed, with newline; NULL: out of memory. `result` is not taken over.
char *api_result_encode(const json_t *id, const json_t *result);
char *api_error_encode(const json_t *id, const struct api_error *e);
char *api_request_encode(const char *method, const json_t *params, int id);
char *api_event_encode(const char *method, const json_t *params);

#endif
