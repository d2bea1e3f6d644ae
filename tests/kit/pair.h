// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_PAIR_H
#define KIT_PAIR_H

#include "kit/eal.h"

// Allocations as workers see them, and frames of their clients and peers, for tests of the walk.

#define CLIENT4 "198.18.0.2"
#define PEER4 "198.18.0.3"
#define CLIENT6 "2001:2::2"
#define PEER6 "2001:2::3"

struct pair { // one allocation: client's family, peer's family
	const char *client, *server, *relayed, *peer, *stranger;
	unsigned server_local, relay_local;
};
extern const struct pair pairs[4]; // 4 to 4, 6 to 6, 4 to 6, 6 to 4

struct seen { // a frame that came out
	struct net_facts f;
	uint8_t frame[2048];
	size_t len;
	const uint8_t *payload;
};

extern struct kit_relay relay;
int relay_setup(void **state);
int relay_teardown(void **state);

struct net_endpoint endpoint(const char *text);
// Slot with a permission for the pair's peer and channels 0x4000 … for its ports from there on.
void publish(uint32_t slot, const struct pair *pair, unsigned channels);
// One datagram through the walk; true when one came out, whole and with a right checksum.
bool walk(const char *src, const char *dst, const void *payload, size_t len, struct seen *out);
void sees(const struct seen *s, const char *src, const char *dst);
size_t channel_data(uint8_t *out, uint16_t number, const uint8_t *data, uint16_t len, unsigned pad);
size_t send_indication(uint8_t *out, size_t cap, const char *peer, const uint8_t *data, size_t len);

#endif
