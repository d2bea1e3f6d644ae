// SPDX-License-Identifier: Apache-2.0
#include "flow/voice.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_hash.h>
#include <rte_malloc.h>

#include "flow/private.h"

#define FIRST(member)                                                                              \
	_Static_assert(offsetof(struct voice_player, member) ==                                    \
			       offsetof(struct flow_session, member),                              \
		       "what a look-up compares stands in one place")
FIRST(client);
FIRST(server_local);
FIRST(server_port);

// --- States ----------------------------------------------------------------------------------------------

// Below 2^15, so that a receiver who misses the first packets cannot guess the roll-over wrongly.
static void slots_begin(struct voice_state *s, uint64_t seed)
{
	room_slots_init(s->places, s->slot_count);
	for (unsigned i = 0; i < s->slot_count; i++) {
		seed = (seed ^ seed >> 29) * 0xbf58476d1ce4e5b9u + i;
		room_out_init(&s->slots[i].out, seed >> 32 & 0x7fff, (uint32_t)seed, 0);
	}
}

struct voice_state *flow_voice_state_new(struct flow *f, unsigned slot_count, uint64_t seed)
{
	size_t places =
		RTE_ALIGN(sizeof(struct voice_state) + slot_count * sizeof(struct room_slot),
			  RTE_CACHE_LINE_SIZE); // a slot is a line
	struct voice_state *s =
		rte_zmalloc_socket("voice", places + slot_count * sizeof(struct voice_slot),
				   RTE_CACHE_LINE_SIZE, f->private_->socket);

	if (!s)
		return NULL;
	s->streams = (struct srtp_streams){.at = s->stream_memory, .max = VOICE_STREAMS_MAX};
	s->level = 127;
	s->slot_count = (uint16_t)slot_count;
	s->slots = (struct voice_slot *)((uint8_t *)s + places);
	slots_begin(s, seed);
	return s;
}

void flow_voice_state_retire(struct flow *f, struct voice_state *s)
{
	flow_block_retire(f, s);
}

// Also where it comes back to the same seat: another may have sat there, whose voice was a later one.
void flow_voice_state_moved(struct voice_state *s)
{
	s->seat_of = 0;
	s->heard_room = 0;
}

struct voice_room_state *flow_voice_room_state_new(struct flow *f, unsigned slots)
{
	struct voice_room_state *s =
		rte_zmalloc_socket("room", sizeof *s, RTE_CACHE_LINE_SIZE, f->private_->socket);

	if (!s)
		return NULL;
	room_speakers_init(&s->speakers, slots);
	s->serial = ++f->private_->room_serial;
	return s;
}

void flow_voice_room_state_retire(struct flow *f, struct voice_room_state *s)
{
	flow_block_retire(f, s);
}

// --- Players ---------------------------------------------------------------------------------------------

static struct flow_key player_key(const struct voice_player *p)
{
	return (struct flow_key){
		.addr = p->client.addr,
		.port = p->client.port,
		.server_local = p->server_local,
		.server_port = p->server_port,
	};
}

static uint16_t be16(uint16_t v)
{
	return __builtin_bswap16(v);
}

// All of IPv4 and UDP but two lengths and the header's checksum; UDP's stays 0 (RFC 768: none), the
// packet's own tag is stronger.
static void head4_make(struct voice_player *p, const struct net_addr *from)
{
	static const uint8_t fixed[12] = {0x45, VOICE_TOS, 0, 0, 0, 0, 0x40, 0, 64, 17, 0, 0};
	uint16_t ports[2] = {be16(p->server_port), be16(p->client.port)};

	memcpy(p->head, fixed, sizeof fixed);
	memcpy(p->head + 12, from->b + 12, 4);
	memcpy(p->head + 16, p->client.addr.b + 12, 4);
	memcpy(p->head + 20, ports, sizeof ports);
	p->head_len = 28;
	p->head_sum = (uint16_t)~net_sum_fold(net_sum(p->head, 20, 0));
}

