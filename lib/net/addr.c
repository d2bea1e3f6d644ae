// SPDX-License-Identifier: Apache-2.0
#include "net/private.h"

// Where IPv4 addresses stand within IPv6 ones: those whose bytes under `mask` are `value`.
struct embedding {
	uint8_t value[12];
	uint8_t mask[12];
	uint8_t at[4]; // index of each byte of the IPv4 address
	uint8_t flip; // exclusive-or on each
};

#define FF3 0xff, 0xff, 0xff
#define FF6 FF3, FF3
#define FF12 FF6, FF6

static const struct embedding embeddings[] = {
	// ::ffff:a.b.c.d, mapped: IPv4 itself
	{{[10] = 0xff, [11] = 0xff}, {FF12}, {12, 13, 14, 15}, 0},
	// ::a.b.c.d, compatible (RFC 4291 2.5.5.1)
	{{0}, {FF12}, {12, 13, 14, 15}, 0},
	// ::ffff:0:a.b.c.d, translated (RFC 2765)
	{{[8] = 0xff, [9] = 0xff}, {FF12}, {12, 13, 14, 15}, 0},
	// 64:ff9b::/96 (RFC 6052)
	{{0x00, 0x64, 0xff, 0x9b}, {FF12}, {12, 13, 14, 15}, 0},
	// 64:ff9b:1::/48 (RFC 8215): a /96 below it, or itself (RFC 6052 2.2: byte 8 is left out)
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, {FF6}, {12, 13, 14, 15}, 0},
	{{0x00, 0x64, 0xff, 0x9b, 0x00, 0x01}, {FF6}, {6, 7, 9, 10}, 0},
	// 2002::/16, 6to4 (RFC 3056)
	{{0x20, 0x02}, {0xff, 0xff}, {2, 3, 4, 5}, 0},
	// 2001::/32, Teredo (RFC 4380): server, and client with its bits flipped
	{{0x20, 0x01}, {FF3, 0xff}, {4, 5, 6, 7}, 0},
	{{0x20, 0x01}, {FF3, 0xff}, {12, 13, 14, 15}, 0xff},
	// ISATAP's interface identifier (RFC 5214), with or without the universal and group bits
	{{[10] = 0x5e, [11] = 0xfe}, {[8] = 0xfc, 0xff, 0xff, 0xff}, {12, 13, 14, 15}, 0},
};

static bool embeds(const struct embedding *e, const struct net_addr *a)
{
	for (unsigned i = 0; i < sizeof e->value; i++)
		if ((a->b[i] & e->mask[i]) != e->value[i])
			return false;
	return true;
}

unsigned net_addr_inner4(const struct net_addr *a, struct net_addr inner[2])
{
	unsigned n = 0;

	// :: and ::1 have the shape of compatible addresses, but are none.
	if (a->d[0] == 0 && (a->d[1] == 0 || a->d[1] == __builtin_bswap64(1)))
		return 0;
	for (unsigned i = 0; i < sizeof embeddings / sizeof embeddings[0] && n < 2; i++) {
		const struct embedding *e = &embeddings[i];
		uint8_t bytes[4];

		if (!embeds(e, a))
			continue;
		for (unsigned k = 0; k < 4; k++)
			bytes[k] = a->b[e->at[k]] ^ e->flip;
		inner[n++] = net_addr_from4(bytes);
	}
	return n;
}
