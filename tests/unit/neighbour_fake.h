// SPDX-License-Identifier: Apache-2.0
#ifndef UNIT_NEIGHBOUR_FAKE_H
#define UNIT_NEIGHBOUR_FAKE_H

#include "kit/kit.h"
#include "node.h"

// A node with two ports and no workers: what the control lane hands over to them is kept here, and what
// it logs is counted. Port 0 "wan": 198.18.0.1/16, 2001:2::1/64, gateways 198.18.0.254 and 2001:2::fe.
// Port 1 "lan", VLAN 42: 10.0.0.1/24, 198.18.7.1/24.

enum { WAN, LAN };

struct fake {
	struct node node;
	struct {
		struct rte_mbuf *m;
		unsigned port;
	} sent[4096];
	unsigned sent_count;
	unsigned drops[PUNT_DROPS];
	bool no_packets; // punt_new gives none
	struct turn_allocation allocation; // the only one, found by relay[0]
	struct net_icmp_error error; // what turn_icmp was told last
	size_t indication_len; // of what it answers: bytes of 0x5a
};
extern struct fake fake;

int fake_group_setup(void **state); // DPDK's memory, once a program
int fake_setup(void **state); // opens the module; what it sent at that is still there
int fake_teardown(void **state); // closes; no packet may be lost
void fake_forget(void); // frees what was sent
void fake_run(unsigned ms); // time passes
unsigned fake_logged(const char *event); // lines since setup

struct net_addr fake_addr(const char *text);
struct net_mac fake_mac(uint8_t last); // 02:00:00:00:00:last

// A frame arrives. False when neither module took it (it is freed).
bool fake_receive(unsigned port, enum punt_class class_, const uint8_t *frame, size_t len);
// A packet that workers could not send for want of a MAC; `mark` is its last byte.
void fake_relay(uint32_t hop, uint8_t mark);

// Neighbour `mac` speaks: an answer to us, an announcement, a request.
void fake_tell(unsigned port, const char *addr, struct net_mac mac);
void fake_ask(unsigned port, const char *sender, const char *target, struct net_mac mac);

// The i-th sent frame as neighbour packet; its destination MAC and port.
struct fake_heard {
	struct net_neigh neigh;
	struct net_facts facts;
	struct net_mac dst, src;
	unsigned port;
};
struct fake_heard fake_heard(unsigned i);
// Sent questions about this address since fake_forget.
unsigned fake_asked(const char *addr);
union flow_hop fake_hop(uint32_t hop);
// neighbour_hop, with nothing sent but what it sends; hop_known: and it answered as fake_mac(mac).
uint32_t hop_to(const char *text);
uint32_t hop_known(const char *text, uint8_t mac);
void assert_unresolved(uint32_t hop);
void assert_ready(uint32_t hop, struct net_mac mac, unsigned port);

#endif
