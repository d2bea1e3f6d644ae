// SPDX-License-Identifier: Apache-2.0
#include "node.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_version.h>

#include "control/events.h"
#include "crypto/crypto.h"
#include "vdev/load.h"
#include "worker.h"

// Idle, the control lane looks for punted packets 2,000 times a second; for 20 ms after one it looks
// 20,000 times, since requests come in rows.
#define NAP_IDLE_US 500
#define NAP_EAGER_US 50
#define EAGER_MS 20
// A round longer than this is counted: meanwhile no request is answered.
#define STALL_MS 100

// A packet buffer: mbuf, private area, headroom and 2 KB of room.
#define MBUF_BYTES 2688
#define MBUFS_MAX 262143

static void say(enum port_say level, const char *line)
{
	static const enum log_level levels[] = {LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO,
						LOG_LEVEL_DEBUG};

	host_log(levels[level], level == PORT_SAY_DEBUG ? "dpdk" : "port", "message", line, NULL);
}

static int env_open(struct node *n)
{
	const struct settings *s = &n->settings;
	const char *devices[PORTS_MAX];
	struct port_env env = {
		.devices = devices,
		.device_count = (unsigned)s->ports.n,
		.control_cpu = s->cores.control,
		.worker_cpus = s->cores.workers.at,
		.worker_count = (unsigned)s->cores.workers.n,
		.hugepages = s->memory.hugepages,
		.megabytes = s->memory.megabytes,
	};

	for (size_t i = 0; i < s->ports.n; i++) {
		devices[i] = s->ports.at[i].device;
		if (!load_is(devices[i]))
			continue;
		if (load_device(devices[i], n->devices[i], sizeof n->devices[i]))
			return -EINVAL;
		devices[i] = n->devices[i];
	}
	return port_env_open(&env, say);
}

// A third of the memory for packets, as a power of two less one, which is how a pool wants it.
static unsigned mbufs_of(const struct settings *s)
{
	unsigned most = (unsigned)((uint64_t)s->memory.megabytes * 1048576 / 3 / MBUF_BYTES);
	unsigned n = 8191;

	while (2 * n + 1 <= most && n < MBUFS_MAX)
		n = 2 * n + 1;
	return n;
}

static int ports_open(struct node *n)
{
	const struct settings *s = &n->settings;

	for (size_t i = 0; i < s->ports.n; i++) {
		const struct port_settings *p = &s->ports.at[i];
		struct port_request r = {
			.name = p->name,
			.device = load_is(p->device) ? n->devices[i] : p->device,
			.rx_queues = p->queues,
			.tx_queues = (unsigned)s->cores.workers.n,
			.mtu = p->mtu,
			.priv_bytes = RTE_ALIGN(sizeof(struct punt), RTE_MBUF_PRIV_ALIGN),
			.mbufs = mbufs_of(s),
		};
		int err = port_open(&n->ports[i], &r, say);

		if (err)
			return err;
		n->port_count++;
	}
	return 0;
}

// A port that is a crowd of clients gets its crowd once its queues are known.
static int loads_attach(struct node *n)
{
	for (unsigned i = 0; i < n->port_count; i++) {
		const char *device = n->settings.ports.at[i].device;
		const struct port *p = &n->ports[i];
		int err = load_is(device) ? load_attach(device, p->id, p->rx_queues, p->pool) : 0;

		if (err) {
			host_log(LOG_LEVEL_ERROR, "port", "port", p->name, "device", device,
				 "error", strerror(-err), NULL);
			return err;
		}
	}
	return 0;
}

static int cipher_open(struct node *n)
{
	struct crypto_cost cost;

	n->cipher = crypto_choose(NULL, &cost);
	if (!n->cipher)
		return -ENOTSUP;
	host_log(LOG_LEVEL_INFO, "cipher", "driver", n->cipher->name, "aes_128_gcm_cycles",
		 host_text("%u", cost.cycles[SRTP_AEAD_AES_128_GCM]), "aes_256_gcm_cycles",
		 host_text("%u", cost.cycles[SRTP_AEAD_AES_256_GCM]), "aes_128_cm_sha1_cycles",
		 host_text("%u", cost.cycles[SRTP_AES128_CM_SHA1_80]), NULL);
	return 0;
}

static int flow_open(struct node *n)
{
	struct flow_local locals[FLOW_LOCALS_MAX];
	struct flow_settings f = {
		.locals = locals,
		.sessions_max = n->settings.turn.limits.allocations,
		.players_max = VOICE_PLAYERS_MAX,
		.rooms_max = VOICE_ROOMS_MAX,
		.workers = (unsigned)n->settings.cores.workers.n,
		.socket = n->ports[0].socket,
	};

	for (size_t p = 0; p < n->settings.ports.n; p++) {
		const struct port_settings *ps = &n->settings.ports.at[p];

		for (size_t i = 0; i < ps->addresses.n && f.local_count < FLOW_LOCALS_MAX; i++)
			locals[f.local_count++] = (struct flow_local){
				.addr = ps->addresses.at[i].addr,
				.bits = ps->addresses.at[i].bits,
				.port = (uint8_t)p,
			};
	}
	n->flow = flow_new(&f);
	if (n->flow)
		return 0;
	host_log(LOG_LEVEL_ERROR, "no_memory", "for", "tables of workers", "key",
		 "memory.megabytes, turn.limits.allocations", "error", strerror(errno), NULL);
	return -ENOMEM;
}

