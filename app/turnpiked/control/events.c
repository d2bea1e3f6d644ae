// SPDX-License-Identifier: Apache-2.0
#include "control/events.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config.h"
#include "host/webhook.h"

// events.subscribe and the webhook.

struct subscriber {
	struct host_conn *conn;
	uint64_t kinds; // a bit each
	json_int_t id; // 0: all
	char *user; // NULL: all
	uint64_t lost; // not told yet
};

struct hook {
	struct host_webhook *webhook; // NULL: none
	uint64_t kinds;
};

struct events_state {
	struct subscriber subscribers[EVENT_SUBSCRIBERS_MAX];
	unsigned count;
	uint64_t wanted; // by anybody
	struct host_webhook *webhook;
	uint64_t webhook_kinds;
	struct hook fresh; // made ready by a reload
	bool hook_changes;
	uint64_t sequence;
	uint64_t emitted[EVENT_COUNT];
	uint64_t lost;
};

static void wanted_refresh(struct events_state *s)
{
	s->wanted = s->webhook_kinds;
	for (unsigned i = 0; i < s->count; i++)
		s->wanted |= s->subscribers[i].kinds;
}

bool event_wanted(const struct node *n, enum event_kind kind)
{
	return n->events && n->events->wanted >> kind & 1;
}

json_t *event_text(const char *bytes, size_t len)
{
	json_t *out = json_stringn(bytes, len);
	char *copy = out ? NULL : strndup(bytes, len);

	for (char *at = copy; at && *at; at++)
		if (*at & 0x80)
			*at = '?';
	if (copy)
		out = json_string(copy);
	free(copy);
	return out;
}

static bool subscriber_matches(const struct subscriber *s, enum event_kind kind,
			       const json_t *params)
{
	const char *user = json_string_value(json_object_get(params, "user"));

	if (!(s->kinds >> kind & 1))
		return false;
	if (s->user && (!user || strcmp(user, s->user)))
		return false;
	return !s->id || s->id == json_integer_value(json_object_get(params, "id"));
}

static json_t *params_make(struct node *n, enum event_kind kind, const char *trace)
{
	char time[HOST_TIME_MAX];

	return json_pack("{s:s, s:I, s:s, s:s*}", "time", host_time_format(time, host_wall_ms()),
			 "seq", (json_int_t)++n->events->sequence, "kind", api_events[kind].name,
			 "trace", trace[0] ? trace : NULL);
}

// What a slow reader missed is told once half of its backlog is read, or every other event would be
// about loss. False: not yet.
static bool lost_tell(struct node *n, struct subscriber *s)
{
	json_t *params;
	char *line;

	if (!s->lost)
		return true;
	if (host_conn_unsent(s->conn) > EVENT_BACKLOG_MAX / 2)
		return false;
	params = params_make(n, EVENT_LOST, "");
	json_object_set_new(params, "count", json_integer((json_int_t)s->lost));
	line = api_event_encode("event", params);
	json_decref(params);
	if (!line || host_conn_send(s->conn, line, strlen(line))) {
		free(line);
		return false;
	}
	free(line);
	n->events->emitted[EVENT_LOST]++;
	s->lost = 0;
	return true;
}

static void subscriber_tell(struct node *n, struct subscriber *s, const char *line, size_t len)
{
	if (lost_tell(n, s) && host_conn_unsent(s->conn) + len <= EVENT_BACKLOG_MAX &&
	    !host_conn_send(s->conn, line, len))
		return;
	s->lost++;
	n->events->lost++;
}

static void subscribers_tell(struct node *n, enum event_kind kind, const json_t *params)
{
	struct events_state *s = n->events;
	char *line = NULL;

	for (unsigned i = 0; i < s->count; i++) {
		if (!subscriber_matches(&s->subscribers[i], kind, params))
			continue;
		if (!line)
			line = api_event_encode("event", params);
		if (line)
			subscriber_tell(n, &s->subscribers[i], line, strlen(line));
	}
	free(line);
}

static void webhook_tell(struct events_state *s, const json_t *params)
{
	char *text = json_dumps(params, JSON_COMPACT);

	if (text)
		host_webhook_put(s->webhook, text, strlen(text)); // counts what it drops
	free(text);
}

