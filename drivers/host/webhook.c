// SPDX-License-Identifier: Apache-2.0
#include "host/webhook.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "config/limits.h"
#include "host/webhook_post.h"

struct item {
	struct item *next;
	size_t len;
	char text[];
};

// Under `lock`: queue, counts, stop. The rest is the thread's, or constant.
struct host_webhook {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct item *head, **tail;
	size_t queued, queued_bytes;
	struct host_webhook_counts counts;
	bool stop;
	bool released; // nobody joins the thread
	_Atomic uint64_t end_ms; // no attempt goes on beyond; UINT64_MAX while the relay lives
	char *node;
	struct webhook_post post;
};

// Waits for news until `due_ms`; under the lock.
static void wait_until(struct host_webhook *w, uint64_t due_ms)
{
	struct timespec due = {.tv_sec = (time_t)(due_ms / 1000),
			       .tv_nsec = (long)(due_ms % 1000) * 1000000};

	pthread_cond_timedwait(&w->changed, &w->lock, &due);
}

// Until there is something to send, and a little longer for company; under the lock. False: the end.
static bool batch_await(struct host_webhook *w)
{
	uint64_t due_ms;

	while (!w->head && !w->stop)
		pthread_cond_wait(&w->changed, &w->lock);
	due_ms = host_now_ms() + WEBHOOK_GATHER_MS;
	while (!w->stop && w->queued < WEBHOOK_BATCH && host_now_ms() < due_ms)
		wait_until(w, due_ms);
	return w->head && (!w->stop || host_now_ms() < w->end_ms);
}

// Takes events off the queue into a body; NULL: out of memory, and they are dropped.
static char *batch_take(struct host_webhook *w, unsigned *count, size_t *len)
{
	struct item *first = w->head, *i = first;
	size_t bytes = strlen(w->node) + 64;
	char *body, *at;

	for (*count = 0; i && *count < WEBHOOK_BATCH; i = i->next, ++*count)
		bytes += i->len + 1;
	w->head = i;
	if (!i)
		w->tail = &w->head;
	w->queued -= *count;
	body = malloc(bytes);
	at = body;
	if (body)
		at += sprintf(at, "{\"node\":\"%s\",\"events\":[", w->node);
	for (unsigned n = 0; n < *count; n++) {
		struct item *next = first->next;

		if (body) {
			if (n)
				*at++ = ',';
			at = mempcpy(at, first->text, first->len);
		}
		w->queued_bytes -= first->len;
		free(first);
		first = next;
	}
	if (body)
		*len = (size_t)(stpcpy(at, "]}") - body);
	return body;
}

static uint64_t backoff_ms(unsigned attempt)
{
	uint64_t base = WEBHOOK_BACKOFF_MS;
	uint32_t random;

	for (unsigned i = 0; i < attempt && base < WEBHOOK_BACKOFF_MAX_MS; i++)
		base *= 2;
	if (base > WEBHOOK_BACKOFF_MAX_MS)
		base = WEBHOOK_BACKOFF_MAX_MS;
	host_random(&random, sizeof random);
	return base / 2 + random % (base / 2 + 1);
}

// Under the lock, which is given up while the receiver is asked.
static bool batch_deliver(struct host_webhook *w, const char *body, size_t len)
{
	for (unsigned attempt = 0; attempt < WEBHOOK_ATTEMPTS; attempt++) {
		uint64_t due_ms = attempt ? host_now_ms() + backoff_ms(attempt - 1) : 0;
		enum webhook_result result;

		while (!w->stop && host_now_ms() < due_ms)
			wait_until(w, due_ms);
		pthread_mutex_unlock(&w->lock);
		result = webhook_post(&w->post, body, len, &w->end_ms);
		pthread_mutex_lock(&w->lock);
		if (result == WEBHOOK_TAKEN)
			w->counts.attempts_ok++;
		else
			w->counts.attempts_failed++;
		if (result != WEBHOOK_LATER || w->stop)
			return result == WEBHOOK_TAKEN;
	}
	return false;
}

static void webhook_free(struct host_webhook *w)
{
	while (w->head) {
		struct item *next = w->head->next;

		free(w->head);
		w->head = next;
	}
	webhook_post_fini(&w->post);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
	free(w->node);
	free(w);
}

static void *webhook_run(void *arg)
{
	struct host_webhook *w = arg;
	bool released;

	pthread_mutex_lock(&w->lock);
	while (batch_await(w)) {
		unsigned count;
		size_t len = 0;
		char *body = batch_take(w, &count, &len);

		if (body && batch_deliver(w, body, len)) {
			w->counts.sent += count;
		} else {
			w->counts.dropped += count;
			host_log(LOG_LEVEL_WARN, "webhook_dropped", "events",
				 host_text("%u", count), NULL);
		}
		free(body);
	}
	released = w->released;
	pthread_mutex_unlock(&w->lock);
	if (released)
		webhook_free(w);
	return NULL;
}

struct host_webhook *host_webhook_open(const struct host_webhook_settings *s)
{
	struct host_webhook *w = calloc(1, sizeof *w);
	pthread_condattr_t attr;
	int err;

	if (!w)
		return NULL;
	w->tail = &w->head;
	w->end_ms = UINT64_MAX;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->changed, &attr);
	pthread_condattr_destroy(&attr);
	w->node = strdup(s->node);
	err = w->node ? webhook_post_init(&w->post, s) : -ENOMEM;
	if (!err)
		err = -pthread_create(&w->thread, NULL, webhook_run, w);
	if (!err)
		return w;
	webhook_free(w);
	errno = -err;
	return NULL;
}

int host_webhook_put(struct host_webhook *w, const char *event, size_t len)
{
	struct item *i = malloc(sizeof *i + len);
	bool room;

	pthread_mutex_lock(&w->lock);
	room = i && w->queued < WEBHOOK_QUEUE && w->queued_bytes + len <= WEBHOOK_QUEUE_BYTES;
	if (room) {
		i->next = NULL;
		i->len = len;
		memcpy(i->text, event, len);
		*w->tail = i;
		w->tail = &i->next;
		w->queued++;
		w->queued_bytes += len;
		pthread_cond_signal(&w->changed);
	} else {
		w->counts.dropped++;
	}
	pthread_mutex_unlock(&w->lock);
	if (!room)
		free(i);
	return room ? 0 : -ENOBUFS;
}

void host_webhook_counts(struct host_webhook *w, struct host_webhook_counts *out)
{
	pthread_mutex_lock(&w->lock);
	*out = w->counts;
	out->queued = (uint32_t)w->queued;
	pthread_mutex_unlock(&w->lock);
}

static void webhook_stop(struct host_webhook *w, bool released)
{
	pthread_mutex_lock(&w->lock);
	w->stop = true;
	w->released = released;
	w->end_ms = host_now_ms() + WEBHOOK_CLOSE_MS;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
}

void host_webhook_close(struct host_webhook *w)
{
	webhook_stop(w, false);
	pthread_join(w->thread, NULL);
	webhook_free(w);
}

void host_webhook_release(struct host_webhook *w)
{
	pthread_detach(w->thread);
	webhook_stop(w, true); // from here on it may be gone
}
