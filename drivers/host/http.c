// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/http.h"
#include "net/net.h"

static size_t address_fill(struct sockaddr_storage *out, const struct net_endpoint *e)
{
	struct sockaddr_in *in = (struct sockaddr_in *)out;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)out;

	memset(out, 0, sizeof *out);
	if (net_addr_is4(&e->addr)) {
		in->sin_family = AF_INET;
		in->sin_port = htons(e->port);
		memcpy(&in->sin_addr, &e->addr.w[3], 4);
		return sizeof *in;
	}
	in6->sin6_family = AF_INET6;
	in6->sin6_port = htons(e->port);
	memcpy(&in6->sin6_addr, e->addr.b, 16);
	return sizeof *in6;
}

// A listening socket of our own: the library would not say why it could not make one.
static int door_open(const struct net_endpoint *e)
{
	struct sockaddr_storage at;
	size_t len = address_fill(&at, e);
	int fd = socket(at.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int on = 1, err;

	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (at.ss_family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
	if (!bind(fd, (struct sockaddr *)&at, (socklen_t)len) && !listen(fd, SOMAXCONN))
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static void http_round(struct host_http *h)
{
	struct ev_loop *ev = h->loop->ev;
	MHD_UNSIGNED_LONG_LONG wait_ms;

	do {
		h->reopen = false;
		MHD_run(h->daemon);
	} while (h->reopen);
	if (MHD_get_timeout(h->daemon, &wait_ms) != MHD_YES) {
		ev_timer_stop(ev, &h->timer);
		return;
	}
	h->timer.repeat = wait_ms ? (double)wait_ms / 1000 : 1e-6;
	ev_timer_again(ev, &h->timer);
}

static void on_timer(struct ev_loop *ev, struct ev_timer *t, int events)
{
	struct host_http *h = t->data;

	(void)ev;
	(void)events;
	h->loop->handled++;
	http_round(h);
}

static void on_ready(void *ctx, bool read, bool write)
{
	(void)read;
	(void)write;
	http_round(ctx);
}

static int daemon_start(struct host_http *h)
{
	const union MHD_DaemonInfo *info;

	h->daemon =
		MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, http_request, h,
				 MHD_OPTION_LISTEN_SOCKET, h->fd, MHD_OPTION_CONNECTION_LIMIT,
				 (unsigned)HOST_HTTP_CONNS_MAX, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				 (size_t)HOST_HTTP_MEMORY, MHD_OPTION_CONNECTION_TIMEOUT,
				 (unsigned)HOST_HTTP_WAIT_S, MHD_OPTION_NOTIFY_COMPLETED,
				 http_completed, h, MHD_OPTION_NOTIFY_CONNECTION, http_connection,
				 h, MHD_OPTION_END);
	if (!h->daemon)
		return -EIO;
	h->fd = -1; // the daemon's now
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	h->watch = info ? host_watch_fd(h->loop, info->epoll_fd, true, false, on_ready, h) : NULL;
	return h->watch ? 0 : -ENOMEM;
}

struct host_http *host_http_open(struct host_loop *l, const char *listen, host_http_handler *handle,
				 void *ctx)
{
	struct host_http *h = calloc(1, sizeof *h);
	struct net_endpoint e;
	int err;

	if (!h)
		return NULL;
	h->loop = l;
	h->handle = handle;
	h->ctx = ctx;
	h->fd = -1;
	h->wait_s = HOST_HTTP_WAIT_S;
	ev_timer_init(&h->timer, on_timer, 0, 1);
	h->timer.data = h;
	err = net_endpoint_parse(&e, listen);
	if (!err) {
		h->fd = door_open(&e);
		err = h->fd < 0 ? h->fd : daemon_start(h);
	}
	if (!err)
		return h;
	host_http_close(h);
	errno = -err;
	return NULL;
}

void host_http_close(struct host_http *h)
{
	ev_timer_stop(h->loop->ev, &h->timer);
	if (h->watch)
		host_watch_free(h->watch);
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	if (h->fd >= 0)
		close(h->fd);
	free(h);
}
