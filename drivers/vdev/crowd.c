// SPDX-License-Identifier: Apache-2.0
#include "vdev/crowd.h"

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_prefetch.h>
#include <stdlib.h>
#include <string.h>

#define SETUP_BURST 8 // requests a burst while sessions are being made
#define AHEAD 8 // sessions that are prefetched
#define STOPPED_DIVISOR 20 // behind the pace by a twentieth of a second: the process was stopped

static uint32_t word_of(const struct net_addr *a)
{
	return rte_be_to_cpu_32(a->w[3]);
}

// --- Who talks next ----------------------------------------------------------------------------------------

static void order_uniform(struct crowd *c)
{
	for (unsigned i = 0; i < c->order_len; i++)
		c->order[i] = i % c->count;
	for (unsigned i = c->order_len - 1; i; i--) {
		unsigned k = crowd_random(c) % (i + 1);
		uint32_t at = c->order[i];

		c->order[i] = c->order[k];
		c->order[k] = at;
	}
}

// Exponent 1: the share of rank r is 1/r, drawn by inversion of the harmonic sum.
static int order_zipf(struct crowd *c)
{
	double *below = malloc(c->count * sizeof *below), sum = 0;

	if (!below)
		return -1;
	for (unsigned i = 0; i < c->count; i++)
		below[i] = sum += 1.0 / (i + 1);
	for (unsigned i = 0; i < c->order_len; i++) {
		double at = (double)crowd_random(c) / 2147483648.0 * sum;
		unsigned low = 0, high = c->count - 1;

		while (low < high) {
			unsigned middle = (low + high) / 2;

			if (below[middle] < at)
				low = middle + 1;
			else
				high = middle;
		}
		c->order[i] = low;
	}
	free(below);
	return 0;
}

static int order_make(struct crowd *c)
{
	c->order_len = c->count < 65536 ? 65536 / c->count * c->count : c->count;
	c->order = malloc(c->order_len * sizeof *c->order);
	if (!c->order)
		return -1;
	if (c->settings->zipf)
		return order_zipf(c);
	order_uniform(c);
	return 0;
}

// --- Life ----------------------------------------------------------------------------------------------------

static void crowd_rate(struct crowd *c)
{
	const struct load_settings *s = c->settings;

	c->tsc_hz = rte_get_tsc_hz();
	c->period_tsc = s->pps ? c->tsc_hz * c->queues / s->pps : 0;
	if (!s->churn)
		return;
	c->churners = CROWD_CHURNERS;
	c->churn_period_tsc = c->tsc_hz * c->queues / s->churn;
}

// Nothing has to be asked for.
static void sessions_known(struct crowd *c)
{
	for (unsigned k = 0; k < c->count; k++) {
		struct crowd_session *s = &c->sessions[k];

		s->relay_addr = rte_cpu_to_be_32(c->base_server);
		s->relay_port = (uint16_t)(LOAD_TABLE_PORT + crowd_id(c, k));
		s->state = CROWD_BOUND;
		s->due_tsc = UINT64_MAX;
	}
	c->counts.bound = c->count;
}

struct crowd *crowd_new(const struct load_settings *s, unsigned queue, unsigned queues,
			struct rte_mempool *pool, const struct net_mac *relay_mac)
{
	struct crowd *c = aligned_alloc(64, (sizeof *c + 63) / 64 * 64);

	if (!c)
		return NULL;
	memset(c, 0, sizeof *c);
	c->settings = s;
	c->pool = pool;
	c->queue = queue;
	c->queues = queues;
	c->relay_mac = *relay_mac;
	c->count = (s->sessions - queue + queues - 1) / queues;
	c->seed = 88172645463325252u + queue;
	c->base_server = word_of(&s->server);
	c->base_client = word_of(&s->clients);
	c->base_peer = word_of(&s->peers);
	crowd_rate(c);
	c->sessions = calloc(c->count + c->churners + 1u, sizeof *c->sessions);
	c->nonces = calloc(c->count + c->churners + 1u, sizeof *c->nonces);
	if (!c->sessions || !c->nonces || !c->count || order_make(c) || crowd_templates(c)) {
		crowd_free(c);
		return NULL;
	}
	crowd_rubbish_make(c);
	if (s->served != LOAD_TURN)
		sessions_known(c);
	return c;
}

void crowd_free(struct crowd *c)
{
	if (!c)
		return;
	rte_pktmbuf_free_bulk(c->pending, c->pending_count);
	free(c->sessions);
	free(c->nonces);
	free(c->order);
	free(c);
}

// --- Generate ------------------------------------------------------------------------------------------------

static unsigned take_pending(struct crowd *c, struct rte_mbuf **out, unsigned n)
{
	unsigned got = c->pending_count < n ? c->pending_count : n;

	memcpy(out, c->pending, got * sizeof *out);
	c->pending_count -= got;
	memmove(c->pending, c->pending + got, c->pending_count * sizeof *out);
	return got;
}

// As much as the relay answers, and when it is time. A hairpin session's peer is another client: it can
// bind once both have a relayed address.
static bool may_ask(const struct crowd *c, unsigned k, uint64_t now)
{
	const struct crowd_session *s = &c->sessions[k];

	if (now < s->due_tsc || (!s->waiting && c->asked >= CROWD_ASKED_MAX))
		return false;
	if (c->settings->way != LOAD_HAIRPIN || s->state != CROWD_ALLOCATED)
		return true;
	return (k ^ 1) < c->count && c->sessions[k ^ 1].state >= CROWD_ALLOCATED;
}