void event_emit(struct node *n, enum event_kind kind, json_t *facts)
{
	json_t *params = event_wanted(n, kind) ? params_make(n, kind, host_trace()) : NULL;

	if (params && (!facts || !json_object_update(params, facts))) {
		n->events->emitted[kind]++;
		subscribers_tell(n, kind, params);
		if (n->events->webhook_kinds >> kind & 1)
			webhook_tell(n->events, params);
	}
	json_decref(params);
	json_decref(facts);
}

// --- Subscribing -----------------------------------------------------------------------------------

static enum api_code kinds_take(const json_t *kinds, uint64_t *out, struct api_error *error)
{
	size_t i;
	json_t *kind;

	*out = kinds ? 0 : UINT64_MAX;
	json_array_foreach((json_t *)kinds, i, kind) {
		const char *name = json_string_value(kind);
		uint64_t set = name ? api_event_set(name) : 0;

		if (!set) {
			api_refuse(error, API_PARAMS, "kinds", "there is no event %.40s",
				   name ? name : "without a name");
			return api_expect(error, "names of events, or of their groups such as "
						 "allocation, room, player, auth, drain and node");
		}
		*out |= set;
	}
	return API_OK;
}

static struct subscriber *subscriber_find(struct events_state *s, const struct host_conn *c)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->subscribers[i].conn == c)
			return &s->subscribers[i];
	return NULL;
}

// Subscribing again changes the filter.
static struct subscriber *subscriber_take(struct events_state *s, struct host_conn *c)
{
	struct subscriber *found = subscriber_find(s, c);

	if (found) {
		free(found->user);
		found->user = NULL;
		return found;
	}
	if (s->count == EVENT_SUBSCRIBERS_MAX)
		return NULL;
	found = &s->subscribers[s->count++];
	*found = (struct subscriber){.conn = c};
	return found;
}

static enum api_code subscribe(struct node *n, const struct api_request *rq, json_t **result,
			       struct api_error *error)
{
	const char *user = api_text(rq, "user");
	struct host_conn *c = dispatch_conn(n);
	struct subscriber *s;
	uint64_t kinds;

	if (kinds_take(json_object_get(rq->params, "kinds"), &kinds, error))
		return API_PARAMS;
	s = subscriber_take(n->events, c);
	if (!s)
		return api_refuse(error, API_REFUSED, "", "there are %d subscribers already",
				  EVENT_SUBSCRIBERS_MAX);
	s->kinds = kinds;
	s->id = json_integer_value(json_object_get(rq->params, "id"));
	s->user = user ? strdup(user) : NULL;
	if (user && !s->user) {
		events_forget(n, c);
		return api_refuse(error, API_INTERNAL, "", "out of memory");
	}
	wanted_refresh(n->events);
	*result = json_pack("{s:o, s:I}", "subscribed", json_array(), "seq",
			    (json_int_t)n->events->sequence);
	for (unsigned i = 0; i < EVENT_COUNT; i++)
		if (kinds >> i & 1)
			json_array_append_new(json_object_get(*result, "subscribed"),
					      json_string(api_events[i].name));
	return API_OK;
}

void events_forget(struct node *n, const struct host_conn *c)
{
	struct events_state *s = n->events;
	struct subscriber *found = s ? subscriber_find(s, c) : NULL;

	if (!found)
		return;
	free(found->user);
	*found = s->subscribers[--s->count];
	wanted_refresh(s);
}

// --- The module ------------------------------------------------------------------------------------

static int hook_open(struct hook *out, const struct settings *c)
{
	const struct host_webhook_settings w = {
		.url = c->events.webhook.url,
		.secret = c->events.webhook.secret,
		.node = c->node.name,
		.timeout_s = c->events.webhook.timeout_s,
	};

	*out = (struct hook){0};
	if (!w.url[0])
		return 0;
	out->webhook = host_webhook_open(&w);
	if (!out->webhook)
		return -errno;
	for (size_t i = 0; i < c->events.webhook.kinds.n; i++)
		out->kinds |= api_event_set(c->events.webhook.kinds.at[i]);
	if (!c->events.webhook.kinds.n)
		out->kinds = UINT64_MAX;
	return 0;
}

