// SPDX-License-Identifier: Apache-2.0
#include "host/log.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/private.h"

// `level` is read by every thread without the lock; all else is under it.
static _Atomic int level_now = LOG_LEVEL_INFO;
static _Atomic unsigned holding;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_limit limit;
static struct log_line line;
static bool json = true, journal;
static unsigned lost; // lines that nobody took
static _Thread_local char trace_now[64];

// systemd names the journal's socket, since a child may have a standard error of its own.
static bool stderr_is_journal(void)
{
	const char *named = getenv("JOURNAL_STREAM");
	unsigned long long device, inode;
	struct stat st;

	return named && sscanf(named, "%llu:%llu", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &st) && st.st_dev == device && st.st_ino == inode;
}

void host_log_setup(enum log_level level, bool as_json)
{
	pthread_mutex_lock(&lock);
	level_now = level;
	json = as_json;
	journal = stderr_is_journal();
	pthread_mutex_unlock(&lock);
}

enum log_level host_log_level(void)
{
	return (enum log_level)level_now;
}

// Standard error is shared with others, so it is not made non-blocking. A pipe or socket that is
// ready takes PIPE_BUF bytes at once.
static void line_write(void)
{
	struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};
	ssize_t n = -1;

	log_line_end(&line);
	if (poll(&p, 1, lost ? 0 : HOST_LOG_WAIT_MS) == 1)
		while ((n = write(STDERR_FILENO, line.bytes, line.len)) < 0 && errno == EINTR)
			;
	if (n < 0)
		lost++;
}

static void lost_say(void)
{
	char count[16];
	unsigned before = lost;

	if (!before)
		return;
	snprintf(count, sizeof count, "%u", before);
	log_line_start(&line, LOG_LEVEL_WARN, "log_lost", json, journal);
	log_line_pair(&line, "lines", count);
	line_write();
	lost = lost == before ? 0 : before;
}

static void quiet_say(uint64_t now_ms)
{
	struct log_event e;
	char count[16];

	while (log_limit_quiet(&limit, now_ms, &e)) {
		snprintf(count, sizeof count, "%u", e.held);
		log_line_start(&line, e.level, e.name, json, journal);
		log_line_pair(&line, "repeated", count);
		line_write();
	}
	holding = limit.holding;
}

void host_log_flush(void)
{
	if (!holding)
		return;
	pthread_mutex_lock(&lock);
	quiet_say(host_now_ms());
	pthread_mutex_unlock(&lock);
}

static void event_write(enum log_level level, const char *event, va_list pairs)
{
	const char *key, *trace = trace_now;

	lost_say();
	log_line_start(&line, level, event, json, journal);
	while ((key = va_arg(pairs, const char *))) {
		const char *value = va_arg(pairs, const char *);

		if (value && value[0])
			log_line_pair(&line, key, value);
		if (!strcmp(key, "trace"))
			trace = "";
	}
	if (trace[0])
		log_line_pair(&line, "trace", trace);
	line_write();
}

void host_log(enum log_level level, const char *event, ...)
{
	int saved = errno;
	uint64_t now_ms;

	if (level > (enum log_level)level_now)
		return;
	now_ms = host_now_ms();
	pthread_mutex_lock(&lock);
	quiet_say(now_ms);
	if (log_limit_pass(&limit, event, level, now_ms)) {
		va_list pairs;

		va_start(pairs, event);
		event_write(level, event, pairs);
		va_end(pairs);
	}
	holding = limit.holding;
	pthread_mutex_unlock(&lock);
	errno = saved;
}

void host_log_trace(const char *trace)
{
	snprintf(trace_now, sizeof trace_now, "%s", trace);
}

const char *host_trace(void)
{
	return trace_now;
}

const char *host_text(const char *format, ...)
{
	static _Thread_local char texts[16][256];
	static _Thread_local unsigned turn;
	char *text = texts[turn++ % 16];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof texts[0], format, args);
	va_end(args);
	return text;
}
