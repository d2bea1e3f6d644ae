// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>

// Some more than sessions: keys that were taken out keep their place for a grace period.
static uint32_t keys_max(const struct flow *f)
{
	return f->sessions_max + f->players_max + FLOW_KEYS_SPARE;
}

static int clients_new(struct flow *f)
{
	char name[RTE_HASH_NAMESIZE];
	struct rte_hash_parameters params = {
		.name = name,
		.entries = keys_max(f),
		.key_len = sizeof(struct flow_key),
		.hash_func = rte_hash_crc,
		.socket_id = f->private_->socket,
		.extra_flag =
			RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF | RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};

	snprintf(name, sizeof name, "clients_%p", (void *)f); // DPDK's names are the process's
	f->private_->keys.at = malloc((keys_max(f) + 1) * sizeof *f->private_->keys.at);
	if (!f->private_->keys.at)
		return -ENOMEM;
	f->clients = rte_hash_create(&params);
	return f->clients ? flow_clients_new(f) : -rte_errno;
}

static int qsbr_new(struct flow *f, unsigned workers)
{
	size_t size = rte_rcu_qsbr_get_memsize(workers);

	f->qsbr = rte_zmalloc_socket("qsbr", size, RTE_CACHE_LINE_SIZE, f->private_->socket);
	if (!f->qsbr)
		return -ENOMEM;
	return rte_rcu_qsbr_init(f->qsbr, workers) ? -EINVAL : 0;
}

static int hops_new(struct flow *f)
{
	struct flow_private *p = f->private_;

	f->hops = rte_zmalloc_socket("hops", FLOW_HOPS_MAX * sizeof *f->hops, RTE_CACHE_LINE_SIZE,
				     p->socket);
	p->hops_free = malloc(FLOW_HOPS_MAX * sizeof *p->hops_free);
	p->hops.at = malloc(FLOW_HOPS_MAX * sizeof *p->hops.at);
	if (!f->hops || !p->hops_free || !p->hops.at)
		return -ENOMEM;
	// Low numbers on top of the stack, so that live ones stay together in the cache.
	for (uint32_t hop = FLOW_HOPS_MAX - 1; hop >= FLOW_HOP_FIRST; hop--)
		p->hops_free[p->hops_free_count++] = hop;
	return 0;
}

static int counts_new(struct flow *f, unsigned workers)
{
	for (unsigned i = 0; i < workers; i++) {
		f->counts[i] = rte_zmalloc_socket("counts", f->sessions_max * sizeof *f->counts[i],
						  RTE_CACHE_LINE_SIZE, f->private_->socket);
		if (!f->counts[i])
			return -ENOMEM;
	}
	return 0;
}

static int flow_fill(struct flow *f, const struct flow_settings *s)
{
	int err;

	f->slots =
		rte_zmalloc_socket("slots", (s->sessions_max + s->players_max) * sizeof *f->slots,
				   RTE_CACHE_LINE_SIZE, f->private_->socket);
	f->rooms = rte_zmalloc_socket("rooms", (s->rooms_max + 1) * sizeof *f->rooms,
				      RTE_CACHE_LINE_SIZE, f->private_->socket);
	if (!f->slots || !f->rooms)
		return -ENOMEM;
	err = hops_new(f);
	if (!err)
		err = counts_new(f, s->workers);
	if (!err)
		err = qsbr_new(f, s->workers);
	return err ? err : clients_new(f);
}

static void hints_fill(struct flow *f)
{
	memset(f->local_hints, FLOW_LOCAL_NONE, sizeof f->local_hints);
	for (unsigned i = f->local_count; i--;)
		f->local_hints[f->locals[i].port][flow_local_hash(&f->locals[i].addr)] = (uint8_t)i;
}

struct flow *flow_new(const struct flow_settings *s)
{
	struct flow *f = rte_zmalloc_socket("flow", sizeof *f, RTE_CACHE_LINE_SIZE, s->socket);
	int err = -ENOMEM;

