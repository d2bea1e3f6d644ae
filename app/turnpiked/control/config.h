// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_CONFIG_H
#define CONTROL_CONFIG_H

#include <jansson.h>

#include "node.h"

// A reload of the configuration: what differs, what may change while the relay runs, what stands
// against it. Control lane.

#define CONFIG_VALUE_TEXT 161 // bytes of a value as the diff shows it

// What stands against a reload.
struct config_refusals {
	json_t *list; // of {key, text}
};
void config_refuse(struct config_refusals *r, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

// A key whose value may change while the relay runs.
struct config_live {
	const char *key; // "turn.limits.allocations"
	size_t offset, size; // in struct settings
	// Why this very change wants a restart all the same; NULL: it does not. Without: never.
	const char *(*restart)(const struct node *n, const struct settings *fresh);
};

#define CONFIG_LIVE_MAX 64

struct config_diff {
	json_t *rows; // of {key, old, new, applied, reason}
	const struct config_live *taken[CONFIG_LIVE_MAX];
	size_t taken_count;
};
int config_diff_make(struct config_diff *d, const struct node *n,
		     const struct settings *fresh); // 0 or -ENOMEM
void config_diff_free(struct config_diff *d);
// Exchanges the values that are taken between the two.
void config_diff_swap(const struct config_diff *d, struct settings *a, struct settings *b);

#endif
