// SPDX-License-Identifier: Apache-2.0
#ifndef VDEV_LOAD_H
#define VDEV_LOAD_H

#include <rte_mempool.h>
#include <stdbool.h>
#include <stdint.h>

#include "metric/latency.h"
#include "net/net.h"

// A crowd of TURN clients and their peers on the other end of a port, inside the relay's process. A
// device string "load0,sessions=1000,…" is a net_null port whose receive callback makes the crowd's
// frames and whose transmit callback checks what the relay sends them. It answers ARP and neighbour
// discovery, allocates, authenticates, binds and refreshes by itself. Its own cycles are counted apart.

enum load_mode { LOAD_CHANNEL, LOAD_INDICATION };
// What is at the other end: a TURN server; one that relays by a table that both know (session N is relayed
// by port LOAD_TABLE_PORT + N); or one that sends each frame back.
enum load_served { LOAD_TURN, LOAD_TABLE, LOAD_ECHO };
enum load_way { LOAD_UP, LOAD_DOWN, LOAD_BOTH, LOAD_HAIRPIN };

#define LOAD_TABLE_PORT 20000

struct load_settings {
	unsigned sessions;
	unsigned payload; // bytes of a datagram, 40 to 1,400
	uint64_t
		pps; // frames a second of all queues together, rubbish included; 0: as fast as polled
	enum load_mode mode;
	enum load_served served;
	enum load_way way;
	bool zipf; // few sessions talk much (exponent 1)
	unsigned rubbish; // percent of all frames that are rubbish
	unsigned churn; // allocations made and deleted a second, besides the sessions
	struct net_addr server; // the relay's first address; servers: how many in a row
	unsigned servers;
	struct net_addr clients, peers; // first of 256 each
	unsigned refresh_s; // between a session's refreshes, of allocation and binding in turns
	char user[64], password[64];
};

struct load_counts {
	uint64_t bound; // sessions that are ready to talk
	uint64_t allocated; // allocations granted since the start
	uint64_t sent, received; // data frames
	// Data frames that were due while nobody polled, more than a receive queue holds: their hearers miss
	// them, the relay never had them.
	uint64_t missed;
	uint64_t lost, reordered, damaged, misdirected; // of those sent: by sequence, content, path
	uint64_t refused; // error answers other than the first 401 and 438
	uint64_t rubbish;
	uint64_t generate_cycles, check_cycles;
	struct latency latency; // one way, TSC cycles
};

// The settings in a device string: 0 or -EINVAL.
int load_settings_read(struct load_settings *out, const char *device);

// True for a device string of this kind.
bool load_is(const char *device);
// What DPDK is to make of it: a net_null device. Control lane, before port_env_open.
int load_device(const char *device, char *out, unsigned cap);
// Attaches the crowd to the port. 0, -EINVAL (the string), -ENOMEM.
int load_attach(const char *device, uint16_t port_id, unsigned queues, struct rte_mempool *pool);
void load_detach(uint16_t port_id);
// Sum over queues; false when the port carries no crowd. Control lane, any time.
bool load_counts_read(uint16_t port_id, struct load_counts *out);

#endif
