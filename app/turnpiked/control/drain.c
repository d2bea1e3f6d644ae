// SPDX-License-Identifier: Apache-2.0
#include "control/drain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/events.h"
#include "control/turn.h"
#include "control/voice.h"

// node.drain and node.resume: new clients are refused or sent on, old ones run out or are ended.

#define PROGRESS_MS 1000

struct drain_state {
	uint64_t since_ms, since_wall_ms;
	uint64_t deadline_ms, deadline_wall_ms; // 0: none
	bool has_alternate, exit, finished;
	struct net_endpoint alternate;
	char trace[64]; // of the request
	uint32_t told; // allocations, when progress was told last
	uint32_t ended; // by the deadline
	uint64_t progress_due_ms;
};

static uint64_t left_s(const struct node *n)
{
	const struct drain_state *d = n->drain;

	return d->deadline_ms > n->now_ms ? (d->deadline_ms - n->now_ms + 999) / 1000 : 0;
}

json_t *drain_json(const struct node *n)
{
	const struct drain_state *d = n->drain;
	char time[HOST_TIME_MAX], where[NET_TEXT_MAX];
	json_t *out;

	if (!n->draining)
		return json_null();
	out = json_pack("{s:s, s:s, s:n, s:n, s:i, s:n, s:b}", "state",
			d->finished ? "finished" : "running", "since",
			host_time_format(time, d->since_wall_ms), "deadline", "left_s",
			"allocations_left", (int)turn_count(n->turn), "alternate", "exit", d->exit);
	if (d->deadline_ms) {
		json_object_set_new(out, "deadline",
				    json_string(host_time_format(time, d->deadline_wall_ms)));
		json_object_set_new(out, "left_s", json_integer((json_int_t)left_s(n)));
	}
	if (d->has_alternate)
		json_object_set_new(out, "alternate",
				    json_string(net_endpoint_format(&d->alternate, where)));
	return out;
}

static const char *rest_text(const struct node *n)
{
	if (!n->voice->count)
		return host_text("%u allocations left", turn_count(n->turn));
	return host_text("%u allocations and %u players left", turn_count(n->turn),
			 n->voice->count);
}

const char *drain_text(const struct node *n)
{
	const struct drain_state *d = n->drain;

	if (!n->draining)
		return "";
	if (d->finished)
		return "drained: no allocation is left\n";
	if (d->deadline_ms)
		return host_text("draining: %s, deadline in %llu s\n", rest_text(n),
				 (unsigned long long)left_s(n));
	return host_text("draining: %s\n", rest_text(n));
}

static void drain_tell(struct node *n, enum event_kind kind, json_t *more)
{
	json_t *facts = drain_json(n);

	if (json_is_null(facts))
		facts = json_pack("{s:i}", "allocations_left", (int)turn_count(n->turn));
	json_object_update(facts, more);
	json_decref(more);
	event_emit(n, kind, facts);
}

// --- Requests --------------------------------------------------------------------------------------

static enum api_code alternate_take(struct drain_state *d, const char *text,
				    struct api_error *error)
{
	d->has_alternate = text != NULL;
	if (!text || (!net_endpoint_parse(&d->alternate, text) && d->alternate.port &&
		      !net_addr_is_unspecified(&d->alternate.addr)))
		return API_OK;
	api_refuse(error, API_PARAMS, "alternate",
		   "ought to be ADDRESS:PORT of another relay, such as 198.18.0.9:3478");
	return api_expect(error, "ADDRESS:PORT");
}

static json_t *reply_make(const struct node *n)
{
	return json_pack("{s:s, s:i, s:o}", "state", n->draining ? "draining" : "ready",
			 "allocations", (int)turn_count(n->turn), "drain", drain_json(n));
}

