// SPDX-License-Identifier: Apache-2.0
#include "host_kit.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/limits.h"

static struct host_kit k;

static int open_kit(void **state)
{
	(void)state;
	host_kit_open(&k);
	return 0;
}

static int close_kit(void **state)
{
	(void)state;
	host_kit_close(&k);
	return 0;
}

static unsigned mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode & 0777;
}

static void answers_lines(void **state)
{
	int fd;

	(void)state;
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	host_kit_say(&k, fd, "echo one\n");
	host_kit_expect(&k, fd, "echo one\n");
	host_kit_say(&k, fd, "echo two\necho three\n\necho ");
	host_kit_expect(&k, fd, "echo two\n");
	host_kit_expect(&k, fd, "echo three\n");
	host_kit_expect(&k, fd, "\n");
	host_kit_say(&k, fd, "four\n");
	host_kit_expect(&k, fd, "echo four\n");
	assert_int_equal(k.lines, 5);
	close(fd);
	host_kit_run(&k, 5);
	assert_int_equal(k.closed, 1);
}

static void joins_single_bytes(void **state)
{
	const char *line = "echo byte by byte\n";
	int fd;

	(void)state;
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	for (size_t i = 0; line[i]; i++) {
		assert_int_equal(k.lines, 0);
		host_kit_send(&k, fd, line + i, 1);
		host_loop_run(k.loop, 0);
	}
	host_kit_expect(&k, fd, line);
	close(fd);
}

static void keeps_connections_apart(void **state)
{
	int fds[50];
	char line[32];

	(void)state;
	host_kit_socket(&k, true);
	for (unsigned i = 0; i < 50; i++) {
		fds[i] = host_kit_connect(&k);
		host_kit_say(&k, fds[i], "echo ");
	}
	for (unsigned i = 0; i < 50; i++) {
		snprintf(line, sizeof line, "%u\n", i);
		host_kit_say(&k, fds[i], line);
	}
	for (unsigned i = 50; i--;) {
		snprintf(line, sizeof line, "echo %u\n", i);
		host_kit_expect(&k, fds[i], line);
		close(fds[i]);
	}
}

static void takes_many_lines_at_once(void **state)
{
	enum { LINES = 5000 };
	char *all = calloc(LINES, 16), *at = all, line[32];
	int fd;

	(void)state;
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	for (unsigned i = 0; i < LINES; i++)
		at += sprintf(at, "echo %u\n", i);
	host_kit_say(&k, fd, all);
	for (unsigned i = 0; i < LINES; i++) {
		snprintf(line, sizeof line, "echo %u\n", i);
		host_kit_expect(&k, fd, line);
	}
	assert_int_equal(k.lines, LINES);
	close(fd);
	free(all);
}

static void takes_the_longest_line(void **state)
{
	char *line = malloc(HOST_LINE_MAX + 1), *got = malloc(HOST_LINE_MAX + 1);
	bool ended;
	int fd;

	(void)state;
	memset(line, 'e', HOST_LINE_MAX);
	line[HOST_LINE_MAX] = '\n';
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	host_kit_send(&k, fd, line, HOST_LINE_MAX + 1);
	assert_int_equal(host_kit_read(&k, fd, got, HOST_LINE_MAX + 1, &ended), HOST_LINE_MAX + 1);
	assert_int_equal(k.last_len, HOST_LINE_MAX);
	assert_memory_equal(line, got, HOST_LINE_MAX + 1);
	host_kit_say(&k, fd, "echo next\n");
	host_kit_expect(&k, fd, "echo next\n");
	close(fd);
	free(line);
	free(got);
}

static void answers_later(void **state)
{
	int fd;

	(void)state;
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	host_kit_say(&k, fd, "hush\n");
	host_kit_run(&k, 2);
	assert_non_null(k.last);
	assert_int_equal(host_conn_send(k.last, "late\n", 5), 0);
	host_kit_expect(&k, fd, "late\n");
	close(fd);
}

static void reports_the_peer(void **state)
{
	const struct host_peer *peer;
	int fd;

	(void)state;
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	host_kit_say(&k, fd, "hush\n");
	host_kit_run(&k, 2);
	peer = host_conn_peer(k.last);
	assert_int_equal(peer->uid, getuid());
	assert_int_equal(peer->gid, getgid());
	assert_true(peer->may_change);
	close(fd);
}

static void shows_only_on_the_other_socket(void **state)
{
	int fd;

	(void)state;
	host_kit_socket(&k, false);
	assert_int_equal(mode_of(k.path), 0666);
	fd = host_kit_connect(&k);
	host_kit_say(&k, fd, "hush\n");
	host_kit_run(&k, 2);
	assert_false(host_conn_peer(k.last)->may_change);
	close(fd);
}

// A child of another user says a line; returns whether it could connect.
static bool other_says(uid_t uid, gid_t gid, const gid_t *more, size_t count)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int status, fd;
	pid_t child;

	snprintf(at.sun_path, sizeof at.sun_path, "%s", k.path);
	child = fork();
	if (!child) {
		if (setgroups(count, more) || setgid(gid) || setuid(uid))
			_exit(2);
		fd = socket(AF_UNIX, SOCK_STREAM, 0);
		if (connect(fd, (struct sockaddr *)&at, sizeof at))
			_exit(errno == EACCES ? 1 : 2);
		_exit(write(fd, "hush\n", 5) == 5 && read(fd, &fd, 1) >= 0 ? 0 : 2);
	}
	k.last = NULL;
	while (!k.last && !waitpid(child, &status, WNOHANG))
		host_loop_run(k.loop, 1000);
	if (!k.last)
		assert_int_equal(WEXITSTATUS(status), 1);
	return k.last != NULL;
}

