// SPDX-License-Identifier: Apache-2.0
#include "control/drain.h"

#include <stdio.h>
#include <unistd.h>

#include <rte_version.h>

#include "worker.h"

// node.status.

static json_t *workers_json(const struct node *n)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < n->worker_count; i++)
		json_array_append_new(out,
				      json_pack("{s:i, s:i, s:f, s:I}", "id", i, "cpu",
						n->workers[i]->cpu, "busy_share", n->busy_share[i],
						"packets", (json_int_t)n->workers[i]->received));
	return out;
}

static json_t *addresses_json(const struct port_settings *p)
{
	json_t *out = json_array();
	char text[NET_TEXT_MAX];

	for (size_t i = 0; i < p->addresses.n; i++)
		json_array_append_new(out,
				      json_string(net_prefix_format(&p->addresses.at[i], text)));
	return out;
}

static json_t *ports_json(const struct node *n)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < n->port_count; i++) {
		const struct port *p = &n->ports[i];
		const struct port_settings *s = &n->settings.ports.at[i];
		char mac[NET_TEXT_MAX];

		json_array_append_new(
			out, json_pack("{s:s, s:s, s:s, s:s, s:b, s:i, s:i, s:i, s:i, s:o}", "name",
				       p->name, "device", s->device, "driver", p->driver, "mac",
				       net_mac_format(&p->mac, mac), "up", p->up, "speed_mbps",
				       (int)p->speed_mbps, "mtu", p->mtu, "queues", p->rx_queues,
				       "socket", p->socket, "addresses", addresses_json(s)));
	}
	return out;
}

static const char *state_name(const struct node *n)
{
	return n->draining ? "draining" : "ready";
}

static enum api_code status(struct node *n, const struct api_request *rq, json_t **result,
			    struct api_error *error)
{
	(void)rq;
	(void)error;
	*result =
		json_pack("{s:s, s:s, s:s, s:s, s:i, s:I, s:s, s:o, s:o, s:o, s:{s:i, s:I}}",
			  "name", n->settings.node.name, "region", n->settings.node.region,
			  "version", TURNPIKE_VERSION, "dpdk", rte_version(), "pid", (int)getpid(),
			  "uptime_s", (json_int_t)((n->now_ms - n->started_ms) / 1000), "state",
			  state_name(n), "drain", drain_json(n), "workers", workers_json(n),
			  "ports", ports_json(n), "turn", "allocations", (int)turn_count(n->turn),
			  "allocations_max", (json_int_t)n->settings.turn.limits.allocations);
	return API_OK;
}

// Once a second: what share of it each worker had packets in hand.
static unsigned tick(struct node *n, uint64_t now_ms)
{
	if (now_ms < n->share_due_ms)
		return 0;
	n->share_due_ms = now_ms + 1000;
	for (unsigned i = 0; i < n->worker_count; i++) {
		uint64_t busy = n->workers[i]->busy_cycles, idle = n->workers[i]->idle_cycles;
		uint64_t all = busy - n->share_busy[i] + idle - n->share_idle[i];

		n->busy_share[i] = all ? (double)(busy - n->share_busy[i]) / (double)all : 0;
		n->share_busy[i] = busy;
		n->share_idle[i] = idle;
	}
	return 0;
}

static void metrics(struct node *n, struct metric_page *page)
{
	metric_add(page, METRIC_BUILD, 1, TURNPIKE_VERSION, rte_version());
	metric_add(page, METRIC_CONTROL_LOOP, n->rounds[NODE_ROUND_BUSY], "busy");
	metric_add(page, METRIC_CONTROL_LOOP, n->rounds[NODE_ROUND_IDLE], "idle");
	metric_add(page, METRIC_CONTROL_STALLS, n->stalls);
	metric_add(page, METRIC_NODE_DRAINING, n->draining);
	metric_add(page, METRIC_TURN_ALLOCATIONS_MAX, n->settings.turn.limits.allocations);
}

static const struct module_request requests[] = {
	{"node.status", status},
	{0},
};

const struct module node_module = {
	.name = "node",
	.tick = tick,
	.requests = requests,
	.metrics = metrics,
};
