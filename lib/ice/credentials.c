// SPDX-License-Identifier: Apache-2.0
#include "ice/private.h"

static const char ice_chars[65] =
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static void chars_make(char *out, const uint8_t *random, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		out[i] = ice_chars[random[i] & 63];
	out[n] = 0;
}

void credentials_make(struct ice_credentials *out, const uint8_t *random)
{
	chars_make(out->ufrag, random, ICE_UFRAG_LEN);
	chars_make(out->pwd, random + ICE_UFRAG_LEN, ICE_PWD_LEN);
}

static bool chars_ok(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!text[i] || !strchr(ice_chars, text[i]))
			return false;
	return true;
}

bool ice_ufrag_ok(const char *text, size_t len)
{
	return len >= 4 && len <= ICE_PEER_UFRAG_MAX && chars_ok(text, len);
}

size_t ice_ufrag_of(const uint8_t *bytes, size_t len_bytes, const char **ufrag)
{
	const struct stun_attr *name;
	struct stun_message m;
	const uint8_t *colon;

	if (stun_decode(&m, bytes, len_bytes) || m.method != STUN_BINDING ||
	    m.class_ != STUN_REQUEST)
		return 0;
	name = stun_find(&m, STUN_USERNAME);
	colon = name && name->len ? memchr(name->value, ':', name->len) : NULL;
	if (!colon || !ice_ufrag_ok((const char *)name->value, (size_t)(colon - name->value)))
		return 0;
	*ufrag = (const char *)name->value;
	return (size_t)(colon - name->value);
}
