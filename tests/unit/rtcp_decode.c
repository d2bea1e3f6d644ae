// SPDX-License-Identifier: Apache-2.0
// Compound and reduced-size packets, reports, feedback.
#include "kit/kit.h"

#include <stdlib.h>

#include "rtp/rtcp.h"

static uint8_t bytes[2048];

static struct rtcp_walk walk_hex(const char *hex)
{
	return rtcp_walk_of(bytes, kit_hex(bytes, sizeof bytes, hex));
}

static struct rtcp_packet only(const char *hex)
{
	struct rtcp_walk w = walk_hex(hex);
	struct rtcp_packet p;

	assert_true(rtcp_next(&w, &p));
	return p;
}

// Figure by figure: an SR with one block.
static void sender_check(const struct rtcp_packet *p)
{
	struct rtcp_sender s;
	struct rtcp_block b;
	const uint8_t *name;
	uint8_t len;

	assert_true(rtcp_sender_decode(p, &s));
	assert_int_equal(s.ssrc, 1);
	assert_int_equal(s.ntp, 0xe1e2e3e480000000);
	assert_int_equal(s.packets, 100);
	assert_int_equal(s.octets, 0x4000);
	assert_true(rtcp_block_decode(p, 0, &b));
	assert_int_equal(b.ssrc, 2);
	assert_int_equal(b.loss.fraction, 0x19);
	assert_int_equal(b.loss.lost, -2);
	assert_int_equal(b.loss.highest, 0x10005);
	assert_int_equal(b.loss.jitter, 0x21);
	assert_int_equal(b.lsr, 0xe3e48000);
	assert_int_equal(b.dlsr, 0x10000);
	assert_false(rtcp_block_decode(p, 1, &b));
	assert_false(rtcp_cname(p, 1, &name, &len));
}

static void compound(void **state)
{
	struct rtcp_walk w =
		walk_hex("81c8000c 00000001 e1e2e3e4 80000000 00001000 00000064 00004000"
			 "00000002 19fffffe 00010005 00000021 e3e48000 00010000"
			 "81ca0003 00000001 0102 6869 000000 00"
			 "81cb0001 00000001"
			 "80cf0002 00000001 00000000");
	struct rtcp_packet p;
	struct rtcp_sender s;
	const uint8_t *name;
	uint32_t ssrc;
	uint8_t len;

	(void)state;
	assert_true(rtcp_next(&w, &p));
	sender_check(&p);
	assert_true(rtcp_next(&w, &p));
	assert_true(rtcp_cname(&p, 1, &name, &len));
	assert_int_equal(len, 2);
	assert_memory_equal(name, "hi", 2);
	assert_false(rtcp_cname(&p, 2, &name, &len));
	assert_false(rtcp_sender_decode(&p, &s));
	assert_true(rtcp_next(&w, &p));
	assert_true(rtcp_bye_source(&p, 0, &ssrc));
	assert_int_equal(ssrc, 1);
	assert_false(rtcp_bye_source(&p, 1, &ssrc));
	assert_true(rtcp_next(&w, &p)); // XR: passed over by its length
	assert_int_equal(p.type, RTCP_XR);
	assert_false(rtcp_next(&w, &p));
	assert_false(w.bad);
}

static void broken(void **state)
{
	static const char *const bad[] = {
		"80c900", // shorter than a header
		"40c90001 00000001", // version
		"80c90002 00000001", // longer than what there is
		"a0c90001 00000000", // padding of no bytes
		"a0c90001 00000008", // of more than there are
		"a0c90000", // of none at all
		"a0c90001 00000004 80c90001 00000001", // not in the last one
	};
	struct rtcp_packet p;

	(void)state;
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		struct rtcp_walk w = walk_hex(bad[i]);

		assert_false(rtcp_next(&w, &p));
		assert_true(w.bad);
		assert_false(rtcp_next(&w, &p));
	}
}

