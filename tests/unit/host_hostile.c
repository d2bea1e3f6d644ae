// SPDX-License-Identifier: Apache-2.0
#include "host_kit.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/private.h"

// Clients of the control socket that mean no good, or know no better.

static struct host_kit k;

static int open_kit(void **state)
{
	(void)state;
	host_kit_open(&k);
	host_kit_socket(&k, true);
	return 0;
}

static int close_kit(void **state)
{
	(void)state;
	host_kit_close(&k);
	return 0;
}

// A client that behaves is served all the while.
static void still_serves(void)
{
	int fd = host_kit_connect(&k);

	host_kit_say(&k, fd, "echo fine\n");
	host_kit_expect(&k, fd, "echo fine\n");
	close(fd);
	host_kit_run(&k, 2);
}

static void answers_a_line_too_long_and_closes(void **state)
{
	char *line = malloc(HOST_LINE_MAX + 1);
	int fd = host_kit_connect(&k);

	(void)state;
	memset(line, 'x', HOST_LINE_MAX + 1);
	host_kit_send(&k, fd, line, HOST_LINE_MAX + 1);
	host_kit_expect(
		&k, fd,
		"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,\"message\":\"a line "
		"ought to be 1048576 bytes at most\"}}\n");
	host_kit_expect_end(&k, fd);
	assert_int_equal(k.lines, 0);
	assert_int_equal(k.closed, 1);
	close(fd);
	free(line);
	still_serves();
}

static void serves_lines_ahead_of_one_too_long(void **state)
{
	char *line = malloc(HOST_LINE_MAX + 1);
	int fd = host_kit_connect(&k);

	(void)state;
	memset(line, 'x', HOST_LINE_MAX + 1);
	memcpy(line, "echo a\n", 7);
	host_kit_send(&k, fd, line, HOST_LINE_MAX + 1);
	host_kit_expect(&k, fd, "echo a\n");
	host_kit_send(&k, fd, line + 7, 7);
	host_kit_expect(&k, fd, "{\"jsonrpc\":\"2.0\"");
	host_kit_expect_end(&k, fd);
	assert_int_equal(k.lines, 1);
	close(fd);
	free(line);
}

static void answers_a_half_closed_peer(void **state)
{
	int fd = host_kit_connect(&k);
	char *answer;
	bool ended;

	(void)state;
	host_kit_say(&k, fd, "big 3000000\necho b\necho cut off");
	shutdown(fd, SHUT_WR);
	answer = malloc(3000001);
	assert_int_equal(host_kit_read(&k, fd, answer, 3000001, &ended), 3000001);
	free(answer);
	host_kit_expect(&k, fd, "echo b\n");
	host_kit_expect_end(&k, fd);
	assert_int_equal(k.lines, 2); // what has no newline is no line
	assert_int_equal(k.closed, 1);
	close(fd);
}

static void forgets_who_hangs_up(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 500; i++) {
		int fd = host_kit_connect(&k);

		if (i % 3)
			host_kit_say(&k, fd, i % 3 == 1 ? "echo a\n" : "ech");
		if (i % 5 == 0)
			shutdown(fd, SHUT_RD);
		close(fd);
	}
	host_kit_expect_left(&k, 0);
	still_serves();
}

// A peer that asks and does not read: its requests wait, the memory that it holds has a bound.
static void lets_requests_of_a_never_reader_wait(void **state)
{
	int fd = host_kit_connect(&k);
	unsigned asked = 0;

	(void)state;
	while (asked < 20000 && send(fd, "big 1000\n", 9, MSG_NOSIGNAL) == 9) {
		asked++;
		host_loop_run(k.loop, 0);
	}
	host_kit_run(&k, 20);
	assert_true(k.lines < 2000); // 256 KiB of ours, and what the kernel holds
	assert_int_equal(k.closed, 0);
	still_serves();
	// It reads after all, and gets every answer.
	for (size_t n = 0, lines = k.lines; n < 1001ul * asked; lines = k.lines) {
		static char bytes[65536];
		bool ended;

		n += host_kit_read(&k, fd, bytes, sizeof bytes, &ended);
		assert_false(ended);
		assert_true(k.lines >= lines);
	}
	assert_int_equal(k.lines, asked + 1);
	close(fd);
}

