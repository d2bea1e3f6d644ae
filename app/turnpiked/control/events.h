// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_EVENTS_H
#define CONTROL_EVENTS_H

#include "node.h"

// What happens, to whom it concerns: subscribers of the control socket and the webhook. The kinds are
// in api/event_list.h. Control lane.

// False: nobody listens, and the facts need not be gathered.
bool event_wanted(const struct node *n, enum event_kind kind);
// Tells `facts`, an object that is taken over (NULL: nothing to add). Filters look at its "user" and
// "id". The trace is that of what this thread is about (host_log_trace).
void event_emit(struct node *n, enum event_kind kind, json_t *facts);
// A text of whatever bytes: what is not UTF-8 is told as '?'.
json_t *event_text(const char *bytes, size_t len);
// This connection is no more.
void events_forget(struct node *n, const struct host_conn *c);

#endif
