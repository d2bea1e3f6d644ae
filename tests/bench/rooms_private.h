// SPDX-License-Identifier: Apache-2.0
#ifndef BENCH_ROOMS_PRIVATE_H
#define BENCH_ROOMS_PRIVATE_H

#include "rooms.h"

#define VOICE_PORT 5004
#define PLAYER_PORT 6000
#define LEVEL_ID 1
#define MID_ID 4

// Player i has an address of its own, from 198.18.64.0 on.
static inline struct net_endpoint member_endpoint(uint32_t player)
{
	uint32_t low = 0x4000 + player;
	struct net_endpoint e = {.port = PLAYER_PORT};

	net_addr_parse(&e.addr, "198.18.0.0");
	e.addr.b[14] = (uint8_t)(low >> 8);
	e.addr.b[15] = (uint8_t)low;
	return e;
}

static inline uint32_t read32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

// Of an address in a frame.
static inline uint32_t member_index(const uint8_t *address)
{
	return (read32(address) & 0xffff) - 0x4000;
}

uint16_t players_on_rx(uint16_t port, uint16_t queue, struct rte_mbuf *packets[], uint16_t n,
		       uint16_t most, void *ctx);
uint16_t players_on_tx(uint16_t port, uint16_t queue, struct rte_mbuf *packets[], uint16_t n,
		       void *ctx);

#endif
