// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/limits.h"
#include "host/host.h"
#include "host/log.h"

// Standard error is a pipe while a test runs.
static int stderr_kept, out;
static char text[1 << 20];

static int pipe_in(void **state)
{
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	out = ends[0];
	fcntl(out, F_SETFL, O_NONBLOCK);
	stderr_kept = dup(STDERR_FILENO);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	host_log_setup(LOG_LEVEL_DEBUG, true);
	return 0;
}

static int pipe_out(void **state)
{
	(void)state;
	dup2(stderr_kept, STDERR_FILENO);
	close(stderr_kept);
	close(out);
	return 0;
}

// All that was written since, as text.
static char *written(void)
{
	size_t len = 0;
	ssize_t n;

	while ((n = read(out, text + len, sizeof text - 1 - len)) > 0)
		len += (size_t)n;
	text[len] = '\0';
	return text;
}

// The only line that was written, as an object.
static json_t *line_read(void)
{
	char *line = written();
	json_error_t e;
	json_t *o = json_loads(line, JSON_REJECT_DUPLICATES, &e);

	if (!o || strchr(line, '\n') != line + strlen(line) - 1)
		fail_msg("%s: %s", e.text, line);
	return o;
}

static const char *member(const json_t *o, const char *key)
{
	const char *value = json_string_value(json_object_get(o, key));

	return value ? value : "(none)";
}

static void writes_json_lines(void **state)
{
	json_t *o;
	unsigned y, mo, d, h, mi, s, ms;

	(void)state;
	errno = EBUSY;
	host_log(LOG_LEVEL_WARN, "port_up", "port", "wan", "speed", host_text("%u", 10), "none", "",
		 "null", (const char *)NULL, NULL);
	assert_int_equal(errno, EBUSY);
	o = line_read();
	assert_string_equal(member(o, "level"), "warn");
	assert_string_equal(member(o, "event"), "port_up");
	assert_string_equal(member(o, "port"), "wan");
	assert_string_equal(member(o, "speed"), "10");
	assert_int_equal(json_object_size(o), 5);
	assert_int_equal(strlen(member(o, "time")), 24);
	assert_int_equal(sscanf(member(o, "time"), "%4u-%2u-%2uT%2u:%2u:%2u.%3uZ", &y, &mo, &d, &h,
				&mi, &s, &ms),
			 7);
	assert_in_range(y, 2024, 2200);
	json_decref(o);
}

static void escapes_values(void **state)
{
	json_t *o;

	(void)state;
	host_log(LOG_LEVEL_INFO, "escape_json", "a", "\"\\\n\t\x01\x7f", "b",
		 "\xe2\x82\xac|\xff|\xc0\x80|\xed\xa0\x80|\xf0\x9f\x98\x80", "c",
		 "x\",\"level\":\"debug", NULL);
	o = line_read();
	assert_string_equal(member(o, "a"), "\"\\\n\t\x01\x7f");
	assert_string_equal(
		member(o, "b"),
		"\xe2\x82\xac|\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd"
		"\xef\xbf\xbd|\xf0\x9f\x98\x80");
	assert_string_equal(member(o, "level"), "info");
	json_decref(o);
}

static void writes_text_lines(void **state)
{
	char *line;

	(void)state;
	host_log_setup(LOG_LEVEL_INFO, false);
	host_log(LOG_LEVEL_INFO, "text_line", "name", "edge1", "why", "two words", "what", "a=b\n",
		 NULL);
	line = written();
	assert_int_equal(line[23], 'Z');
	assert_string_equal(line + 24,
			    " info text_line name=edge1 why=\"two words\" what=\"a=b\\u000a\"\n");
}

