// SPDX-License-Identifier: Apache-2.0
#ifndef BASE_CURSOR_H
#define BASE_CURSOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// Reads bytes from the wire, big-endian, with a sticky error: after the first read past the end
// every read gives 0 (or NULL), and one look at `bad` tells. Views into the caller's bytes.
struct cursor {
	const uint8_t *at;
	const uint8_t *end;
	bool bad;
};

static inline struct cursor cursor_of(const void *bytes, size_t len_bytes)
{
	const uint8_t *at = (const uint8_t *)bytes;

	return (struct cursor){.at = at, .end = at + len_bytes};
}

static inline size_t cursor_left(const struct cursor *c)
{
	return c->bad ? 0 : (size_t)(c->end - c->at);
}

// The next `len_bytes` bytes, or NULL and `bad` when there are fewer.
static inline const uint8_t *cursor_bytes(struct cursor *c, size_t len_bytes)
{
	const uint8_t *at = c->at;

	if (c->bad || (size_t)(c->end - at) < len_bytes) {
		c->bad = true;
		return NULL;
	}
	c->at = at + len_bytes;
	return at;
}

static inline uint8_t cursor_u8(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 1);

	return p ? p[0] : 0;
}

static inline uint16_t cursor_u16(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 2);

	return p ? (uint16_t)(p[0] << 8 | p[1]) : 0;
}

static inline uint32_t cursor_u32(struct cursor *c)
{
	const uint8_t *p = cursor_bytes(c, 4);

	return p ? (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3] : 0;
}

#endif
