// SPDX-License-Identifier: Apache-2.0
#include "control/capture.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "worker.h"

// capture.start, capture.stop, capture.show: one capture at a time. Shapes: app/turnpikectl/README.md.
// It ends in three steps, none of which is waited for: workers are told, a grace period passes, the
// writer empties the lanes and closes the file.

#define LOOK_MS 10 // between two looks at a running capture

// --- Beginning and ending ----------------------------------------------------------------------------------

static void taps_publish(struct node *n, const struct tap *t)
{
	for (unsigned i = 0; i < n->worker_count; i++)
		__atomic_store_n(&n->workers[i]->tap, t, __ATOMIC_RELEASE);
}

static void lanes_free(struct capture_state *s)
{
	for (unsigned i = 0; i < BASE_COUNT(s->tap.lanes); i++) {
		free(s->tap.lanes[i]);
		s->tap.lanes[i] = NULL;
	}
}

// Touched here, so that no worker meets a page that is not there yet.
static int lanes_make(struct node *n)
{
	for (unsigned i = 0; i < n->worker_count; i++) {
		struct capture_lane *l = aligned_alloc(64, sizeof *l);

		if (!l)
			return -ENOMEM;
		memset(l, 0, sizeof *l);
		n->capture->tap.lanes[i] = l;
	}
	return 0;
}

static int capture_begin(struct node *n, int fd)
{
	struct capture_state *s = n->capture;
	struct capture_job job = {
		.fd = fd,
		.lanes = s->tap.lanes,
		.lane_count = n->worker_count,
		.ports = n->ports,
		.port_count = n->port_count,
		.limits = s->limits,
		.about = s->about,
	};
	int err = lanes_make(n);

	if (!err)
		err = capture_writer_open(&s->writer, &job);
	if (err) {
		lanes_free(s);
		return err;
	}
	s->state = CAPTURE_RUNNING;
	s->end = CAPTURE_GOES_ON;
	s->started_ms = n->now_ms;
	host_time_format(s->since, host_wall_ms());
	taps_publish(n, &s->tap);
	host_log(LOG_LEVEL_INFO, "capture_started", "file", s->file, "filter", s->about, NULL);
	return 0;
}

static void capture_end(struct node *n, enum capture_end why)
{
	struct capture_state *s = n->capture;

	if (s->state != CAPTURE_RUNNING)
		return;
	taps_publish(n, NULL);
	s->grace = rte_rcu_qsbr_start(n->flow->qsbr);
	s->state = CAPTURE_CLOSING;
	s->finishing = false;
	s->end = why;
	s->ended_ms = n->now_ms;
}

static void capture_closed(struct node *n)
{
	struct capture_state *s = n->capture;

	s->counts = capture_writer_close(s->writer);
	if (s->counts.end != CAPTURE_GOES_ON)
		s->end = s->counts.end;
	s->writer = NULL;
	lanes_free(s);
	s->state = CAPTURE_CLOSED;
	host_log(s->counts.err ? LOG_LEVEL_ERROR : LOG_LEVEL_INFO, "capture_ended", "file", s->file,
		 "why", capture_end_names[s->end], "error",
		 s->counts.err ? strerror(s->counts.err) : NULL, "packets",
		 host_text("%llu", (unsigned long long)s->counts.packets), "lost",
		 host_text("%llu", (unsigned long long)s->counts.lost), NULL);
}

static enum capture_end why_end(struct node *n)
{
	struct capture_state *s = n->capture;
	struct capture_counts c = capture_writer_counts(s->writer);

	if (c.end != CAPTURE_GOES_ON)
		return c.end;
	if (n->now_ms - s->started_ms >= s->limits.seconds * 1000)
		return CAPTURE_FULL_SECONDS;
	// Its addresses may be somebody else's next.
	if (s->tap.filter.kind == CAPTURE_SESSION && !turn_find_id(n->turn, s->session))
		return CAPTURE_SESSION_OVER;
	return CAPTURE_GOES_ON;
}