static void lets_root_and_the_group_in(void **state)
{
	gid_t daemon;
	struct stat st;

	(void)state;
	if (geteuid() || !getgrnam("daemon")) {
		if (getenv("CI"))
			fail_msg("wants root and the group daemon, and in CI nothing is skipped");
		print_message(
			"skipped: giving a socket to a group wants root and the group daemon\n");
		skip();
	}
	daemon = getgrnam("daemon")->gr_gid;
	assert_int_equal(chmod(k.folder, 0755), 0);
	k.group = "daemon";
	host_kit_socket(&k, true);
	assert_int_equal(mode_of(k.path), 0660);
	assert_int_equal(stat(k.path, &st), 0);
	assert_int_equal(st.st_gid, daemon);
	assert_false(other_says(65534, 65534, NULL, 0));
	assert_true(other_says(65534, daemon, NULL, 0));
	assert_true(host_conn_peer(k.last)->may_change);
	assert_true(other_says(65534, 65534, &daemon, 1));
	assert_true(host_conn_peer(k.last)->may_change);
	// Whoever got past the file's mode, but is not of the group, may only look.
	assert_int_equal(chmod(k.path, 0666), 0);
	assert_true(other_says(65534, 65534, NULL, 0));
	assert_false(host_conn_peer(k.last)->may_change);
}

static void ignores_the_umask(void **state)
{
	mode_t before = umask(0);

	(void)state;
	host_kit_socket(&k, true);
	assert_int_equal(mode_of(k.path), 0660);
	host_socket_close(k.socket);
	umask(0777);
	host_kit_socket(&k, true);
	assert_int_equal(mode_of(k.path), 0660);
	umask(before);
}

static void makes_missing_folders(void **state)
{
	char deep[200], folder[200];
	mode_t before = umask(077);
	struct host_socket_ops none = {0};
	struct host_socket *s;

	(void)state;
	snprintf(folder, sizeof folder, "%s/a", k.folder);
	snprintf(deep, sizeof deep, "%s/a/b/s", k.folder);
	s = host_socket_open(k.loop, deep, NULL, true, &none, NULL);
	umask(before);
	assert_non_null(s);
	assert_int_equal(mode_of(folder), 0755);
	host_socket_close(s);
	assert_int_equal(access(deep, F_OK), -1);
	snprintf(deep, sizeof deep, "%s/a/b", k.folder);
	assert_int_equal(rmdir(deep), 0);
	assert_int_equal(rmdir(folder), 0);
}

static void replaces_a_stale_file(void **state)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	snprintf(at.sun_path, sizeof at.sun_path, "%s", k.path);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof at), 0);
	close(fd);
	host_kit_socket(&k, true);
	fd = host_kit_connect(&k);
	host_kit_say(&k, fd, "echo new\n");
	host_kit_expect(&k, fd, "echo new\n");
	close(fd);
}

static void leaves_a_live_socket_alone(void **state)
{
	struct host_socket_ops none = {0};
	int fd;

	(void)state;
	host_kit_socket(&k, true);
	errno = 0;
	assert_null(host_socket_open(k.loop, k.path, NULL, true, &none, NULL));
	assert_int_equal(errno, EADDRINUSE);
	fd = host_kit_connect(&k);
	host_kit_say(&k, fd, "echo still here\n");
	host_kit_expect(&k, fd, "echo still here\n");
	close(fd);
}

static void leaves_other_files_alone(void **state)
{
	struct host_socket_ops none = {0};
	FILE *f = fopen(k.path, "w");

	(void)state;
	assert_non_null(f);
	fputs("precious", f);
	fclose(f);
	assert_null(host_socket_open(k.loop, k.path, NULL, true, &none, NULL));
	assert_int_equal(errno, EADDRINUSE);
	assert_int_equal(access(k.path, F_OK), 0);
}

static void removes_only_its_own_file(void **state)
{
	FILE *f;

	(void)state;
	host_kit_socket(&k, true);
	assert_int_equal(unlink(k.path), 0);
	f = fopen(k.path, "w");
	fclose(f);
	host_socket_close(k.socket);
	k.socket = NULL;
	assert_int_equal(access(k.path, F_OK), 0);
}

static void says_what_is_wrong_with_a_path(void **state)
{
	struct host_socket_ops none = {0};
	char path[200];

	(void)state;
	memset(path, 'a', sizeof path);
	path[sizeof path - 1] = '\0';
	assert_null(host_socket_open(k.loop, path, NULL, true, &none, NULL));
	assert_int_equal(errno, ENAMETOOLONG);
	assert_null(host_socket_open(k.loop, "/dev/null/s", NULL, true, &none, NULL));
	assert_int_equal(errno, ENOTDIR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_lines, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(joins_single_bytes, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(keeps_connections_apart, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(takes_many_lines_at_once, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(takes_the_longest_line, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(answers_later, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(reports_the_peer, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(shows_only_on_the_other_socket, open_kit,
						close_kit),
		cmocka_unit_test_setup_teardown(lets_root_and_the_group_in, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(ignores_the_umask, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(makes_missing_folders, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(replaces_a_stale_file, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(leaves_a_live_socket_alone, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(leaves_other_files_alone, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(removes_only_its_own_file, open_kit, close_kit),
		cmocka_unit_test_setup_teardown(says_what_is_wrong_with_a_path, open_kit,
						close_kit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
