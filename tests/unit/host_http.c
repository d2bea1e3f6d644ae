// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/http.h"

static struct host_loop *loop;
static struct host_http *http;
static uint16_t port;
static unsigned handled;
static char seen[512]; // the last request, as the handler saw it
static size_t seen_body;

static void handle(void *ctx, const struct host_http_request *rq, struct host_http_reply *rp)
{
	assert_ptr_equal(ctx, &handled);
	handled++;
	snprintf(seen, sizeof seen, "%s %s accept=%s authorization=%s body=%.*s", rq->method,
		 rq->path, rq->accept ? rq->accept : "-",
		 rq->authorization ? rq->authorization : "-",
		 (int)(rq->body_len < 32 ? rq->body_len : 32), rq->body);
	seen_body = rq->body_len;
	if (!strcmp(rq->path, "/silent"))
		return;
	rp->status = !strcmp(rq->path, "/") ? 200 : 404;
	rp->content_type = "text/x-test";
	if (!strcmp(rq->path, "/empty"))
		return;
	rp->len = !strcmp(rq->path, "/large") ? 2000000 : 5;
	rp->body = malloc(rp->len);
	memset(rp->body, 'a', rp->len);
}

// A port that nobody has at this moment.
static uint16_t port_free(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof at;
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

static int open_http(void **state)
{
	char listen[64];

	(void)state;
	host_log_setup(LOG_LEVEL_ERROR, true);
	handled = 0;
	loop = host_loop_new();
	port = port_free();
	snprintf(listen, sizeof listen, "127.0.0.1:%u", port);
	http = host_http_open(loop, listen, handle, &handled);
	assert_non_null(http);
	return 0;
}

static int close_http(void **state)
{
	(void)state;
	host_http_close(http);
	host_loop_free(loop);
	return 0;
}

static int dial(void)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr = {htonl(INADDR_LOOPBACK)}};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void say(int fd, const char *bytes, size_t len)
{
	uint64_t end_ms = host_now_ms() + 5000;

	while (len && host_now_ms() < end_ms) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EAGAIN)
			return; // answered and closed before it had all
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
		host_loop_run(loop, n > 0 ? 0 : 100);
	}
	assert_int_equal(len, 0);
}

// Until `want` stands in what came, or the end. Static memory.
static char *hear(int fd, const char *want)
{
	static char got[2100000];
	uint64_t end_ms = host_now_ms() + 5000;
	size_t len = 0;

	got[0] = '\0';
	while (!(want && len && strstr(got + (len > 70000 ? len - 70000 : 0), want))) {
		ssize_t n = recv(fd, got + len, sizeof got - 1 - len, 0);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			break;
		len += n > 0 ? (size_t)n : 0;
		got[len] = '\0';
		host_loop_run(loop, n > 0 ? 0 : 200);
		if (host_now_ms() > end_ms)
			fail_msg("only this came: %.200s", got);
	}
	return got;
}

static char *ask(const char *request)
{
	int fd = dial();
	char *got;

	say(fd, request, strlen(request));
	got = hear(fd, NULL);
	close(fd);
	return got;
}

static void answers_a_request(void **state)
{
	char *got;

	(void)state;
	got = ask("GET / HTTP/1.1\r\nHost: a\r\nAccept: text/plain\r\nAuthorization: Bearer t\r\n"
		  "Connection: close\r\n\r\n");
	assert_int_equal(strncmp(got, "HTTP/1.1 200 ", 13), 0);
	assert_non_null(strstr(got, "Content-Type: text/x-test\r\n"));
	assert_non_null(strstr(got, "Content-Length: 5\r\n"));
	assert_non_null(strstr(got, "\r\n\r\naaaaa"));
	assert_string_equal(seen, "GET / accept=text/plain authorization=Bearer t body=");
}

static void passes_status_and_method(void **state)
{
	(void)state;
	assert_non_null(strstr(ask("DELETE /x/y?z=1 HTTP/1.0\r\n\r\n"), " 404 "));
	assert_string_equal(seen, "DELETE /x/y accept=- authorization=- body=");
	assert_non_null(strstr(ask("GET /empty HTTP/1.0\r\n\r\n"), "Content-Length: 0\r\n"));
	assert_non_null(strstr(ask("GET /silent HTTP/1.0\r\n\r\n"), " 500 "));
	assert_null(strstr(ask("HEAD / HTTP/1.0\r\n\r\n"), "aaaaa"));
}