static int ports_start(struct node *n)
{
	for (unsigned i = 0; i < n->port_count; i++) {
		char mac[NET_TEXT_MAX];
		struct port *p = &n->ports[i];
		int err = port_start(p);

		if (err) {
			host_log(LOG_LEVEL_ERROR, "port_failed", "port", p->name, "error",
				 rte_strerror(-err), NULL);
			return err;
		}
		host_log(LOG_LEVEL_INFO, "port_open", "port", p->name, "driver", p->driver, "mac",
			 net_mac_format(&p->mac, mac), "rx_queues", host_text("%u", p->rx_queues),
			 "tx_queues", host_text("%u", p->tx_queues), "link", p->up ? "up" : "down",
			 NULL);
	}
	return 0;
}

static void on_signal(void *ctx, int signal_number)
{
	struct node *n = ctx;

	if (signal_number == SIGHUP) {
		host_log(LOG_LEVEL_INFO, "signal", "name", "SIGHUP", NULL);
		config_reload(n);
		return;
	}
	host_log(LOG_LEVEL_INFO, "stopping", "signal", strsignal(signal_number), NULL);
	n->stop = true;
}

static int modules_open(struct node *n)
{
	for (unsigned i = 0; modules[i]; i++) {
		int err = modules[i]->open ? modules[i]->open(n) : 0;

		if (err) {
			host_log(LOG_LEVEL_ERROR, "module_failed", "module", modules[i]->name,
				 "error", strerror(-err), NULL);
			return err;
		}
		n->modules_open = i + 1;
	}
	return 0;
}

int node_open(struct node *n)
{
	int err;

	host_log_setup((enum log_level)n->settings.log.level,
		       n->settings.log.format == LOG_FORMAT_JSON);
	n->started_ms = host_now_ms();
	n->now_ms = n->started_ms;
	timer_wheel_init(&n->timers, n->now_ms);
	n->loop = host_loop_new();
	if (!n->loop)
		return -ENOMEM;
	host_watch_signal(n->loop, SIGTERM, on_signal, n);
	host_watch_signal(n->loop, SIGINT, on_signal, n);
	host_watch_signal(n->loop, SIGHUP, on_signal, n);
	err = env_open(n);
	if (!err)
		err = ports_open(n);
	if (!err)
		err = flow_open(n);
	if (!err)
		err = cipher_open(n);
	if (!err)
		err = workers_open(n);
	if (!err)
		err = ports_start(n);
	if (!err)
		err = loads_attach(n);
	if (!err)
		err = workers_start(n);
	return err ? err : modules_open(n);
}

static void links_poll(struct node *n)
{
	if (n->now_ms < n->links_due_ms)
		return;
	n->links_due_ms = n->now_ms + 250;
	for (unsigned i = 0; i < n->port_count; i++) {
		const struct port *p = &n->ports[i];

		if (!port_link_poll(&n->ports[i]))
			continue;
		host_log(p->up ? LOG_LEVEL_INFO : LOG_LEVEL_WARN, p->up ? "port_up" : "port_down",
			 "port", p->name, NULL);
		event_emit(n, p->up ? EVENT_LINK_UP : EVENT_LINK_DOWN,
			   json_pack("{s:s, s:i}", "port", p->name, "speed_mbps",
				     (int)p->speed_mbps));
	}
}

static unsigned node_round(struct node *n)
{
	unsigned work;

	n->now_ms = host_now_ms();
	work = punt_round(n);
	work += timer_wheel_advance(&n->timers, n->now_ms, 256);
	for (unsigned i = 0; modules[i]; i++)
		if (modules[i]->tick)
			work += modules[i]->tick(n, n->now_ms);
	flow_reclaim(n->flow);
	links_poll(n);
	return work;
}

void node_run(struct node *n)
{
	uint64_t busy_ms = 0;

	host_log(LOG_LEVEL_INFO, "ready", "name", n->settings.node.name, "version",
		 TURNPIKE_VERSION, "dpdk", rte_version(), "workers",
		 host_text("%u", n->worker_count), NULL);
	host_notify_ready();
	while (!n->stop) {
		unsigned work = node_round(n);
		unsigned nap = n->now_ms - busy_ms < EAGER_MS ? NAP_EAGER_US : NAP_IDLE_US;

		if (work)
			busy_ms = n->now_ms;
		n->rounds[work ? NODE_ROUND_BUSY : NODE_ROUND_IDLE]++;
		host_loop_run(n->loop, work ? 0 : nap);
		n->stalls += host_now_ms() - n->now_ms > STALL_MS;
	}
	host_notify_stopping();
}

void node_close(struct node *n)
{
	while (n->modules_open) {
		const struct module *m = modules[--n->modules_open];

		if (m->close)
			m->close(n);
	}
	workers_close(n);
	flow_free(n->flow);
	for (unsigned i = 0; i < n->port_count; i++) {
		load_detach(n->ports[i].id);
		port_close(&n->ports[i]);
	}
	if (n->port_count)
		port_env_close();
	if (n->loop)
		host_loop_free(n->loop);
	host_log(LOG_LEVEL_INFO, "stopped", NULL);
}
