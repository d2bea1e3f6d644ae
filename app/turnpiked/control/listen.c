// SPDX-License-Identifier: Apache-2.0
#include "control/config.h"
#include "control/turn.h"
#include "worker.h"

// Listeners of TURN over UDP, which come and go by reloads. A worker reads each as one word, so that no
// packet meets a half-changed list. One that is taken away is closed to new clients at once (they meet
// a closed port) and stays for the allocations that were made through it, until the last has ended.

// Between counts of what is left on closing listeners: each looks at all allocations.
#define LOOK_MS 2000

static bool is_wanted(const struct settings *s, uint32_t port)
{
	for (size_t i = 0; i < s->turn.listen.n; i++)
		if (s->turn.listen.at[i].transport == CONF_UDP && s->turn.listen.at[i].port == port)
			return true;
	return false;
}

static bool is_used(const struct node *n, uint32_t port)
{
	for (const struct turn_allocation *a = turn_next(n->turn, NULL); a;
	     a = turn_next(n->turn, a))
		if (a->tuple.transport == TURN_UDP && a->tuple.server.port == port)
			return true;
	return false;
}

static void worker_listen(struct worker *w, unsigned at, uint32_t word)
{
	__atomic_store_n(&w->listeners[at], word, __ATOMIC_RELAXED);
	if (at >= w->listener_count)
		__atomic_store_n(&w->listener_count, at + 1, __ATOMIC_RELEASE);
}

_Static_assert(sizeof((struct node *)0)->listeners / sizeof(uint32_t) == LISTENERS_MAX,
	       "node.h has as many");

static void all_set(struct node *n, unsigned at, uint32_t word)
{
	n->listeners[at] = word;
	for (unsigned i = 0; i < n->worker_count; i++)
		worker_listen(n->workers[i], at, word);
}

static unsigned place_of(const struct node *n, uint32_t port)
{
	unsigned at = 0;

	while (at < LISTENERS_MAX && worker_listener_port(n->listeners[at]) != port)
		at++;
	return at;
}

static void closed_say(uint32_t port)
{
	host_log(LOG_LEVEL_INFO, "listener_closed", "listener", host_text("udp:%u", port), NULL);
}

static void one_close(struct node *n, unsigned at)
{
	uint32_t port = worker_listener_port(n->listeners[at]);
	bool used = is_used(n, port);

	all_set(n, at, used ? port | WORKER_LISTENER_CLOSING : 0);
	if (used)
		host_log(LOG_LEVEL_INFO, "listener_closing", "listener", host_text("udp:%u", port),
			 "so", "its allocations go on until they end, new ones are refused", NULL);
	else
		closed_say(port);
}

static void one_open(struct node *n, uint32_t port)
{
	unsigned at = place_of(n, port);

	if (at == LISTENERS_MAX)
		at = place_of(n, 0);
	if (at == LISTENERS_MAX || n->listeners[at] == port)
		return;
	all_set(n, at, port);
	host_log(LOG_LEVEL_INFO, "listener_open", "listener", host_text("udp:%u", port), NULL);
}

static void listeners_take(struct node *n)
{
	const struct settings *s = &n->settings;

	for (unsigned at = 0; at < LISTENERS_MAX; at++) {
		uint32_t word = n->listeners[at];

		if (word && !(word & WORKER_LISTENER_CLOSING) && !is_wanted(s, word))
			one_close(n, at);
	}
	for (size_t i = 0; i < s->turn.listen.n; i++)
		if (s->turn.listen.at[i].transport == CONF_UDP)
			one_open(n, s->turn.listen.at[i].port);
}

// The relayed ports of live allocations are looked up behind the listeners.
static void relayed_check(struct node *n, uint32_t port, struct config_refusals *r)
{
	for (unsigned i = 0; i < n->flow->local_count; i++) {
		struct net_endpoint e = {.addr = n->flow->locals[i].addr, .port = (uint16_t)port};
		const struct turn_allocation *a = turn_find_relay(n->turn, &e);

		if (a)
			config_refuse(
				r, "turn.listen",
				"UDP port %u is the relayed port of allocation %llu; delete it, or "
				"wait until it has ended",
				port, (unsigned long long)a->id);
	}
}

// A listener that is to stay for its allocations may not be given to clients as a relayed port.
static void closing_check(const struct settings *fresh, uint32_t port, struct config_refusals *r)
{
	if (port >= fresh->turn.relay_ports.low && port <= fresh->turn.relay_ports.high)
		config_refuse(
			r, "turn.relay_ports",
			"hold UDP port %u of a listener that still has allocations; wait until "
			"they have ended",
			port);
}

static void listen_prepare(struct node *n, const struct settings *fresh, struct config_refusals *r)
{
	unsigned count = 0;

	for (size_t i = 0; i < fresh->turn.listen.n; i++) {
		uint32_t port = fresh->turn.listen.at[i].port;

		if (fresh->turn.listen.at[i].transport != CONF_UDP)
			continue;
		count++;
		if (place_of(n, port) == LISTENERS_MAX)
			relayed_check(n, port, r);
	}
	for (unsigned at = 0; at < LISTENERS_MAX; at++) {
		uint32_t port = worker_listener_port(n->listeners[at]);

		if (!port || is_wanted(fresh, port) || !is_used(n, port))
			continue;
		count++;
		closing_check(fresh, port, r);
	}
	if (count > LISTENERS_MAX)
		config_refuse(r, "turn.listen",
			      "would be %u with those that close; at most %u; wait until their "
			      "allocations have ended",
			      count, LISTENERS_MAX);
}

static void dscp_take(struct node *n)
{
	for (unsigned i = 0; i < n->worker_count; i++)
		__atomic_store_n(&n->workers[i]->dscp, (uint8_t)n->settings.turn.dscp,
				 __ATOMIC_RELAXED);
}

static void listen_done(struct node *n, bool taken)
{
	if (!taken)
		return;
	listeners_take(n);
	dscp_take(n);
}

static int listen_open(struct node *n)
{
	unsigned at = 0;

	for (size_t i = 0; i < n->settings.turn.listen.n; i++)
		if (n->settings.turn.listen.at[i].transport == CONF_UDP)
			all_set(n, at++, n->settings.turn.listen.at[i].port);
	return 0;
}

static unsigned listen_tick(struct node *n, uint64_t now_ms)
{
	unsigned work = 0;

	if (now_ms < n->listeners_due_ms)
		return 0;
	n->listeners_due_ms = now_ms + LOOK_MS;
	for (unsigned at = 0; at < LISTENERS_MAX; at++) {
		uint32_t port = worker_listener_port(n->listeners[at]);

		if (!(n->listeners[at] & WORKER_LISTENER_CLOSING) || is_used(n, port))
			continue;
		all_set(n, at, 0);
		closed_say(port);
		work++;
	}
	return work;
}

const struct module listen_module = {
	.name = "listen",
	.open = listen_open,
	.tick = listen_tick,
	.reload_prepare = listen_prepare,
	.reload_done = listen_done,
};
