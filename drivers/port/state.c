// SPDX-License-Identifier: Apache-2.0
#include "port/private.h"

#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

// net_af_xdp and net_af_packet call a link up whatever becomes of their interface: the kernel knows.
static bool interface_runs(unsigned ifindex)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq r = {0};
	bool runs;

	if (fd < 0)
		return true; // out of descriptors: no reason to call it down
	runs = if_indextoname(ifindex, r.ifr_name) && !ioctl(fd, SIOCGIFFLAGS, &r) &&
	       r.ifr_flags & IFF_UP && r.ifr_flags & IFF_RUNNING;
	close(fd);
	return runs;
}

bool port_link_poll(struct port *p)
{
	struct rte_eth_link link = {0};
	bool up;

	if (rte_eth_link_get_nowait(p->id, &link))
		return false;
	up = link.link_status == RTE_ETH_LINK_UP && (!p->ifindex || interface_runs(p->ifindex));
	p->speed_mbps = link.link_speed == RTE_ETH_SPEED_NUM_UNKNOWN ? 0 : link.link_speed;
	if (up == p->up)
		return false;
	p->up = up;
	return true;
}

void port_counts_read(const struct port *p, struct port_counts *out)
{
	struct rte_eth_stats stats;

	*out = (struct port_counts){0};
	if (rte_eth_stats_get(p->id, &stats))
		return;
	out->missed = stats.imissed;
	out->rx_errors = stats.ierrors;
	out->tx_errors = stats.oerrors;
	out->no_buffer = stats.rx_nombuf;
}
