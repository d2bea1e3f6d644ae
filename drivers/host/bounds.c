// SPDX-License-Identifier: Apache-2.0
#include <time.h>

#include "config/limits.h"
#include "host/private.h"

// What all connections of a socket together may take: places, memory, time of the control lane.

// --- Places: when there is none left, the newcomer gets that of whoever needs it least ---------------------

static unsigned conns_of(const struct host_socket *s, uint32_t uid)
{
	unsigned count = 0;

	for (const struct host_conn *c = s->conns; c; c = c->next)
		count += c->peer.uid == uid;
	return count;
}

// The user with most of them; of equals any.
static uint32_t greediest(const struct host_socket *s)
{
	uint32_t uid = 0;
	unsigned most = 0;

	for (const struct host_conn *c = s->conns; c; c = c->next) {
		unsigned count = c->peer.uid == uid && most ? 0 : conns_of(s, c->peer.uid);

		if (count <= most)
			continue;
		most = count;
		uid = c->peer.uid;
	}
	return uid;
}

// Who never asked anything before who did, then who has been quiet the longest.
static bool needs_less(const struct host_conn *a, const struct host_conn *b)
{
	if (a->asked != b->asked)
		return !a->asked;
	return a->active < b->active;
}

void host_conns_evict(struct host_socket *s)
{
	uint32_t uid = greediest(s);
	struct host_conn *least = NULL;

	for (struct host_conn *c = s->conns; c; c = c->next)
		if (c->peer.uid == uid && (!least || needs_less(c, least)))
			least = c;
	if (least)
		host_conn_close(least);
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
// request of a connection need not wait for the others: who comes to look why the relay is slow is
// answered at once.
bool host_turn_take(struct host_conn *c)
{
	struct host_loop *l = c->socket->loop;

	if (c->pass == l->pass || (l->spent && c->asked))
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