// Neither bytes nor lines wait for ever, and a reader in time is not hurried.
static void closes_who_keeps_it_waiting(void **state)
{
	char asks[81 * 9 + 1] = "";

	(void)state;
	k.socket->stall_s = 0.5;
	for (unsigned i = 0; i < 80; i++)
		strcat(asks, "big 2354\n");
	for (unsigned i = 0; i < 2; i++) {
		int fd = host_kit_connect(&k), idle = host_kit_connect(&k);

		host_kit_say(&k, fd, i ? asks : "big 1000000\n");
		host_kit_run(&k, 100);
		assert_int_equal(k.closed, i * 2);
		for (unsigned n = 0; n < 50 && k.closed == i * 2; n++)
			host_kit_run(&k, 20);
		assert_int_equal(k.closed, i * 2 + 1);
		host_kit_expect_end(&k, fd);
		host_kit_say(&k, idle, "echo idle\n");
		host_kit_expect(&k, idle, "echo idle\n");
		close(idle);
		close(fd);
		host_kit_run(&k, 5);
	}
}

static void waits_for_a_slow_reader(void **state)
{
	char *bytes = malloc(100000);
	int fd = host_kit_connect(&k);
	size_t len = 0;

	(void)state;
	k.socket->stall_s = 0.5;
	host_kit_say(&k, fd, "big 1000000\n");
	while (len < 1000001) {
		bool ended;

		host_kit_run(&k, 80);
		len += host_kit_read(&k, fd, bytes, 100000, &ended);
		assert_false(ended);
	}
	host_kit_run(&k, 100);
	assert_int_equal(k.closed, 0);
	close(fd);
	free(bytes);
}

static void closes_on_a_full_backlog(void **state)
{
	int fd = host_kit_connect(&k);
	char line[32];

	(void)state;
	snprintf(line, sizeof line, "big %u\n", HOST_BACKLOG_MAX / 2);
	host_kit_say(&k, fd, line);
	host_kit_run(&k, 5);
	assert_int_equal(k.send_err, 0);
	for (unsigned i = 0; i < 4 && !k.send_err; i++) { // as events would
		char *half = calloc(1, HOST_BACKLOG_MAX / 2);

		k.send_err = host_conn_send(k.last, half, HOST_BACKLOG_MAX / 2);
		free(half);
	}
	assert_int_equal(k.send_err, -ENOBUFS);
	assert_int_equal(k.closed, 0); // not while the sender is at it
	assert_int_equal(host_conn_send(k.last, "x\n", 2), -ENOBUFS);
	host_kit_run(&k, 5);
	assert_int_equal(k.closed, 1);
	host_kit_expect_end(&k, fd);
	close(fd);
	still_serves();
}

static void closes_when_one_answer_is_too_much(void **state)
{
	int fd = host_kit_connect(&k);
	char line[64];

	(void)state;
	snprintf(line, sizeof line, "big %u\necho never\n", HOST_BACKLOG_MAX * 2);
	host_kit_say(&k, fd, line);
	host_kit_run(&k, 5);
	assert_int_equal(k.send_err, -ENOBUFS);
	assert_int_equal(k.lines, 1); // nothing is asked on behalf of who is gone
	assert_int_equal(k.closed, 1);
	close(fd);
	still_serves();
}

static bool was_closed(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	char byte;

	return poll(&p, 1, 0) == 1 && recv(fd, &byte, 1, MSG_PEEK) <= 0;
}

#define TOTAL (HOST_CONNS_MAX + 400)

static void stands_a_thousand_connections(void **state)
{
	static int fds[TOTAL];
	struct rlimit limit = {4096, 4096}, before;
	unsigned closed = 0;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	if (before.rlim_max > limit.rlim_max)
		limit.rlim_max = before.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	for (unsigned i = 0; i < TOTAL; i++)
		fds[i] = host_kit_connect(&k);
	host_kit_expect_left(&k, HOST_CONNS_MAX); // each has its time to ask
	for (unsigned i = 0; i < TOTAL; i++)
		closed += was_closed(fds[i]);
	assert_int_equal(closed, TOTAL - HOST_CONNS_MAX);
	for (unsigned i = TOTAL - HOST_CONNS_MAX; i < TOTAL; i++)
		host_kit_say(&k, fds[i], "echo here\n");
	for (unsigned i = TOTAL - HOST_CONNS_MAX; i < TOTAL; i++)
		host_kit_expect(&k, fds[i], "echo here\n");
	host_kit_hang_up(&k, fds, TOTAL);
	still_serves();
	setrlimit(RLIMIT_NOFILE, &before);
}

