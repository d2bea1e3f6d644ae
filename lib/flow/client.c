// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <errno.h>
#include <string.h>

#include <rte_common.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>

// Which session a client's packet belongs to. A hint by the key's hash names the slot, and the session
// itself tells whether it is the one: 1 look instead of the hash table's signature, bucket and key. The
// table decides where two keys share a hint.

#define HINT_NONE 0u
#define HINT_ASK UINT32_MAX // several keys: the table knows
#define KEYS_MANY UINT16_MAX // too many to count: asked for good

static inline uint32_t key_hash(const struct flow_key *k)
{
	uint32_t ends = rte_hash_crc_8byte((uint64_t)k->server_local << 32 |
						   (uint32_t)k->port << 16 | k->server_port,
					   0);

	return rte_hash_crc_8byte(k->addr.d[1], rte_hash_crc_8byte(k->addr.d[0], ends));
}

int flow_clients_new(struct flow *f)
{
	uint32_t n = rte_align32pow2(2 * (f->sessions_max + f->players_max));

	f->client_hints = rte_zmalloc_socket("hints", n * sizeof *f->client_hints,
					     RTE_CACHE_LINE_SIZE, f->private_->socket);
	f->private_->hint_keys =
		rte_zmalloc_socket("hint_keys", n * sizeof(uint16_t), 0, f->private_->socket);
	f->hint_mask = n - 1;
	return f->client_hints && f->private_->hint_keys ? 0 : -ENOMEM;
}

void flow_clients_free(struct flow *f)
{
	rte_free(f->client_hints);
	if (f->private_)
		rte_free(f->private_->hint_keys);
}

void flow_client_add(struct flow *f, const struct flow_key *key, uint32_t slot)
{
	uint32_t at = key_hash(key) & f->hint_mask;
	uint16_t *keys = &f->private_->hint_keys[at];

	if (*keys < KEYS_MANY)
		++*keys;
	__atomic_store_n(&f->client_hints[at], *keys == 1 ? slot + 1 : HINT_ASK, __ATOMIC_RELEASE);
}

void flow_client_remove(struct flow *f, const struct flow_key *key)
{
	uint32_t at = key_hash(key) & f->hint_mask;
	uint16_t *keys = &f->private_->hint_keys[at];

	if (*keys < KEYS_MANY)
		--*keys;
	if (!*keys)
		__atomic_store_n(&f->client_hints[at], HINT_NONE, __ATOMIC_RELEASE);
}

static inline bool key_matches(const struct flow_session *s, const struct flow_key *k)
{
	return s && net_addr_equal(&s->client.addr, &k->addr) && s->client.port == k->port &&
	       s->server_local == k->server_local && s->server_port == k->server_port;
}

// Those whose hint does not tell, in one go.
static void table_ask(const struct flow *f, const struct flow_key *keys, const uint8_t *which,
		      unsigned n, struct flow_session *out[])
{
	const void *at[BURST_MAX];
	void *data[BURST_MAX];
	uint64_t hits = 0;

	for (unsigned i = 0; i < n; i++)
		at[i] = &keys[which[i]];
	rte_hash_lookup_bulk_data(f->clients, at, n, &hits, data);
	for (unsigned i = 0; i < n; i++)
		if (hits >> i & 1)
			out[which[i]] = flow_session_at(f, (uint32_t)(uintptr_t)data[i]);
}

void flow_sessions_find(const struct flow *f, const struct flow_key *keys, unsigned n,
			unsigned worker, struct flow_session *out[])
{
	uint32_t hints[BURST_MAX];
	int64_t slots[BURST_MAX];
	uint8_t ask[BURST_MAX];
	unsigned asked = 0;

	for (unsigned i = 0; i < n; i++) {
		hints[i] = key_hash(&keys[i]) & f->hint_mask;
		rte_prefetch0(&f->client_hints[hints[i]]);
	}
	for (unsigned i = 0; i < n; i++) {
		uint32_t hint = __atomic_load_n(&f->client_hints[hints[i]], __ATOMIC_ACQUIRE);

		slots[i] = hint == HINT_NONE || hint == HINT_ASK ? -1 : (int64_t)hint - 1;
		if (hint == HINT_ASK)
			ask[asked++] = (uint8_t)i;
	}
	flow_sessions_load(f, slots, n, worker, out);
	for (unsigned i = 0; i < n; i++)
		if (out[i] && !key_matches(out[i], &keys[i]))
			out[i] = NULL;
	if (asked)
		table_ask(f, keys, ask, asked, out);
}
