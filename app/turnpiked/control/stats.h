// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_STATS_H
#define CONTROL_STATS_H

#include "node.h"

struct tx_counts {
	uint64_t packets, bytes;
};
// What left by a transmit queue.
struct tx_counts stats_tx(const struct node *n, unsigned port, unsigned queue);

void stats_metrics(struct node *n, struct metric_page *page);

#endif
