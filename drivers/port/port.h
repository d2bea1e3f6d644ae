// SPDX-License-Identifier: Apache-2.0
#ifndef PORT_PORT_H
#define PORT_PORT_H

#include <rte_mempool.h>
#include <stdbool.h>
#include <stdint.h>

#include "config/limits.h"
#include "net/net.h"

// DPDK ports by device string: PCI address or virtual device. Opened and closed by the control lane
// before workers start and after they stop; receive and transmit belong to workers.

// --- Environment: once a process, before any other call here -------------------------------------------

struct port_env {
	const char *const *devices; // device strings of all ports
	unsigned device_count;
	unsigned control_cpu;
	const unsigned *worker_cpus;
	unsigned worker_count;
	bool hugepages;
	unsigned megabytes;
};
enum port_say { PORT_SAY_ERROR, PORT_SAY_WARN, PORT_SAY_INFO, PORT_SAY_DEBUG };
// Where lines go (without newline); DPDK's own come as PORT_SAY_DEBUG. Any thread but a worker.
typedef void port_say_fn(enum port_say level, const char *line);
// 0 or -errno, having said why. Falls back to 4 KB pages, and says so, when fewer hugepages are free
// than asked for.
int port_env_open(const struct port_env *e, port_say_fn *say);
void port_env_close(void);
// lcore of worker i.
unsigned port_env_lcore(unsigned worker);

// --- Ports -----------------------------------------------------------------------------------------------

struct port_request {
	const char *name; // ours
	const char *device;
	unsigned rx_queues; // asked for
	unsigned tx_queues; // one a worker is best
	unsigned mtu;
	uint16_t priv_bytes; // private area of each mbuf
	unsigned mbufs; // of the socket's pool, made with the first port there
};

struct port {
	const char *name;
	uint16_t id; // DPDK's
	unsigned ifindex; // the kernel's interface under the device; 0: none
	int socket;
	uint16_t rx_queues, tx_queues; // in truth: a device may have fewer
	uint16_t mtu;
	struct net_mac mac;
	struct rte_mempool *pool;
	uint64_t tx_offloads; // RTE_ETH_TX_OFFLOAD_… that are on
	uint64_t rx_offloads;
	bool rss; // spreads over its queues by rss_key and reta
	uint8_t rss_key[64];
	uint8_t rss_key_len;
	uint16_t reta[512];
	uint16_t reta_size;
	bool up;
	uint32_t speed_mbps;
	char driver[32];
};

int port_open(struct port *out, const struct port_request *r, port_say_fn *say);
int port_start(struct port *p);
void port_close(struct port *p);
// Reads the link; true when it changed.
bool port_link_poll(struct port *p);

struct port_counts {
	uint64_t missed; // by the device, queue full
	uint64_t rx_errors, tx_errors;
	uint64_t no_buffer;
};
void port_counts_read(const struct port *p, struct port_counts *out);

// What a worker does with a round that found nothing: `empty_rounds` in a row so far. PAUSE costs up
// to 64 pauses (about 3 µs) of delay and leaves the core's sibling its share; SLEEP naps 50 µs at a time
// once 2,048 rounds found nothing. Worker threads.
enum port_idle { PORT_IDLE_POLL, PORT_IDLE_PAUSE, PORT_IDLE_SLEEP };
void port_idle(enum port_idle how, unsigned empty_rounds);

// The receive queue on which a UDP flow to us arrives (RSS in software: rte_thash), -1 when the device
// does not spread, or not in a way that can be computed.
int port_queue_of(const struct port *p, const struct net_endpoint *src,
		  const struct net_endpoint *dst);

#endif
