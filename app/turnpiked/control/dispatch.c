// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/token.h"

// The control socket: a line in, the request's row, a line out.

struct dispatch_state {
	struct host_socket *full;
	struct host_socket *read;
	struct host_conn *conn; // whose request is being handled
};

struct host_conn *dispatch_conn(const struct node *n)
{
	return n->dispatch->conn;
}

static const struct module_request *row_find(const char *method)
{
	for (const struct module *const *m = modules; *m; m++)
		for (const struct module_request *r = (*m)->requests; r && r->method; r++)
			if (!strcmp(r->method, method))
				return r;
	return NULL;
}

// A token gives nothing that the connection does not have; it may take away.
static enum api_code token_narrows(struct node *n, const struct api_request *rq,
				   struct api_error *error)
{
	struct token t;
	enum token_error why = token_check(n, json_string_value(rq->token), &t);

	if (!why && t.rights < (rq->method->right == API_CHANGE ? TOKEN_CHANGE : TOKEN_SHOW))
		why = token_refuse(n, TOKEN_LACKS_GRANT, &t);
	return why ? token_error_tell(why, error) : API_OK;
}

static enum api_code row_run(struct node *n, const struct host_peer *peer,
			     const struct api_request *rq, json_t **result, struct api_error *error)
{
	const struct module_request *row = row_find(rq->method->name);

	if (rq->method->right == API_CHANGE && !peer->may_change)
		return api_refuse(error, API_DENIED, "",
				  "%s changes the relay: it wants the full control socket, as root "
				  "or group %s",
				  rq->method->name, n->settings.control.group);
	if (rq->token && token_narrows(n, rq, error))
		return error->code;
	if (!row)
		return api_refuse(error, API_NO_METHOD, "", "%s is not served by this relay",
				  rq->method->name);
	return error->code = row->handle(n, rq, result, error);
}

static void answer(struct host_conn *c, char *line)
{
	if (line)
		host_conn_send(c, line, strlen(line));
	free(line);
}

static void on_line(void *ctx, struct host_conn *c, const char *line, size_t len)
{
	struct node *n = ctx;
	struct api_request rq = {0};
	struct api_error error = {0};
	json_t *result = NULL;
	enum api_code code = api_request_decode(&rq, line, len, &error);

	n->dispatch->conn = c;
	host_log_trace(rq.trace);
	if (!code)
		code = row_run(n, host_conn_peer(c), &rq, &result, &error);
	// Before the answer: who has that may look for this.
	if (rq.trace[0])
		host_log(LOG_LEVEL_INFO, "request", "method", rq.method ? rq.method->name : "?",
			 "code", host_text("%d", code), NULL);
	if (!code && !result)
		result = json_object();
	if (!code && rq.id)
		answer(c, api_result_encode(rq.id, result));
	else if (code && (rq.id || code == API_PARSE || code == API_INVALID))
		answer(c, api_error_encode(rq.id, &error));
	host_log_trace("");
	json_decref(result);
	json_decref(error.reasons);
	api_request_release(&rq);
}

static void on_closed(void *ctx, struct host_conn *c)
{
	events_forget(ctx, c);
}

static const struct host_socket_ops socket_ops = {.line = on_line, .closed = on_closed};

static struct host_socket *door_open(struct node *n, const char *path, bool full)
{
	struct host_socket *s;

	if (!path || !path[0])
		return NULL;
	s = host_socket_open(n->loop, path, n->settings.control.group, full, &socket_ops, n);
	if (!s)
		host_log(LOG_LEVEL_ERROR, "socket_failed", "path", path, "key",
			 full ? "control.socket" : "control.read_socket", "error", strerror(errno),
			 NULL);
	return s;
}

static int dispatch_open(struct node *n)
{
	const char *read_path = n->settings.control.read_socket;
	struct dispatch_state *d = calloc(1, sizeof *d);

	if (!d)
		return -ENOMEM;
	n->dispatch = d;
	d->full = door_open(n, n->settings.control.socket, true);
	d->read = door_open(n, read_path, false);
	if (d->full && (d->read || !read_path || !read_path[0]))
		return 0;
	return errno ? -errno : -EIO;
}

static void dispatch_close(struct node *n)
{
	struct dispatch_state *d = n->dispatch;

	if (!d)
		return;
	if (d->full)
		host_socket_close(d->full);
	if (d->read)
		host_socket_close(d->read);
	free(d);
	n->dispatch = NULL;
}

struct metric_page *dispatch_metrics(struct node *n)
{
	struct metric_page *page = metric_page_new();

	for (const struct module *const *m = modules; page && *m; m++)
		if ((*m)->metrics)
			(*m)->metrics(n, page);
	return page;
}

static enum api_code describe(struct node *n, const struct api_request *rq, json_t **result,
			      struct api_error *error)
{
	(void)n;
	(void)rq;
	(void)error;
	*result = api_describe();
	return API_OK;
}

static const struct module_request requests[] = {{"api.describe", describe}, {0}};

static void dispatch_reload_done(struct node *n, bool taken)
{
	if (taken && n->dispatch->full)
		host_socket_group(n->dispatch->full, n->settings.control.group);
}

const struct module dispatch_module = {
	.name = "dispatch",
	.open = dispatch_open,
	.close = dispatch_close,
	.reload_done = dispatch_reload_done,
	.requests = requests,
};
