// SPDX-License-Identifier: Apache-2.0
#include "config/limits.h"
#include "host/private.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/timerfd.h>
#include <unistd.h>

struct host_watch {
	struct ev_io io; // first: libev hands it back
	struct host_loop *loop;
	void (*ready)(void *ctx, bool read, bool write);
	void *ctx;
};

struct host_signal {
	struct ev_signal signal; // first
	struct host_loop *loop;
	struct host_signal *next;
	void (*fire)(void *ctx, int signal);
	void *ctx;
};

static void on_alarm(struct ev_loop *ev, struct ev_io *io, int events)
{
	struct host_loop *l = io->data;
	uint64_t times;

	(void)ev;
	(void)events;
	if (read(io->fd, &times, sizeof times) == sizeof times)
		l->armed = false;
}

// Descriptors for all the connections that the bounds allow, where the hard limit lets us.
static void files_allow(void)
{
	struct rlimit files;
	rlim_t want = 2 * HOST_CONNS_MAX + HOST_HTTP_CONNS_MAX + 512;

	if (getrlimit(RLIMIT_NOFILE, &files) || files.rlim_cur >= want)
		return;
	files.rlim_cur = want < files.rlim_max ? want : files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
}

struct host_loop *host_loop_new(void)
{
	struct host_loop *l = calloc(1, sizeof *l);
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

	if (l)
		l->ev = ev_loop_new(EVBACKEND_EPOLL | EVFLAG_NOENV);
	if (!l || !l->ev || fd < 0) {
		if (fd >= 0)
			close(fd);
		if (l && l->ev)
			ev_loop_destroy(l->ev);
		free(l);
		return NULL;
	}
	files_allow();
	// Whoever reads our log or answers may leave at any time; that is an error code, not our end.
	signal(SIGPIPE, SIG_IGN);
	ev_io_init(&l->alarm, on_alarm, fd, EV_READ);
	l->alarm.data = l;
	ev_io_start(l->ev, &l->alarm);
	return l;
}

void host_loop_free(struct host_loop *l)
{
	while (l->signals) {
		struct host_signal *s = l->signals;

		l->signals = s->next;
		ev_signal_stop(l->ev, &s->signal);
		free(s);
	}
	ev_io_stop(l->ev, &l->alarm);
	close(l->alarm.fd);
	ev_loop_destroy(l->ev);
	free(l);
}

static void alarm_set(struct host_loop *l, unsigned wait_us)
{
	struct itimerspec at = {.it_value = {wait_us / 1000000, (long)(wait_us % 1000000) * 1000}};

	l->armed = !timerfd_settime(l->alarm.fd, 0, &at, NULL);
}

unsigned host_loop_run(struct host_loop *l, unsigned wait_us)
{
	l->handled = 0;
	host_turns_begin(l);
	if (wait_us)
		alarm_set(l, wait_us);
	ev_run(l->ev, wait_us && l->armed ? EVRUN_ONCE : EVRUN_NOWAIT);
	host_log_flush();
	return l->handled;
}

static int events_of(bool read, bool write)
{
	return (read ? EV_READ : 0) | (write ? EV_WRITE : 0);
}

static void on_ready(struct ev_loop *ev, struct ev_io *io, int events)
{
	struct host_watch *w = (struct host_watch *)io;

	(void)ev;
	w->loop->handled++;
	w->ready(w->ctx, events & EV_READ, events & EV_WRITE);
}

struct host_watch *host_watch_fd(struct host_loop *l, int fd, bool read, bool write,
				 void (*ready)(void *ctx, bool read, bool write), void *ctx)
{
	struct host_watch *w = calloc(1, sizeof *w);

	if (!w)
		return NULL;
	w->loop = l;
	w->ready = ready;
	w->ctx = ctx;
	ev_io_init(&w->io, on_ready, fd, events_of(read, write));
	if (read || write)
		ev_io_start(l->ev, &w->io);
	return w;
}

void host_watch_change(struct host_watch *w, bool read, bool write)
{
	int events = events_of(read, write);

	if (ev_is_active(&w->io) && (w->io.events & (EV_READ | EV_WRITE)) == events)
		return;
	ev_io_stop(w->loop->ev, &w->io);
	ev_io_modify(&w->io, events);
	if (events)
		ev_io_start(w->loop->ev, &w->io);
}

void host_watch_free(struct host_watch *w)
{
	ev_io_stop(w->loop->ev, &w->io);
	free(w);
}

static void on_signal(struct ev_loop *ev, struct ev_signal *signal, int events)
{
	struct host_signal *s = (struct host_signal *)signal;

	(void)ev;
	(void)events;
	s->loop->handled++;
	s->fire(s->ctx, signal->signum);
}

int host_watch_signal(struct host_loop *l, int signal, void (*fire)(void *ctx, int signal),
		      void *ctx)
{
	struct host_signal *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	s->loop = l;
	s->fire = fire;
	s->ctx = ctx;
	s->next = l->signals;
	l->signals = s;
	ev_signal_init(&s->signal, on_signal, signal);
	ev_signal_start(l->ev, &s->signal);
	return 0;
}
