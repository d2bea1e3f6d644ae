// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "node.h"
#include "worker.h"

// Tells systemd (WatchdogSec) that the relay lives: this loop goes round, and every worker does. When a
// worker hangs nothing is told, and systemd starts the relay anew.

struct watchdog_state {
	uint64_t every_ms, due_ms;
	uint64_t cycles[WORKERS_MAX]; // that each worker had counted when we told last
};

static int watchdog_open(struct node *n)
{
	uint64_t wanted_ms = host_notify_watchdog_ms();

	if (!wanted_ms)
		return 0;
	n->watchdog = calloc(1, sizeof *n->watchdog);
	if (!n->watchdog)
		return -ENOMEM;
	// Four chances: a round may be long, and a worker may nap.
	n->watchdog->every_ms = wanted_ms < 4 ? 1 : wanted_ms / 4;
	return 0;
}

static void watchdog_close(struct node *n)
{
	free(n->watchdog);
	n->watchdog = NULL;
}

static uint64_t cycles_of(const struct worker *w)
{
	return w->busy_cycles + w->idle_cycles;
}

static bool workers_moved(const struct node *n)
{
	for (unsigned i = 0; i < n->worker_count; i++)
		if (cycles_of(n->workers[i]) == n->watchdog->cycles[i])
			return false;
	return true;
}

static unsigned watchdog_tick(struct node *n, uint64_t now_ms)
{
	struct watchdog_state *s = n->watchdog;

	if (!s || now_ms < s->due_ms)
		return 0;
	s->due_ms = now_ms + s->every_ms;
	if (!workers_moved(n))
		return 0;
	for (unsigned i = 0; i < n->worker_count; i++)
		s->cycles[i] = cycles_of(n->workers[i]);
	host_notify_alive();
	return 0;
}

const struct module watchdog_module = {
	.name = "watchdog",
	.open = watchdog_open,
	.close = watchdog_close,
	.tick = watchdog_tick,
};