// Without a descriptor left, accept() fails again and again: the loop must not spin, and goes on
// later.
static void rests_without_descriptors(void **state)
{
	struct rlimit before, none;
	int fd, first = host_kit_connect(&k);
	unsigned runs = 0;
	uint64_t end_ms;

	(void)state;
	getrlimit(RLIMIT_NOFILE, &before);
	fd = dup(first);
	close(fd);
	none = (struct rlimit){(rlim_t)fd + 1, before.rlim_max}; // one for the client, none for us
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	fd = host_kit_connect(&k);
	end_ms = host_now_ms() + 60;
	for (; host_now_ms() < end_ms; runs++)
		host_loop_run(k.loop, 10000);
	assert_true(runs < 30);
	host_kit_say(&k, first, "echo old\n");
	host_kit_expect(&k, first, "echo old\n");
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	host_kit_say(&k, fd, "echo new\n");
	host_kit_expect(&k, fd, "echo new\n");
	close(fd);
	close(first);
}

// One that floods does not keep another from being served within some rounds.
static void shares_the_loop(void **state)
{
	enum { FLOOD = 60000 };
	char *all = malloc(FLOOD * 5);
	int flood = host_kit_connect(&k), fd = host_kit_connect(&k);
	unsigned before;

	(void)state;
	for (unsigned i = 0; i < FLOOD; i++)
		memcpy(all + i * 5, "hush\n", 5);
	assert_true(send(flood, all, FLOOD * 5, MSG_NOSIGNAL) > 50000);
	assert_int_equal(send(fd, "echo me\n", 8, MSG_NOSIGNAL), 8);
	before = k.lines;
	host_loop_run(k.loop, 0);
	assert_true(k.lines - before <= HOST_LINES_MAX + 1);
	host_kit_expect(&k, fd, "echo me\n");
	assert_true(k.lines < 200);
	close(flood);
	close(fd);
	free(all);
}

static bool talk_once(void *ctx)
{
	struct host_kit t = {.folder = "/tmp/host_kit.XXXXXX"};
	static const struct host_socket_ops none = {0};
	bool done = false;

	(void)ctx;
	assert_non_null(mkdtemp(t.folder));
	snprintf(t.path, sizeof t.path, "%s/s", t.folder);
	t.loop = host_loop_new();
	t.socket = t.loop ? host_socket_open(t.loop, t.path, NULL, true, &none, NULL) : NULL;
	if (t.socket) {
		done = true;
		host_socket_close(t.socket);
	}
	if (t.loop)
		host_loop_free(t.loop);
	assert_int_equal(rmdir(t.folder), 0); // no file is left behind
	return done;
}

static void stands_failing_allocations(void **state)
{
	(void)state;
	assert_true(kit_allocation_fails(talk_once, NULL) >= 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_a_line_too_long_and_closes, open_kit,
						close_kit),
		cmocka_unit_test_setup_teardown(serves_lines_ahead_of_one_too_long, open_kit,
						close_kit),
		cmocka_unit_test_setup_teardown(answers_a_half_closed_peer, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(forgets_who_hangs_up, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(lets_requests_of_a_never_reader_wait, open_kit,
						close_kit),
		cmocka_unit_test_setup_teardown(closes_who_keeps_it_waiting, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(waits_for_a_slow_reader, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(closes_on_a_full_backlog, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(closes_when_one_answer_is_too_much, open_kit,
						close_kit),
		cmocka_unit_test_setup_teardown(stands_a_thousand_connections, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(rests_without_descriptors, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(shares_the_loop, open_kit, close_kit),
		cmocka_unit_test(stands_failing_allocations),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
