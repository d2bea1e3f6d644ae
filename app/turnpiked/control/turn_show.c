// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/turn.h"
#include "worker.h"

// Allocations for people: turn.list, turn.show, turn.delete, metrics. Shapes: app/turnpikectl/README.md.

#define LIST_DEFAULT 1000

static json_int_t seconds_left(const struct node *n, uint64_t due_ms)
{
	return due_ms > n->now_ms ? (json_int_t)((due_ms - n->now_ms + 999) / 1000) : 0;
}

static json_t *summary_json(const struct node *n, const struct turn_allocation *a)
{
	struct flow_counts c = turn_counts(n, a);

	return json_pack("{s:I, s:s, s:o, s:o, s:o, s:s, s:i, s:I, s:I, s:I, s:I, s:I}", "id",
			 (json_int_t)a->id, "user", a->user, "client",
			 turn_endpoint_json(&a->tuple.client), "server",
			 turn_endpoint_json(&a->tuple.server), "relays", turn_relays_json(a),
			 "transport", a->tuple.transport == TURN_UDP ? "udp" : "tcp", "peers",
			 (int)a->permission_count, "expires_s", seconds_left(n, a->due_ms),
			 "packets_in", (json_int_t)c.packets[0], "packets_out",
			 (json_int_t)c.packets[1], "bytes_in", (json_int_t)c.bytes[0], "bytes_out",
			 (json_int_t)c.bytes[1]);
}

static int by_id(const void *x, const void *y)
{
	const struct turn_allocation *a = *(struct turn_allocation *const *)x;
	const struct turn_allocation *b = *(struct turn_allocation *const *)y;

	return (a->id > b->id) - (a->id < b->id);
}

static size_t collect(const struct node *n, const struct api_request *rq,
		      struct turn_allocation **out)
{
	json_int_t after = json_integer_value(json_object_get(rq->params, "after"));
	const char *user = api_text(rq, "user");
	struct turn_allocation *a = NULL;
	size_t count = 0;

	while ((a = turn_next(n->turn, a)))
		if ((json_int_t)a->id > after && (!user || !strcmp(user, a->user)))
			out[count++] = a;
	qsort(out, count, sizeof *out, by_id);
	return count;
}

static enum api_code list(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct turn_allocation **found = calloc(turn_count(n->turn) + 1, sizeof *found);
	const json_t *limit = json_object_get(rq->params, "limit");
	size_t most = limit ? (size_t)json_integer_value(limit) : LIST_DEFAULT;
	json_t *rows = json_array();
	size_t count;

	if (!found) {
		json_decref(rows);
		return api_refuse(error, API_INTERNAL, "", "out of memory");
	}
	count = collect(n, rq, found);
	for (size_t i = 0; i < count && i < most; i++)
		json_array_append_new(rows, summary_json(n, found[i]));
	*result = json_pack("{s:o, s:o}", "allocations", rows, "next",
			    count > most && most ? json_integer((json_int_t)found[most - 1]->id)
						 : json_null());
	free(found);
	return API_OK;
}

static struct turn_allocation *named(struct node *n, const struct api_request *rq,
				     struct api_error *error)
{
	json_int_t id = json_integer_value(json_object_get(rq->params, "id"));
	struct turn_allocation *a = turn_find_id(n->turn, (uint64_t)id);

	if (!a) {
		api_refuse(error, API_NOT_FOUND, "id", "there is no allocation %lld",
			   (long long)id);
		api_expect(error, "the id of a live allocation");
	}
	return a;
}

static json_t *permissions_json(const struct node *n, const struct turn_allocation *a)
{
	json_t *out = json_array();
	char text[NET_TEXT_MAX];

	for (unsigned i = 0; i < a->permission_count; i++)
		json_array_append_new(out, json_pack("{s:s, s:I}", "peer",
						     net_addr_format(&a->permissions[i].peer, text),
						     "expires_s",
						     seconds_left(n, a->permissions[i].due_ms)));
	return out;
}

static json_t *channels_json(const struct node *n, const struct turn_allocation *a)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < a->channel_count; i++)
		json_array_append_new(out,
				      json_pack("{s:i, s:o, s:I}", "number", a->channels[i].number,
						"peer", turn_endpoint_json(&a->channels[i].peer),
						"expires_s",
						seconds_left(n, a->channels[i].due_ms)));
	return out;
}

// The worker that the client's packets land on, where that can be told.
static json_t *worker_json(const struct node *n, const struct turn_allocation *a)
{
	int local = flow_local_find(n->flow, &a->tuple.server.addr, -1);
	unsigned port = local < 0 ? 0 : n->flow->locals[local].port;
	int queue = port_queue_of(&n->ports[port], &a->tuple.client, &a->tuple.server);

	for (unsigned w = 0; queue >= 0 && w < n->worker_count; w++)
		for (unsigned q = 0; q < n->workers[w]->queue_count; q++)
			if (n->workers[w]->queues[q].port == port &&
			    n->workers[w]->queues[q].queue == queue)
				return json_integer((json_int_t)w);
	return json_null();
}