static void sends_large_answers(void **state)
{
	char *got = ask("GET /large HTTP/1.0\r\n\r\n"), *body = strstr(got, "\r\n\r\n");

	(void)state;
	assert_non_null(body);
	assert_int_equal(strlen(body + 4), 2000000);
}

static void keeps_connections(void **state)
{
	int fd = dial();

	(void)state;
	for (unsigned i = 0; i < 100; i++) {
		say(fd, "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27);
		hear(fd, "aaaaa");
	}
	assert_int_equal(handled, 100);
	close(fd);
}

static void takes_bodies(void **state)
{
	(void)state;
	ask("POST /whip/r HTTP/1.0\r\nContent-Length: 3\r\n\r\nv=0");
	assert_string_equal(seen, "POST /whip/r accept=- authorization=- body=v=0");
	ask("POST /whip/r HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n"
	    "2\r\nv=\r\n1\r\n1\r\n0\r\n\r\n");
	assert_string_equal(seen, "POST /whip/r accept=- authorization=- body=v=1");
}

static char *request_of(size_t body)
{
	char *request = calloc(1, body + 128);
	int head = sprintf(request, "POST / HTTP/1.0\r\nContent-Length: %zu\r\n\r\n", body);

	memset(request + head, 'b', body);
	return request;
}

static void bounds_bodies(void **state)
{
	char *request = request_of(HOST_HTTP_BODY_MAX);

	(void)state;
	assert_non_null(strstr(ask(request), " 200 "));
	assert_int_equal(seen_body, HOST_HTTP_BODY_MAX);
	free(request);
	request = request_of(HOST_HTTP_BODY_MAX + 1);
	assert_non_null(strstr(ask(request), " 413 "));
	assert_int_equal(handled, 1);
	free(request);
}

static void bounds_bodies_of_no_announced_length(void **state)
{
	static const char head[] =
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
	char chunk[1024 + 7];
	int fd = dial();

	(void)state;
	say(fd, head, sizeof head - 1);
	memcpy(chunk, "400\r\n", 5);
	memset(chunk + 5, 'c', 1024);
	memcpy(chunk + 5 + 1024, "\r\n", 2);
	for (unsigned i = 0; i < 200; i++)
		say(fd, chunk, sizeof chunk);
	hear(fd, NULL);
	assert_int_equal(handled, 0);
	close(fd);
}

static void bounds_headers(void **state)
{
	char *request = malloc(1 << 20);

	(void)state;
	memset(request, 'h', (1 << 20) - 1);
	memcpy(request, "GET / HTTP/1.1\r\nX: ", 19);
	request[(1 << 20) - 1] = '\0';
	assert_non_null(strstr(ask(request), " 431 "));
	memcpy(request, "GET /hhhhhhhhhhhhhhhhhh", 19);
	assert_non_null(strstr(ask(request), " 414 "));
	assert_int_equal(handled, 0);
	free(request);
}

static void stands_rubbish(void **state)
{
	static const char *const rubbish[] = {
		"\r\n\r\n\r\n",
		"GET\r\n\r\n",
		"\x16\x03\x01\x02",
		"GET / HTTP/9.9\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
		"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
	};

	(void)state;
	for (unsigned i = 0; i < sizeof rubbish / sizeof *rubbish; i++) {
		int fd = dial();

		say(fd, rubbish[i], strlen(rubbish[i]));
		for (unsigned n = 0; n < 20; n++)
			host_loop_run(loop, 100);
		close(fd);
	}
	assert_int_equal(handled, 0);
	assert_non_null(strstr(ask("GET / HTTP/1.0\r\n\r\n"), " 200 "));
}

static void bounds_connections(void **state)
{
	int fds[HOST_HTTP_CONNS_MAX * 2];
	unsigned answered = 0;

	(void)state;
	for (unsigned i = 0; i < HOST_HTTP_CONNS_MAX * 2; i++) {
		fds[i] = dial();
		host_loop_run(loop, 0);
	}
	for (unsigned i = 0; i < HOST_HTTP_CONNS_MAX * 2; i++)
		send(fds[i], "GET / HTTP/1.1\r\nHost: a\r\n\r\n", 27, MSG_NOSIGNAL);
	for (unsigned i = 0; i < 300; i++)
		host_loop_run(loop, 1000);
	for (unsigned i = 0; i < HOST_HTTP_CONNS_MAX * 2; i++) {
		char bytes[512];

		answered += recv(fds[i], bytes, sizeof bytes, 0) > 0;
		close(fds[i]);
	}
	assert_int_equal(answered, HOST_HTTP_CONNS_MAX);
	for (unsigned i = 0; i < 100; i++)
		host_loop_run(loop, 500);
	assert_non_null(strstr(ask("GET / HTTP/1.0\r\n\r\n"), " 200 "));
}

// A byte now and then keeps no connection: the whole request has its time.
static void ends_who_drips(void **state)
{
	int fd;

	(void)state;
	http->wait_s = 0.1;
	fd = dial();
	say(fd, "GET / HTTP/1.1\r\nX: ", 19);
	for (unsigned i = 0; i < 30; i++) {
		host_loop_run(loop, 10000);
		send(fd, "x", 1, MSG_NOSIGNAL);
	}
	hear(fd, NULL);
	assert_int_equal(handled, 0);
	close(fd);
}

static void says_why_it_cannot_listen(void **state)
{
	char listen[64];

	(void)state;
	snprintf(listen, sizeof listen, "127.0.0.1:%u", port);
	assert_null(host_http_open(loop, listen, handle, &handled));
	assert_int_equal(errno, EADDRINUSE);
	assert_null(host_http_open(loop, "localhost:80", handle, &handled));
	assert_int_equal(errno, EINVAL);
	assert_null(host_http_open(loop, "203.0.113.1:80", handle, &handled));
	assert_int_equal(errno, EADDRNOTAVAIL);
}

static void listens_on_ipv6(void **state)
{
	struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_STREAM, 0);
	struct host_http *h;
	char listen[64];

	(void)state;
	snprintf(listen, sizeof listen, "[::1]:%u", port); // the same port: the families are apart
	h = host_http_open(loop, listen, handle, &handled);
	if (!h && (errno == EADDRNOTAVAIL || errno == EAFNOSUPPORT)) {
		close(fd);
		if (getenv("CI"))
			fail_msg("this machine has no IPv6 loopback, and in CI nothing is skipped");
		print_message("skipped: this machine has no IPv6 loopback\n");
		skip();
	}
	assert_non_null(h);
	at.sin6_port = htons(port);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	say(fd, "GET / HTTP/1.0\r\n\r\n", 18);
	assert_non_null(strstr(hear(fd, NULL), " 200 "));
	close(fd);
	host_http_close(h);
}

