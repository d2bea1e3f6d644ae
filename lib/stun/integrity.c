// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

static bool integrity_len_ok(enum stun_integrity which, uint16_t len)
{
	if (which == STUN_INTEGRITY_SHA1)
		return len == SHA1_LEN;
	return len >= 16 && len <= SHA256_LEN && !(len & 3);
}

bool stun_integrity_ok(const struct stun_message *m, enum stun_integrity which, const void *key,
		       size_t key_len)
{
	uint16_t at = which == STUN_INTEGRITY_SHA1 ? m->integrity : m->integrity256, len;
	uint8_t want[SHA256_LEN];
	bool ok;

	if (!at)
		return false;
	len = get16(m->bytes + at + 2);
	if (!integrity_len_ok(which, len))
		return false;
	// The header counts up to the end of this attribute, not of the message.
	ok = hmac_message(which, want, &(struct hmac_key){key, key_len},
			  &(struct hmac_part){m->bytes, at},
			  (uint16_t)(at + ATTR_HEADER_LEN + len - STUN_HEADER_LEN));
	ok = ok && base_equal_secret(want, m->bytes + at + ATTR_HEADER_LEN, len);
	base_wipe(want, sizeof want);
	return ok;
}

void stun_put_integrity(struct stun_writer *s, enum stun_integrity which, const void *key,
			size_t key_len)
{
	uint16_t len = which == STUN_INTEGRITY_SHA1 ? SHA1_LEN : SHA256_LEN;
	uint8_t value[SHA256_LEN];
	size_t before = writer_len(&s->w);

	if (s->w.full ||
	    !hmac_message(which, value, &(struct hmac_key){key, key_len},
			  &(struct hmac_part){s->w.start, before},
			  (uint16_t)(before + ATTR_HEADER_LEN + len - STUN_HEADER_LEN))) {
		s->w.full = true; // unsigned, it must not go out
		return;
	}
	stun_put(s,
		 which == STUN_INTEGRITY_SHA1 ? STUN_MESSAGE_INTEGRITY
					      : STUN_MESSAGE_INTEGRITY_SHA256,
		 value, len);
}

void stun_put_fingerprint(struct stun_writer *s)
{
	size_t before = writer_len(&s->w);

	if (s->w.full)
		return;
	stun_put_u32(s, STUN_FINGERPRINT, 0); // sets the length that the sum covers
	if (!s->w.full)
		put32(s->w.at - FINGERPRINT_LEN,
		      stun_crc32(s->w.start, before) ^ STUN_FINGERPRINT_XOR);
}
