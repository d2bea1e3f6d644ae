// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

#include <errno.h>

bool stun_is_message(const uint8_t *bytes, size_t len_bytes)
{
	if (len_bytes < STUN_HEADER_LEN || bytes[0] & 0xc0 || get32(bytes + 4) != STUN_MAGIC)
		return false;
	return !(len_bytes & 3) && get16(bytes + 2) == len_bytes - STUN_HEADER_LEN;
}

static bool attr_counts(struct attr_walk *w, uint16_t type)
{
	if (type == STUN_FINGERPRINT)
		return true;
	if (w->sha256 || (w->sha1 && type != STUN_MESSAGE_INTEGRITY_SHA256))
		return false;
	w->sha1 |= type == STUN_MESSAGE_INTEGRITY;
	w->sha256 |= type == STUN_MESSAGE_INTEGRITY_SHA256;
	return true;
}

bool attr_next(struct attr_walk *w, struct stun_attr *out)
{
	while (w->at < w->len) { // always a multiple of 4 apart: the header fits
		const uint8_t *p = w->bytes + w->at;
		uint16_t len = get16(p + 2);

		if (w->len - w->at - ATTR_HEADER_LEN < len) {
			w->bad = true;
			return false;
		}
		w->at += ATTR_HEADER_LEN + pad4(len);
		if (!attr_counts(w, get16(p)))
			continue;
		*out = (struct stun_attr){.type = get16(p),
					  .len = len,
					  .value = p + ATTR_HEADER_LEN};
		return true;
	}
	return false;
}

// One bit a type; two types may share one, so a set bit is only a hint to look.
static uint64_t seen_bit(uint16_t type)
{
	return 1ull << ((type ^ type >> 10) & 63);
}

static void message_note(struct stun_message *m, const struct stun_attr *a)
{
	uint16_t offset = (uint16_t)(a->value - ATTR_HEADER_LEN - m->bytes);

	if (a->type == STUN_MESSAGE_INTEGRITY)
		m->integrity = offset;
	else if (a->type == STUN_MESSAGE_INTEGRITY_SHA256)
		m->integrity256 = offset;
	else if (a->type == STUN_FINGERPRINT)
		m->fingerprint = offset;
}

static int message_attrs(struct stun_message *m)
{
	struct attr_walk w = attr_walk_of(m->bytes, m->len);
	struct stun_attr a;
	uint64_t seen = 0;

	while (attr_next(&w, &a)) {
		if (seen & seen_bit(a.type) && a.type != STUN_XOR_PEER_ADDRESS &&
		    stun_find(m, a.type))
			continue;
		if (m->attr_count == STUN_ATTRS_MAX)
			return -EBADMSG;
		seen |= seen_bit(a.type);
		message_note(m, &a);
		m->attrs[m->attr_count++] = a;
	}
	return w.bad ? -EBADMSG : 0;
}

int stun_decode(struct stun_message *out, const uint8_t *bytes, size_t len_bytes)
{
	struct stun_message m;
	int err;

	if (!stun_is_message(bytes, len_bytes) || len_bytes > UINT16_MAX)
		return -EBADMSG;
	m.bytes = bytes;
	m.len = (uint16_t)len_bytes;
	m.method = (uint16_t)stun_type_method(get16(bytes));
	m.class_ = (uint8_t)stun_type_class(get16(bytes));
	m.attr_count = 0;
	m.integrity = m.integrity256 = m.fingerprint = 0;
	m.tid = bytes + 8;
	err = message_attrs(&m);
	if (err)
		return err;
	memcpy(out, &m, offsetof(struct stun_message, attrs));
	memcpy(out->attrs, m.attrs, m.attr_count * sizeof m.attrs[0]);
	return 0;
}

const struct stun_attr *stun_find(const struct stun_message *m, uint16_t type)
{
	for (unsigned i = 0; i < m->attr_count; i++)
		if (m->attrs[i].type == type)
			return &m->attrs[i];
	return NULL;
}

int stun_find_u32(const struct stun_message *m, uint16_t type, uint32_t *out)
{
	const struct stun_attr *a = stun_find(m, type);

	if (!a)
		return -ENOENT;
	if (a->len != 4)
		return -EBADMSG;
	*out = get32(a->value);
	return 0;
}

int stun_find_u8(const struct stun_message *m, uint16_t type, uint8_t *out)
{
	const struct stun_attr *a = stun_find(m, type);

	if (!a)
		return -ENOENT;
	// EVEN-PORT alone is a single byte (RFC 8656).
	if (a->len != (type == STUN_EVEN_PORT ? 1 : 4))
		return -EBADMSG;
	*out = a->value[0];
	return 0;
}

static bool types_hold(const uint16_t *types, unsigned n, uint16_t type)
{
	for (unsigned i = 0; i < n; i++)
		if (types[i] == type)
			return true;
	return false;
}

unsigned stun_unknown(const struct stun_message *m, const uint16_t *known, unsigned n,
		      uint16_t *out, unsigned cap)
{
	unsigned count = 0;

	for (unsigned i = 0; i < m->attr_count; i++) {
		const struct stun_attr *a = &m->attrs[i];

		if (a->type >= 0x8000 || types_hold(known, n, a->type) ||
		    stun_find(m, a->type) != a)
			continue;
		if (count < cap)
			out[count] = a->type;
		count++;
	}
	return count;
}
