// SPDX-License-Identifier: Apache-2.0
// A crowd as a program of its own, at the other end of a relay's port:
//   load --vdev net_memif0,… -l 0 … -- MAC load0,sessions=…
// It reads lines "PPS SECONDS" (0: as fast as taken) from standard input and answers each with a line of
// JSON; ends with its input. One thread, one queue.
#include <errno.h>
#include <fcntl.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vdev/crowd.h"

#define BURST 64
// Through a kernel's device paced frames leave together, as from a NIC that moderates its interrupts: one
// by one they would measure interrupts between processors.
#define MODERATION_US 50
#define BURSTS_MAX 32 // in one go: a crowd that cannot keep its pace has to see the clock too
#define SETTLE_S 0.2

struct bench {
	struct crowd *crowd;
	uint64_t hz, next_send_tsc, moderation_tsc;
	uint64_t until_tsc; // of the measurement
	bool settling, measuring;
	struct load_counts before;
	uint64_t before_tsc;
	double seconds;
	char line[64];
	unsigned line_len;
};

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
	if (!err)
		err = rte_eth_dev_start(0);
	rte_eth_promiscuous_enable(0);
	return err;
}

static bool is_shared_memory(void)
{
	struct rte_eth_dev_info info;

	return !rte_eth_dev_info_get(0, &info) && !strcmp(info.driver_name, "net_memif");
}

static unsigned hear(struct crowd *c)
{
	struct rte_mbuf *in[BURST];
	unsigned n = rte_eth_rx_burst(0, 0, in, BURST);

	crowd_check(c, in, n);
	rte_pktmbuf_free_bulk(in, n);
	return n;
}

// What the device does not take now is offered again, and meanwhile heard: a full ring is pressure, not
// loss. A device that takes nothing for long loses it.
static void send_all(struct crowd *c, struct rte_mbuf **out, unsigned n)
{
	unsigned sent = 0;

	for (unsigned tries = 0; sent < n && tries < 1000; tries++) {
		sent += rte_eth_tx_burst(0, 0, out + sent, (uint16_t)(n - sent));
		if (sent < n)
			hear(c);
	}
	rte_pktmbuf_free_bulk(out + sent, n - sent);
}

static void talk(struct bench *b, uint64_t now)
{
	struct rte_mbuf *out[BURST];
	unsigned n, bursts = 0;

	if (b->crowd->period_tsc && now < b->next_send_tsc)
		return;
	b->next_send_tsc = now + b->moderation_tsc;
	do {
		n = crowd_generate(b->crowd, out, BURST);
		send_all(b->crowd, out, n);
		hear(b->crowd);
	} while (n == BURST && b->crowd->period_tsc && ++bursts < BURSTS_MAX);
}

static double us(const struct bench *b, const struct latency *l, double share)
{
	return latency_quantile(l, share) * 1e6 / (double)b->hz;
}

static void report(struct bench *b, uint64_t now)
{
	struct load_counts d = b->crowd->counts;
	const uint64_t *before = (const uint64_t *)&b->before;
	uint64_t *after = (uint64_t *)&d;
	double seconds = (double)(now - b->before_tsc) / (double)b->hz;

	for (size_t i = 0; i < sizeof d / sizeof *after; i++)
		after[i] -= before[i];
	printf("{\"seconds\": %f, \"sent\": %lu, \"received\": %lu, \"missed\": %lu, \"lost\": "
	       "%ld, \"wrong\": %lu, "
	       "\"refused\": %lu, "
	       "\"allocated\": %lu, \"mpps\": %f, \"p50_us\": %f, \"p99_us\": %f, \"p99_9_us\": "
	       "%f}\n",
	       seconds, d.sent, d.received, d.missed, (long)(d.lost - d.reordered),
	       d.damaged + d.misdirected, d.refused, d.allocated,
	       (double)d.received / seconds / 1e6, us(b, &d.latency, 0.5), us(b, &d.latency, 0.99),
	       us(b, &d.latency, 0.999));
	fflush(stdout);
}

static void measure_step(struct bench *b, uint64_t now)
{
	if (!b->measuring || now < b->until_tsc)
		return;
	if (b->settling) {
		b->settling = false;
		b->before = b->crowd->counts;
		b->before_tsc = now;
		b->until_tsc = now + (uint64_t)(b->seconds * (double)b->hz);
		return;
	}
	b->measuring = false;
	report(b, now);
	b->crowd->period_tsc = b->hz / 1000; // idle talk until the next line
	b->crowd->next_tsc = now;
}

static void measure_begin(struct bench *b, uint64_t now)
{
	char *end;
	unsigned long pps = strtoul(b->line, &end, 10);

	b->seconds = strtod(end, NULL);
	b->crowd->period_tsc = pps ? b->hz / pps : 0;
	b->crowd->next_tsc = now;
	b->until_tsc = now + (uint64_t)(SETTLE_S * (double)b->hz);
	b->measuring = b->settling = true;
}

// False when the input has ended.
static bool input_read(struct bench *b, uint64_t now)
{
	char c;
	ssize_t n = read(0, &c, 1);

	if (n <= 0)
		return n < 0 && errno == EAGAIN;
	if (c != '\n') {
		if (b->line_len < sizeof b->line - 1)
			b->line[b->line_len++] = c;
		return true;
	}
	b->line[b->line_len] = 0;
	b->line_len = 0;
	measure_begin(b, now);
	return true;
}

static void bench_run(struct bench *b)
{
	bool told = false;
	unsigned turn = 0;

	fcntl(0, F_SETFL, O_NONBLOCK);
	for (;;) {
		uint64_t now = rte_rdtsc();

		hear(b->crowd);
		talk(b, now);
		measure_step(b, now);
		if (!told && b->crowd->counts.bound == b->crowd->count) {
			puts("bound");
			fflush(stdout);
			told = true;
		}
		if (!(++turn & 1023) && !input_read(b, now))
			return;
	}
}

int main(int argc, char **argv)
{
	int used = rte_eal_init(argc, argv);
	struct load_settings settings;
	struct bench b = {0};
	struct rte_mempool *pool;
	struct rte_ether_addr relay;
	struct net_mac mac;

	if (used < 0 || argc - used != 3 || rte_ether_unformat_addr(argv[used + 1], &relay) ||
	    load_settings_read(&settings, argv[used + 2])) {
		fprintf(stderr, "usage: load EAL-ARGUMENTS -- MAC load0,SETTINGS\n");
		return 2;
	}
	memcpy(mac.b, relay.addr_bytes, sizeof mac.b);
	settings.pps = settings.pps ? settings.pps : 1000;
	pool = rte_pktmbuf_pool_create("load", 16383, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (!pool || port_open(pool)) {
		fprintf(stderr, "load: the port does not start\n");
		return 1;
	}
	b.hz = rte_get_tsc_hz();
	b.moderation_tsc = is_shared_memory() ? 0 : b.hz * MODERATION_US / 1000000;
	b.crowd = crowd_new(&settings, 0, 1, pool, &mac);
	if (!b.crowd)
		return 1;
	bench_run(&b);
	crowd_free(b.crowd);
	rte_eth_dev_stop(0);
	rte_eal_cleanup();
	return 0;
}
