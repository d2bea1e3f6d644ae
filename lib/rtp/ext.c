// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

#define ONE_BYTE_STOP 15

static bool form_known(const struct rtp_facts *f)
{
	return f->ext_profile == RTP_EXT_ONE_BYTE || (f->ext_profile & 0xfff0) == RTP_EXT_TWO_BYTE;
}

bool rtp_ext_next(const struct rtp_facts *f, unsigned *at, struct rtp_ext *out)
{
	bool one = f->ext_profile == RTP_EXT_ONE_BYTE;
	const uint8_t *p = f->bytes + f->ext_at;
	unsigned i = *at, end = f->ext_len, head = one ? 1 : 2, len;

	while (i < end && !p[i]) // a byte of padding; of one-byte form, id 0 and length 0
		i++;
	*at = end; // where anything below is broken, there is nothing more
	if (!form_known(f) || i >= end || end - i < head)
		return false;
	if (one && p[i] >> 4 == ONE_BYTE_STOP)
		return false;
	len = one ? (p[i] & 15) + 1u : p[i + 1];
	if (len > end - i - head)
		return false;
	out->id = one ? p[i] >> 4 : p[i];
	out->len = (uint8_t)len;
	out->data = p + i + head;
	*at = i + head + len;
	return true;
}

bool rtp_ext_find(const struct rtp_facts *f, uint8_t id, struct rtp_ext *out)
{
	struct rtp_ext e;
	unsigned at = 0;

	while (id && rtp_ext_next(f, &at, &e))
		if (e.id == id) {
			*out = e;
			return true;
		}
	return false;
}

int rtp_audio_level(const struct rtp_facts *f, uint8_t id, bool *voice)
{
	struct rtp_ext e;

	if (!rtp_ext_find(f, id, &e) || !e.len)
		return -1;
	*voice = e.data[0] >> 7;
	return e.data[0] & 127;
}
