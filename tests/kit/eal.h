// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_EAL_H
#define KIT_EAL_H

#include "worker.h"

// DPDK without a NIC, hugepages or threads: port "net_ring0" gives back what is sent to it, so that a
// test puts frames in, walks a worker over them and takes out what the worker sent.

#define KIT_SERVER "198.18.0.1"
#define KIT_SERVER6 "2001:2::1"

struct kit_relay {
	struct flow *flow;
	struct port port;
	struct worker *worker;
};

// Once a process. Locals: 0 is KIT_SERVER, 1 is KIT_SERVER6, both on port 0, listener 3478.
void kit_relay_open(struct kit_relay *r);
void kit_relay_close(struct kit_relay *r);
// One frame in, one walk; returns frames that came out, copied to `out` (at most one is kept).
unsigned kit_relay_walk(struct kit_relay *r, const uint8_t *frame, size_t len_bytes, uint8_t *out,
			size_t *out_len);
// A UDP frame to the relay's MAC with a right checksum; returns its length.
size_t kit_frame(const struct kit_relay *r, uint8_t *frame, const char *src, const char *dst,
		 const void *payload, size_t len_bytes);
// A next hop that is ready.
uint32_t kit_hop(struct kit_relay *r, uint8_t last_mac_byte);

#endif
