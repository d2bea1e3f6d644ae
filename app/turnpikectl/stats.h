// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_STATS_H
#define TURNPIKECTL_STATS_H

#include "table.h"

// The rows of `stats` stand in stats.c, drops.c draws one of them.

extern const struct ctl_param drops_params[];
void drops_print(const struct ctl *c, const json_t *r);

#endif
