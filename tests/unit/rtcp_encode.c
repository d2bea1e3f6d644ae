// SPDX-License-Identifier: Apache-2.0
// What we write is read again, of every size, and never goes past its room.
#include "kit/kit.h"

#include <stdlib.h>

#include "rtp/rtcp.h"

static const struct rtcp_sender sender = {.ntp = 0xe1e2e3e480000000,
					  .rtp_ts = 48000,
					  .packets = 7,
					  .octets = 900};

static void blocks_make(struct rtcp_block blocks[RTCP_BLOCKS_MAX])
{
	for (unsigned i = 0; i < RTCP_BLOCKS_MAX; i++)
		blocks[i] = (struct rtcp_block){.ssrc = 100 + i,
						.loss = {.highest = 0x10000 + i,
							 .lost = (int)i - 5,
							 .jitter = i,
							 .fraction = (uint8_t)(i * 8)},
						.lsr = i,
						.dlsr = 2 * i};
}

static void block_check(const struct rtcp_block *b, const struct rtcp_block *want)
{
	assert_int_equal(b->ssrc, want->ssrc);
	assert_int_equal(b->loss.fraction, want->loss.fraction);
	assert_int_equal(b->loss.lost, want->loss.lost);
	assert_int_equal(b->loss.highest, want->loss.highest);
	assert_int_equal(b->loss.jitter, want->loss.jitter);
	assert_int_equal(b->lsr, want->lsr);
	assert_int_equal(b->dlsr, want->dlsr);
}

static void head_check(struct rtcp_walk *w, const struct rtcp_report *r)
{
	struct rtcp_packet p;
	struct rtcp_sender s;
	struct rtcp_block b;
	uint32_t ssrc;

	assert_true(rtcp_next(w, &p));
	assert_int_equal(p.type, r->sender ? RTCP_SR : RTCP_RR);
	assert_int_equal(p.count, r->block_count);
	assert_true(rtcp_source(&p, &ssrc));
	assert_int_equal(ssrc, r->ssrc);
	assert_int_equal(rtcp_sender_decode(&p, &s), r->sender != NULL);
	if (r->sender) {
		assert_int_equal(s.ntp, sender.ntp);
		assert_int_equal(s.rtp_ts, sender.rtp_ts);
		assert_int_equal(s.packets, sender.packets);
		assert_int_equal(s.octets, sender.octets);
	}
	for (unsigned i = 0; i < r->block_count; i++) {
		assert_true(rtcp_block_decode(&p, i, &b));
		block_check(&b, &r->blocks[i]);
	}
}

static void report_check(const struct rtcp_report *r)
{
	static uint8_t out[2048];
	size_t len = rtcp_report_encode(out, sizeof out, r);
	struct rtcp_walk w = rtcp_walk_of(out, len);
	struct rtcp_packet p;
	const uint8_t *name;
	uint8_t name_len;
	uint32_t ssrc;

	assert_true(len && !(len & 3));
	head_check(&w, r);
	if (r->cname) {
		assert_true(rtcp_next(&w, &p));
		assert_true(rtcp_cname(&p, r->ssrc, &name, &name_len));
		assert_int_equal(name_len, strlen(r->cname));
		assert_memory_equal(name, r->cname, name_len);
	}
	if (r->bye) {
		assert_true(rtcp_next(&w, &p));
		assert_true(rtcp_bye_source(&p, 0, &ssrc));
		assert_int_equal(ssrc, r->ssrc);
	}
	assert_false(rtcp_next(&w, &p));
	assert_false(w.bad);
}

static void reports(void **state)
{
	struct rtcp_block blocks[RTCP_BLOCKS_MAX];
	char name[RTCP_CNAME_MAX + 1];

	(void)state;
	blocks_make(blocks);
	for (unsigned i = 0; i < 512; i++) {
		struct rtcp_report r = {.ssrc = 0xabcd, .blocks = blocks, .block_count = i % 32};

		r.sender = i & 32 ? &sender : NULL;
		r.bye = i & 64;
		r.cname = i & 128 ? name : NULL;
		memset(name, 'n', sizeof name);
		name[i % (RTCP_CNAME_MAX + 1)] = 0;
		report_check(&r);
	}
}

static void no_room(void **state)
{
	struct rtcp_block blocks[RTCP_BLOCKS_MAX];
	struct rtcp_report r = {.ssrc = 1,
				.sender = &sender,
				.blocks = blocks,
				.block_count = 2,
				.cname = "turnpike",
				.bye = true};
	uint8_t out[256];
	size_t len;

	(void)state;
	memset(blocks, 0, sizeof blocks);
	len = rtcp_report_encode(out, sizeof out, &r);
	assert_int_equal(len, 28 + 48 + 20 + 8);
	for (size_t cap = 0; cap < len; cap++) {
		uint8_t *exact = malloc(cap + 1);

		assert_non_null(exact);
		exact[cap] = 0x77;
		assert_int_equal(rtcp_report_encode(exact, cap, &r), 0);
		assert_int_equal(exact[cap], 0x77);
		free(exact);
	}
	r.block_count = 32;
	assert_int_equal(rtcp_report_encode(out, sizeof out, &r), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(reports), cmocka_unit_test(no_room)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
