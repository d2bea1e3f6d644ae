// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_hash_crc.h>
#include <rte_ring.h>

#include "worker.h"

static inline bool budget_take(uint64_t *credit_tsc, uint64_t period_tsc, uint64_t now,
			       uint64_t burst_tsc)
{
	uint64_t credit = *credit_tsc > now ? *credit_tsc : now;

	if (credit > now + burst_tsc)
		return false;
	*credit_tsc = credit + period_tsc;
	return true;
}

// An IPv4 address or an IPv6 /64 is one source. Two that share a bucket share its budget: an attacker
// cannot make the table grow.
static inline bool source_take(struct worker *w, const struct net_addr *a, uint64_t now)
{
	uint64_t key = net_addr_is4(a) ? a->d[1] : a->d[0];
	uint32_t at = rte_hash_crc_8byte(key, 0) % PUNT_SOURCES;

	return budget_take(&w->sources[at], w->source_rule.period_tsc, now, w->tsc_hz / 4);
}

// Relayed packets that wait for a next hop, and known clients, are behind authentication.
static inline bool source_counts(enum punt_class class_)
{
	return class_ != PUNT_KNOWN && class_ != PUNT_PLAYER && class_ != PUNT_HOP &&
	       class_ != PUNT_BIG;
}

// Checks and reports of one player, or of who forges its address, leave room for those of the others.
static inline bool player_take(struct worker *w, const struct voice_player *player, uint64_t now)
{
	return budget_take(&w->players[player->index % PUNT_SOURCES], w->player_rule.period_tsc,
			   now, w->tsc_hz / 4);
}

static inline int punt_refused(struct path *p, struct slot *s)
{
	struct worker *w = p->worker;
	struct worker_budget *b = &w->budgets[s->punt_class];

	if (source_counts(s->punt_class) && !source_take(w, &s->facts.src.addr, p->now_tsc))
		return PATH_DROP_PUNT_SOURCE;
	if (s->punt_class == PUNT_PLAYER && !player_take(w, s->player, p->now_tsc))
		return PATH_DROP_PUNT_SOURCE;
	if (!budget_take(&b->credit_tsc, b->period_tsc, p->now_tsc, w->tsc_hz / 16))
		return PATH_DROP_PUNT_BUDGET;
	return -1;
}

static inline bool punt_put(struct path *p, struct slot *s)
{
	struct punt *punt = punt_of(s->m);

	punt->facts = s->facts;
	punt->hop = s->hop;
	punt->mtu = s->mtu;
	punt->class_ = s->punt_class;
	punt->worker = (uint8_t)p->worker->id;
	punt->port = s->punt_class == PUNT_HOP ? (uint8_t)s->m->port : p->port;
	punt->local = s->local;
	return !rte_ring_sp_enqueue(p->worker->punt[s->punt_class], s->m);
}

void path_punt_step(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_PUNT];
	struct worker *w = p->worker;

	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];
		int reason = punt_refused(p, s);

		if (reason < 0 && !punt_put(p, s))
			reason = PATH_DROP_PUNT_FULL;
		if (reason < 0) {
			w->punted++;
			w->punts[s->punt_class]++;
		} else {
			w->punts_refused[s->punt_class]++;
			path_drop(p, l->at[i], (enum path_reason)reason);
		}
	}
}