// Looks at a few timers; asks what is due.
static unsigned ask_due(struct crowd *c, struct rte_mbuf **out, unsigned n, uint64_t now)
{
	bool setup = c->counts.bound < c->count;
	unsigned looks = setup ? 64 : 2, got = 0;

	if (n > SETUP_BURST)
		n = SETUP_BURST;
	while (looks-- && got < n) {
		unsigned k = c->scan;

		c->scan = c->scan + 1 == c->count ? 0 : c->scan + 1;
		if (!may_ask(c, k, now))
			continue;
		out[got] = crowd_ask(c, k, now);
		if (!out[got])
			break;
		got++;
	}
	return got;
}

static unsigned next_way(struct crowd *c)
{
	if (c->settings->way == LOAD_BOTH)
		return c->way ^= 1;
	return c->settings->way == LOAD_DOWN;
}

static unsigned next_talker(struct crowd *c)
{
	unsigned ahead = c->order_at + AHEAD;
	unsigned k = c->order[c->order_at];

	rte_prefetch0(&c->sessions[c->order[ahead < c->order_len ? ahead : ahead - c->order_len]]);
	c->order_at = c->order_at + 1 == c->order_len ? 0 : c->order_at + 1;
	return k;
}

static inline bool is_rubbish(struct crowd *c)
{
	return c->settings->rubbish && crowd_random(c) % 100 < c->settings->rubbish;
}

// Behind the pace by more than a receive queue holds: the rest is missed, as a device would miss it. It
// takes no number, so that a gap in the numbers is the relay's doing. (A bench stops one relay while it
// looks at another; then nobody has sent.)
static void overrun(struct crowd *c, uint64_t now)
{
	uint64_t kept = c->period_tsc * CROWD_BACKLOG_MAX;

	if (c->next_tsc + c->tsc_hz / STOPPED_DIVISOR < now)
		c->next_tsc = now;
	for (; c->period_tsc && c->next_tsc + kept < now; c->next_tsc += c->period_tsc)
		c->counts.missed += !is_rubbish(c);
}

static unsigned talk(struct crowd *c, struct rte_mbuf **out, unsigned n, uint64_t now)
{
	unsigned got = 0;

	overrun(c, now);
	while (got < n && (!c->period_tsc || c->next_tsc <= now)) {
		uint64_t due = c->period_tsc ? c->next_tsc : now;

		out[got] = is_rubbish(c) ? crowd_rubbish(c)
					 : crowd_talk(c, next_talker(c), next_way(c), due);
		if (!out[got])
			break;
		c->next_tsc += c->period_tsc;
		got++;
	}
	return got;
}

unsigned crowd_generate(struct crowd *c, struct rte_mbuf **out, unsigned n)
{
	uint64_t now = rte_rdtsc();
	unsigned got = take_pending(c, out, n);

	got += ask_due(c, out + got, n - got, now);
	if (c->counts.bound < c->count)
		c->next_tsc = c->churn_tsc = now;
	else
		got += crowd_churn(c, out + got, n - got, now);
	if (c->counts.bound == c->count)
		got += talk(c, out + got, n - got, now);
	c->counts.generate_cycles += rte_rdtsc() - now;
	return got;
}

// --- Check ---------------------------------------------------------------------------------------------------

// Asked for an address of the crowd's: all have one MAC.
static void answer_neighbour(struct crowd *c, const struct net_facts *f, const uint8_t *frame)
{
	struct net_link link = {.src = {{2, 0, 0, 0, 0, 0xc0}}, .dst = c->relay_mac};
	struct net_neigh asked;
	struct rte_mbuf *m;
	uint32_t at;

	if (net_neigh_parse(&asked, f, frame) || asked.op != NET_NEIGH_ASK)
		return;
	at = word_of(&asked.target);
	if (at - c->base_client >= CROWD_HOSTS && at - c->base_peer >= CROWD_HOSTS)
		return;
	if (c->pending_count == RTE_DIM(c->pending))
		return;
	m = rte_pktmbuf_alloc(c->pool);
	if (!m)
		return;
	m->data_len = (uint16_t)net_neigh_tell(rte_pktmbuf_mtod(m, uint8_t *), &link, &asked);
	m->pkt_len = m->data_len;
	c->pending[c->pending_count++] = m;
}

static void check_other(struct crowd *c, const uint8_t *frame, unsigned len)
{
	struct net_facts f;
	enum net_kind kind = net_frame_parse(&f, frame, len);

	if (kind == NET_ARP || kind == NET_ICMP6)
		answer_neighbour(c, &f, frame);
}

void crowd_check(struct crowd *c, struct rte_mbuf **in, unsigned n)
{
	uint64_t now = rte_rdtsc();

	for (unsigned i = 0; i < n; i++) {
		const uint8_t *frame = rte_pktmbuf_mtod(in[i], const uint8_t *);
		unsigned len = in[i]->data_len;

		if (len > c->up.udp + 8u && frame[12] == c->up.bytes[12] &&
		    frame[13] == c->up.bytes[13] && frame[c->up.proto] == 17)
			crowd_hear(c, frame, len, now);
		else
			check_other(c, frame, len);
	}
	c->counts.check_cycles += rte_rdtsc() - now;
}
