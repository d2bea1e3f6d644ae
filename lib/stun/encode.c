// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

static void writer_len_update(struct stun_writer *s)
{
	put16(s->w.start + 2, (uint16_t)(writer_len(&s->w) - STUN_HEADER_LEN));
}

struct stun_writer stun_begin(void *bytes, size_t cap_bytes, enum stun_class class_,
			      unsigned method, const uint8_t tid[STUN_TID_LEN])
{
	struct stun_writer s = {.w = writer_of(bytes, cap_bytes)};

	if (cap_bytes < STUN_HEADER_LEN) {
		s.w.full = true;
		return s;
	}
	writer_u16(&s.w, stun_type(method, class_));
	writer_u16(&s.w, 0);
	writer_u32(&s.w, STUN_MAGIC);
	writer_bytes(&s.w, tid, STUN_TID_LEN);
	return s;
}

// Room for a value, its header written and its padding zero; NULL when full.
static uint8_t *attr_room(struct stun_writer *s, uint16_t type, size_t len)
{
	size_t whole = ATTR_HEADER_LEN + pad4(len);
	uint8_t *p;

	if (len > UINT16_MAX || writer_len(&s->w) + whole > UINT16_MAX) {
		s->w.full = true;
		return NULL;
	}
	p = writer_room(&s->w, whole);
	if (!p)
		return NULL;
	put16(p, type);
	put16(p + 2, (uint16_t)len);
	memset(p + ATTR_HEADER_LEN + len, 0, pad4(len) - len);
	writer_len_update(s);
	return p + ATTR_HEADER_LEN;
}

void stun_put(struct stun_writer *s, uint16_t type, const void *value, size_t len_bytes)
{
	uint8_t *p = attr_room(s, type, len_bytes);

	if (p && len_bytes)
		memcpy(p, value, len_bytes);
}

void stun_put_u32(struct stun_writer *s, uint16_t type, uint32_t value)
{
	uint8_t *p = attr_room(s, type, 4);

	if (p)
		put32(p, value);
}

void stun_put_endpoint(struct stun_writer *s, uint16_t type, const struct net_endpoint *e)
{
	uint8_t value[20];

	if (!s->w.full)
		stun_put(s, type, value, attr_endpoint_write(value, type, e, s->w.start + 8));
}

void stun_put_unknown(struct stun_writer *s, const uint16_t *types, unsigned n)
{
	uint8_t *p = attr_room(s, STUN_UNKNOWN_ATTRIBUTES, (size_t)n * 2);

	for (unsigned i = 0; p && i < n; i++)
		put16(p + 2 * i, types[i]);
}

size_t stun_end(struct stun_writer *s)
{
	return s->w.full ? 0 : writer_len(&s->w);
}
