// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/webhook_post.h"

// A receiver in a thread: answers by a script, keeps what it was told.

#define SECRET "between us"
#define POSTS_MAX 64

struct receiver {
	int fd;
	uint16_t port;
	pthread_t thread;
	const unsigned *script; // statuses; the last one repeats; 0: hangs up without an answer
	_Atomic unsigned posts;
	char *bodies[POSTS_MAX];
	char signatures[POSTS_MAX][128];
};

static struct receiver r;

static size_t request_read(int fd, char *text, size_t cap)
{
	size_t len = 0, want = SIZE_MAX;
	ssize_t n;

	while (len < want && (n = read(fd, text + len, cap - 1 - len)) > 0) {
		char *body, *at;

		len += (size_t)n;
		text[len] = '\0';
		body = strstr(text, "\r\n\r\n");
		at = strcasestr(text, "content-length:");
		if (body && at)
			want = (size_t)(body + 4 - text) + strtoul(at + 15, NULL, 10);
	}
	return len == want ? len : 0;
}

static void request_note(const char *text)
{
	const char *at = strstr(text, "Turnpike-Signature: ");

	assert_true(r.posts < POSTS_MAX);
	assert_non_null(at);
	sscanf(at + 20, "%127[^\r]", r.signatures[r.posts]);
	r.bodies[r.posts] = strdup(strstr(text, "\r\n\r\n") + 4);
}

static void *receiver_run(void *arg)
{
	static char text[1 << 20];
	unsigned at = 0;
	int fd;

	(void)arg;
	while ((fd = accept(r.fd, NULL, NULL)) >= 0) {
		char answer[128];
		unsigned status = r.script[at];

		if (request_read(fd, text, sizeof text)) {
			request_note(text);
			r.posts++;
			if (r.script[at + 1])
				at++;
			int len = sprintf(answer,
					  "HTTP/1.1 %u X\r\nContent-Length: 0\r\n"
					  "Connection: close\r\n\r\n",
					  status);
			if (status > 1)
				assert_int_equal(write(fd, answer, (size_t)len), len);
		}
		close(fd);
	}
	return NULL;
}

static void receiver_open(const unsigned *script)
{
	struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof at;

	memset(&r, 0, sizeof r);
	r.script = script;
	r.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(r.fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(r.fd, 8), 0);
	assert_int_equal(getsockname(r.fd, (struct sockaddr *)&at, &len), 0);
	r.port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&r.thread, NULL, receiver_run, NULL), 0);
}

static void receiver_close(void)
{
	shutdown(r.fd, SHUT_RDWR);
	pthread_join(r.thread, NULL);
	close(r.fd);
	for (unsigned i = 0; i < r.posts; i++)
		free(r.bodies[i]);
}

static struct host_webhook *webhook_open(uint16_t port)
{
	char url[64];
	struct host_webhook *w;

	snprintf(url, sizeof url, "http://127.0.0.1:%u/hook", port);
	host_log_setup(LOG_LEVEL_ERROR, true);
	w = host_webhook_open(&(struct host_webhook_settings){url, SECRET, "edge1", 5});
	assert_non_null(w);
	return w;
}

static void put(struct host_webhook *w, const char *event)
{
	assert_int_equal(host_webhook_put(w, event, strlen(event)), 0);
}

// Until so many events were sent or dropped.
static struct host_webhook_counts settled(struct host_webhook *w, uint64_t events)
{
	struct host_webhook_counts c = {0};

	for (unsigned i = 0; i < 3000 && c.sent + c.dropped < events; i++) {
		usleep(10000);
		host_webhook_counts(w, &c);
	}
	assert_int_equal(c.sent + c.dropped, events);
	return c;
}

static void check_signature(unsigned post)
{
	unsigned long long seconds = strtoull(r.signatures[post] + 2, NULL, 10);
	char *right = webhook_signature(SECRET, seconds, r.bodies[post], strlen(r.bodies[post]));

	assert_in_range(seconds, host_wall_s() - 60, host_wall_s());
	assert_string_equal(r.signatures[post], right);
	free(right);
}