static unsigned capture_tick(struct node *n, uint64_t now_ms)
{
	struct capture_state *s = n->capture;

	if (s->state == CAPTURE_RUNNING && now_ms >= s->due_ms) {
		enum capture_end why = why_end(n);

		s->due_ms = now_ms + LOOK_MS;
		if (why != CAPTURE_GOES_ON)
			capture_end(n, why);
	}
	if (s->state != CAPTURE_CLOSING)
		return 0;
	if (!s->finishing && rte_rcu_qsbr_check(n->flow->qsbr, s->grace, false) == 1) {
		capture_writer_finish(s->writer);
		s->finishing = true;
	}
	if (s->finishing && capture_writer_done(s->writer))
		capture_closed(n);
	return 0;
}

static int capture_open(struct node *n)
{
	n->capture = calloc(1, sizeof *n->capture);
	return n->capture ? 0 : -ENOMEM;
}

// The workers run still. What they gathered is written, and the file is whole.
static void capture_close(struct node *n)
{
	struct capture_state *s = n->capture;

	if (!s)
		return;
	capture_end(n, CAPTURE_SHUTDOWN);
	if (s->state == CAPTURE_CLOSING) {
		rte_rcu_qsbr_synchronize(n->flow->qsbr, RTE_QSBR_THRID_INVALID);
		capture_writer_finish(s->writer);
		capture_closed(n);
	}
	free(s);
	n->capture = NULL;
}

// --- Requests ----------------------------------------------------------------------------------------------

static json_t *text_or_null(const char *text)
{
	return text && *text ? json_string(text) : json_null();
}

static json_t *state_json(const struct node *n)
{
	static const char *const names[] = {
		[CAPTURE_NONE] = "none",
		[CAPTURE_RUNNING] = "running",
		[CAPTURE_CLOSING] = "closing",
		[CAPTURE_CLOSED] = "closed",
	};
	const struct capture_state *s = n->capture;
	struct capture_counts c = s->writer ? capture_writer_counts(s->writer) : s->counts;
	uint64_t until_ms = s->state == CAPTURE_RUNNING ? n->now_ms : s->ended_ms;

	return json_pack("{s:s, s:o, s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:o, "
			 "s:o}",
			 "state", names[s->state], "file", text_or_null(s->file), "filter",
			 text_or_null(s->about), "since", text_or_null(s->since), "elapsed_s",
			 (json_int_t)((until_ms - s->started_ms) / 1000), "seen",
			 (json_int_t)c.seen, "lost", (json_int_t)c.lost, "packets",
			 (json_int_t)c.packets, "bytes", (json_int_t)c.bytes, "limits", "packets",
			 (json_int_t)s->limits.packets, "bytes", (json_int_t)s->limits.bytes,
			 "seconds", (json_int_t)s->limits.seconds, "ended",
			 text_or_null(capture_end_names[s->end]), "error",
			 text_or_null(c.err ? strerror(c.err) : NULL));
}

static enum api_code show(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	(void)rq;
	(void)error;
	*result = state_json(n);
	return API_OK;
}

static enum api_code stop(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	capture_end(n, CAPTURE_STOPPED);
	return show(n, rq, result, error);
}

static enum api_code start(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	struct capture_state *s = n->capture;
	struct capture_state wanted = {0};
	enum api_code code;
	int fd, err;

	if (s->state == CAPTURE_RUNNING || s->state == CAPTURE_CLOSING)
		return api_refuse(error, API_REFUSED, "", "a capture is %s; capture.stop ends it",
				  s->state == CAPTURE_RUNNING ? "running" : "being closed");
	code = capture_wanted(n, rq->params, &wanted, error);
	if (code)
		return code;
	code = capture_file_open(n, &wanted, &fd, error);
	if (code)
		return code;
	*s = wanted;
	err = capture_begin(n, fd);
	if (err) {
		capture_file_drop(s, fd);
		*s = (struct capture_state){0};
		return api_refuse(error, API_INTERNAL, "", "cannot capture: %s", strerror(-err));
	}
	return show(n, rq, result, error);
}

static const struct module_request requests[] = {
	{"capture.start", start},
	{"capture.stop", stop},
	{"capture.show", show},
	{0},
};

const struct module capture_module = {
	.name = "capture",
	.open = capture_open,
	.close = capture_close,
	.tick = capture_tick,
	.requests = requests,
};
