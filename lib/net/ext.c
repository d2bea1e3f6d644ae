// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

// IPv6 extension headers (RFC 8200 section 4).

#define EXT_MAX 4 // headers passed over; more serve no one but an attacker (RFC 7112)

enum { EXT_HOP_BY_HOP = 0, EXT_DESTINATION = 60 };

// We know no option but padding: what else there is decides by its two highest bits whether it may
// be passed over.
static bool options_ok(const uint8_t *p, size_t len_bytes)
{
	size_t at = 2;

	while (at < len_bytes) {
		if (p[at] == 0) {
			at++;
			continue;
		}
		if (p[at] >> 6 || at + 2 > len_bytes || p[at + 1] > len_bytes - at - 2)
			return false;
		at += 2u + p[at + 1];
	}
	return true;
}

static bool fragment_skip(struct ip6_ext *e, const uint8_t *p)
{
	uint16_t offset = get16(p + 2);

	e->proto = p[0];
	e->len += 8;
	e->later = offset & 0xfff8;
	e->fragment = offset & 0xfff9;
	return true;
}

static bool options_skip(struct ip6_ext *e, const uint8_t *p, size_t left)
{
	size_t len = (p[1] + 1u) * 8;

	if (len > left || !options_ok(p, len))
		return false;
	e->proto = p[0];
	e->len += len;
	return true;
}

bool ip6_ext_skip(struct ip6_ext *out, const uint8_t *ip, size_t len_bytes)
{
	struct ip6_ext e = {.proto = ip[6], .len = IP6_LEN};

	for (unsigned n = 0; n < EXT_MAX && !e.fragment; n++) {
		const uint8_t *p = ip + e.len;
		size_t left = len_bytes - e.len;
		bool first = n == 0;

		if (e.proto != PROTO_FRAGMENT && e.proto != EXT_DESTINATION &&
		    !(e.proto == EXT_HOP_BY_HOP && first))
			break;
		if (left < 8)
			return false;
		if (!(e.proto == PROTO_FRAGMENT ? fragment_skip(&e, p) : options_skip(&e, p, left)))
			return false;
	}
	*out = e;
	return true;
}
