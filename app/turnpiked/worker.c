// SPDX-License-Identifier: Apache-2.0
#include "worker.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "node.h"
#include "port/port.h"

static const uint32_t punt_rates[PUNT_CLASSES] = {
	[PUNT_KNOWN] = PUNT_KNOWN_PER_S, [PUNT_PLAYER] = PUNT_PLAYER_PER_S,
	[PUNT_NEW] = PUNT_NEW_PER_S,     [PUNT_NEIGHBOUR] = PUNT_NEIGHBOUR_PER_S,
	[PUNT_ICMP] = PUNT_ICMP_PER_S,   [PUNT_CLOSED] = PUNT_CLOSED_PER_S,
	[PUNT_HOP] = PUNT_HOP_PER_S,     [PUNT_BIG] = PUNT_BIG_PER_S,
};

// --- The thread ------------------------------------------------------------------------------------------

static unsigned worker_round(struct worker *w)
{
	unsigned n = path_inject(&w->path) + path_cross(&w->path);

	for (unsigned i = 0; i < w->queue_count; i++)
		n += path_walk(&w->path, w->queues[i].port, i);
	return n;
}

static int worker_main(void *arg)
{
	struct worker *w = arg;
	unsigned empty = 0;
	uint64_t last = rte_rdtsc();

	rte_rcu_qsbr_thread_online(w->flow->qsbr, w->id);
	while (!__atomic_load_n(&w->stop, __ATOMIC_RELAXED)) {
		uint64_t now;
		unsigned n;

		w->path.now_tsc = last;
		n = worker_round(w);
		rte_rcu_qsbr_quiescent(w->flow->qsbr, w->id);
		if (!n)
			port_idle(w->idle, ++empty);
		else
			empty = 0;
		now = rte_rdtsc();
		*(n ? &w->busy_cycles : &w->idle_cycles) += now - last;
		if (now >= w->next_s_tsc) {
			w->next_s_tsc += w->tsc_hz;
			w->now_s++;
		}
		last = now;
	}
	rte_rcu_qsbr_thread_offline(w->flow->qsbr, w->id);
	rte_rcu_qsbr_thread_unregister(w->flow->qsbr, w->id);
	return 0;
}

// --- Making ----------------------------------------------------------------------------------------------

static struct rte_ring *ring_new(const struct worker *w, const char *what, unsigned size,
				 unsigned flags)
{
	char name[RTE_RING_NAMESIZE];

	snprintf(name, sizeof name, "%s%u", what, w->id);
	return rte_ring_create(name, size, (int)rte_lcore_to_socket_id(w->lcore), flags);
}

static int worker_rings(struct worker *w)
{
	w->inject = ring_new(w, "inject", INJECT_RING_SIZE, RING_F_SC_DEQ);
	if (!w->inject)
		return -ENOMEM;
	w->crossing[w->id] = ring_new(w, "cross", CROSSING_RING_SIZE, RING_F_SC_DEQ);
	if (!w->crossing[w->id])
		return -ENOMEM;
	for (unsigned i = 0; i < PUNT_CLASSES; i++) {
		char what[16];

		snprintf(what, sizeof what, "punt%u_", i);
		w->punt[i] = ring_new(w, what, PUNT_RING_SIZE, RING_F_SP_ENQ | RING_F_SC_DEQ);
		if (!w->punt[i])
			return -ENOMEM;
	}
	return 0;
}

static void worker_budgets(struct worker *w)
{
	for (unsigned i = 0; i < PUNT_CLASSES; i++)
		w->budgets[i].period_tsc = w->tsc_hz / punt_rates[i];
	w->source_rule.period_tsc = w->tsc_hz / PUNT_SOURCE_PER_S;
	w->player_rule.period_tsc = w->tsc_hz / PUNT_PLAYER_EACH_PER_S;
}

static void worker_settings(struct worker *w, const struct node *n)
{
	w->flow = n->flow;
	w->ports = n->ports;
	w->port_count = n->port_count;
	for (unsigned i = 0; i < n->port_count; i++)
		w->vlans[i] = (uint16_t)n->settings.ports.at[i].vlan;
	for (size_t i = 0; i < n->settings.voice.listen.n && i < VOICE_PORTS_MAX; i++)
		w->voice_ports[w->voice_port_count++] =
			(uint16_t)n->settings.voice.listen.at[i].port;
	w->dscp = (uint8_t)n->settings.turn.dscp;
	w->idle = (enum port_idle)n->settings.cores.idle;
	w->tsc_hz = rte_get_tsc_hz();
	w->next_s_tsc = rte_rdtsc() + w->tsc_hz;
	w->now_s = (uint32_t)(host_now_ms() / 1000);
	w->path.worker = w;
	host_random(w->tid, sizeof w->tid);
	host_random(&w->voice_salt, sizeof w->voice_salt);
}

