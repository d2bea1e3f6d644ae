// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/api.h"
#include "config/limits.h"
#include "host/private.h"

// Everything that ends a connection goes through here, so that a caller of host_conn_send keeps a
// pointer that lives: the closing itself is done by the loop, when no one is inside.
void host_conn_break(struct host_conn *c)
{
	c->broken = true;
	shutdown(c->fd, SHUT_RDWR);
	host_watch_change(c->watch, true, true);
}

static size_t unsent(const struct host_conn *c)
{
	return host_buffer_len(&c->out);
}

size_t host_conn_unsent(const struct host_conn *c)
{
	return unsent(c);
}

// Lines that wait for room count as well as bytes: the kernel calls a socket full at a quarter of its
// buffer, when it still takes what we send.
static void stall_watch(struct host_conn *c, bool waits, bool moved)
{
	if (!waits)
		ev_timer_stop(c->socket->loop->ev, &c->stall);
	else if (moved || !ev_is_active(&c->stall))
		ev_timer_again(c->socket->loop->ev, &c->stall);
}

static void on_stall(struct ev_loop *ev, struct ev_timer *t, int events)
{
	(void)ev;
	(void)events;
	host_conn_close(t->data);
}

// Bytes that the peer's socket took; -1: it is gone.
static ssize_t bytes_send(const struct host_conn *c, const char *bytes, size_t len)
{
	ssize_t n = send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);

	return n < 0 && (errno == EAGAIN || errno == EINTR || errno == ENOBUFS) ? 0 : n;
}

static void conn_flush(struct host_conn *c)
{
	ssize_t n = unsent(c) ? bytes_send(c, c->out.bytes + c->out.start, unsent(c)) : 0;

	if (n < 0)
		host_conn_break(c);
	if (n <= 0)
		return;
	c->active = c->socket->loop->pass;
	host_buffer_drop(&c->out, (size_t)n);
}

int host_conn_send(struct host_conn *c, const char *bytes, size_t len)
{
	ssize_t n = 0;
	char *room;

	if (!c->broken && !unsent(c))
		n = bytes_send(c, bytes, len);
	if (c->broken || (n >= 0 && (size_t)n == len))
		return c->broken ? -ENOBUFS : 0;
	room = n < 0 ? NULL : host_buffer_room(&c->out, len - (size_t)n, HOST_BACKLOG_MAX);
	if (!room) {
		host_conn_break(c);
		return -ENOBUFS;
	}
	memcpy(room, bytes + n, len - (size_t)n);
	c->out.end += len - (size_t)n;
	host_conn_held(c);
	if (c->broken)
		return -ENOBUFS;
	stall_watch(c, true, false);
	host_watch_change(c->watch, !c->ended && unsent(c) < HOST_PAUSE, true);
	return 0;
}

static void conn_read(struct host_conn *c)
{
	size_t len = host_buffer_len(&c->in);
	size_t want =
		HOST_LINE_MAX + 1 - len < HOST_READ_MAX ? HOST_LINE_MAX + 1 - len : HOST_READ_MAX;
	char *room = host_buffer_room(&c->in, want, HOST_LINE_MAX + 1);
	ssize_t n = room ? recv(c->fd, room, want, MSG_DONTWAIT) : -1;

	if (n > 0)
		c->in.end += (size_t)n;
	else if (n == 0)
		c->ended = true;
	else if (!room || (errno != EAGAIN && errno != EINTR))
		host_conn_break(c);
}

// The next whole line's length, newline left out; -1: there is none yet.
static ssize_t line_find(struct host_conn *c)
{
	size_t len = host_buffer_len(&c->in);
	const char *start = c->in.bytes + c->in.start;
	const char *end = len > c->seen ? memchr(start + c->seen, '\n', len - c->seen) : NULL;

	if (!end)
		c->seen = len;
	return end ? end - start : -1;
}

static bool line_waits(struct host_conn *c)
{
	return line_find(c) >= 0;
}

static void conn_lines(struct host_conn *c)
{
	for (unsigned i = 0; i < HOST_LINES_MAX && !c->broken && unsent(c) < HOST_PAUSE; i++) {
		ssize_t len = line_find(c);

		if (len < 0 || (i && host_turn_over(c)))
			return;
		c->asked = true;
		c->active = c->socket->loop->pass;
		c->socket->ops.line(c->socket->ctx, c, c->in.bytes + c->in.start, (size_t)len);
		host_buffer_drop(&c->in, (size_t)len + 1);
		c->seen = 0;
	}
}

static void line_too_long(struct host_conn *c)
{
	struct api_error e = {.code = API_INVALID,
			      .text = "a line ought to be 1048576 bytes at most"};
	char *line = api_error_encode(NULL, &e);

	_Static_assert(HOST_LINE_MAX == 1048576, "the text above says so");
	host_buffer_free(&c->in);
	c->seen = 0;
	c->ended = true;
	if (line)
		host_conn_send(c, line, strlen(line));
	free(line);
}

static void conn_turn(struct host_conn *c, bool read, bool write)
{
	struct host_loop *l = c->socket->loop;
	bool more;

	if (!c->broken)
		conn_flush(c);
	if (!c->broken && read && !c->ended && !line_waits(c))
		conn_read(c);
	if (!c->broken)
		conn_lines(c);
	if (!c->broken && host_buffer_len(&c->in) > HOST_LINE_MAX && !line_waits(c))
		line_too_long(c);
	if (!c->broken)
		host_conn_held(c);
	host_turn_end(l);
	more = !c->broken && line_waits(c);
	if (c->broken || (c->ended && !more && !unsent(c))) {
		host_conn_close(c);
		return;
	}
	stall_watch(c, more || unsent(c), write);
	// With lines at hand the loop comes back as soon as there is room for answers.
	host_watch_change(c->watch, !c->ended && !more && unsent(c) < HOST_PAUSE,
			  more || unsent(c));
}

static void on_ready(void *ctx, bool read, bool write)
{
	struct host_conn *c = ctx;

	if (!c->broken && !host_turn_take(c))
		return;
	conn_turn(c, read, write);
}

void host_conn_open(struct host_socket *s, int fd)
{
	struct host_conn *c = calloc(1, sizeof *c);

	if (!c || !host_peer_read(&c->peer, fd, s))
		goto out;
	c->fd = fd;
	c->socket = s;
	c->active = s->loop->pass;
	c->opened_ms = host_now_ms();
	c->watch = host_watch_fd(s->loop, fd, true, false, on_ready, c);
	if (!c->watch)
		goto out;
	ev_timer_init(&c->stall, on_stall, 0, s->stall_s);
	c->stall.data = c;
	c->next = s->conns;
	c->link = &s->conns;
	if (c->next)
		c->next->link = &c->next;
	s->conns = c;
	s->conn_count++;
	return;
out:
	free(c);
	close(fd);
}

void host_conn_close(struct host_conn *c)
{
	c->socket->ops.closed(c->socket->ctx, c);
	ev_timer_stop(c->socket->loop->ev, &c->stall);
	host_watch_free(c->watch);
	close(c->fd);
	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	c->socket->conn_count--;
	c->socket->held -= c->held;
	host_buffer_free(&c->in);
	host_buffer_free(&c->out);
	free(c);
}

void host_conn_recheck(struct host_conn *c)
{
	if (!host_peer_read(&c->peer, c->fd, c->socket))
		c->peer.may_change = false;
}

const struct host_peer *host_conn_peer(const struct host_conn *c)
{
	return &c->peer;
}