static void hook_take(struct events_state *s, struct hook *h)
{
	s->webhook = h->webhook;
	s->webhook_kinds = h->kinds;
	*h = (struct hook){0};
	wanted_refresh(s);
}

static bool hook_changes(const struct settings *a, const struct settings *b)
{
	const struct text_list *x = &a->events.webhook.kinds, *y = &b->events.webhook.kinds;
	bool changes = x->n != y->n || a->events.webhook.timeout_s != b->events.webhook.timeout_s ||
		       strcmp(a->events.webhook.url, b->events.webhook.url) != 0 ||
		       strcmp(a->events.webhook.secret, b->events.webhook.secret) != 0 ||
		       strcmp(a->node.name, b->node.name) != 0;

	for (size_t i = 0; !changes && i < x->n; i++)
		changes = strcmp(x->at[i], y->at[i]) != 0;
	return changes;
}

// A reload: the new one is made ready, the old one ends what it has begun by itself.
static void events_reload_prepare(struct node *n, const struct settings *fresh,
				  struct config_refusals *refusals)
{
	struct events_state *s = n->events;

	s->hook_changes = hook_changes(&n->settings, fresh);
	if (s->hook_changes && hook_open(&s->fresh, fresh))
		config_refuse(refusals, "events.webhook", "cannot be started: %s", strerror(errno));
}

static void events_reload_done(struct node *n, bool taken)
{
	struct events_state *s = n->events;
	struct host_webhook *over = s->fresh.webhook;

	if (taken && s->hook_changes) {
		over = s->webhook;
		hook_take(s, &s->fresh);
	}
	if (over)
		host_webhook_release(over);
	s->fresh = (struct hook){0};
	s->hook_changes = false;
}

static int events_open(struct node *n)
{
	struct hook hook;
	int err;

	n->events = calloc(1, sizeof *n->events);
	if (!n->events)
		return -ENOMEM;
	err = hook_open(&hook, &n->settings);
	if (!err)
		hook_take(n->events, &hook);
	return err;
}

static void events_close(struct node *n)
{
	struct events_state *s = n->events;

	if (!s)
		return;
	if (s->webhook)
		host_webhook_close(s->webhook);
	while (s->count)
		free(s->subscribers[--s->count].user);
	free(s);
	n->events = NULL;
}

static unsigned events_tick(struct node *n, uint64_t now_ms)
{
	(void)now_ms;
	for (unsigned i = 0; i < n->events->count; i++)
		lost_tell(n, &n->events->subscribers[i]);
	return 0;
}

static void events_metrics(struct node *n, struct metric_page *page)
{
	const struct events_state *s = n->events;
	struct host_webhook_counts c;

	for (unsigned i = 0; i < EVENT_COUNT; i++)
		metric_add(page, METRIC_EVENTS, s->emitted[i], api_events[i].name);
	metric_add(page, METRIC_EVENT_SUBSCRIBERS, s->count);
	metric_add(page, METRIC_EVENTS_LOST, s->lost);
	if (!s->webhook)
		return;
	host_webhook_counts(s->webhook, &c);
	metric_add(page, METRIC_WEBHOOK_EVENTS, c.sent, "sent");
	metric_add(page, METRIC_WEBHOOK_EVENTS, c.dropped, "dropped");
	metric_add(page, METRIC_WEBHOOK_POSTS, c.attempts_ok, "ok");
	metric_add(page, METRIC_WEBHOOK_POSTS, c.attempts_failed, "failed");
	metric_add(page, METRIC_WEBHOOK_QUEUED, c.queued);
}

static const struct module_request requests[] = {{"events.subscribe", subscribe}, {0}};

const struct module events_module = {
	.name = "events",
	.open = events_open,
	.close = events_close,
	.tick = events_tick,
	.requests = requests,
	.metrics = events_metrics,
	.reload_prepare = events_reload_prepare,
	.reload_done = events_reload_done,
};
