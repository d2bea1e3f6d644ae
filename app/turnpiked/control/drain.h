// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_DRAIN_H
#define CONTROL_DRAIN_H

#include "node.h"

// Draining as node.status tells it; null when the relay does not drain. Control lane.
json_t *drain_json(const struct node *n);
// A line for people; "" when the relay does not drain.
const char *drain_text(const struct node *n);

#endif