// Seconds since then; null: never.
static json_t *ago_json(const struct node *n, uint32_t last_s)
{
	json_int_t now_s = (json_int_t)(n->now_ms / 1000);

	if (!last_s)
		return json_null();
	return json_integer(now_s > last_s ? now_s - last_s : 0);
}

// What workers counted of it, either way.
static void counts_add(const struct node *n, const struct turn_allocation *a, json_t *out)
{
	struct flow_counts c = turn_counts(n, a);
	uint32_t last_s = c.last_s[0] > c.last_s[1] ? c.last_s[0] : c.last_s[1];

	json_object_set_new(out, "last_activity_s", ago_json(n, last_s));
	json_object_set_new(out, "last_in_s", ago_json(n, c.last_s[0]));
	json_object_set_new(out, "last_out_s", ago_json(n, c.last_s[1]));
	json_object_set_new(out, "dropped", json_integer((json_int_t)c.dropped[0] + c.dropped[1]));
	json_object_set_new(out, "dropped_in", json_integer(c.dropped[0]));
	json_object_set_new(out, "dropped_out", json_integer(c.dropped[1]));
}

static enum api_code show(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	struct turn_allocation *a = named(n, rq, error);
	json_int_t age_s;
	json_t *out;

	if (!a)
		return API_NOT_FOUND;
	age_s = (json_int_t)((n->now_ms - a->created_ms) / 1000);
	out = summary_json(n, a);
	json_object_set_new(out, "worker", worker_json(n, a));
	json_object_set_new(out, "created", json_integer((json_int_t)host_wall_s() - age_s));
	json_object_set_new(out, "age_s", json_integer(age_s));
	counts_add(n, a, out);
	json_object_set_new(out, "permissions", permissions_json(n, a));
	json_object_set_new(out, "channels", channels_json(n, a));
	*result = out;
	return API_OK;
}

static enum api_code delete_(struct node *n, const struct api_request *rq, json_t **result,
			     struct api_error *error)
{
	struct turn_allocation *a = named(n, rq, error);

	if (!a)
		return API_NOT_FOUND;
	*result = json_pack("{s:I}", "deleted", (json_int_t)a->id);
	host_log(LOG_LEVEL_INFO, "allocation_deleted", "id",
		 host_text("%llu", (unsigned long long)a->id), "user", a->user, NULL);
	turn_end(n, a, "operator");
	return API_OK;
}

const struct module_request turn_module_requests[] = {
	{"turn.list", list},
	{"turn.show", show},
	{"turn.delete", delete_},
	{0},
};

// --- Metrics -----------------------------------------------------------------------------------------------

static void requests_metrics(struct node *n, struct metric_page *page)
{
	const struct turn_counters *c = turn_counters(n->turn);

	for (unsigned m = 0; m < BASE_COUNT(c->requests); m++) {
		for (unsigned k = 0; k < BASE_COUNT(c->requests[m]); k++) {
			char code[8];

			snprintf(code, sizeof code, "%u",
				 turn_counter_codes[k] ? turn_counter_codes[k] : 200);
			if (c->requests[m][k])
				metric_add(page, METRIC_TURN_REQUESTS, c->requests[m][k],
					   turn_counter_methods[m], code);
		}
	}
	for (unsigned i = 0; i < TURN_AUTH_FAILURES; i++)
		metric_add(page, METRIC_TURN_AUTH_FAILURES, c->auth_failures[i],
			   turn_auth_failure_names[i]);
}

void turn_metrics(struct node *n, struct metric_page *page)
{
	static const char *const ways[] = {"to_peer", "to_client"};

	metric_add(page, METRIC_TURN_ALLOCATIONS, turn_relayed(n->turn, NET_IP4), "udp", "ipv4");
	metric_add(page, METRIC_TURN_ALLOCATIONS, turn_relayed(n->turn, NET_IP6), "udp", "ipv6");
	requests_metrics(n, page);
	for (unsigned way = 0; way < 2; way++) {
		uint64_t packets = 0, bytes = 0;

		for (unsigned i = 0; i < n->worker_count; i++) {
			packets += n->workers[i]->relayed_packets[way];
			bytes += n->workers[i]->relayed_bytes[way];
		}
		metric_add(page, METRIC_TURN_RELAYED_PACKETS, packets, ways[way]);
		metric_add(page, METRIC_TURN_RELAYED_BYTES, bytes, ways[way]);
	}
}
