// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_TURN_H
#define CONTROL_TURN_H

#include "node.h"

// Between the rules of TURN (lib/turn) and the tables of workers (lib/flow). Control lane.

// The app's part of an allocation: turn_allocation.owner.
struct turn_owner {
	struct flow_counts base; // what the slot's counters showed when the allocation was made
	uint32_t hop; // towards the client
};

// What the settings say, as lib/turn takes it. Holds pointers into `s` and `lists`.
struct turn_lists {
	struct turn_user *users;
	const char **secrets;
	struct turn_relay_address *relays;
	struct net_prefix *allow, *deny;
	size_t secret_count, relay_count, deny_count;
};
int turn_settings_make(const struct node *n, const struct settings *s, struct turn_lists *lists,
		       struct turn_settings *out); // 0 or -ENOMEM
void turn_lists_free(struct turn_lists *lists);

// Sink of lib/turn. `from` is the MAC that the request came from, NULL when unknown.
int turn_publish(struct node *n, struct turn_allocation *a, const struct net_mac *from);
void turn_republish(struct node *n, struct turn_allocation *a);
void turn_unpublish(struct node *n, struct turn_allocation *a);

// Events of lib/turn (control/turn_events.c); `gone` while the counters can still be read.
void turn_event_made(struct node *n, const struct turn_allocation *a);
void turn_event_gone(struct node *n, const struct turn_allocation *a);
void turn_event_told(struct node *n, const struct turn_told *told);
void turn_event_tick(struct node *n); // what was held back is told in time
void turn_event_close(void);
// turn_delete with a reason for the event: a word such as "drain" or "revoked".
void turn_end(struct node *n, struct turn_allocation *a, const char *reason);

// Packets and bytes of this allocation alone.
struct flow_counts turn_counts(const struct node *n, const struct turn_allocation *a);

// What replies and events have in common (control/turn_events.c).
json_t *turn_endpoint_json(const struct net_endpoint *e);
json_t *turn_relays_json(const struct turn_allocation *a);

// Requests of the control socket (control/turn_show.c).
extern const struct module_request turn_module_requests[];
void turn_metrics(struct node *n, struct metric_page *page);

#endif
