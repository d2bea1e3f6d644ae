// SPDX-License-Identifier: Apache-2.0
#ifndef PORT_PRIVATE_H
#define PORT_PRIVATE_H

#include <rte_ethdev.h>

#include "port/port.h"

// Adds RSS over addresses and ports to `conf` where the device has it and there are queues to spread over.
void port_rss_plan(struct port *p, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf);
// After start: the key and table that are really in force.
void port_rss_read(struct port *p);

#endif
