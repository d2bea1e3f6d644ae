// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "room/private.h"

#define TABLE_FIRST 64

int room_table_init(struct room_table *t)
{
	t->buckets = calloc(TABLE_FIRST, sizeof(struct room_link *));
	t->mask = TABLE_FIRST - 1;
	t->count = 0;
	return t->buckets ? 0 : -ENOMEM;
}

// Without memory it stays as it is: chains are longer, nothing else.
static void table_grow(struct room_table *t)
{
	uint32_t mask = t->mask * 2 + 1;
	struct room_link **buckets = calloc((size_t)mask + 1, sizeof *buckets);

	if (!buckets)
		return;
	for (uint32_t i = 0; i <= t->mask; i++) {
		struct room_link *link = t->buckets[i];

		while (link) {
			struct room_link *next = link->next;

			link->next = buckets[link->hash & mask];
			buckets[link->hash & mask] = link;
			link = next;
		}
	}
	free(t->buckets);
	t->buckets = buckets;
	t->mask = mask;
}

void room_table_put(struct room_table *t, struct room_link *link, uint32_t hash)
{
	if (t->count > t->mask)
		table_grow(t);
	link->hash = hash;
	link->next = t->buckets[hash & t->mask];
	t->buckets[hash & t->mask] = link;
	t->count++;
}

void room_table_drop(struct room_table *t, struct room_link *link)
{
	struct room_link **at = &t->buckets[link->hash & t->mask];

	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	t->count--;
}

// FNV-1a with a last stirring: the same names give the same ids in the next process.
uint32_t room_hash(uint32_t seed, const char *name)
{
	uint64_t h = 0xcbf29ce484222325u ^ seed;

	for (; *name; name++)
		h = (h ^ (uint8_t)*name) * 0x100000001b3u;
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdu;
	return (uint32_t)(h >> 32);
}
