// SPDX-License-Identifier: Apache-2.0
// RFC 3711 appendix B.2 and B.3, RFC 7714 sections 16 and 17; each through every driver.
#include "kit/kit.h"
#include "kit/srtp.h"

#define RTP_HEAD "8040f17b 8041f8d3 5501a0b2"
#define RTP_TEXT                                                                                   \
	"47616c6c 69612065 7374206f 6d6e6973 20646976 69736120 696e2070 61727465 73207472 6573"
#define RTCP_HEAD "81c8000d 4d617273"
#define RTCP_TEXT                                                                                  \
	"4e545031 4e545032 52545020 0000042a 0000e930 4c756e61 deadbeef deadbeef deadbeef "        \
	"deadbeef "                                                                                \
	"deadbeef"
#define QUID_PRO_QUO "517569642070726f2071756f"
#define KEY128 "000102030405060708090a0b0c0d0e0f"
#define KEY256 KEY128 "101112131415161718191a1b1c1d1e1f"

struct vector {
	enum srtp_profile profile;
	const char *key, *rtp, *rtcp;
};

static const struct vector vectors[] = {
	{SRTP_AEAD_AES_128_GCM, KEY128,
	 RTP_HEAD "f24de3a3 fb34de6c acba861c 9d7e4bca be633bd5 0d294e6f 42a5f47a 51c7d19b 36de3adf"
		  "8833899d 7f27beb1 6a9152cf 765ee439 0cce",
	 RTCP_HEAD "63e94885 dcdab67c a727d766 2f6b7e99 7ff5c0f7 6c06f32d c676a5f1 730d6fda"
		   "4ce09b46 86303ded 0bb9275b c84aa458 96cf4d2f c5abf872 45d9eade 800005d4"},
	{SRTP_AEAD_AES_256_GCM, KEY256,
	 RTP_HEAD "32b1de78 a822fe12 ef9f78fa 332e33aa b1801238 9a58e2f3 b50b2a02 76ffae0f 1ba63799"
		  "b87b7aa3 db36dfff d6b0f9bb 7878d7a7 6c13",
	 RTCP_HEAD "d50ae4d1 f5ce5d30 4ba297e4 7d470c28 2c3ece5d bffe0a50 a2eaa5c1 110555be"
		   "8415f658 c61de047 6f1b6fad 1d1eb30c 4446839f 57ff6f6c b26ac3be 800005d4"},
};

static struct srtp_side side_of(const struct srtp_engine *engine, const struct srtp_secrets *s)
{
	struct srtp_side side = {.profile = (uint8_t)s->profile};
	struct srtp_key *key;

	assert_int_equal(engine->ops->key_new(&key, s), 0);
	side.key = key;
	memcpy(side.salt, s->salt, sizeof side.salt);
	return side;
}

static void side_end(const struct srtp_engine *engine, const struct srtp_side *side)
{
	engine->ops->key_free((struct srtp_key *)(uintptr_t)side->key);
}

static struct srtp_side vector_side(const struct srtp_engine *engine, const struct vector *v)
{
	struct srtp_secrets s = {.profile = v->profile};

	kit_hex(s.cipher, sizeof s.cipher, v->key);
	kit_hex(s.salt, sizeof s.salt, QUID_PRO_QUO);
	return side_of(engine, &s);
}

static void derivation(void **state)
{
	struct srtp_secrets rtp, rtcp;
	uint8_t key[16], salt[14], want[20];

	(void)state;
	kit_hex(key, sizeof key, "E1F97A0D3E018BE0D64FA32C06DE4139");
	kit_hex(salt, sizeof salt, "0EC675AD498AFEEBB6960B3AABE6");
	assert_int_equal(srtp_derive(&rtp, &rtcp, SRTP_AES128_CM_SHA1_80, key, salt), 0);
	kit_hex(want, sizeof want, "C61E7A93744F39EE10734AFE3FF7A087");
	assert_memory_equal(rtp.cipher, want, 16);
	kit_hex(want, sizeof want, "30CBBC08863D8C85D49DB34A9AE1");
	assert_memory_equal(rtp.salt, want, 14);
	kit_hex(want, sizeof want, "CEBE321F6FF7716B6FD4AB49AF256A156D38BAA4");
	assert_memory_equal(rtp.auth, want, 20);
	assert_memory_not_equal(rtcp.cipher, rtp.cipher, 16);
	assert_memory_not_equal(rtcp.auth, rtp.auth, 20);
}

