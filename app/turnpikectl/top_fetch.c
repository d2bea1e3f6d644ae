// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "config/limits.h"
#include "top.h"

struct top_fetcher {
	struct ctl ctl;
	pthread_mutex_t lock; // of what follows
	pthread_cond_t wake;
	bool asked, sessions, answered;
	int code;
	struct top_sample sample;
	char trouble[256], complaint[256]; // complaint: the thread's alone
	int fd;
};

double top_clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static int sessions_fetch(const struct ctl *c, json_t **out)
{
	json_t *params = json_pack("{s:i}", "limit", CTL_TOP_SESSIONS);
	int code = turn_list_fetch(c, params, out);

	json_decref(params);
	return code;
}

int top_sample_fetch(const struct ctl *c, bool sessions, struct top_sample *out)
{
	struct top_sample s = {0};
	struct {
		const char *method;
		json_t **result;
	} asks[] = {{"node.status", &s.status},
		    {"stats.ports", &s.ports},
		    {"stats.steps", &s.steps},
		    {"stats.drops", &s.drops}};
	int code = CTL_DONE;

	s.at_s = top_clock_s();
	for (size_t i = 0; i < sizeof asks / sizeof *asks && !code; i++)
		code = client_call(c, asks[i].method, NULL, asks[i].result);
	if (!code && sessions)
		code = sessions_fetch(c, &s.sessions);
	if (code)
		top_sample_free(&s);
	*out = s;
	return code;
}

static void *fetcher_run(void *context)
{
	struct top_fetcher *f = context;
	struct top_sample sample;
	uint64_t one = 1;

	ctl_complain_into(f->complaint, sizeof f->complaint);
	pthread_mutex_lock(&f->lock);
	for (;;) {
		bool sessions;
		int code;

		while (!f->asked)
			pthread_cond_wait(&f->wake, &f->lock);
		f->asked = false;
		sessions = f->sessions;
		pthread_mutex_unlock(&f->lock);
		f->complaint[0] = '\0';
		code = top_sample_fetch(&f->ctl, sessions, &sample);
		pthread_mutex_lock(&f->lock);
		top_sample_free(&f->sample); // of an answer that nobody took
		f->sample = sample;
		f->code = code;
		f->answered = true;
		memcpy(f->trouble, f->complaint, sizeof f->trouble);
		if (write(f->fd, &one, sizeof one) < 0)
			break; // cannot happen: its count does not overflow
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

static int thread_start(struct top_fetcher *f)
{
	pthread_t thread;
	sigset_t all, old;
	int err;

	// Signals are the other thread's: it holds the terminal.
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	err = pthread_create(&thread, NULL, fetcher_run, f);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (!err)
		pthread_detach(thread);
	return err;
}

struct top_fetcher *fetcher_new(const struct ctl *c)
{
	static struct top_fetcher *f; // reachable as long as the thread runs
	int err;

	f = calloc(1, sizeof *f);
	if (!f)
		return NULL;
	f->ctl = *c;
	pthread_mutex_init(&f->lock, NULL);
	pthread_cond_init(&f->wake, NULL);
	f->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	err = f->fd < 0 ? errno : thread_start(f);
	if (!err)
		return f;
	free(f);
	errno = err;
	return NULL;
}

int fetcher_fd(const struct top_fetcher *f)
{
	return f->fd;
}

void fetcher_ask(struct top_fetcher *f, bool sessions)
{
	pthread_mutex_lock(&f->lock);
	f->asked = true;
	f->sessions = sessions;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
}

int fetcher_take(struct top_fetcher *f, struct top_sample *out, char *trouble, size_t size)
{
	uint64_t count;
	int code = -1;

	pthread_mutex_lock(&f->lock);
	if (f->answered && read(f->fd, &count, sizeof count) > 0) {
		*out = f->sample;
		f->sample = (struct top_sample){0};
		f->answered = false;
		code = f->code;
		snprintf(trouble, size, "%s", code ? f->trouble : "");
	}
	pthread_mutex_unlock(&f->lock);
	return code;
}
