// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <errno.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_hash_crc.h>
#include <rte_malloc.h>

// Up to this many peers a scan over two cache lines is as quick as a hash.
#define SCAN_MAX 4

static unsigned hash_slots(unsigned peers)
{
	unsigned slots = 8;

	if (peers <= SCAN_MAX)
		return 0;
	while (slots < 2 * peers)
		slots *= 2;
	return slots;
}

static size_t session_bytes(unsigned peers, unsigned slots)
{
	return sizeof(struct flow_session) + peers * sizeof(struct flow_peer) +
	       2u * slots * sizeof(uint16_t);
}

size_t flow_session_bytes(const struct flow_session *s)
{
	return session_bytes(s->peer_count, s->hash_mask ? s->hash_mask + 1u : 0);
}

// Behind the peers: two open-addressed indices of peer number + 1, by channel and by address.
static inline const uint16_t *index_of(const struct flow_session *s)
{
	return (const uint16_t *)&s->peers[s->peer_count];
}

static inline uint32_t hash_channel(uint16_t number)
{
	return number * 40503u >> 4;
}

static inline uint32_t hash_addr(const struct net_addr *a, uint16_t port)
{
	return rte_hash_crc_8byte(a->d[1], rte_hash_crc_8byte(a->d[0], port));
}

static void index_add(uint16_t *index, uint16_t mask, uint32_t hash, unsigned peer)
{
	uint32_t at = hash & mask;

	while (index[at])
		at = (at + 1) & mask;
	index[at] = (uint16_t)(peer + 1);
}

static void index_build(struct flow_session *s)
{
	uint16_t *by_channel = (uint16_t *)&s->peers[s->peer_count];
	uint16_t *by_addr = by_channel + s->hash_mask + 1;

	memset(by_channel, 0, 2u * (s->hash_mask + 1u) * sizeof *by_channel);
	for (unsigned i = 0; i < s->peer_count; i++) {
		const struct flow_peer *p = &s->peers[i];

		if (p->channel)
			index_add(by_channel, s->hash_mask, hash_channel(p->channel), i);
		index_add(by_addr, s->hash_mask, hash_addr(&p->addr, p->port), i);
	}
}

static uint32_t end_sum(uint32_t sum, const struct net_addr *a, uint16_t port)
{
	uint16_t word = __builtin_bswap16(port);

	return net_sum(&word, sizeof word, net_sum(a->b, sizeof a->b, sum));
}

// In ones' complement to take away is to add the complement. Mapped IPv4 addresses add 0xffff, which
// is nothing.
static uint16_t peer_sum(const struct flow *f, const struct flow_session *s,
			 const struct flow_peer *p)
{
	const struct net_addr *relay = &f->locals[s->relay_local[p->relay]].addr;
	const struct net_addr *server = &f->locals[s->server_local].addr;
	uint32_t come = end_sum(end_sum(0, relay, s->relay_port[p->relay]), &p->addr, p->port);
	uint32_t gone =
		end_sum(end_sum(0, &s->client.addr, s->client.port), server, s->server_port);

	return (uint16_t)~net_sum_fold((uint16_t)~net_sum_fold(come) + net_sum_fold(gone));
}

static struct flow_session *session_build(struct flow *f, const struct flow_publish *p)
{
	unsigned slots = hash_slots(p->peer_count);
	struct flow_session *s =
		flow_slab_get(&f->private_->slab, session_bytes(p->peer_count, slots));

	if (!s)
		return NULL;
	*s = p->session;
	s->retired_next = NULL;
	s->peer_count = (uint16_t)p->peer_count;
	s->hash_mask = (uint16_t)(slots ? slots - 1 : 0);
	if (p->peer_count)
		memcpy(s->peers, p->peers, p->peer_count * sizeof *p->peers);
	for (unsigned i = 0; i < p->peer_count; i++)
		s->peers[i].sum = peer_sum(f, s, &s->peers[i]);
	if (slots)
		index_build(s);
	return s;
}

static struct flow_key session_key(const struct flow_session *s)
{
	return (struct flow_key){
		.addr = s->client.addr,
		.port = s->client.port,
		.server_local = s->server_local,
		.server_port = s->server_port,
	};
}

