// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config.h"
#include "control/drain.h"
#include "control/whip.h"

// The management address: metrics and health (SURFACE.md), and the door of voice rooms.

struct http_state {
	struct host_http *http; // NULL: none wanted
	// Made ready by a reload: the new door is open before the old one closes.
	struct host_http *fresh;
	bool changes;
	struct whip_guard guard;
};

static void reply_text(struct host_http_reply *rp, unsigned status, const char *text)
{
	rp->status = status;
	rp->content_type = "text/plain; charset=utf-8";
	rp->body = strdup(text);
	rp->len = rp->body ? strlen(text) : 0;
}

static void reply_metrics(struct node *n, const struct host_http_request *rq,
			  struct host_http_reply *rp)
{
	enum metric_format format = metric_format_choose(rq->accept);
	struct metric_page *page = dispatch_metrics(n);

	if (!page || metric_render(page, format, &rp->body, &rp->len)) {
		reply_text(rp, 500, "out of memory\n");
	} else {
		rp->status = 200;
		rp->content_type = metric_content_type(format);
	}
	metric_page_free(page);
}

static bool all_up(const struct node *n)
{
	for (unsigned i = 0; i < n->port_count; i++)
		if (!n->ports[i].up)
			return false;
	return true;
}

static void reply_ready(struct node *n, struct host_http_reply *rp)
{
	if (n->draining)
		reply_text(rp, 503, drain_text(n));
	else if (!all_up(n))
		reply_text(rp, 503, "a port's link is down\n");
	else
		reply_text(rp, 200, "ready\n");
}

static void on_request(void *ctx, const struct host_http_request *rq, struct host_http_reply *rp)
{
	struct node *n = ctx;
	bool get = !strcmp(rq->method, "GET") || !strcmp(rq->method, "HEAD");

	if (!strncmp(rq->path, "/whip/", 6))
		whip_request(n, &n->http->guard, rq, rp);
	else if (!strcmp(rq->path, "/metrics") && get)
		reply_metrics(n, rq, rp);
	else if (!strcmp(rq->path, "/healthz") && get)
		reply_text(rp, 200, "ok\n");
	else if (!strcmp(rq->path, "/readyz") && get)
		reply_ready(n, rp);
	else if (!strcmp(rq->path, "/metrics") || !strcmp(rq->path, "/healthz") ||
		 !strcmp(rq->path, "/readyz"))
		reply_text(rp, 405, "only GET\n");
	else
		reply_text(rp, 404, "there are /metrics, /healthz, /readyz, /whip/ROOM\n");
}

static int http_open(struct node *n)
{
	const char *listen = n->settings.http.listen;

	n->http = calloc(1, sizeof *n->http);
	if (!n->http)
		return -ENOMEM;
	if (!listen || !listen[0])
		return 0;
	n->http->http = host_http_open(n->loop, listen, on_request, n);
	if (n->http->http)
		return 0;
	host_log(LOG_LEVEL_ERROR, "http_failed", "key", "http.listen", "listen", listen, "error",
		 strerror(errno), NULL);
	return errno ? -errno : -EIO;
}

static void http_close(struct node *n)
{
	if (n->http && n->http->http)
		host_http_close(n->http->http);
	free(n->http);
	n->http = NULL;
}

static void http_reload_prepare(struct node *n, const struct settings *fresh,
				struct config_refusals *refusals)
{
	const char *listen = fresh->http.listen;

	n->http->changes = strcmp(listen, n->settings.http.listen) != 0;
	if (!n->http->changes || !listen[0])
		return;
	n->http->fresh = host_http_open(n->loop, listen, on_request, n);
	if (!n->http->fresh)
		config_refuse(refusals, "http.listen", "`%s` cannot be opened: %s", listen,
			      strerror(errno));
}

static void http_reload_done(struct node *n, bool taken)
{
	struct http_state *h = n->http;
	struct host_http *over = taken && h->changes ? h->http : h->fresh;

	if (taken && h->changes)
		h->http = h->fresh;
	h->fresh = NULL;
	h->changes = false;
	if (over)
		host_http_close(over);
}

const struct module http_module = {
	.name = "http",
	.open = http_open,
	.close = http_close,
	.reload_prepare = http_reload_prepare,
	.reload_done = http_reload_done,
};