static void signs_as_documented(void **state)
{
	// printf '1790000000.{"a":1}' | openssl dgst -sha256 -hmac key
	char *text = webhook_signature("key", 1790000000, "{\"a\":1}", 7);

	(void)state;
	assert_string_equal(text,
			    "t=1790000000,v1="
			    "7a4d26944722100249410c8c7f2e76c3cc6e9735fcc98b39e44a122da5490ffc");
	free(text);
}

static void sends_a_batch_signed(void **state)
{
	static const unsigned script[] = {200, 0};
	struct host_webhook *w;
	json_t *body;

	(void)state;
	receiver_open(script);
	w = webhook_open(r.port);
	put(w, "{\"kind\":\"a\"}");
	put(w, "{\"kind\":\"b\"}");
	assert_int_equal(settled(w, 2).sent, 2);
	host_webhook_close(w);
	assert_int_equal(r.posts, 1);
	body = json_loads(r.bodies[0], 0, NULL);
	assert_string_equal(json_string_value(json_object_get(body, "node")), "edge1");
	assert_int_equal(json_array_size(json_object_get(body, "events")), 2);
	json_decref(body);
	check_signature(0);
	receiver_close();
}

static void tries_again_until_it_is_taken(void **state)
{
	static const unsigned script[] = {500, 1, 204, 0}; // 1: hangs up
	struct host_webhook_counts c;
	struct host_webhook *w;

	(void)state;
	receiver_open(script);
	w = webhook_open(r.port);
	put(w, "{\"kind\":\"a\"}");
	c = settled(w, 1);
	host_webhook_close(w);
	assert_int_equal(c.sent, 1);
	assert_int_equal(c.attempts_failed, 2);
	assert_int_equal(c.attempts_ok, 1);
	assert_int_equal(r.posts, 3);
	for (unsigned i = 0; i < 3; i++) {
		assert_string_equal(r.bodies[i], r.bodies[0]);
		check_signature(i);
	}
	receiver_close();
}

static void a_refusal_is_final(void **state)
{
	static const unsigned script[] = {403, 200, 0};
	struct host_webhook_counts c;
	struct host_webhook *w;

	(void)state;
	receiver_open(script);
	w = webhook_open(r.port);
	put(w, "{\"kind\":\"a\"}");
	c = settled(w, 1);
	assert_int_equal(c.dropped, 1);
	put(w, "{\"kind\":\"b\"}");
	c = settled(w, 2);
	assert_int_equal(c.sent, 1);
	host_webhook_close(w);
	assert_int_equal(r.posts, 2);
	receiver_close();
}

static void the_queue_is_bounded(void **state)
{
	struct host_webhook_counts c;
	struct host_webhook *w = webhook_open(9); // nobody is there
	unsigned refused = 0;

	(void)state;
	for (unsigned i = 0; i < WEBHOOK_QUEUE + 3 * WEBHOOK_BATCH; i++)
		refused += host_webhook_put(w, "{}", 2) != 0;
	host_webhook_counts(w, &c);
	assert_in_range(refused, WEBHOOK_BATCH, 3 * WEBHOOK_BATCH);
	assert_int_equal(c.dropped, refused);
	assert_in_range(c.queued, WEBHOOK_QUEUE - WEBHOOK_BATCH, WEBHOOK_QUEUE);
	host_webhook_close(w);
}

static void closing_gives_one_more_chance(void **state)
{
	static const unsigned script[] = {200, 0};
	struct host_webhook *w;

	(void)state;
	receiver_open(script);
	w = webhook_open(r.port);
	put(w, "{\"kind\":\"last\"}");
	host_webhook_close(w);
	assert_int_equal(r.posts, 1);
	assert_non_null(strstr(r.bodies[0], "last"));
	receiver_close();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_as_documented),
		cmocka_unit_test(sends_a_batch_signed),
		cmocka_unit_test(tries_again_until_it_is_taken),
		cmocka_unit_test(a_refusal_is_final),
		cmocka_unit_test(the_queue_is_bounded),
		cmocka_unit_test(closing_gives_one_more_chance),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