static void short_bodies(void **state)
{
	struct rtcp_packet p = only("81c80005 00000001 e1e2e3e4 80000000 00001000 00000064");
	struct rtcp_sender s;
	struct rtcp_block b;
	const uint8_t *name;
	uint32_t ssrc;
	uint8_t len;

	(void)state;
	assert_false(rtcp_sender_decode(&p, &s));
	assert_false(rtcp_block_decode(&p, 0, &b));
	assert_true(rtcp_source(&p, &ssrc));
	p = only("82c90007 00000001 00000002 00000000 00000000 00000000 00000000 00000000");
	assert_true(rtcp_block_decode(&p, 0, &b));
	assert_false(rtcp_block_decode(&p, 1, &b));
	p = only("80cb0000");
	assert_false(rtcp_source(&p, &ssrc));
	p = only("81ca0002 00000001 01ff6869"); // the name is longer than the packet
	assert_false(rtcp_cname(&p, 1, &name, &len));
	p = only("82ca0005 00000001 020168 00 00000009 0101 7a 00 00000000"); // a second chunk
	assert_true(rtcp_cname(&p, 9, &name, &len));
	assert_memory_equal(name, "z", 1);
	assert_false(rtcp_cname(&p, 1, &name, &len)); // NAME is not CNAME
	p = only("81c80001 00000001");
	assert_false(rtcp_media_source(&p, &ssrc));
}

static void feedback(void **state)
{
	struct rtcp_packet p = only("81cd0004 00000001 00000002 00648001 ffff0000");
	uint16_t seq, mask;
	uint32_t ssrc;

	(void)state;
	assert_true(rtcp_media_source(&p, &ssrc));
	assert_int_equal(ssrc, 2);
	assert_true(rtcp_nack_pair(&p, 0, &seq, &mask));
	assert_int_equal(seq, 100);
	assert_int_equal(mask, 0x8001);
	assert_true(rtcp_nack_pair(&p, 1, &seq, &mask));
	assert_int_equal(seq, 65535);
	assert_false(rtcp_nack_pair(&p, 2, &seq, &mask));
	p = only("81ce0002 00000001 00000007");
	assert_int_equal(p.count, RTCP_PLI);
	assert_true(rtcp_media_source(&p, &ssrc));
	assert_int_equal(ssrc, 7);
	assert_false(rtcp_nack_pair(&p, 0, &seq, &mask));
}

// A run of 2 small ones, a vector of pairs (lost, large, small …), one of single bits.
static void transport_wide(void **state)
{
	static const struct rtcp_arrival want[] = {
		{4, 65534, true}, {5, 65535, true}, {0, 0, false}, {-2, 1, true},
		{7, 2, true},     {0, 3, false},    {0, 4, false}, {0, 5, false},
		{0, 6, false},    {9, 7, true},     {0, 8, false},
	};
	struct rtcp_packet p = only("8fcd0008 00000001 00000002 fffe000b 00002a05"
				    "2002 0000 c900 a000 04 05 fffe 07 09 000000 000000000000");
	struct rtcp_twcc t;
	struct rtcp_arrival a;

	(void)state;
	assert_true(rtcp_twcc_decode(&p, &t));
	assert_int_equal(t.reference_64ms, 42);
	assert_int_equal(t.feedback, 5);
	for (unsigned i = 0; i < sizeof want / sizeof want[0]; i++) {
		assert_true(rtcp_twcc_next(&t, &a));
		assert_int_equal(a.seq, want[i].seq);
		assert_int_equal(a.received, want[i].received);
		assert_int_equal(a.delta_250us, want[i].delta_250us);
	}
	assert_false(rtcp_twcc_next(&t, &a));
	p = only("8fcd0004 00000001 00000002 fffe000b 00002a05"); // no chunks
	assert_false(rtcp_twcc_decode(&p, &t));
	p = only("8fcd0005 00000001 00000002 00000002 00002a05 2002 0400"); // one delta missing
	p.len -= 1;
	assert_true(rtcp_twcc_decode(&p, &t));
	assert_true(rtcp_twcc_next(&t, &a));
	assert_false(rtcp_twcc_next(&t, &a));
	assert_false(rtcp_twcc_next(&t, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compound),       cmocka_unit_test(broken),
		cmocka_unit_test(short_bodies),   cmocka_unit_test(feedback),
		cmocka_unit_test(transport_wide),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
