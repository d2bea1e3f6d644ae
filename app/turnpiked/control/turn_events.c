// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "control/events.h"
#include "control/turn.h"

// What lib/turn says happened, as events.

static const char *ending; // why allocations are ended just now, NULL: nobody says

static struct { // of auth_failure events
	uint64_t since_ms;
	unsigned told, held;
	json_t *last; // facts of the last one that was held
} failures;

static json_t *user_json(const char *user)
{
	return event_text(user, strlen(user));
}

json_t *turn_endpoint_json(const struct net_endpoint *e)
{
	char text[NET_TEXT_MAX];

	return json_string(net_endpoint_format(e, text));
}

// What names an allocation in each event about it.
static json_t *facts_new(const struct turn_allocation *a)
{
	return json_pack("{s:I, s:o, s:o}", "id", (json_int_t)a->id, "user", user_json(a->user),
			 "client", turn_endpoint_json(&a->tuple.client));
}

json_t *turn_relays_json(const struct turn_allocation *a)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < 2; i++)
		if (a->relay[i].port)
			json_array_append_new(out, turn_endpoint_json(&a->relay[i]));
	return out;
}

void turn_event_made(struct node *n, const struct turn_allocation *a)
{
	json_t *facts;

	if (!event_wanted(n, EVENT_ALLOCATED))
		return;
	facts = facts_new(a);
	json_object_set_new(facts, "server", turn_endpoint_json(&a->tuple.server));
	json_object_set_new(facts, "relays", turn_relays_json(a));
	json_object_set_new(facts, "transport",
			    json_string(a->tuple.transport == TURN_UDP ? "udp" : "tcp"));
	json_object_set_new(facts, "life_s",
			    json_integer((json_int_t)(a->due_ms - n->now_ms + 500) / 1000));
	event_emit(n, EVENT_ALLOCATED, facts);
}

static const char *reason_of(const struct turn_allocation *a)
{
	static const char *const reasons[] = {
		[TURN_END_EXPIRED] = "expired",
		[TURN_END_CLIENT] = "client",
		[TURN_END_DELETED] = "operator",
		[TURN_END_CLOSED] = "shutdown",
	};

	return a->end == TURN_END_DELETED && ending ? ending : reasons[a->end];
}

void turn_event_gone(struct node *n, const struct turn_allocation *a)
{
	enum event_kind kind = a->end == TURN_END_EXPIRED ? EVENT_EXPIRED : EVENT_DELETED;
	struct flow_counts c;
	json_t *facts;

	if (!event_wanted(n, kind))
		return;
	c = turn_counts(n, a);
	facts = facts_new(a);
	json_object_update_new(facts,
			       json_pack("{s:o, s:s, s:I, s:I, s:I, s:I, s:I, s:I}", "relays",
					 turn_relays_json(a), "reason", reason_of(a), "duration_ms",
					 (json_int_t)(n->now_ms - a->created_ms), "packets_in",
					 (json_int_t)c.packets[0], "packets_out",
					 (json_int_t)c.packets[1], "bytes_in",
					 (json_int_t)c.bytes[0], "bytes_out",
					 (json_int_t)c.bytes[1], "dropped",
					 (json_int_t)c.dropped[0] + c.dropped[1]));
	event_emit(n, kind, facts);
}

void turn_end(struct node *n, struct turn_allocation *a, const char *reason)
{
	ending = reason;
	turn_delete(n->turn, a);
	ending = NULL;
}

static void failure_emit(struct node *n, json_t *facts)
{
	failures.told++;
	json_object_set_new(facts, "held", json_integer(failures.held));
	failures.held = 0;
	event_emit(n, EVENT_AUTH_FAILURE, facts);
}

// A guesser of passwords may not drown what else there is to tell: what is more than EVENT_AUTH_PER_S
// is counted, and told with the last one of them.
static void refused_tell(struct node *n, const struct turn_told *told)
{
	json_t *facts;

	if (!event_wanted(n, EVENT_AUTH_FAILURE))
		return;
	turn_event_tick(n);
	facts = json_pack("{s:s, s:o, s:o}", "reason", turn_auth_failure_names[told->failure],
			  "user", event_text(told->user, told->user_len), "client",
			  turn_endpoint_json(&told->from->client));
	if (failures.told < EVENT_AUTH_PER_S) {
		failure_emit(n, facts);
		return;
	}
	failures.held += failures.last != NULL;
	json_decref(failures.last);
	failures.last = facts;
}

void turn_event_tick(struct node *n)
{
	json_t *last = failures.last;

	if (n->now_ms - failures.since_ms < 1000)
		return;
	failures.since_ms = n->now_ms;
	failures.told = 0;
	failures.last = NULL;
	if (last)
		failure_emit(n, last);
}

void turn_event_close(void)
{
	json_decref(failures.last);
	failures.last = NULL;
	failures.held = 0;
}

static json_t *told_facts(const struct turn_told *told)
{
	json_t *facts = facts_new(told->allocation);
	char text[NET_TEXT_MAX];

	switch (told->kind) {
	case TURN_TOLD_REFRESHED:
		json_object_set_new(facts, "life_s", json_integer(told->life_s));
		break;
	case TURN_TOLD_PERMITTED:
	case TURN_TOLD_PERMISSION_EXPIRED:
		json_object_set_new(facts, "peer",
				    json_string(net_addr_format(&told->peer.addr, text)));
		break;
	case TURN_TOLD_BOUND:
	case TURN_TOLD_CHANNEL_EXPIRED:
		json_object_set_new(facts, "peer", turn_endpoint_json(&told->peer));
		json_object_set_new(facts, "number", json_integer(told->channel));
		break;
	case TURN_TOLD_REFUSED:
	case TURN_TOLD_KINDS:
		break;
	}
	return facts;
}

void turn_event_told(struct node *n, const struct turn_told *told)
{
	static const enum event_kind kinds[] = {
		[TURN_TOLD_REFRESHED] = EVENT_REFRESHED,
		[TURN_TOLD_PERMITTED] = EVENT_PERMISSION,
		[TURN_TOLD_BOUND] = EVENT_CHANNEL,
		[TURN_TOLD_PERMISSION_EXPIRED] = EVENT_PERMISSION_EXPIRED,
		[TURN_TOLD_CHANNEL_EXPIRED] = EVENT_CHANNEL_EXPIRED,
	};

	if (told->kind == TURN_TOLD_REFUSED)
		refused_tell(n, told);
	else if (event_wanted(n, kinds[told->kind]))
		event_emit(n, kinds[told->kind], told_facts(told));
}
