// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/config.h"
#include "control/events.h"

// Subscribers over a real socket, a node that only has events, and readers that read when they like.

extern const struct module events_module;

static struct node n; // large
static struct host_socket *door;
static struct host_conn *conn; // whose line is being handled, or was last
static char path[64];

struct host_conn *dispatch_conn(const struct node *node)
{
	(void)node;
	return conn;
}

void config_refuse(struct config_refusals *r, const char *key, const char *format, ...)
{
	(void)r;
	fail_msg("%s: %s", key, format);
}

static void on_line(void *ctx, struct host_conn *c, const char *line, size_t len)
{
	struct api_request rq;
	struct api_error error = {0};
	json_t *result = NULL;
	char *answer;

	(void)ctx;
	conn = c;
	assert_int_equal(api_request_decode(&rq, line, len, &error), API_OK);
	if (events_module.requests[0].handle(&n, &rq, &result, &error)) {
		error.code = API_REFUSED;
		answer = api_error_encode(rq.id, &error);
	} else {
		answer = api_result_encode(rq.id, result);
	}
	host_conn_send(c, answer, strlen(answer));
	free(answer);
	json_decref(result);
	api_request_release(&rq);
}

static void on_closed(void *ctx, struct host_conn *c)
{
	(void)ctx;
	events_forget(&n, c);
}

static void turn_loop(unsigned rounds)
{
	while (rounds--) {
		events_module.tick(&n, 0);
		host_loop_run(n.loop, 0);
	}
}

static int setup(void **state)
{
	static const struct host_socket_ops ops = {on_line, on_closed};

	(void)state;
	memset(&n, 0, sizeof n);
	n.settings.events.webhook.url = (char *)"";
	snprintf(path, sizeof path, "/tmp/events.%d", getpid());
	host_log_setup(LOG_LEVEL_ERROR, true);
	n.loop = host_loop_new();
	assert_int_equal(events_module.open(&n), 0);
	door = host_socket_open(n.loop, path, NULL, false, &ops, NULL);
	assert_non_null(door);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	host_socket_close(door);
	events_module.close(&n);
	host_loop_free(n.loop);
	return 0;
}

struct reader {
	int fd;
	struct host_conn *conn; // the other end
	char *bytes;
	size_t len;
};

static struct reader reader_open(const char *params)
{
	struct reader r = {.fd = socket(AF_UNIX, SOCK_STREAM, 0)};
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	char line[256];
	int len = snprintf(line, sizeof line,
			   "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"events.subscribe\","
			   "\"params\":%s}\n",
			   params);