static void speaks_to_the_journal(void **state)
{
	struct stat st;
	char stream[64];

	(void)state;
	assert_int_equal(fstat(STDERR_FILENO, &st), 0);
	snprintf(stream, sizeof stream, "%lu:%lu", (unsigned long)st.st_dev,
		 (unsigned long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	host_log_setup(LOG_LEVEL_INFO, false);
	host_log(LOG_LEVEL_ERROR, "journal_line", "a", "b", NULL);
	assert_string_equal(written(), "<3>error journal_line a=b\n");
	host_log_setup(LOG_LEVEL_INFO, true);
	host_log(LOG_LEVEL_WARN, "journal_object", "a", "b", NULL);
	assert_memory_equal(written(), "<4>{\"time\":\"", 12);
	// Another one's journal: not ours.
	setenv("JOURNAL_STREAM", "1:1", 1);
	host_log_setup(LOG_LEVEL_INFO, false);
	host_log(LOG_LEVEL_ERROR, "journal_line", "a", "b", NULL);
	assert_int_equal(written()[23], 'Z');
	unsetenv("JOURNAL_STREAM");
}

static void repeats_the_trace_of_its_thread(void **state)
{
	(void)state;
	host_log_setup(LOG_LEVEL_INFO, false);
	host_log_trace("00-aa-bb-01");
	host_log(LOG_LEVEL_INFO, "traced", "a", "b", NULL);
	assert_non_null(strstr(written(), " info traced a=b trace=00-aa-bb-01\n"));
	host_log(LOG_LEVEL_INFO, "traced_other", "trace", "00-cc-dd-01", NULL);
	assert_non_null(strstr(written(), " info traced_other trace=00-cc-dd-01\n"));
	host_log_trace("");
	host_log(LOG_LEVEL_INFO, "untraced", "a", "b", NULL);
	assert_non_null(strstr(written(), " info untraced a=b\n"));
}

static void keeps_to_the_level(void **state)
{
	(void)state;
	host_log_setup(LOG_LEVEL_WARN, true);
	assert_int_equal(host_log_level(), LOG_LEVEL_WARN);
	host_log(LOG_LEVEL_INFO, "level", NULL);
	host_log(LOG_LEVEL_DEBUG, "level", NULL);
	assert_string_equal(written(), "");
	host_log(LOG_LEVEL_WARN, "level", NULL);
	assert_string_not_equal(written(), "");
}

// Whatever the length, a line is whole JSON, within the bound, and says that it was cut.
static void cuts_long_lines(void **state)
{
	static char value[3 * HOST_LOG_LINE_MAX];
	unsigned cut = 0;

	(void)state;
	for (size_t len = HOST_LOG_LINE_MAX - 200; len < HOST_LOG_LINE_MAX + 50; len++) {
		char name[16];
		json_t *o;

		snprintf(name, sizeof name, "cut%zu", len);
		memset(value, len % 3 ? 'v' : '"', len);
		value[len] = '\0';
		host_log(LOG_LEVEL_INFO, name, "v", value, "after", "x", NULL);
		o = line_read();
		assert_true(strlen(text) <= HOST_LOG_LINE_MAX);
		assert_true(json_is_true(json_object_get(o, "cut")) !=
			    !strcmp(member(o, "after"), "x"));
		cut += json_is_true(json_object_get(o, "cut"));
		json_decref(o);
	}
	assert_in_range(cut, 100, 249);
}

static void cuts_no_character(void **state)
{
	static char value[HOST_LOG_LINE_MAX * 2];

	(void)state;
	for (unsigned shift = 0; shift < 3; shift++) {
		char name[16];

		memset(value, 'x', shift);
		for (size_t at = shift; at + 4 < sizeof value; at += 3)
			memcpy(value + at, "\xe2\x82\xac", 4);
		snprintf(name, sizeof name, "euro%u", shift);
		host_log(LOG_LEVEL_INFO, name, "v", value, NULL);
		json_decref(line_read()); // jansson takes only whole characters
	}
}

static unsigned count_of(const char *haystack, const char *needle)
{
	unsigned n = 0;

	while ((haystack = strstr(haystack, needle))) {
		haystack += strlen(needle);
		n++;
	}
	return n;
}

static void says_repeats_once(void **state)
{
	struct host_loop *l = host_loop_new();
	char *all;

	(void)state;
	for (unsigned i = 0; i < 1000; i++)
		host_log(LOG_LEVEL_WARN, "flood", "i", host_text("%u", i), NULL);
	host_log(LOG_LEVEL_INFO, "calm", NULL);
	all = written();
	assert_int_equal(count_of(all, "\"flood\""), HOST_LOG_PER_S);
	assert_int_equal(count_of(all, "\"calm\""), 1);
	usleep(1010000);
	host_loop_run(l, 0);
	all = written();
	assert_non_null(
		strstr(all, "\"level\":\"warn\",\"event\":\"flood\",\"repeated\":\"980\"}\n"));
	assert_int_equal(count_of(all, "\n"), 1);
	host_loop_run(l, 0);
	assert_string_equal(written(), "");
	host_log(LOG_LEVEL_WARN, "flood", "i", "1000", NULL);
	assert_int_equal(count_of(written(), "\"flood\""), 1);
	host_loop_free(l);
}

static void limits_events_apart(void **state)
{
	static struct log_limit t;
	struct log_event e;
	char name[40];

	(void)state;
	// More events than there are places: none is lost for that.
	for (unsigned i = 0; i < HOST_LOG_EVENTS * 2; i++) {
		snprintf(name, sizeof name, "event_of_a_long_name_%u", i);
		assert_true(log_limit_pass(&t, name, LOG_LEVEL_INFO, 5000 + i));
	}
	for (unsigned i = 0; i < 30; i++)
		assert_int_equal(log_limit_pass(&t, "a", LOG_LEVEL_INFO, 6000), i < HOST_LOG_PER_S);
	assert_true(log_limit_pass(&t, "b", LOG_LEVEL_INFO, 6000));
	assert_false(log_limit_quiet(&t, 6999, &e));
	assert_true(log_limit_quiet(&t, 7000, &e));
	assert_string_equal(e.name, "a");
	assert_int_equal(e.held, 10);
	assert_false(log_limit_quiet(&t, 7000, &e));
	assert_int_equal(t.holding, 0);
	// Steady, below the bound: never held.
	for (unsigned i = 0; i < 100; i++)
		assert_true(log_limit_pass(&t, "steady", LOG_LEVEL_INFO, 10000 + i * 60));
}

// Nobody reads: the caller is held up once, not for every line; what is lost is said.
static void does_not_wait_for_a_reader(void **state)
{
	uint64_t start_ms;
	char name[32], *all;

	(void)state;
	memset(text, 'f', 3000);
	text[3000] = '\0';
	start_ms = host_now_ms();
	for (unsigned i = 0; i < 100; i++) {
		snprintf(name, sizeof name, "stuck%u", i);
		host_log(LOG_LEVEL_INFO, name, "fill", text, NULL);
	}
	assert_true(host_now_ms() - start_ms < 500);
	all = written();
	assert_in_range(count_of(all, "\n"), 5, 30);
	host_log(LOG_LEVEL_INFO, "read_again", NULL);
	all = written();
	assert_non_null(strstr(all, "\"event\":\"log_lost\",\"lines\":\""));
	assert_non_null(strstr(all, "read_again"));
	host_log(LOG_LEVEL_INFO, "and_again", NULL);
	assert_null(strstr(written(), "log_lost"));
}

static void *log_thread(void *name)
{
	for (unsigned i = 0; i < 15; i++)
		host_log(LOG_LEVEL_INFO, name, "thread", name, NULL);
	return NULL;
}

static void keeps_lines_of_threads_whole(void **state)
{
	static char names[8][16];
	pthread_t threads[8];
	char *all, *line;
	unsigned n = 0;

	(void)state;
	for (unsigned i = 0; i < 8; i++) {
		snprintf(names[i], sizeof names[i], "thread%u", i);
		assert_int_equal(pthread_create(&threads[i], NULL, log_thread, names[i]), 0);
	}
	for (unsigned i = 0; i < 8; i++)
		pthread_join(threads[i], NULL);
	all = written();
	while ((line = strsep(&all, "\n")) && *line) {
		json_t *o = json_loads(line, 0, NULL);

		assert_non_null(o);
		assert_string_equal(member(o, "event"), member(o, "thread"));
		json_decref(o);
		n++;
	}
	assert_int_equal(n, 120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(writes_json_lines, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(escapes_values, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(writes_text_lines, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(speaks_to_the_journal, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(repeats_the_trace_of_its_thread, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(keeps_to_the_level, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(cuts_long_lines, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(cuts_no_character, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(says_repeats_once, pipe_in, pipe_out),
		cmocka_unit_test(limits_events_apart),
		cmocka_unit_test_setup_teardown(does_not_wait_for_a_reader, pipe_in, pipe_out),
		cmocka_unit_test_setup_teardown(keeps_lines_of_threads_whole, pipe_in, pipe_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