	if (f)
		f->private_ = calloc(1, sizeof *f->private_);
	if (f && f->private_) {
		f->private_->socket = s->socket;
		f->private_->slab.socket = s->socket;
		f->sessions_max = s->sessions_max;
		f->players_max = s->players_max;
		f->rooms_max = s->rooms_max;
		f->workers = s->workers;
		f->local_count = s->local_count;
		memcpy(f->locals, s->locals, s->local_count * sizeof *s->locals);
		hints_fill(f);
		err = flow_fill(f, s);
	}
	if (!err)
		return f;
	flow_free(f);
	errno = -err;
	return NULL;
}

void flow_free(struct flow *f)
{
	if (!f)
		return;
	flow_clients_free(f);
	if (f->private_) {
		flow_later_run(f->private_->waiting_later);
		flow_later_run(f->private_->later);
		flow_slab_fini(&f->private_->slab);
		free(f->private_->hops_free);
		free(f->private_->hops.at);
		free(f->private_->keys.at);
		free(f->private_);
	}
	rte_hash_free(f->clients);
	rte_free(f->qsbr);
	for (unsigned i = 0; i < WORKERS_MAX; i++)
		rte_free(f->counts[i]);
	for (unsigned i = 0; i < FLOW_LOCALS_MAX; i++)
		rte_free(f->relay_ports[i]);
	rte_free(f->slots);
	rte_free(f->rooms);
	rte_free(f->hops);
	rte_free(f);
}

int flow_local_find(const struct flow *f, const struct net_addr *addr, int port)
{
	for (unsigned i = 0; i < f->local_count; i++)
		if (net_addr_equal(&f->locals[i].addr, addr) &&
		    (port < 0 || f->locals[i].port == port))
			return (int)i;
	return -1;
}

static void sessions_free(struct flow *f, struct flow_session *list)
{
	while (list) {
		struct flow_session *next = list->retired_next;

		flow_slab_put(&f->private_->slab, list, flow_session_bytes(list));
		list = next;
	}
}

static void retired_drop(struct flow_retired *r)
{
	r->count -= r->waiting;
	memmove(r->at, r->at + r->waiting, r->count * sizeof *r->at);
	r->waiting = 0;
}

static unsigned grace_end(struct flow *f)
{
	struct flow_private *p = f->private_;
	unsigned freed = p->hops.waiting;

	for (uint32_t i = 0; i < p->hops.waiting; i++)
		p->hops_free[p->hops_free_count++] = p->hops.at[i];
	for (uint32_t i = 0; i < p->keys.waiting; i++)
		rte_hash_free_key_with_position(f->clients, (int32_t)p->keys.at[i]);
	retired_drop(&p->hops);
	retired_drop(&p->keys);
	for (struct flow_session *s = p->waiting; s; s = s->retired_next)
		freed++;
	sessions_free(f, p->waiting);
	p->waiting = NULL;
	freed += flow_later_run(p->waiting_later);
	p->waiting_later = NULL;
	p->grace = false;
	return freed;
}

unsigned flow_reclaim(struct flow *f)
{
	struct flow_private *p = f->private_;
	unsigned freed = 0;

	// One grace period at a time: what is retired while it runs waits for the next.
	if (p->grace) {
		if (rte_rcu_qsbr_check(f->qsbr, p->token, false) != 1)
			return 0;
		freed = grace_end(f);
	}
	if (p->retired || p->later || p->hops.count || p->keys.count) {
		p->waiting = p->retired;
		p->retired = NULL;
		p->waiting_later = p->later;
		p->later = NULL;
		p->hops.waiting = p->hops.count;
		p->keys.waiting = p->keys.count;
		p->token = rte_rcu_qsbr_start(f->qsbr);
		p->grace = true;
	}
	return freed;
}

struct flow_counts flow_counts_sum(const struct flow *f, uint32_t slot)
{
	struct flow_counts sum = {0};

	for (unsigned i = 0; i < WORKERS_MAX && f->counts[i]; i++) {
		const struct flow_counts *c = &f->counts[i][slot];

		for (unsigned way = 0; way < 2; way++) {
			sum.packets[way] += c->packets[way];
			sum.bytes[way] += c->bytes[way];
			sum.dropped[way] += c->dropped[way];
			if (c->last_s[way] > sum.last_s[way])
				sum.last_s[way] = c->last_s[way];
		}
	}
	return sum;
}
