// SPDX-License-Identifier: Apache-2.0
#include "port/private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_bus.h>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

static void say_line(port_say_fn *say, enum port_say level, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static void say_line(port_say_fn *say, enum port_say level, const char *format, ...)
{
	char line[256];
	va_list values;

	va_start(values, format);
	vsnprintf(line, sizeof line, format, values);
	va_end(values);
	say(level, line);
}

static int port_find(const struct port_request *r, uint16_t *id)
{
	char name[128];

	snprintf(name, sizeof name, "%s", r->device);
	name[strcspn(name, ",")] = 0;
	if (!rte_eth_dev_get_port_by_name(name, id))
		return 0;
	// PCI addresses may be given without the domain that DPDK's names carry.
	char full[140];

	snprintf(full, sizeof full, "0000:%s", name);
	return rte_eth_dev_get_port_by_name(full, id);
}

static struct rte_mempool *pool_of(const struct port_request *r, int socket)
{
	char name[32];
	struct rte_mempool *pool;

	snprintf(name, sizeof name, "packets%d", socket);
	pool = rte_mempool_lookup(name);
	return pool ? pool
		    : rte_pktmbuf_pool_create(name, r->mbufs, 256, r->priv_bytes,
					      RTE_MBUF_DEFAULT_BUF_SIZE, socket);
}

static uint16_t queues_bounded(unsigned wanted, uint16_t most)
{
	if (!wanted)
		wanted = 1;
	if (wanted > PORT_QUEUES_MAX)
		wanted = PORT_QUEUES_MAX;
	return (uint16_t)(most && wanted > most ? most : wanted);
}

static int port_configure(struct port *p, const struct rte_eth_dev_info *info)
{
	struct rte_eth_conf conf = {0};
	int err;

	p->rx_offloads = info->rx_offload_capa & RTE_ETH_RX_OFFLOAD_CHECKSUM;
	p->tx_offloads = info->tx_offload_capa & RTE_ETH_TX_OFFLOAD_IPV4_CKSUM;
	conf.rxmode.offloads = p->rx_offloads;
	conf.txmode.offloads = p->tx_offloads;
	port_rss_plan(p, info, &conf);
	err = rte_eth_dev_configure(p->id, p->rx_queues, p->tx_queues, &conf);
	if (err == -EINVAL && p->tx_queues != p->rx_queues) {
		// net_af_xdp: a socket is a pair of queues, so there must be as many of each.
		p->tx_queues = p->rx_queues;
		err = rte_eth_dev_configure(p->id, p->rx_queues, p->tx_queues, &conf);
	}
	return err;
}

static int port_queues(struct port *p, const struct rte_eth_dev_info *info)
{
	uint16_t rx = 2048, tx = 2048;
	struct rte_eth_rxconf rxconf = info->default_rxconf;
	struct rte_eth_txconf txconf = info->default_txconf;
	int err = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx, &tx);

	rxconf.offloads = p->rx_offloads;
	txconf.offloads = p->tx_offloads;
	for (uint16_t q = 0; !err && q < p->rx_queues; q++)
		err = rte_eth_rx_queue_setup(p->id, q, rx, (unsigned)p->socket, &rxconf, p->pool);
	for (uint16_t q = 0; !err && q < p->tx_queues; q++)
		err = rte_eth_tx_queue_setup(p->id, q, tx, (unsigned)p->socket, &txconf);
	return err;
}

static int port_prepare(struct port *p, const struct port_request *r, port_say_fn *say)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	int err = rte_eth_dev_info_get(p->id, &info);

	if (err)
		return err;
	snprintf(p->driver, sizeof p->driver, "%s", info.driver_name);
	p->ifindex = info.if_index;
	p->socket = rte_eth_dev_socket_id(p->id) < 0 ? 0 : rte_eth_dev_socket_id(p->id);
	p->rx_queues = queues_bounded(r->rx_queues, info.max_rx_queues);
	p->tx_queues = queues_bounded(r->tx_queues, info.max_tx_queues);
	if (p->rx_queues < r->rx_queues)
		say_line(say, PORT_SAY_WARN, "ports.%s.queues: %u asked for, the device has %u",
			 r->name, r->rx_queues, p->rx_queues);
	p->pool = pool_of(r, p->socket);
	if (!p->pool)
		return -ENOMEM;
	err = port_configure(p, &info);
	if (!err && rte_eth_dev_set_mtu(p->id, (uint16_t)r->mtu) == -EINVAL)
		say_line(say, PORT_SAY_WARN, "ports.%s.mtu: the device refuses %u", r->name,
			 r->mtu);
	if (!err)
		err = port_queues(p, &info);
	if (!err)
		err = rte_eth_macaddr_get(p->id, &mac);
	if (!err)
		memcpy(p->mac.b, mac.addr_bytes, sizeof p->mac.b);
	return err;
}

int port_open(struct port *out, const struct port_request *r, port_say_fn *say)
{
	struct port p = {.name = r->name, .mtu = (uint16_t)r->mtu};
	int err = port_find(r, &p.id);

	if (err) {
		say_line(say, PORT_SAY_ERROR, "ports.%s.device: DPDK knows no device %s", r->name,
			 r->device);
		return -ENODEV;
	}
	err = port_prepare(&p, r, say);
	if (err) {
		say_line(say, PORT_SAY_ERROR, "ports.%s.device: %s: %s", r->name, r->device,
			 rte_strerror(-err));
		return err;
	}
	*out = p;
	return 0;
}

int port_start(struct port *p)
{
	int err = rte_eth_dev_start(p->id);

	if (err)
		return err;
	// Neighbour discovery comes by multicast; few virtual devices have the finer switch.
	if (rte_eth_allmulticast_enable(p->id))
		rte_eth_promiscuous_enable(p->id);
	port_rss_read(p);
	port_link_poll(p);
	return 0;
}

void port_close(struct port *p)
{
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
}
