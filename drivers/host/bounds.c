// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <time.h>

#include "config/limits.h"
#include "host/private.h"

#define FIRST_BYTES 4096 // of a first request that need not wait

// What all connections of a socket together may take: places, memory, time of the control lane.

// --- Places: when there is none left, the newcomer gets that of whoever needs it least ---------------------

static int uid_compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

// The user with most of them; of equals any. Sorted, so that users who take turns cost no more than one.
static uint32_t greediest(const struct host_socket *s)
{
	uint32_t uids[HOST_CONNS_MAX] = {0}, uid = 0;
	unsigned n = 0, most = 0, run = 0;

	for (const struct host_conn *c = s->conns; c && n < HOST_CONNS_MAX; c = c->next)
		uids[n++] = c->peer.uid;
	qsort(uids, n, sizeof uids[0], uid_compare);
	for (unsigned i = 0; i < n; i++) {
		run = i && uids[i] == uids[i - 1] ? run + 1 : 1;
		if (run <= most)
			continue;
		most = run;
		uid = uids[i];
	}
	return uid;
}

enum claim { CLAIM_SILENT, CLAIM_ASKED, CLAIM_NEW };

// Who had time to ask something and did not has the least. Who has only just come is left its time: a
// flood that asks a lot would have each newcomer thrown out by the next. The next then waits at the door.
static enum claim claim_of(const struct host_conn *c, uint64_t now_ms)
{
	if (c->asked)
		return CLAIM_ASKED;
	return now_ms - c->opened_ms > HOST_GRACE_MS ? CLAIM_SILENT : CLAIM_NEW;
}

// Of equals who has been quiet the longest; the list is from new to old, and `a` behind `b` in it.
static bool needs_less(const struct host_conn *a, const struct host_conn *b, uint64_t now_ms)
{
	enum claim x = claim_of(a, now_ms), y = claim_of(b, now_ms);

	return x != y ? x < y : a->active <= b->active;
}

bool host_conns_evict(struct host_socket *s)
{
	uint32_t uid = greediest(s);
	uint64_t now_ms = host_now_ms();
	struct host_conn *least = NULL;

	for (struct host_conn *c = s->conns; c; c = c->next)
		if (c->peer.uid == uid && (!least || needs_less(c, least, now_ms)))
			least = c;
	if (!least || claim_of(least, now_ms) == CLAIM_NEW)
		return false;
	host_conn_close(least);
	return true;
}

// --- Memory: the connection that holds most goes first -----------------------------------------------------

static void largest_break(struct host_socket *s)
{
	struct host_conn *largest = NULL;

	for (struct host_conn *c = s->conns; c; c = c->next)
		if (!c->broken && (!largest || c->held > largest->held))
			largest = c;
	if (largest)
		host_conn_break(largest);
}

void host_conn_held(struct host_conn *c)
{
	struct host_socket *s = c->socket;
	size_t now = c->in.cap + c->out.cap;

	s->held += now - c->held;
	c->held = now;
	if (s->held > HOST_HELD_MAX)
		largest_break(s);
}

// --- Time: a bounded share of each round of the loop, everybody in turn -------------------------------------

static uint64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

void host_turns_begin(struct host_loop *l)
{
	if (!l->spent)
		l->pass++;
	l->spent = false;
	l->began_us = 0;
}

// A pass ends when all that were ready have had their turn, over as many rounds as it takes. The first
// request of a connection, unless it is a long one, need not wait for the others: who comes to look why
// the relay is slow is answered at once.
bool host_turn_take(struct host_conn *c)
{
	struct host_loop *l = c->socket->loop;
	bool first = !c->asked && host_buffer_len(&c->in) < FIRST_BYTES;

	if (c->pass == l->pass || (l->spent && !first))
		return false;
	c->pass = l->pass;
	c->turn_us = now_us();
	if (!l->began_us)
		l->began_us = c->turn_us;
	return true;
}

bool host_turn_over(const struct host_conn *c)
{
	return now_us() - c->turn_us > HOST_TURN_US;
}

void host_turn_end(struct host_loop *l)
{
	if (l->began_us && now_us() - l->began_us > HOST_ROUND_US)
		l->spent = true;
}
