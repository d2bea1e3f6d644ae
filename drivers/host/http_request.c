// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "config/limits.h"
#include "host/http.h"

struct http_body {
	struct host_buffer buffer;
	bool refused; // answered without being read
};

struct http_clock {
	struct ev_timer timer; // first
	int fd;
	struct host_loop *loop;
};

static void on_late(struct ev_loop *ev, struct ev_timer *t, int events)
{
	(void)ev;
	(void)events;
	shutdown(((struct http_clock *)t)->fd, SHUT_RDWR);
}

static struct http_clock *clock_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

static void clock_start(struct host_http *h, struct MHD_Connection *c, void **state)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct http_clock *clock = info ? calloc(1, sizeof *clock) : NULL;

	if (!clock)
		return;
	clock->fd = info->connect_fd;
	clock->loop = h->loop;
	ev_timer_init(&clock->timer, on_late, 0, h->wait_s);
	ev_timer_again(h->loop->ev, &clock->timer);
	*state = clock;
}

void http_connection(void *ctx, struct MHD_Connection *c, void **state,
		     enum MHD_ConnectionNotificationCode what)
{
	struct host_http *h = ctx;
	struct http_clock *clock = *state;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		h->conns++;
		clock_start(h, c, state);
		return;
	}
	h->reopen |= h->conns-- == HOST_HTTP_CONNS_MAX;
	if (clock) {
		ev_timer_stop(clock->loop->ev, &clock->timer);
		free(clock);
		*state = NULL;
	}
}

void http_completed(void *ctx, struct MHD_Connection *c, void **state,
		    enum MHD_RequestTerminationCode why)
{
	struct http_body *body = *state;
	struct http_clock *clock = clock_of(c);

	(void)ctx;
	(void)why;
	if (clock)
		ev_timer_again(clock->loop->ev, &clock->timer);
	if (body)
		host_buffer_free(&body->buffer);
	free(body);
	*state = NULL;
}

static const char *header(struct MHD_Connection *c, const char *name)
{
	return MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
}

static const struct sockaddr *client_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	return info ? info->client_addr : NULL;
}

void host_http_field(struct host_http_reply *rp, const char *name, const char *format, ...)
{
	struct host_http_field *f = &rp->fields[rp->field_count];
	va_list args;
	int len;

	if (rp->field_count == HOST_HTTP_FIELDS_MAX)
		return;
	va_start(args, format);
	len = vsnprintf(f->value, sizeof f->value, format, args);
	va_end(args);
	f->name = name;
	rp->field_count += len >= 0 && len < (int)sizeof f->value;
}

static enum MHD_Result reply(struct MHD_Connection *c, struct host_http_reply *rp)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(rp->body ? rp->len : 0, rp->body,
								 MHD_RESPMEM_MUST_FREE);
	enum MHD_Result result;

	if (!r) {
		free(rp->body);
		return MHD_NO;
	}
	if (rp->content_type)
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, rp->content_type);
	for (unsigned i = 0; i < rp->field_count; i++)
		MHD_add_response_header(r, rp->fields[i].name, rp->fields[i].value);
	result = MHD_queue_response(c, rp->status, r);
	MHD_destroy_response(r);
	return result;
}

static enum MHD_Result refuse(struct MHD_Connection *c, unsigned status, const char *text)
{
	struct host_http_reply rp = {
		.status = status,
		.content_type = "text/plain; charset=utf-8",
		.body = strdup(text),
		.len = strlen(text),
	};

	return reply(c, &rp);
}

static enum MHD_Result begin(struct MHD_Connection *c, void **state)
{
	const char *length = header(c, MHD_HTTP_HEADER_CONTENT_LENGTH);
	struct http_body *body = calloc(1, sizeof *body);

	if (!body)
		return MHD_NO;
	*state = body;
	if (!length || strtoull(length, NULL, 10) <= HOST_HTTP_BODY_MAX)
		return MHD_YES;
	body->refused = true;
	return refuse(c, MHD_HTTP_CONTENT_TOO_LARGE, "the body is too large\n");
}

// A body of no announced length that grows too large ends the connection: the library answers only
// before a body or behind it.
static enum MHD_Result collect(struct http_body *body, const char *bytes, size_t *len)
{
	char *room =
		body->refused ? NULL : host_buffer_room(&body->buffer, *len, HOST_HTTP_BODY_MAX);

	if (!room)
		return MHD_NO;
	memcpy(room, bytes, *len);
	body->buffer.end += *len;
	*len = 0;
	return MHD_YES;
}

enum MHD_Result http_request(void *ctx, struct MHD_Connection *c, const char *url,
			     const char *method, const char *version, const char *bytes,
			     size_t *len, void **state)
{
	struct host_http *h = ctx;
	struct http_body *body = *state;
	struct host_http_reply rp = {.status = MHD_HTTP_INTERNAL_SERVER_ERROR};
	struct host_http_request rq = {.method = method, .path = url};

	(void)version;
	if (!body)
		return begin(c, state);
	if (*len)
		return collect(body, bytes, len);
	rq.accept = header(c, MHD_HTTP_HEADER_ACCEPT);
	rq.authorization = header(c, MHD_HTTP_HEADER_AUTHORIZATION);
	rq.content_type = header(c, MHD_HTTP_HEADER_CONTENT_TYPE);
	rq.if_match = header(c, MHD_HTTP_HEADER_IF_MATCH);
	rq.origin = header(c, MHD_HTTP_HEADER_ORIGIN);
	rq.from = client_of(c);
	rq.body = body->buffer.bytes ? body->buffer.bytes : "";
	rq.body_len = host_buffer_len(&body->buffer);
	h->handle(h->ctx, &rq, &rp);
	return reply(c, &rp);
}
