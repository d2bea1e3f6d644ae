// SPDX-License-Identifier: Apache-2.0
#ifndef FLOW_PRIVATE_H
#define FLOW_PRIVATE_H

#include "flow/flow.h"

// Memory for published sessions: blocks of 128 bytes << class (32 KB hold all permissions and channels),
// carved from chunks of 2 MB, so that a session costs two cache lines and not the allocator's header on
// top (128 bytes in rte_malloc).
#define FLOW_SLAB_CLASSES 9
#define FLOW_SLAB_CHUNK (2u << 20)

struct flow_slab_free {
	struct flow_slab_free *next;
};

struct flow_slab_chunk {
	struct flow_slab_chunk *next;
};

struct flow_slab {
	struct flow_slab_free *free[FLOW_SLAB_CLASSES];
	struct flow_slab_chunk *chunks;
	int socket;
};

void *flow_slab_get(struct flow_slab *s, size_t len_bytes); // NULL: out of memory or too large
void flow_slab_put(struct flow_slab *s, void *block, size_t len_bytes);
void flow_slab_fini(struct flow_slab *s);

// Numbers that readers may still hold: [0..waiting) are behind the grace period that runs, the rest
// waits for the next.
struct flow_retired {
	uint32_t *at;
	uint32_t count, waiting;
};

// Whatever else is freed once all readers have let go.
struct flow_later {
	struct flow_later *next;
	void (*free_it)(void *ctx, void *what);
	void *ctx, *what;
};
unsigned flow_later_run(struct flow_later *list); // frees all in it; how many
void flow_block_retire(struct flow *f, void *block); // rte_free when they have; NULL is nothing

// Control lane's own part of the tables.
struct flow_private {
	struct flow_slab slab;
	uint32_t *hops_free; // stack
	uint32_t hops_free_count;
	struct flow_retired hops;
	struct flow_retired keys; // positions in the hash of clients
	uint16_t *hint_keys; // live keys of each of flow.client_hints
	struct flow_session *retired; // since the last grace period began
	struct flow_session *waiting; // freed when `token` has been seen by all
	struct flow_later *later; // like retired
	struct flow_later *waiting_later;
	uint32_t room_serial; // of the last room's state
	uint64_t token;
	bool grace; // a period runs
	int socket;
};

size_t flow_session_bytes(const struct flow_session *s);

// Hints from a client's key to its slot; what is removed was added.
int flow_clients_new(struct flow *f);
void flow_clients_free(struct flow *f);
void flow_client_add(struct flow *f, const struct flow_key *key, uint32_t slot);
void flow_client_remove(struct flow *f, const struct flow_key *key);

#endif
