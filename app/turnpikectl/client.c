// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include "config/limits.h"
#include "ctl.h"

#define REQUEST_ID 1 // a connection carries one request

struct reader {
	int fd;
	char *bytes;
	size_t len, cap;
	size_t seen; // no newline before
	int64_t due_ms; // INT64_MAX: waits for ever
	unsigned timeout_s;
	int stop_fd; // ends the waiting when it can be read; 0: none
	bool stopped; // by that
};

// Where complaints go instead of standard error.
static struct {
	char *text;
	size_t size;
} kept;

static int64_t clock_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void ctl_complain(const char *format, ...)
{
	char text[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	text_clean(text);
	if (kept.text)
		snprintf(kept.text, kept.size, "%s", text);
	else
		fprintf(stderr, "turnpikectl: %s\n", text);
}

void ctl_complain_into(char *text, size_t size)
{
	kept.text = text;
	kept.size = size;
}

// A connected socket or -errno.
static int door_open(const char *path, unsigned timeout_s)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	struct timeval limit = {.tv_sec = timeout_s};
	int fd, err;

	if (strlen(path) >= sizeof to.sun_path)
		return -ENAMETOOLONG;
	strcpy(to.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	// Connecting waits while the relay's backlog is full, and this is its only limit.
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	if (!connect(fd, (struct sockaddr *)&to, sizeof to))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int exit_of_door(const char *path, int err)
{
	if (err == EACCES || err == EPERM) {
		ctl_complain("%s may not be opened: it wants root or the group of control.group",
			     path);
		return CTL_DENIED;
	}
	ctl_complain("no relay answers at %s: %s; is turnpiked running?", path, strerror(err));
	return CTL_UNREACHABLE;
}

static int relay_connect(const struct ctl *c, int *fd)
{
	const char *path = c->socket ? c->socket : CTL_SOCKET;

	*fd = door_open(path, c->timeout_s);
	if (!c->socket && (*fd == -EACCES || *fd == -EPERM)) {
		path = CTL_READ_SOCKET;
		*fd = door_open(path, c->timeout_s);
	}
	return *fd < 0 ? exit_of_door(path, -*fd) : CTL_DONE;
}

static int request_send(int fd, const char *method, const json_t *params)
{
	char *line = api_request_encode(method, params, REQUEST_ID);
	size_t len = line ? strlen(line) : 0, at = 0;

	while (at < len) {
		ssize_t n = send(fd, line + at, len - at, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			break;
		at += n > 0 ? (size_t)n : 0;
	}
	free(line);
	if (line && at == len)
		return CTL_DONE;
	ctl_complain("cannot send the request: %s", strerror(line ? errno : ENOMEM));
	return CTL_UNREACHABLE;
}

static int reader_grow(struct reader *r)
{
	size_t cap = r->cap ? r->cap * 2 : 65536;
	char *bytes = cap <= CTL_REPLY_MAX ? realloc(r->bytes, cap) : NULL;

	if (!bytes) {
		ctl_complain("the relay's answer is longer than %u bytes", CTL_REPLY_MAX);
		return CTL_FAILED;
	}
	r->bytes = bytes;
	r->cap = cap;
	return CTL_DONE;
}

static int reader_more(struct reader *r)
{
	struct pollfd p[] = {{.fd = r->fd, .events = POLLIN},
			     {.fd = r->stop_fd ? r->stop_fd : -1, .events = POLLIN}};
	int64_t left_ms = r->due_ms == INT64_MAX ? -1 : r->due_ms - clock_ms();
	ssize_t n = -1;

	if (r->len == r->cap && reader_grow(r))
		return CTL_FAILED;
	if ((left_ms <= 0 && r->due_ms != INT64_MAX) || poll(p, 2, (int)left_ms) == 0) {
		ctl_complain("the relay did not answer within %u s", r->timeout_s);
		return CTL_UNREACHABLE;
	}
	if (p[1].revents) {
		r->stopped = true;
		return CTL_DONE;
	}
	n = recv(r->fd, r->bytes + r->len, r->cap - r->len, MSG_DONTWAIT);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return CTL_DONE;
	if (n <= 0) {
		ctl_complain("the relay hung up before it had answered");
		return CTL_UNREACHABLE;
	}
	r->len += (size_t)n;
	return CTL_DONE;
}

// Waits for a line; its bytes stay until the next call. The newline is taken off.
static int reader_line(struct reader *r, const char **line, size_t *len)
{
	size_t start = r->seen;
	char *end = NULL;

	while (!(end = r->len > r->seen ? memchr(r->bytes + r->seen, '\n', r->len - r->seen)
					: NULL)) {
		int code;

		r->seen = r->len;
		code = reader_more(r);
		if (code || r->stopped)
			return code ? code : CTL_FAILED;
	}
	*line = r->bytes + start;
	*len = (size_t)(end - *line);
	r->seen = (size_t)(end - r->bytes) + 1;
	return CTL_DONE;
}

// All that stands against it, a line each.
static void reasons_print(const json_t *reasons)
{
	size_t i;
	const json_t *at;

	json_array_foreach(reasons, i, at) {
		const char *key = json_string_value(json_object_get(at, "key"));
		const char *text = json_string_value(json_object_get(at, "text"));
		json_int_t line = json_integer_value(json_object_get(at, "line"));
		char place[32] = "";

		if (line)
			snprintf(place, sizeof place, "line %lld: ", (long long)line);
		ctl_complain("%s%s%s%s", place, key ? key : "", key && *key ? ": " : "",
			     text ? text : "?");
	}
}

static int exit_of_error(const json_t *error)
{
	const char *text = json_string_value(json_object_get(error, "message"));
	const char *field =
		json_string_value(json_object_get(json_object_get(error, "data"), "field"));
	json_int_t code = json_integer_value(json_object_get(error, "code"));

	ctl_complain("%s%s%s", field && *field ? field : "", field && *field ? ": " : "",
		     text ? text : "the relay refused without a reason");
	reasons_print(json_object_get(json_object_get(error, "data"), "reasons"));
	switch (code) {
	case API_DENIED:
		return CTL_DENIED;
	case API_NOT_FOUND:
		return CTL_NOT_FOUND;
	case API_PARAMS:
		return CTL_USAGE;
	default:
		return CTL_FAILED;
	}
}

static int reply_decode(const json_t *reply, json_t **result)
{
	const json_t *id = json_object_get(reply, "id"), *error = json_object_get(reply, "error");
	json_t *value = json_object_get(reply, "result");

	// What could not be read has no id that could be repeated.
	if (json_is_object(error) && (json_is_null(id) || json_integer_value(id) == REQUEST_ID))
		return exit_of_error(error);
	if (!json_is_integer(id) || json_integer_value(id) != REQUEST_ID) {
		ctl_complain("the relay answered another request than ours");
		return CTL_FAILED;
	}
	if (!json_is_object(value)) {
		ctl_complain("the relay's answer holds neither result nor error");
		return CTL_FAILED;
	}
	*result = json_incref(value);
	return CTL_DONE;
}

static int reply_read(struct reader *r, json_t **result)
{
	const char *line;
	size_t len;
	json_t *reply;
	int code;

	for (;;) {
		code = reader_line(r, &line, &len);
		if (code)
			return code;
		reply = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		if (!json_is_object(reply)) {
			ctl_complain("the relay's answer is not JSON-RPC");
			json_decref(reply);
			return CTL_FAILED;
		}
		if (!json_object_get(reply, "method")) // else an event, meant for subscribers
			break;
		json_decref(reply);
	}
	code = reply_decode(reply, result);
	json_decref(reply);
	return code;
}

int client_call(const struct ctl *c, const char *method, const json_t *params, json_t **result)
{
	struct reader r = {.due_ms = clock_ms() + (int64_t)c->timeout_s * 1000,
			   .timeout_s = c->timeout_s};
	int code = relay_connect(c, &r.fd);

	if (code)
		return code;
	code = request_send(r.fd, method, params);
	if (!code)
		code = reply_read(&r, result);
	free(r.bytes);
	close(r.fd);
	return code;
}

// Forgets what was read: a stream has no end.
static void reader_compact(struct reader *r)
{
	memmove(r->bytes, r->bytes + r->seen, r->len - r->seen);
	r->len -= r->seen;
	r->seen = 0;
}

static int tail_read(struct reader *r, const struct client_tail *tail)
{
	const char *line;
	size_t len;
	bool more = true;

	for (;;) {
		json_t *message;
		int code;

		reader_compact(r);
		code = reader_line(r, &line, &len);
		if (code)
			return code;
		message = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
		if (json_object_get(message, "method"))
			more = tail->event(tail->ctx, json_object_get(message, "params"));
		json_decref(message);
		if (!more)
			return CTL_DONE;
	}
}

int client_follow(const struct ctl *c, const char *method, const json_t *params,
		  const struct client_tail *tail)
{
	struct reader r = {.due_ms = clock_ms() + (int64_t)c->timeout_s * 1000,
			   .timeout_s = c->timeout_s,
			   .stop_fd = tail->stop_fd};
	json_t *result = NULL;
	int code = relay_connect(c, &r.fd);

	if (code)
		return code;
	code = request_send(r.fd, method, params);
	if (!code)
		code = reply_read(&r, &result);
	json_decref(result);
	r.due_ms = INT64_MAX;
	if (!code)
		code = tail_read(&r, tail);
	free(r.bytes);
	close(r.fd);
	return r.stopped ? CTL_DONE : code;
}

int client_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const struct ctl_command *command = c->command;

	return command->fetch ? command->fetch(c, params, result)
			      : client_call(c, command->method, params, result);
}
