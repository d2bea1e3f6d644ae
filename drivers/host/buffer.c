// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "host/private.h"

#define KEEP 4096 // bytes that an empty buffer keeps for the next line; HOST_CONNS_MAX have one

char *host_buffer_room(struct host_buffer *b, size_t more, size_t most)
{
	size_t len = host_buffer_len(b), cap = b->cap ? b->cap : 4096;
	char *bytes;

	if (more > most - len)
		return NULL;
	// Only when it wins as much room as it moves bytes: a reader of drops would make it quadratic.
	if (b->cap - b->end < more && b->start > len) {
		memmove(b->bytes, b->bytes + b->start, len);
		b->start = 0;
		b->end = len;
	}
	while (cap - b->end < more)
		cap *= 2;
	bytes = cap == b->cap ? b->bytes : realloc(b->bytes, cap);
	if (!bytes)
		return NULL;
	b->bytes = bytes;
	b->cap = cap;
	return bytes + b->end;
}

void host_buffer_drop(struct host_buffer *b, size_t n)
{
	b->start += n;
	if (b->start < b->end)
		return;
	b->start = b->end = 0;
	if (b->cap > KEEP)
		host_buffer_free(b);
}

void host_buffer_free(struct host_buffer *b)
{
	free(b->bytes);
	*b = (struct host_buffer){0};
}