static int relay_ports_set(struct flow *f, const struct flow_session *s, uint32_t value)
{
	for (unsigned i = 0; i < 2; i++) {
		uint16_t local = s->relay_local[i];

		if (!s->relay_port[i])
			continue;
		if (!f->relay_ports[local]) {
			uint32_t *ports =
				rte_zmalloc_socket("relay_ports", 65536 * sizeof *ports,
						   RTE_CACHE_LINE_SIZE, f->private_->socket);

			if (!ports)
				return -ENOMEM;
			__atomic_store_n(&f->relay_ports[local], ports, __ATOMIC_RELEASE);
		}
		__atomic_store_n(&f->relay_ports[local][s->relay_port[i]], value, __ATOMIC_RELEASE);
	}
	return 0;
}

static void session_retire(struct flow *f, struct flow_session *s)
{
	s->retired_next = f->private_->retired;
	f->private_->retired = s;
}

int flow_session_publish(struct flow *f, const struct flow_publish *p)
{
	struct flow_session *s = session_build(f, p);
	struct flow_key key;
	uint32_t slot;
	int err;

	if (!s)
		return -ENOMEM;
	slot = s->index;
	key = session_key(s);
	__atomic_store_n(&f->slots[slot], s, __ATOMIC_RELEASE);
	flow_client_add(f, &key, slot);
	err = rte_hash_add_key_data(f->clients, &key, (void *)(uintptr_t)slot);
	if (!err)
		err = relay_ports_set(f, s, slot + 1);
	if (err)
		flow_session_retire(f, slot);
	return err;
}

int flow_session_replace(struct flow *f, const struct flow_publish *p)
{
	struct flow_session *s = session_build(f, p);
	struct flow_session *old;

	if (!s)
		return -ENOMEM;
	old = __atomic_exchange_n(&f->slots[s->index], s, __ATOMIC_ACQ_REL);
	for (unsigned i = 0; i < 2; i++)
		if (old->relay_port[i] && !s->relay_port[i])
			__atomic_store_n(&f->relay_ports[old->relay_local[i]][old->relay_port[i]],
					 0, __ATOMIC_RELEASE);
	session_retire(f, old);
	return 0;
}

void flow_session_retire(struct flow *f, uint32_t slot)
{
	struct flow_session *s = f->slots[slot];
	struct flow_key key = session_key(s);
	int32_t position = rte_hash_del_key(f->clients, &key);

	flow_client_remove(f, &key);
	// The key's place in the hash is given back by flow_reclaim: there is one grace period for all.
	if (position >= 0)
		f->private_->keys.at[f->private_->keys.count++] = (uint32_t)position;
	relay_ports_set(f, s, 0);
	__atomic_store_n(&f->slots[slot], NULL, __ATOMIC_RELEASE);
	session_retire(f, s);
}

static const struct flow_peer *channel_hashed(const struct flow_session *s, uint16_t number)
{
	const uint16_t *index = index_of(s);
	uint32_t at = hash_channel(number) & s->hash_mask;

	for (; index[at]; at = (at + 1) & s->hash_mask)
		if (s->peers[index[at] - 1].channel == number)
			return &s->peers[index[at] - 1];
	return NULL;
}

const struct flow_peer *flow_peer_by_channel(const struct flow_session *s, uint16_t number)
{
	if (s->hash_mask)
		return channel_hashed(s, number);
	for (unsigned i = 0; i < s->peer_count; i++)
		if (s->peers[i].channel == number)
			return &s->peers[i];
	return NULL;
}

static const struct flow_peer *addr_hashed(const struct flow_session *s,
					   const struct net_addr *addr, uint16_t port)
{
	const uint16_t *index = index_of(s) + s->hash_mask + 1;
	uint32_t at = hash_addr(addr, port) & s->hash_mask;

	for (; index[at]; at = (at + 1) & s->hash_mask) {
		const struct flow_peer *p = &s->peers[index[at] - 1];

		if (p->port == port && net_addr_equal(&p->addr, addr))
			return p;
	}
	return NULL;
}

const struct flow_peer *flow_peer_by_addr(const struct flow_session *s, const struct net_addr *addr,
					  uint16_t port, const struct flow_peer **channel)
{
	const struct flow_peer *permission = NULL;

	*channel = NULL;
	if (s->hash_mask) {
		*channel = addr_hashed(s, addr, port);
		return addr_hashed(s, addr, 0);
	}
	for (unsigned i = 0; i < s->peer_count; i++) {
		const struct flow_peer *p = &s->peers[i];

		if (!net_addr_equal(&p->addr, addr))
			continue;
		if (p->port == port)
			*channel = p;
		else if (!p->port)
			permission = p;
	}
	return permission;
}