static enum api_code drain(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	const json_t *deadline = json_object_get(rq->params, "deadline_s");
	uint64_t wait_ms = (uint64_t)json_integer_value(deadline) * 1000;
	struct drain_state d = {.since_ms = n->now_ms, .since_wall_ms = host_wall_ms()};

	if (alternate_take(&d, api_text(rq, "alternate"), error))
		return API_PARAMS;
	if (n->draining) {
		d.since_ms = n->drain->since_ms;
		d.since_wall_ms = n->drain->since_wall_ms;
	}
	if (deadline) {
		d.deadline_ms = n->now_ms + wait_ms;
		d.deadline_wall_ms = host_wall_ms() + wait_ms;
	}
	d.exit = json_is_true(json_object_get(rq->params, "exit"));
	d.told = turn_count(n->turn);
	d.progress_due_ms = n->now_ms + PROGRESS_MS;
	memcpy(d.trace, rq->trace, sizeof d.trace);
	*n->drain = d;
	n->draining = true;
	turn_drain(n->turn, true, d.has_alternate ? &n->drain->alternate : NULL);
	host_log(LOG_LEVEL_INFO, "draining", "allocations", host_text("%u", d.told), "deadline_s",
		 deadline ? host_text("%llu", (unsigned long long)wait_ms / 1000) : "", NULL);
	drain_tell(n, EVENT_DRAIN_STARTED, NULL);
	*result = reply_make(n);
	return API_OK;
}

static enum api_code resume(struct node *n, const struct api_request *rq, json_t **result,
			    struct api_error *error)
{
	(void)rq;
	(void)error;
	if (n->draining) {
		host_log(LOG_LEVEL_INFO, "resumed", "allocations",
			 host_text("%u", turn_count(n->turn)), NULL);
		n->draining = false;
		turn_drain(n->turn, false, NULL);
		drain_tell(n, EVENT_RESUMED, NULL);
	}
	*result = reply_make(n);
	return API_OK;
}

// --- The module ------------------------------------------------------------------------------------

static unsigned players_end(struct node *n, unsigned most)
{
	unsigned ended = 0;

	for (uint32_t i = 0; n->voice->count && ended < most && i < n->flow->players_max; i++)
		if (n->voice->seats[i]) {
			voice_leave(n->voice->seats[i], "drain");
			ended++;
		}
	return ended;
}

static unsigned rest_end(struct node *n)
{
	struct drain_state *d = n->drain;
	struct turn_allocation *a;
	unsigned ended = 0;

	if (!d->ended && turn_count(n->turn))
		host_log(LOG_LEVEL_WARN, "drain_deadline", "allocations",
			 host_text("%u", turn_count(n->turn)), NULL);
	while (ended < EVENT_END_BUDGET && (a = turn_next(n->turn, NULL))) {
		turn_end(n, a, "drain");
		ended++;
	}
	ended += players_end(n, EVENT_END_BUDGET - ended);
	d->ended += ended;
	return ended;
}

static void finish(struct node *n)
{
	struct drain_state *d = n->drain;

	d->finished = true;
	host_log(LOG_LEVEL_INFO, "drained", "ended", host_text("%u", d->ended), "exit",
		 d->exit ? "true" : "", NULL);
	drain_tell(n, EVENT_DRAIN_FINISHED,
		   json_pack("{s:I, s:i}", "duration_ms", (json_int_t)(n->now_ms - d->since_ms),
			     "ended", (int)d->ended));
	if (d->exit)
		n->stop = true;
}

static void progress(struct node *n)
{
	struct drain_state *d = n->drain;
	uint32_t count = turn_count(n->turn);

	if (n->now_ms < d->progress_due_ms || count == d->told)
		return;
	d->progress_due_ms = n->now_ms + PROGRESS_MS;
	d->told = count;
	drain_tell(n, EVENT_DRAIN_PROGRESS, NULL);
}

static unsigned tick(struct node *n, uint64_t now_ms)
{
	struct drain_state *d = n->drain;
	unsigned work = 0;

	if (!n->draining || d->finished)
		return 0;
	host_log_trace(d->trace);
	if (d->deadline_ms && now_ms >= d->deadline_ms)
		work = rest_end(n);
	if (!turn_count(n->turn) && !n->voice->count)
		finish(n);
	else
		progress(n);
	host_log_trace("");
	return work;
}

static int drain_open(struct node *n)
{
	n->drain = calloc(1, sizeof *n->drain);
	return n->drain ? 0 : -ENOMEM;
}

static void drain_close(struct node *n)
{
	free(n->drain);
	n->drain = NULL;
	n->draining = false;
}

static const struct module_request requests[] = {
	{"node.drain", drain},
	{"node.resume", resume},
	{0},
};

const struct module drain_module = {
	.name = "drain",
	.open = drain_open,
	.close = drain_close,
	.tick = tick,
	.requests = requests,
};