// No client there: nothing to do, nothing that keeps the loop awake.
static void sleeps_when_nobody_asks(void **state)
{
	unsigned events = 0;

	(void)state;
	ask("GET / HTTP/1.0\r\n\r\n");
	for (unsigned i = 0; i < 100; i++)
		host_loop_run(loop, 200);
	for (unsigned i = 0; i < 200; i++)
		events += host_loop_run(loop, 200);
	assert_int_equal(events, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(answers_a_request, open_http, close_http),
		cmocka_unit_test_setup_teardown(passes_status_and_method, open_http, close_http),
		cmocka_unit_test_setup_teardown(sends_large_answers, open_http, close_http),
		cmocka_unit_test_setup_teardown(keeps_connections, open_http, close_http),
		cmocka_unit_test_setup_teardown(takes_bodies, open_http, close_http),
		cmocka_unit_test_setup_teardown(bounds_bodies, open_http, close_http),
		cmocka_unit_test_setup_teardown(bounds_bodies_of_no_announced_length, open_http,
						close_http),
		cmocka_unit_test_setup_teardown(bounds_headers, open_http, close_http),
		cmocka_unit_test_setup_teardown(stands_rubbish, open_http, close_http),
		cmocka_unit_test_setup_teardown(bounds_connections, open_http, close_http),
		cmocka_unit_test_setup_teardown(ends_who_drips, open_http, close_http),
		cmocka_unit_test_setup_teardown(says_why_it_cannot_listen, open_http, close_http),
		cmocka_unit_test_setup_teardown(listens_on_ipv6, open_http, close_http),
		cmocka_unit_test_setup_teardown(sleeps_when_nobody_asks, open_http, close_http),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
