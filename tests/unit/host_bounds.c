// SPDX-License-Identifier: Apache-2.0
#include "host_kit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/private.h"

// What all connections together may take: places, memory, time.

static struct host_kit k;

static int open_kit(void **state)
{
	struct rlimit files = {4096, 4096};

	(void)state;
	setrlimit(RLIMIT_NOFILE, &files);
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

static bool is_closed(int fd)
{
	char byte;

	return recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK) == 0;
}

static void echo(int fd)
{
	host_kit_say(&k, fd, "echo on\n");
	host_kit_expect(&k, fd, "echo on\n");
}

static int fds[HOST_CONNS_MAX];

static void places_fill(void)
{
	for (unsigned i = 0; i < HOST_CONNS_MAX; i++) {
		fds[i] = host_kit_connect(&k);
		echo(fds[i]);
	}
}

static void all_leave(int newcomer)
{
	close(newcomer);
	host_kit_hang_up(&k, fds, HOST_CONNS_MAX);
}

// Full of silent ones: who asked stays, who came first and never asked goes.
static void gives_newcomers_the_place_of_the_silent(void **state)
{
	int newcomer;

	(void)state;
	for (unsigned i = 0; i < HOST_CONNS_MAX; i++)
		fds[i] = host_kit_connect(&k);
	host_kit_run(&k, HOST_GRACE_MS + 20);
	echo(fds[0]);
	newcomer = host_kit_connect(&k);
	echo(newcomer);
	assert_int_equal(k.closed, 1);
	assert_false(is_closed(fds[0]));
	assert_true(is_closed(fds[1]));
	echo(fds[0]);
	all_leave(newcomer);
}

// All have asked: a newcomer that has not had the time to is not thrown out by the next.
static void leaves_newcomers_their_time(void **state)
{
	int first, second;

	(void)state;
	places_fill();
	first = host_kit_connect(&k);
	second = host_kit_connect(&k);
	host_kit_run(&k, 5);
	echo(first);
	echo(second);
	close(first);
	all_leave(second);
}

// All have asked: who has been quiet longest goes.
static void takes_the_quietest(void **state)
{
	int newcomer;

	(void)state;
	places_fill();
	echo(fds[0]);
	newcomer = host_kit_connect(&k);
	echo(newcomer);
	assert_int_equal(k.closed, 1);
	assert_true(is_closed(fds[1]));
	echo(fds[0]);
	all_leave(newcomer);
}

// The user with most of the places gives one, however long another's only connection was quiet.
static void spares_other_users(void **state)
{
	int newcomer;

	(void)state;
	fds[0] = host_kit_connect(&k);
	host_kit_run(&k, 2);
	k.socket->conns->peer.uid = 4711;
	for (unsigned i = 1; i < HOST_CONNS_MAX; i++)
		fds[i] = host_kit_connect(&k);
	host_kit_run(&k, 20);
	newcomer = host_kit_connect(&k);
	echo(newcomer);
	assert_int_equal(k.closed, 1);
	echo(fds[0]);
	all_leave(newcomer);
}

static void bounds_the_memory_of_all(void **state)
{
	enum { COUNT = 200, BYTES = 900000 };
	char *line = malloc(BYTES);
	int good = host_kit_connect(&k);
	size_t most = 0;

	(void)state;
	memset(line, 'x', BYTES);
	echo(good);
	for (unsigned i = 0; i < COUNT; i++) {
		fds[i] = host_kit_connect(&k);
		for (size_t at = 0; at < BYTES;) {
			ssize_t n = send(fds[i], line + at, BYTES - at, MSG_NOSIGNAL);

			at = n < 0 && at && is_closed(fds[i]) ? BYTES
							      : at + (n > 0 ? (size_t)n : 0);
			host_loop_run(k.loop, 0);
			most = k.socket->held > most ? k.socket->held : most;
		}
	}
	assert_true(most > HOST_HELD_MAX / 2);
	assert_true(most <= HOST_HELD_MAX + 2 * HOST_LINE_MAX + HOST_READ_MAX);
	assert_true(k.closed > COUNT / 2);
	echo(good);
	for (unsigned i = 0; i < COUNT; i++)
		close(fds[i]);
	host_kit_expect_left(&k, 1);
	assert_true(k.socket->held < HOST_HELD_MAX / 4);
	close(good);
	free(line);
}

static unsigned answers(int fd)
{
	static char bytes[65536];
	ssize_t n = recv(fd, bytes, sizeof bytes, MSG_DONTWAIT);
	unsigned lines = 0;

	for (ssize_t i = 0; i < n; i++)
		lines += bytes[i] == '\n';
	return lines;
}

// Forty who ask for what takes long: a run of the loop has its end, each gets its turn, and who comes
// new is answered in the next run.
static void shares_the_time(void **state)
{
	enum { COUNT = 40, ROUNDS = 60 };
	char asks[30 * 5 + 1] = "";
	int newcomer;
	unsigned before, had, least = 1000, most = 0;

	(void)state;
	for (unsigned i = 0; i < 30; i++)
		strcat(asks, "slow\n");
	for (unsigned i = 0; i < COUNT; i++)
		fds[i] = host_kit_connect(&k);
	host_kit_run(&k, 5);
	for (unsigned i = 0; i < COUNT; i++)
		host_kit_say(&k, fds[i], asks);
	for (unsigned run = 0; k.lines < COUNT; run++) {
		assert_true(run < 5); // first requests do not wait
		host_loop_run(k.loop, 0);
	}
	for (unsigned i = 0; i < COUNT; i++)
		answers(fds[i]); // saying it ran the loop: the first have had more
	for (unsigned run = 0; run < ROUNDS; run++) {
		before = k.lines;
		host_loop_run(k.loop, 0);
		assert_true(k.lines - before <= 4);
	}
	newcomer = host_kit_connect(&k);
	host_kit_say(&k, newcomer, "echo new\n");
	for (unsigned run = 0; run < 3; run++)
		host_loop_run(k.loop, 0);
	assert_int_equal(answers(newcomer), 1);
	for (unsigned i = 0; i < COUNT; i++) {
		had = answers(fds[i]);
		least = had < least ? had : least;
		most = had > most ? had : most;
		close(fds[i]);
	}
	assert_true(least >= 2);
	assert_true(most - least <= 1);
	close(newcomer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(gives_newcomers_the_place_of_the_silent, open_kit,
						close_kit),
		cmocka_unit_test_setup_teardown(leaves_newcomers_their_time, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(takes_the_quietest, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(spares_other_users, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(bounds_the_memory_of_all, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(shares_the_time, open_kit, close_kit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
