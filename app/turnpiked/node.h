// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKED_NODE_H
#define TURNPIKED_NODE_H

#include <stdbool.h>
#include <stdint.h>

#include "flow/flow.h"
#include "host/host.h"
#include "module.h"
#include "port/port.h"
#include "punt.h"
#include "settings.h"
#include "turn/turn.h"

struct worker;

enum { NODE_ROUND_IDLE, NODE_ROUND_BUSY };

// The relay as a whole. Belongs to the control lane; workers see what worker.h gives them.
struct node {
	struct settings settings;
	const char *config_file;
	struct host_loop *loop;
	bool stop;
	bool draining;
	uint64_t started_ms;
	uint64_t now_ms; // of this round of the loop

	struct port ports[PORTS_MAX];
	unsigned port_count;
	char devices[PORTS_MAX][64]; // DPDK's name where it is not the configuration's
	struct worker *workers[WORKERS_MAX];
	unsigned worker_count, workers_run;
	uint8_t tx_owner[PORTS_MAX][PORT_QUEUES_MAX]; // worker of a transmit queue that is shared
	unsigned inject_turn;
	struct flow *flow;
	const struct cipher_ops *cipher; // of voice: seals and opens
	struct turn *turn;
	struct timer_wheel timers; // of the app's modules

	uint64_t punt_taken[PUNT_CLASSES];
	uint64_t punt_dropped[PUNT_DROPS];
	uint64_t injected;
	uint64_t links_due_ms;
	uint64_t rounds[2]; // of the loop: NODE_ROUND_BUSY found work, NODE_ROUND_IDLE none
	uint64_t stalls; // rounds longer than STALL_MS
	unsigned modules_open;
	uint32_t listeners[16]; // as the workers have them (worker.h); control/listen.c
	uint64_t listeners_due_ms;
	uint64_t rate_published; // turn.limits.bits_per_second as live allocations have it

	// Share of the last second that each worker had packets in hand, and the counters then.
	uint64_t share_due_ms;
	uint64_t share_busy[WORKERS_MAX], share_idle[WORKERS_MAX];
	double busy_share[WORKERS_MAX];

	// A module's own state; opened and closed by it.
	struct neighbour_state *neighbour;
	struct dispatch_state *dispatch;
	struct events_state *events;
	struct drain_state *drain;
	struct http_state *http;
	struct voice_control *voice;
	struct token_state *token;
	struct watchdog_state *watchdog;
	struct capture_state *capture;
};

int node_open(struct node *n); // 0, or -errno having logged why
void node_run(struct node *n); // until n->stop
void node_close(struct node *n); // also after a failed open

// --- control/config.c ------------------------------------------------------------------------------------

// Reads the file again and takes over what can change at run time; logs what it did. 0 or -errno.
int config_reload(struct node *n);

// --- control/dispatch.c ----------------------------------------------------------------------------------

// The connection whose request is being handled.
struct host_conn *dispatch_conn(const struct node *n);
// The metrics page of all modules, NULL: out of memory.
struct metric_page *dispatch_metrics(struct node *n);

// --- control/neighbour.c: next hops --------------------------------------------------------------------

// The next hop for `to` by longest prefix, then gateways; FLOW_HOP_SELF for addresses of ours,
// FLOW_HOP_NONE without a route. Asks at once when unresolved. Each call counts one use …
uint32_t neighbour_hop(struct node *n, const struct net_addr *to);
// … that this ends.
void neighbour_release(struct node *n, uint32_t hop);
// A frame from behind this hop carried this MAC; believed only while the hop is unresolved.
void neighbour_hint(struct node *n, uint32_t hop, const struct net_mac *mac);

#endif
