// SPDX-License-Identifier: Apache-2.0
#include "control/whip.h"

#include <netinet/in.h>
#include <string.h>

// A host has a whole /64 of IPv6 to itself, so that is what counts.
static bool source_of(const struct sockaddr *from, uint8_t out[WHIP_GUARD_SOURCE])
{
	const struct in6_addr *six;

	memset(out, 0, WHIP_GUARD_SOURCE);
	if (from && from->sa_family == AF_INET) {
		memset(out + 10, 0xff, 2);
		memcpy(out + 12, &((const struct sockaddr_in *)from)->sin_addr, 4);
		return true;
	}
	if (!from || from->sa_family != AF_INET6)
		return false;
	six = &((const struct sockaddr_in6 *)from)->sin6_addr;
	memcpy(out, six, IN6_IS_ADDR_V4MAPPED(six) ? 16 : 8);
	return true;
}

static bool row_counts(const struct whip_guard_row *r, uint64_t now_ms)
{
	return r->count && now_ms - r->since_ms < WHIP_GUARD_WINDOW_S * 1000;
}

// The source's row; else one that does not count any more, else the one that counts least: a crowd of
// sources makes the guard forget, never refuse where it should not.
static struct whip_guard_row *row_take(struct whip_guard *g, const uint8_t *source, uint64_t now_ms)
{
	struct whip_guard_row *least = g->rows;

	for (unsigned i = 0; i < WHIP_GUARD_ROWS; i++) {
		struct whip_guard_row *r = &g->rows[i];

		if (!row_counts(r, now_ms))
			r->count = 0;
		else if (!memcmp(r->source, source, WHIP_GUARD_SOURCE))
			return r;
		if (r->count < least->count)
			least = r;
	}
	*least = (struct whip_guard_row){.since_ms = now_ms};
	memcpy(least->source, source, WHIP_GUARD_SOURCE);
	return least;
}

unsigned whip_guard_note(struct whip_guard *g, const struct sockaddr *from, uint64_t now_ms)
{
	uint8_t source[WHIP_GUARD_SOURCE];
	struct whip_guard_row *r;

	if (!source_of(from, source))
		return 0;
	r = row_take(g, source, now_ms);
	if (r->count < WHIP_GUARD_MAX) {
		r->count++;
		return 0;
	}
	return (unsigned)((r->since_ms + WHIP_GUARD_WINDOW_S * 1000 - now_ms + 999) / 1000);
}
