// SPDX-License-Identifier: Apache-2.0
// The bound of a device: a worker that receives, swaps the Ethernet addresses and sends. What a relay does
// beside that is its own cost.
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <signal.h>
#include <stdio.h>

#define BURST 64

static volatile sig_atomic_t stop;

static void on_signal(int number)
{
	(void)number;
	stop = 1;
}

static int port_open(struct rte_mempool *pool)
{
	struct rte_eth_conf conf = {0};
	uint16_t rx = 2048, tx = 2048;
	int err = rte_eth_dev_configure(0, 1, 1, &conf);

	if (!err)
		err = rte_eth_dev_adjust_nb_rx_tx_desc(0, &rx, &tx);
	if (!err)
		err = rte_eth_rx_queue_setup(0, 0, rx, 0, NULL, pool);
	if (!err)
		err = rte_eth_tx_queue_setup(0, 0, tx, 0, NULL);
	return err ? err : rte_eth_dev_start(0);
}

static void serve(void)
{
	struct rte_mbuf *m[BURST];
	unsigned n = rte_eth_rx_burst(0, 0, m, BURST), sent;

	for (unsigned i = 0; i < n; i++) {
		struct rte_ether_hdr *h = rte_pktmbuf_mtod(m[i], struct rte_ether_hdr *);
		struct rte_ether_addr to = h->src_addr;

		h->src_addr = h->dst_addr;
		h->dst_addr = to;
	}
	sent = n ? rte_eth_tx_burst(0, 0, m, (uint16_t)n) : 0;
	rte_pktmbuf_free_bulk(m + sent, n - sent);
}

int main(int argc, char **argv)
{
	struct rte_mempool *pool;

	if (rte_eal_init(argc, argv) < 0)
		return 2;
	pool = rte_pktmbuf_pool_create("macswap", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (!pool || port_open(pool)) {
		fprintf(stderr, "macswap: the port does not start\n");
		return 1;
	}
	rte_eth_promiscuous_enable(0);
	signal(SIGTERM, on_signal);
	puts("ready");
	fflush(stdout);
	while (!stop)
		serve();
	rte_eth_dev_stop(0);
	rte_eal_cleanup();
	return 0;
}
