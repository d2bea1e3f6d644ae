// SPDX-License-Identifier: Apache-2.0
#include "flow/voice.h"

#include <errno.h>
#include <string.h>

#include <rte_hash_crc.h>
#include <rte_malloc.h>

#include "flow/private.h"

// A room's snapshot is one block: the struct, then its arrays one after the other.

struct room_layout {
	size_t players, audience, talkers, fan, from, hearers, present; // offsets
	size_t end;
	size_t bits_len; // of one audience
};

static size_t place(size_t *at, size_t len)
{
	size_t here = RTE_ALIGN(*at, sizeof(uint64_t));

	*at = here + len;
	return here;
}

static size_t fan_cap(const struct flow_room_publish *p)
{
	return (size_t)p->seat_count * (p->native ? ROOM_SLOTS_MAX : p->slots);
}

static struct room_layout layout_of(const struct flow_room_publish *p)
{
	struct room_layout l = {.end = sizeof(struct voice_room)};
	size_t bits = 0, near = 0;

	l.bits_len = (p->seat_count + 63) / 64 * sizeof(uint64_t);
	for (uint32_t i = 0; i < p->seat_count; i++) {
		bits += p->audience && p->audience[i] ? l.bits_len : 0;
		near += p->near ? RTE_ALIGN(sizeof(struct voice_near) +
						    p->talker_counts[i] * sizeof(uint32_t),
					    sizeof(uint64_t))
				: 0;
	}
	l.players = place(&l.end, p->seat_count * sizeof(uint32_t));
	l.audience = place(&l.end, p->audience ? p->seat_count * sizeof(void *) + bits : 0);
	l.talkers = place(&l.end, p->near ? p->seat_count * sizeof(void *) + near : 0);
	l.fan = place(&l.end, sizeof(struct voice_fan));
	l.from = place(&l.end, (p->seat_count + 1) * sizeof(uint32_t));
	l.hearers = place(&l.end, fan_cap(p) * sizeof(uint32_t));
	l.present = place(&l.end, p->seat_count * sizeof(void *));
	return l;
}

static void audience_copy(uint8_t *block, const struct room_layout *l,
			  const struct flow_room_publish *p)
{
	const uint64_t **of = (const uint64_t **)(block + l->audience);
	uint8_t *at = (uint8_t *)(of + p->seat_count);

	for (uint32_t i = 0; i < p->seat_count; i++) {
		of[i] = NULL;
		if (!p->audience[i])
			continue;
		memcpy(at, p->audience[i], l->bits_len);
		of[i] = (const uint64_t *)at;
		at += l->bits_len;
	}
}

static void talkers_copy(uint8_t *block, const struct room_layout *l,
			 const struct flow_room_publish *p)
{
	struct voice_near **of = (struct voice_near **)(block + l->talkers);
	uint8_t *at = (uint8_t *)(of + p->seat_count);

	for (uint32_t i = 0; i < p->seat_count; i++) {
		size_t len = p->talker_counts[i] * sizeof(uint32_t);

		of[i] = (struct voice_near *)at;
		of[i]->count = p->talker_counts[i];
		if (len)
			memcpy(of[i]->seats, p->talkers[i], len);
		at += RTE_ALIGN(sizeof(struct voice_near) + len, sizeof(uint64_t));
	}
}

unsigned flow_room_owner(const struct flow *f, uint32_t id)
{
	return rte_hash_crc_4byte(id, 0) % f->workers;
}

static struct voice_room *room_build(const struct flow *f, const struct flow_room_publish *p)
{
	struct room_layout l = layout_of(p);
	uint8_t *block = rte_malloc_socket("room", l.end, RTE_CACHE_LINE_SIZE, f->private_->socket);
	struct voice_room *r = (struct voice_room *)block;

	if (!r)
		return NULL;
	*r = (struct voice_room){
		.index = p->index,
		.id = p->id,
		.owner = (uint8_t)flow_room_owner(f, p->id),
		.slots = p->slots,
		.near = p->near,
		.uneven = p->uneven || p->native || p->audience,
		.seat_count = p->seat_count,
		.fan_cap = (uint32_t)fan_cap(p),
		.players = (const uint32_t *)(block + l.players),
		.fan = (struct voice_fan *)(block + l.fan),
		.state = p->state,
	};
	memcpy(block + l.players, p->players, p->seat_count * sizeof(uint32_t));
	*r->fan = (struct voice_fan){
		.hearers = (uint32_t *)(block + l.hearers),
		.present = (const struct voice_player **)(block + l.present),
	};
	r->fan->from = memset(block + l.from, 0, (p->seat_count + 1) * sizeof(uint32_t));
	if (p->audience) {
		audience_copy(block, &l, p);
		r->audience = (const uint64_t *const *)(block + l.audience);
	}
	if (p->near) {
		talkers_copy(block, &l, p);
		r->talkers = (const struct voice_near *const *)(block + l.talkers);
	}
	return r;
}

static void room_swap(struct flow *f, uint32_t index, const struct voice_room *fresh)
{
	const struct voice_room *old =
		__atomic_exchange_n(&f->rooms[index], fresh, __ATOMIC_ACQ_REL);

	flow_block_retire(f, (void *)(uintptr_t)old);
}

int flow_room_publish(struct flow *f, const struct flow_room_publish *p)
{
	struct voice_room *r = room_build(f, p);

	if (!r)
		return -ENOMEM;
	room_swap(f, p->index, r);
	return 0;
}

void flow_room_retire(struct flow *f, uint32_t index)
{
	room_swap(f, index, NULL);
}