static struct worker *worker_new(struct node *n, unsigned id)
{
	unsigned lcore = port_env_lcore(id);
	struct worker *w = rte_zmalloc_socket("worker", sizeof *w, RTE_CACHE_LINE_SIZE,
					      (int)rte_lcore_to_socket_id(lcore));

	if (!w)
		return NULL;
	w->id = id;
	w->lcore = lcore;
	w->cpu = n->settings.cores.workers.at[id];
	worker_settings(w, n);
	worker_budgets(w);
	w->engine.ops = n->cipher;
	w->engine.ctx = n->cipher->ctx_new((int)rte_lcore_to_socket_id(lcore));
	if (!w->engine.ctx || worker_rings(w) || rte_rcu_qsbr_thread_register(n->flow->qsbr, id)) {
		rte_free(w);
		return NULL;
	}
	return w;
}

// Receive queues go round the workers of the port's own socket, or round all where it has none there.
static void queue_assign(struct node *n, unsigned port, unsigned queue, unsigned *turn)
{
	struct worker *w = NULL;

	for (unsigned i = 0; i < n->worker_count && !w; i++) {
		struct worker *candidate = n->workers[(*turn + i) % n->worker_count];

		if ((int)rte_lcore_to_socket_id(candidate->lcore) == n->ports[port].socket)
			w = candidate;
	}
	if (!w) {
		w = n->workers[*turn % n->worker_count];
		host_log(LOG_LEVEL_WARN, "numa_crossing", "port", n->ports[port].name, "worker",
			 host_text("%u", w->id), "cost",
			 "each packet crosses the link between sockets: about 100 ns and half the "
			 "bandwidth",
			 NULL);
	}
	if (w->queue_count == BASE_COUNT(w->queues))
		return;
	w->queues[w->queue_count++] =
		(struct worker_queue){.port = (uint8_t)port, .queue = (uint8_t)queue};
	if (n->ports[port].tx_queues < n->worker_count && queue < n->ports[port].tx_queues)
		n->tx_owner[port][queue] = (uint8_t)w->id;
	(*turn)++;
}

// A worker's own transmit queue where the device has one for each, else a share of somebody's.
static void tx_assign(struct node *n, struct worker *w, unsigned port)
{
	const struct port *p = &n->ports[port];
	struct worker_tx *t = &w->tx[port];

	t->port_id = p->id;
	if (p->tx_queues >= n->worker_count) {
		t->queue = (uint16_t)w->id;
		return;
	}
	for (uint16_t q = 0; q < p->tx_queues; q++)
		if (n->tx_owner[port][q] == w->id) {
			t->queue = q;
			return;
		}
	t->hand_over = n->workers[n->tx_owner[port][w->id % p->tx_queues]]->inject;
}

int workers_open(struct node *n)
{
	unsigned turn = 0;

	for (unsigned i = 0; i < n->settings.cores.workers.n; i++) {
		n->workers[i] = worker_new(n, i);
		if (!n->workers[i])
			return -ENOMEM;
		n->worker_count++;
	}
	for (unsigned i = 0; i < n->worker_count; i++)
		for (unsigned j = 0; j < n->worker_count; j++)
			n->workers[i]->crossing[j] = n->workers[j]->crossing[j];
	for (unsigned p = 0; p < n->port_count; p++)
		for (unsigned q = 0; q < n->ports[p].rx_queues; q++)
			queue_assign(n, p, q, &turn);
	for (unsigned i = 0; i < n->worker_count; i++)
		for (unsigned p = 0; p < n->port_count; p++)
			tx_assign(n, n->workers[i], p);
	return 0;
}

int workers_start(struct node *n)
{
	for (unsigned i = 0; i < n->worker_count; i++) {
		int err = rte_eal_remote_launch(worker_main, n->workers[i], n->workers[i]->lcore);

		if (err)
			return err;
		n->workers_run = i + 1;
	}
	return 0;
}

static void ring_free(struct rte_ring *r)
{
	void *m;

	while (r && !rte_ring_dequeue(r, &m))
		rte_pktmbuf_free(m);
	rte_ring_free(r);
}

void workers_close(struct node *n)
{
	for (unsigned i = 0; i < n->workers_run; i++)
		__atomic_store_n(&n->workers[i]->stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < n->workers_run; i++)
		rte_eal_wait_lcore(n->workers[i]->lcore);
	for (unsigned i = 0; i < n->worker_count; i++) {
		struct worker *w = n->workers[i];

		ring_free(w->inject);
		ring_free(w->crossing[w->id]);
		w->engine.ops->ctx_free(w->engine.ctx);
		for (unsigned c = 0; c < PUNT_CLASSES; c++)
			ring_free(w->punt[c]);
		rte_free(w);
		n->workers[i] = NULL;
	}
	n->worker_count = 0;
	n->workers_run = 0;
}