static void head6_make(struct voice_player *p, const struct net_addr *from)
{
	static const uint8_t fixed[8] = {
		0x60 | VOICE_TOS >> 4, (VOICE_TOS & 15) << 4, 0, 0, 0, 0, 17, 64};
	uint16_t ports[2] = {be16(p->server_port), be16(p->client.port)};
	uint16_t protocol = be16(17);

	memcpy(p->head, fixed, sizeof fixed);
	memcpy(p->head + 8, from->b, 16);
	memcpy(p->head + 24, p->client.addr.b, 16);
	memcpy(p->head + 40, ports, sizeof ports);
	p->head_len = 48;
	p->head_sum = (uint16_t)~net_sum_fold(
		net_sum(&protocol, sizeof protocol, net_sum(p->head + 8, 36, 0)));
}

static struct voice_player *player_build(struct flow *f, const struct voice_player *player,
					 const struct voice_line *lines)
{
	size_t lines_len = player->line_count * sizeof *lines;
	struct voice_player *p = rte_malloc_socket("player", sizeof *p + lines_len,
						   RTE_CACHE_LINE_SIZE, f->private_->socket);

	if (!p)
		return NULL;
	*p = *player;
	if (lines_len)
		memcpy(p->lines, lines, lines_len);
	memset(p->head, 0, sizeof p->head);
	if (net_addr_is4(&p->client.addr))
		head4_make(p, &f->locals[p->server_local].addr);
	else
		head6_make(p, &f->locals[p->server_local].addr);
	return p;
}

static int key_add(struct flow *f, const struct voice_player *p)
{
	struct flow_key key = player_key(p);
	uint32_t slot = f->sessions_max + p->index;
	int err = rte_hash_add_key_data(f->clients, &key, (void *)(uintptr_t)slot);

	if (!err)
		flow_client_add(f, &key, slot);
	return err;
}

static void key_remove(struct flow *f, const struct voice_player *p)
{
	struct flow_key key = player_key(p);
	int32_t position = -ENOENT;
	void *slot;

	// Another may be reached at this address by now: a NAT gave it away, and the table names the latest.
	if (rte_hash_lookup_data(f->clients, &key, &slot) >= 0 &&
	    (uintptr_t)slot == f->sessions_max + p->index)
		position = rte_hash_del_key(f->clients, &key);
	flow_client_remove(f, &key);
	if (position >= 0)
		f->private_->keys.at[f->private_->keys.count++] = (uint32_t)position;
}

static bool same_end(const struct voice_player *a, const struct voice_player *b)
{
	struct flow_key x = player_key(a), y = player_key(b);

	return !memcmp(&x, &y, sizeof x);
}

// At a new address the new key is there before the old one goes, so that neither way out is ever shut.
int flow_player_publish(struct flow *f, const struct voice_player *player,
			const struct voice_line *lines)
{
	uint32_t slot = f->sessions_max + player->index;
	struct voice_player *old = (struct voice_player *)f->slots[slot];
	struct voice_player *p = player_build(f, player, lines);
	int err;

	if (!p)
		return -ENOMEM;
	err = old && same_end(old, p) ? 0 : key_add(f, p);
	if (err) {
		rte_free(p);
		return err;
	}
	__atomic_store_n(&f->slots[slot], (struct flow_session *)p, __ATOMIC_RELEASE);
	if (old && !same_end(old, p))
		key_remove(f, old);
	flow_block_retire(f, old);
	return 0;
}

void flow_player_retire(struct flow *f, uint32_t index)
{
	uint32_t slot = f->sessions_max + index;
	struct voice_player *p = (struct voice_player *)f->slots[slot];

	if (!p)
		return;
	key_remove(f, p);
	__atomic_store_n(&f->slots[slot], NULL, __ATOMIC_RELEASE);
	flow_block_retire(f, p);
}
