// SPDX-License-Identifier: Apache-2.0
#ifndef BASE_WRITER_H
#define BASE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

// Writes bytes for the wire, big-endian, into memory of the caller, with a sticky error: after the
// first write that does not fit nothing more is written, and `full` tells.
struct writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool full;
};

static inline struct writer writer_of(void *bytes, size_t cap_bytes)
{
	uint8_t *at = (uint8_t *)bytes;

	return (struct writer){.start = at, .at = at, .end = at + cap_bytes};
}

static inline size_t writer_len(const struct writer *w)
{
	return (size_t)(w->at - w->start);
}

// Room for `len_bytes` more bytes, to be filled by the caller; NULL and `full` where there is less.
static inline uint8_t *writer_room(struct writer *w, size_t len_bytes)
{
	uint8_t *at = w->at;

	if (w->full || (size_t)(w->end - at) < len_bytes) {
		w->full = true;
		return NULL;
	}
	w->at = at + len_bytes;
	return at;
}

static inline void writer_u8(struct writer *w, uint8_t v)
{
	uint8_t *p = writer_room(w, 1);

	if (p)
		p[0] = v;
}

static inline void writer_u16(struct writer *w, uint16_t v)
{
	uint8_t *p = writer_room(w, 2);

	if (p) {
		p[0] = (uint8_t)(v >> 8);
		p[1] = (uint8_t)v;
	}
}

static inline void writer_u32(struct writer *w, uint32_t v)
{
	writer_u16(w, (uint16_t)(v >> 16));
	writer_u16(w, (uint16_t)v);
}

static inline void writer_bytes(struct writer *w, const void *bytes, size_t len_bytes)
{
	uint8_t *p = writer_room(w, len_bytes);

	if (p && len_bytes)
		memcpy(p, bytes, len_bytes);
}

#endif