	strcpy(to.sun_path, path);
	assert_int_equal(connect(r.fd, (struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(send(r.fd, line, (size_t)len, 0), len);
	turn_loop(5);
	r.conn = conn;
	r.bytes = malloc(1 << 22);
	return r;
}

static void reader_close(struct reader *r)
{
	close(r->fd);
	free(r->bytes);
	turn_loop(5);
}

// Takes what is there; the first line is the reply.
static void reader_read(struct reader *r)
{
	ssize_t got;

	while ((got = recv(r->fd, r->bytes + r->len, (1 << 22) - r->len, MSG_DONTWAIT)) > 0) {
		r->len += (size_t)got;
		turn_loop(2);
	}
}

struct seen {
	unsigned events, lost_events;
	uint64_t lost, first, last;
};

static struct seen reader_count(struct reader *r)
{
	struct seen s = {0};
	char *at = r->bytes, *end;

	for (bool reply = true; (end = memchr(at, '\n', r->len - (size_t)(at - r->bytes)));
	     at = end + 1, reply = false) {
		json_t *m = json_loadb(at, (size_t)(end - at), 0, NULL);
		json_t *params = json_object_get(m, "params");
		const char *kind = json_string_value(json_object_get(params, "kind"));

		assert_non_null(m);
		assert_int_equal(reply, json_object_get(m, "result") != NULL);
		if (!reply && !strcmp(kind, "lost")) {
			s.lost_events++;
			s.lost += (uint64_t)json_integer_value(json_object_get(params, "count"));
		} else if (!reply) {
			uint64_t seq = (uint64_t)json_integer_value(json_object_get(params, "seq"));

			s.first = s.events++ ? s.first : seq;
			assert_true(seq > s.last);
			s.last = seq;
		}
		json_decref(m);
	}
	return s;
}

static void emit(json_int_t id, const char *user)
{
	event_emit(&n, EVENT_REFRESHED,
		   json_pack("{s:I, s:s, s:s}", "id", id, "user", user, "client",
			     "198.18.0.10:5000"));
}

static void nobody_listens_nothing_is_wanted(void **state)
{
	struct reader r;

	(void)state;
	assert_false(event_wanted(&n, EVENT_REFRESHED));
	r = reader_open("{\"kinds\":[\"allocation\"]}");
	assert_true(event_wanted(&n, EVENT_REFRESHED));
	assert_false(event_wanted(&n, EVENT_LINK_UP));
	reader_close(&r);
	assert_false(event_wanted(&n, EVENT_REFRESHED));
}

static void filters_by_kind_user_and_id(void **state)
{
	struct reader all = reader_open("{}"), bob = reader_open("{\"user\":\"bob\"}"),
		      seven = reader_open("{\"id\":7}"),
		      links = reader_open("{\"kinds\":[\"node\"]}");

	(void)state;
	emit(7, "alice");
	emit(8, "bob");
	event_emit(&n, EVENT_LINK_UP, NULL);
	turn_loop(5);
	reader_read(&all);
	reader_read(&bob);
	reader_read(&seven);
	reader_read(&links);
	assert_int_equal(reader_count(&all).events, 3);
	assert_int_equal(reader_count(&bob).events, 1);
	assert_int_equal(reader_count(&seven).events, 1);
	assert_int_equal(reader_count(&links).events, 1);
	reader_close(&all);
	reader_close(&bob);
	reader_close(&seven);
	reader_close(&links);
}

static void subscribing_again_changes_the_filter(void **state)
{
	static const char again[] = "{\"jsonrpc\":\"2.0\",\"method\":\"events.subscribe\",\"id\":2,"
				    "\"params\":{\"user\":\"bob\",\"kinds\":[\"refreshed\"]}}\n";
	struct reader r = reader_open("{\"user\":\"alice\"}");

	(void)state;
	assert_int_equal(send(r.fd, again, sizeof again - 1, 0), sizeof again - 1);
	turn_loop(5);
	reader_read(&r);
	r.len = 0;
	emit(1, "alice");
	emit(1, "bob");
	emit(1, "carol");
	turn_loop(5);
	reader_read(&r);
	assert_non_null(memmem(r.bytes, r.len, "\"user\":\"bob\"", 12));
	assert_null(memmem(r.bytes, r.len, "\"user\":\"alice\"", 14));
	reader_close(&r);
}

// What the one who rests misses is counted and said; the one who reads misses nothing.
static void a_slow_reader_loses_and_is_told(void **state)
{
	struct reader slow = reader_open("{}"), quick = reader_open("{}");
	struct seen s, q;

	(void)state;
	for (unsigned i = 0; i < 8000; i++) {
		emit(1, "alice");
		assert_true(host_conn_unsent(slow.conn) <= EVENT_BACKLOG_MAX);
		if (i % 50 == 0)
			reader_read(&quick);
	}
	reader_read(&quick);
	for (unsigned i = 0; i < 50; i++) {
		turn_loop(5);
		reader_read(&slow);
	}
	q = reader_count(&quick);
	assert_int_equal(q.events, 8000);
	assert_int_equal(q.lost, 0);
	s = reader_count(&slow);
	assert_true(s.lost > 0 && s.events > 0);
	assert_int_equal(s.events + s.lost, 8000);
	assert_int_equal(s.lost_events, 1);
	// From then on he is told all again.
	emit(1, "alice");
	turn_loop(5);
	reader_read(&slow);
	assert_int_equal(reader_count(&slow).events, s.events + 1);
	reader_close(&slow);
	reader_close(&quick);
}

static void subscribers_are_bounded(void **state)
{
	struct reader r[EVENT_SUBSCRIBERS_MAX + 1];

	(void)state;
	for (unsigned i = 0; i <= EVENT_SUBSCRIBERS_MAX; i++)
		r[i] = reader_open("{}");
	reader_read(&r[0]);
	reader_read(&r[EVENT_SUBSCRIBERS_MAX]);
	assert_non_null(memmem(r[0].bytes, r[0].len, "\"result\"", 8));
	assert_non_null(memmem(r[EVENT_SUBSCRIBERS_MAX].bytes, r[EVENT_SUBSCRIBERS_MAX].len,
			       "\"error\"", 7));
	for (unsigned i = 0; i <= EVENT_SUBSCRIBERS_MAX; i++)
		reader_close(&r[i]);
	assert_false(event_wanted(&n, EVENT_REFRESHED));
}

static void texts_of_any_bytes_are_told(void **state)
{
	json_t *text = event_text("a\xff\x62", 3);

	(void)state;
	assert_string_equal(json_string_value(text), "a?b");
	json_decref(text);
	text = event_text("\xc3\xa4", 2);
	assert_string_equal(json_string_value(text), "\xc3\xa4");
	json_decref(text);
}

static void groups_and_names_are_kinds(void **state)
{
	(void)state;
	assert_int_equal(api_event_set("nonsense"), 0);
	assert_int_equal(api_event_set("allocated"), UINT64_C(1) << EVENT_ALLOCATED);
	assert_true(api_event_set("allocation") >> EVENT_DELETED & 1);
	assert_false(api_event_set("allocation") >> EVENT_LINK_UP & 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(nobody_listens_nothing_is_wanted),
		T(filters_by_kind_user_and_id),
		T(subscribing_again_changes_the_filter),
		T(a_slow_reader_loses_and_is_told),
		T(subscribers_are_bounded),
		T(texts_of_any_bytes_are_told),
		T(groups_and_names_are_kinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
