// SPDX-License-Identifier: Apache-2.0
#include "port/port.h"

#include <time.h>

#include <rte_pause.h>

// 64 rounds without a packet are about 10 µs; the nap below costs as much by itself.
#define IDLE_SLEEP_AFTER 2048u

void port_idle(enum port_idle how, unsigned empty_rounds)
{
	struct timespec nap = {.tv_nsec = 50000};

	if (how == PORT_IDLE_POLL)
		return;
	if (how == PORT_IDLE_SLEEP && empty_rounds > IDLE_SLEEP_AFTER) {
		clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, NULL);
		return;
	}
	for (unsigned i = empty_rounds < 64 ? empty_rounds : 64; i; i--)
		rte_pause();
}
