// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <rte_malloc.h>

static unsigned slab_class(size_t len_bytes)
{
	unsigned class_ = 0;

	while (((size_t)128 << class_) < len_bytes)
		class_++;
	return class_;
}

static bool slab_grow(struct flow_slab *s, unsigned class_)
{
	size_t size = (size_t)128 << class_;
	struct flow_slab_chunk *chunk = rte_malloc_socket("flow", FLOW_SLAB_CHUNK, 128, s->socket);
	uint8_t *at = (uint8_t *)chunk;

	if (!chunk)
		return false;
	chunk->next = s->chunks;
	s->chunks = chunk;
	for (size_t off = size; off + size <= FLOW_SLAB_CHUNK; off += size) {
		struct flow_slab_free *f = (struct flow_slab_free *)(at + off);

		f->next = s->free[class_];
		s->free[class_] = f;
	}
	return true;
}

void *flow_slab_get(struct flow_slab *s, size_t len_bytes)
{
	unsigned class_ = slab_class(len_bytes);
	struct flow_slab_free *f;

	if (class_ >= FLOW_SLAB_CLASSES || (!s->free[class_] && !slab_grow(s, class_)))
		return NULL;
	f = s->free[class_];
	s->free[class_] = f->next;
	return f;
}

void flow_slab_put(struct flow_slab *s, void *block, size_t len_bytes)
{
	unsigned class_ = slab_class(len_bytes);
	struct flow_slab_free *f = block;

	f->next = s->free[class_];
	s->free[class_] = f;
}

void flow_slab_fini(struct flow_slab *s)
{
	while (s->chunks) {
		struct flow_slab_chunk *next = s->chunks->next;

		rte_free(s->chunks);
		s->chunks = next;
	}
}