static void keystream_with(const struct srtp_engine *engine)
{
	struct srtp_secrets s = {.profile = SRTP_AES128_CM_SHA1_80};
	uint8_t packet[12 + 48 + SRTP_TAG_MAX] = {0x80}, zeros[48] = {0}, want[48];
	struct srtp_side side;
	struct srtp_leaving p = {.packet = packet, .src = zeros, .header_len = 12, .len = 48};

	kit_hex(s.cipher, sizeof s.cipher, "2B7E151628AED2A6ABF7158809CF4F3C");
	kit_hex(s.salt, sizeof s.salt, "F0F1F2F3F4F5F6F7F8F9FAFBFCFD");
	side = side_of(engine, &s);
	p.side = &side;
	srtp_seal_burst(engine, &p, 1);
	kit_hex(want, sizeof want,
		"E03EAD0935C95E80E166B16DD92B4EB4 D23513162B02D0F72A43A2FE4A5F97AB"
		"41E95B3BB0A2E8DD477901E4FCA894C0");
	assert_memory_equal(packet + 12, want, 48);
	side_end(engine, &side);
}

static void rtp_check(const struct srtp_engine *engine, const struct vector *v)
{
	struct srtp_side side = vector_side(engine, v);
	uint8_t packet[128], want[128], text[64];
	size_t text_len = kit_hex(text, sizeof text, RTP_TEXT);
	size_t len = kit_hex(want, sizeof want, v->rtp);
	struct srtp_stream one;
	struct srtp_streams streams = {.at = &one, .max = 1};
	struct srtp_leaving p = {.side = &side, .packet = packet, .src = text, .index = 0xf17b};
	struct srtp_arriving back;

	p.ssrc = 0x5501a0b2;
	p.len = (uint16_t)text_len;
	p.header_len = (uint16_t)kit_hex(packet, sizeof packet, RTP_HEAD);
	srtp_seal_burst(engine, &p, 1);
	assert_int_equal(srtp_sealed_len(&p), len);
	assert_memory_equal(packet, want, len);
	back = kit_arriving(&side, &streams, packet, (unsigned)len);
	assert_int_equal(srtp_open_burst(engine, &back, 1), 1);
	assert_int_equal(back.len, 12 + text_len);
	assert_memory_equal(packet + 12, text, text_len);
	side_end(engine, &side);
}

static void rtcp_check(const struct srtp_engine *engine, const struct vector *v)
{
	struct srtp_side side = vector_side(engine, v);
	uint8_t packet[128], want[128], plain[128];
	size_t len = kit_hex(packet, sizeof packet, RTCP_HEAD RTCP_TEXT), plain_len = len;
	size_t want_len = kit_hex(want, sizeof want, v->rtcp);
	struct srtp_stream one;
	struct srtp_streams streams = {.at = &one, .max = 1};
	uint32_t index = 0x5d4;

	memcpy(plain, packet, len);
	assert_int_equal(srtp_seal_rtcp(engine, &side, &index, packet, &len), 0);
	assert_int_equal(index, 0x5d5);
	assert_int_equal(len, want_len);
	assert_memory_equal(packet, want, len);
	assert_int_equal(srtp_open_rtcp(engine, &side, &streams, packet, &len), SRTP_OK);
	assert_int_equal(len, plain_len);
	assert_memory_equal(packet, plain, len);
	assert_int_equal(one.highest, 0x5d4);
	side_end(engine, &side);
}

// Section 17.3: authenticated, but not encrypted.
static void rtcp_readable_check(const struct srtp_engine *engine)
{
	struct srtp_side side = vector_side(engine, &vectors[0]);
	struct srtp_stream one;
	struct srtp_streams streams = {.at = &one, .max = 1};
	uint8_t packet[128];
	size_t len = kit_hex(packet, sizeof packet,
			     RTCP_HEAD RTCP_TEXT "841dd968 3dd78ec9 2ae58790 125f62b3 000005d4");

	packet[20] ^= 1;
	assert_int_equal(srtp_open_rtcp(engine, &side, &streams, packet, &len), SRTP_FORGED);
	packet[20] ^= 1;
	assert_int_equal(srtp_open_rtcp(engine, &side, &streams, packet, &len), SRTP_OK);
	assert_int_equal(len, 52);
	side_end(engine, &side);
}

static void vectors_with(const struct srtp_engine *engine)
{
	keystream_with(engine);
	for (unsigned i = 0; i < sizeof vectors / sizeof vectors[0]; i++) {
		rtp_check(engine, &vectors[i]);
		rtcp_check(engine, &vectors[i]);
	}
	rtcp_readable_check(engine);
}

static void drivers(void **state)
{
	(void)state;
	kit_each_driver(vectors_with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(derivation),
		cmocka_unit_test(drivers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
