// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/private.h"

#define ACCEPTS 64 // a round; the rest comes with the next
#define PAUSE_S 0.1 // when the process has no file descriptor left
#define FULL_S 0.01 // when all connections are new ones, and have their time to ask

static void on_pause_over(struct ev_loop *ev, struct ev_timer *t, int events)
{
	struct host_socket *s = t->data;

	(void)ev;
	(void)events;
	host_watch_change(s->watch, true, false);
}

// The peer stays in the queue and keeps the socket readable: without a rest the loop would spin.
static void accept_rest(struct host_socket *s, double rest_s)
{
	host_watch_change(s->watch, false, false);
	ev_timer_set(&s->pause, rest_s, 0);
	ev_timer_start(s->loop->ev, &s->pause);
}

static void accept_failed(struct host_socket *s)
{
	if (errno != EMFILE && errno != ENFILE && errno != ENOMEM && errno != ENOBUFS)
		return;
	accept_rest(s, PAUSE_S);
	host_log(LOG_LEVEL_WARN, "accept_failed", "path", s->path, "error", strerror(errno), NULL);
}

// True when there is a place, or need of none.
static bool place_make(struct host_socket *s)
{
	struct pollfd waits = {.fd = s->fd, .events = POLLIN};

	if (s->conn_count < HOST_CONNS_MAX || poll(&waits, 1, 0) != 1)
		return true;
	host_log(LOG_LEVEL_WARN, "connections_full", "path", s->path, NULL);
	if (host_conns_evict(s))
		return true;
	accept_rest(s, FULL_S);
	return false;
}

static void on_ready(void *ctx, bool read, bool write)
{
	struct host_socket *s = ctx;

	(void)read;
	(void)write;
	for (unsigned i = 0; i < ACCEPTS && place_make(s); i++) {
		int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

		if (fd < 0) {
			accept_failed(s);
			return;
		}
		host_conn_open(s, fd);
	}
}

// Makes the folders above `path`, 0755 whatever the umask says. 0 or -errno.
static int folders_make(const char *path)
{
	char folder[sizeof((struct sockaddr_un *)0)->sun_path];

	snprintf(folder, sizeof folder, "%s", path);
	for (char *at = strchr(folder + 1, '/'); at; at = strchr(at + 1, '/')) {
		*at = '\0';
		if (!mkdir(folder, 0755)) {
			if (chmod(folder, 0755))
				return -errno;
		} else if (errno != EEXIST) {
			return -errno;
		}
		*at = '/';
	}
	return 0;
}

// True for a socket's file that no process listens behind.
static bool file_is_stale(const struct sockaddr_un *at)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct stat st;
	bool stale;

	if (fd < 0)
		return false;
	stale = !lstat(at->sun_path, &st) && S_ISSOCK(st.st_mode) &&
		connect(fd, (const struct sockaddr *)at, sizeof *at) && errno == ECONNREFUSED;
	close(fd);
	return stale;
}

static int file_bind(int fd, const struct sockaddr_un *at)
{
	// The file is made with the socket's own mode: nobody gets in before group and mode are right.
	if (fchmod(fd, 0600))
		return -errno;
	if (!bind(fd, (const struct sockaddr *)at, sizeof *at))
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	if (!file_is_stale(at))
		return -EADDRINUSE;
	if (unlink(at->sun_path) || bind(fd, (const struct sockaddr *)at, sizeof *at))
		return -errno;
	return 0;
}

static uint32_t group_find(const char *group, const char *path)
{
	const struct group *g = group && group[0] ? getgrnam(group) : NULL;

	if (group && group[0] && !g)
		host_log(LOG_LEVEL_WARN, "group_unknown", "group", group, "path", path, "so",
			 "only root may open it", NULL);
	return g ? g->gr_gid : UINT32_MAX;
}

static void file_group(const struct host_socket *s, gid_t gid)
{
	if (chown(s->path, (uid_t)-1, gid))
		host_log(LOG_LEVEL_WARN, "group_refused", "path", s->path, "error", strerror(errno),
			 NULL);
}

static int file_open(struct host_socket *s)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	struct stat st;
	int err;

	if (strlen(s->path) >= sizeof at.sun_path)
		return -ENAMETOOLONG;
	strcpy(at.sun_path, s->path);
	err = folders_make(s->path);
	if (!err)
		err = file_bind(s->fd, &at);
	if (err)
		return err;
	if (!lstat(s->path, &st))
		s->inode = st.st_ino;
	if (s->gid != UINT32_MAX)
		file_group(s, s->gid);
	// What shows only is for everybody here; what changes the relay is not.
	if (chmod(s->path, s->full ? 0660 : 0666) || listen(s->fd, SOMAXCONN))
		return -errno;
	return 0;
}

struct host_socket *host_socket_open(struct host_loop *l, const char *path, const char *group,
				     bool full, const struct host_socket_ops *ops, void *ctx)
{
	struct host_socket *s = calloc(1, sizeof *s);
	int err = ENOMEM;

	if (!s)
		return NULL;
	s->loop = l;
	s->ops = *ops;
	s->ctx = ctx;
	s->full = full;
	s->stall_s = HOST_STALL_S;
	s->path = strdup(path);
	s->gid = group_find(group, path);
	s->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	ev_timer_init(&s->pause, on_pause_over, PAUSE_S, 0);
	s->pause.data = s;
	if (s->fd < 0 || !s->path)
		goto out;
	err = -file_open(s);
	if (err)
		goto out;
	err = ENOMEM;
	s->watch = host_watch_fd(l, s->fd, true, false, on_ready, s);
	if (s->watch)
		return s;
out:
	host_socket_close(s);
	errno = err;
	return NULL;
}

void host_socket_group(struct host_socket *s, const char *group)
{
	uint32_t gid = group_find(group, s->path);

	if (gid == s->gid)
		return;
	s->gid = gid;
	file_group(s, gid == UINT32_MAX ? getegid() : gid);
	for (struct host_conn *c = s->conns; c; c = c->next)
		host_conn_recheck(c);
}

// Only the file that we made: another relay may have put its own there.
static void file_remove(const struct host_socket *s)
{
	struct stat st;

	if (s->inode && !lstat(s->path, &st) && st.st_ino == s->inode)
		unlink(s->path);
}

void host_socket_close(struct host_socket *s)
{
	while (s->conns)
		host_conn_close(s->conns);
	ev_timer_stop(s->loop->ev, &s->pause);
	if (s->watch)
		host_watch_free(s->watch);
	file_remove(s);
	if (s->fd >= 0)
		close(s->fd);
	free(s->path);
	free(s);
}
