// SPDX-License-Identifier: Apache-2.0
#include "host_kit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void on_line(void *ctx, struct host_conn *c, const char *line, size_t len)
{
	struct host_kit *k = ctx;
	size_t n = 0;
	char *answer;

	k->lines++;
	k->last_len = len;
	k->last = c;
	if (len >= 4 && !memcmp(line, "hush", 4))
		return;
	if (len >= 4 && !memcmp(line, "slow", 4))
		usleep(1000);
	if (len >= 4 && !memcmp(line, "big ", 4))
		n = strtoul(line + 4, NULL, 10);
	answer = malloc((n ? n : len) + 1);
	assert_non_null(answer);
	if (n)
		memset(answer, 'b', n);
	else if (len)
		memcpy(answer, line, len);
	answer[n ? n : len] = '\n';
	k->send_err = host_conn_send(c, answer, (n ? n : len) + 1);
	free(answer);
}

static void on_closed(void *ctx, struct host_conn *c)
{
	struct host_kit *k = ctx;

	k->closed++;
	if (k->last == c)
		k->last = NULL;
}

static const struct host_socket_ops ops = {.line = on_line, .closed = on_closed};

void host_kit_open(struct host_kit *k)
{
	*k = (struct host_kit){.folder = "/tmp/host_kit.XXXXXX"};
	host_log_setup(LOG_LEVEL_ERROR, true);
	assert_non_null(mkdtemp(k->folder));
	snprintf(k->path, sizeof k->path, "%s/s", k->folder);
	k->loop = host_loop_new();
	assert_non_null(k->loop);
}

void host_kit_socket(struct host_kit *k, bool full)
{
	k->socket = host_socket_open(k->loop, k->path, k->group, full, &ops, k);
	assert_non_null(k->socket);
}

void host_kit_close(struct host_kit *k)
{
	if (k->socket)
		host_socket_close(k->socket);
	host_loop_free(k->loop);
	unlink(k->path);
	rmdir(k->folder);
}

int host_kit_connect(struct host_kit *k)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	snprintf(at.sun_path, sizeof at.sun_path, "%s", k->path);
	for (unsigned i = 0; connect(fd, (struct sockaddr *)&at, sizeof at); i++) {
		assert_int_equal(errno, EAGAIN); // the queue is full
		assert_true(i < 10000);
		host_loop_run(k->loop, 100);
	}
	host_loop_run(k->loop, 0);
	k->made++;
	return fd;
}

void host_kit_expect_left(struct host_kit *k, unsigned left)
{
	uint64_t end_ms = host_now_ms() + 20000;

	while (k->made - k->closed > left) {
		host_loop_run(k->loop, 1000);
		if (host_now_ms() >= end_ms)
			fail_msg("%u of %u connections are left", k->made - k->closed, k->made);
	}
	assert_int_equal(k->made - k->closed, left);
}

void host_kit_hang_up(struct host_kit *k, const int *fds, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		close(fds[i]);
	host_kit_expect_left(k, 0);
}

void host_kit_send(struct host_kit *k, int fd, const void *bytes, size_t len)
{
	const char *at = bytes;
	uint64_t end_ms = host_now_ms() + 5000;

	while (len) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);

		if (n < 0)
			assert_int_equal(errno, EAGAIN);
		at += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
		host_loop_run(k->loop, n > 0 ? 0 : 100);
		assert_true(host_now_ms() < end_ms);
	}
}

void host_kit_say(struct host_kit *k, int fd, const char *text)
{
	host_kit_send(k, fd, text, strlen(text));
}

size_t host_kit_read(struct host_kit *k, int fd, char *out, size_t cap, bool *ended)
{
	uint64_t end_ms = host_now_ms() + 5000;
	size_t len = 0;

	*ended = false;
	while (len < cap && !(len && out[len - 1] == '\n')) {
		ssize_t n = recv(fd, out + len, cap - len, 0);

		if (n == 0 || (n < 0 && errno == ECONNRESET)) {
			*ended = true;
			break;
		}
		len += n > 0 ? (size_t)n : 0;
		host_loop_run(k->loop, n > 0 ? 0 : 200);
		if (host_now_ms() >= end_ms)
			fail_msg("nothing more than %zu bytes came", len);
	}
	return len;
}

void host_kit_expect(struct host_kit *k, int fd, const char *line)
{
	size_t want = strlen(line);
	char *got = calloc(1, want + 1);
	bool ended;

	assert_int_equal(host_kit_read(k, fd, got, want, &ended), want);
	assert_string_equal(got, line);
	free(got);
}

void host_kit_expect_end(struct host_kit *k, int fd)
{
	static char bytes[65536];
	bool ended = false;

	while (!ended)
		host_kit_read(k, fd, bytes, sizeof bytes, &ended);
}

void host_kit_run(struct host_kit *k, unsigned ms)
{
	uint64_t end_ms = host_now_ms() + ms;

	while (host_now_ms() < end_ms)
		host_loop_run(k->loop, 500);
}
