// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

// Eight bytes a step. CRC tables are linear: entry n is the sum of the entries of its bits, so that
// eight numbers a table are all that has to be written down and the compiler makes the rest.
#define BIT(n, b, v) ((n) >> (b)&1 ? (v) : 0u)
#define E1(n, a, b, c, d, e, f, g, h)                                                              \
	(BIT(n, 0, a) ^ BIT(n, 1, b) ^ BIT(n, 2, c) ^ BIT(n, 3, d) ^ BIT(n, 4, e) ^ BIT(n, 5, f) ^ \
	 BIT(n, 6, g) ^ BIT(n, 7, h))
#define E4(n, ...)                                                                                 \
	E1(n, __VA_ARGS__), E1((n) + 1, __VA_ARGS__), E1((n) + 2, __VA_ARGS__),                    \
		E1((n) + 3, __VA_ARGS__)
#define E16(n, ...)                                                                                \
	E4(n, __VA_ARGS__), E4((n) + 4, __VA_ARGS__), E4((n) + 8, __VA_ARGS__),                    \
		E4((n) + 12, __VA_ARGS__)
#define E64(n, ...)                                                                                \
	E16(n, __VA_ARGS__), E16((n) + 16, __VA_ARGS__), E16((n) + 32, __VA_ARGS__),               \
		E16((n) + 48, __VA_ARGS__)
#define TABLE(...)                                                                                 \
	{                                                                                          \
		E64(0, __VA_ARGS__), E64(64, __VA_ARGS__), E64(128, __VA_ARGS__),                  \
			E64(192, __VA_ARGS__)                                                      \
	}

static const uint32_t tables[8][256] = {
	TABLE(0x77073096, 0xee0e612c, 0x076dc419, 0x0edb8832, 0x1db71064, 0x3b6e20c8, 0x76dc4190,
	      0xedb88320),
	TABLE(0x191b3141, 0x32366282, 0x646cc504, 0xc8d98a08, 0x4ac21251, 0x958424a2, 0xf0794f05,
	      0x3b83984b),
	TABLE(0x01c26a37, 0x0384d46e, 0x0709a8dc, 0x0e1351b8, 0x1c26a370, 0x384d46e0, 0x709a8dc0,
	      0xe1351b80),
	TABLE(0xb8bc6765, 0xaa09c88b, 0x8f629757, 0xc5b428ef, 0x5019579f, 0xa032af3e, 0x9b14583d,
	      0xed59b63b),
	TABLE(0x3d6029b0, 0x7ac05360, 0xf580a6c0, 0x30704bc1, 0x60e09782, 0xc1c12f04, 0x58f35849,
	      0xb1e6b092),
	TABLE(0xcb5cd3a5, 0x4dc8a10b, 0x9b914216, 0xec53826d, 0x03d6029b, 0x07ac0536, 0x0f580a6c,
	      0x1eb014d8),
	TABLE(0xa6770bb4, 0x979f1129, 0xf44f2413, 0x33ef4e67, 0x67de9cce, 0xcfbd399c, 0x440b7579,
	      0x8816eaf2),
	TABLE(0xccaa009e, 0x4225077d, 0x844a0efa, 0xd3e51bb5, 0x7cbb312b, 0xf9766256, 0x299dc2ed,
	      0x533b85da),
};

static uint32_t crc_word(uint32_t low, uint32_t high)
{
	return tables[7][low & 0xff] ^ tables[6][low >> 8 & 0xff] ^ tables[5][low >> 16 & 0xff] ^
	       tables[4][low >> 24] ^ tables[3][high & 0xff] ^ tables[2][high >> 8 & 0xff] ^
	       tables[1][high >> 16 & 0xff] ^ tables[0][high >> 24];
}

uint32_t stun_crc32(const void *bytes, size_t len_bytes)
{
	const uint8_t *p = (const uint8_t *)bytes;
	uint32_t crc = 0xffffffff;

	for (; len_bytes >= 8; p += 8, len_bytes -= 8)
		crc = crc_word(crc ^ __builtin_bswap32(get32(p)), __builtin_bswap32(get32(p + 4)));
	while (len_bytes--)
		crc = crc >> 8 ^ tables[0][(crc ^ *p++) & 0xff];
	return ~crc;
}

bool attr_fingerprint_ok(const uint8_t *bytes, size_t len_bytes, const struct stun_attr *a)
{
	size_t before = (size_t)(a->value - bytes) - ATTR_HEADER_LEN;

	if (a->len != FINGERPRINT_LEN || before + ATTR_HEADER_LEN + FINGERPRINT_LEN != len_bytes)
		return false;
	return get32(a->value) == (stun_crc32(bytes, before) ^ STUN_FINGERPRINT_XOR);
}

bool stun_fingerprint_ok(const struct stun_message *m)
{
	const struct stun_attr *a = m->fingerprint ? stun_find(m, STUN_FINGERPRINT) : NULL;

	return a && attr_fingerprint_ok(m->bytes, m->len, a);
}
