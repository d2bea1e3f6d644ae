// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKED_MODULE_H
#define TURNPIKED_MODULE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "api/api.h"
#include "metric/metric.h"

// What a file of control/ offers to the rest; modules.c lists them in opening order. Everything here
// runs on the control lane's thread.

struct node; // node.h: the relay as a whole

struct module_request {
	const char *method; // a name of api_methods
	// Fills *result (a new reference) or *error; API_OK or the error's code.
	enum api_code (*handle)(struct node *n, const struct api_request *rq, json_t **result,
				struct api_error *error);
};

struct punt;
struct rte_mbuf;
struct token_revocation;
struct settings;
struct config_refusals; // control/config.h

struct module {
	const char *name;
	int (*open)(struct node *n); // 0 or -errno, having logged why
	void (*close)(struct node *n);
	unsigned (*tick)(struct node *n, uint64_t now_ms); // returns how much it did
	// A packet from a worker; true when taken (it then belongs to the module).
	bool (*punt)(struct node *n, struct punt *p, struct rte_mbuf *m);
	const struct module_request *requests; // ends with method NULL
	void (*metrics)(struct node *n, struct metric_page *page);
	// `name` was revoked as `r` says (token/token.h): ends what it has of this module; how much.
	unsigned (*revoked)(struct node *n, const struct token_revocation *r, const char *name);
	// A reload, in two steps, so that it is taken over whole or not at all. `reload_prepare` looks at
	// what is to come while n->settings still holds what is, makes ready what may fail, and says by
	// config_refuse what stands against it. `reload_done` follows for every module: taken, with
	// n->settings the new ones, which may not fail any more; or not, to let go of what was made ready.
	void (*reload_prepare)(struct node *n, const struct settings *fresh,
			       struct config_refusals *refusals);
	void (*reload_done)(struct node *n, bool taken);
};

extern const struct module *const modules[]; // ends with NULL

#endif
