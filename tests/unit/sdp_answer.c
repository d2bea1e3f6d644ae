// SPDX-License-Identifier: Apache-2.0
// Offers of real clients and our answers to them. SDP_BLESS=1 writes the answers anew.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kit/kit.h"
#include "kit/sdp_case.h"

static size_t file_read(char *out, size_t cap, const char *name, const char *suffix)
{
	char path[512];
	size_t len;
	FILE *f;

	snprintf(path, sizeof path, "%s/sdp/%s.%s", GOLDEN, name, suffix);
	f = fopen(path, "rb");
	if (!f)
		return 0;
	len = fread(out, 1, cap, f);
	fclose(f);
	return len;
}

static void file_write(const char *name, const char *text, size_t len)
{
	char path[512];
	FILE *f;

	snprintf(path, sizeof path, "%s/sdp/%s.answer", GOLDEN, name);
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, len, f), len);
	assert_int_equal(fclose(f), 0);
}

static char text[SDP_TEXT_MAX], answer[SDP_ANSWER_MAX], golden[SDP_ANSWER_MAX];

static struct sdp_offer *golden_offer(const char *name)
{
	size_t len = file_read(text, sizeof text, name, "offer");
	struct sdp_error error = {0};
	struct sdp_offer *o = NULL;

	assert_int_not_equal(len, 0);
	if (sdp_offer_decode(&o, text, len, &error))
		fail_msg("%s: line %u: expected %s", name, error.line, error.expected);
	return o;
}

static void golden_check(const char *name, unsigned slots, bool data)
{
	struct sdp_offer *o = golden_offer(name), *back = NULL;
	struct sdp_plan plan;
	struct sdp_error error;
	size_t want;
	int len;

	assert_int_equal(sdp_plan(&plan, o, ROOM_SLOTS_MAX), 0);
	assert_int_equal(plan.slot_count, slots);
	assert_int_equal(plan.voice, 0);
	assert_int_equal(o->lines[o->line_count - 1].refusal, data ? SDP_NO_AUDIO : SDP_USABLE);
	len = sdp_case_answer(answer, sizeof answer, o, &plan);
	assert_true(len > 0);
	if (getenv("SDP_BLESS"))
		file_write(name, answer, (size_t)len);
	want = file_read(golden, sizeof golden, name, "answer");
	assert_int_equal(want, len);
	assert_memory_equal(answer, golden, want);
	// It is read back as what it says: the same lines, the same ones in use.
	assert_int_equal(sdp_offer_decode(&back, answer, (size_t)len, &error), 0);
	assert_int_equal(back->line_count, o->line_count);
	assert_true(back->ice_lite && back->end_of_candidates && back->candidate_count == 2);
	for (unsigned i = 0; i < o->line_count; i++) {
		const struct sdp_line *a = &o->lines[i], *b = &back->lines[i];

		assert_int_equal(a->refusal == SDP_USABLE, b->refusal == SDP_USABLE);
		assert_int_equal(b->port == 0, a->refusal != SDP_USABLE);
		assert_int_equal(a->mid.len, b->mid.len);
		assert_memory_equal(a->mid.at, b->mid.at, a->mid.len);
	}
	sdp_offer_free(back);
	sdp_offer_free(o);
}

static void test_chromium(void **state)
{
	(void)state;
	golden_check("chromium", 3, true);
}

static void test_firefox(void **state)
{
	(void)state;
	golden_check("firefox", 3, true);
}

static void test_aiortc(void **state)
{
	(void)state;
	golden_check("aiortc", 3, true);
}

static void test_gstreamer(void **state)
{
	(void)state;
	golden_check("gstreamer", 4, false); // its first line is sendrecv: voice and slot
}

static void test_what_they_offer(void **state)
{
	struct sdp_offer *o = golden_offer("chromium");
	const struct sdp_line *l = &o->lines[0];

	(void)state;
	assert_int_equal(o->line_count, 6);
	assert_int_equal(l->opus.pt, 111);
	assert_int_equal(l->opus.red_pt, 63);
	assert_true(l->opus.fec && l->opus.transport_cc && !l->opus.stereo && !l->opus.nack);
	assert_int_equal(l->opus.min_ptime_ms, 10);
	assert_int_equal(l->ext.level, 1);
	assert_int_equal(l->ext.mid, 4);
	assert_int_equal(l->ext.twcc, 3);
	assert_true(l->ext.level_vad && l->ext.mixed && l->rtcp_rsize);
	assert_int_equal(l->source_count, 1);
	assert_true(l->sources[0].cname.len == 16 && l->sources[0].msid.len == 73);
	assert_int_equal(o->transport.setup, SDP_ACTPASS);
	assert_int_equal(sdp_setup_ours(o), SDP_PASSIVE);
	sdp_offer_free(o);
	o = golden_offer("firefox");
	assert_true(o->lines[1].bundle_only && !o->lines[1].port);
	assert_true(o->lines[0].opus.stereo && o->lines[0].ext.mixed);
	assert_int_equal(o->transport.fingerprint_count, 1); // of the session
	assert_int_equal(o->transport.fingerprints[0].bytes[0], 0x61);
	sdp_offer_free(o);
}

// The largest answer that there is: every line in use, words as long as they may be.
static void test_largest(void **state)
{
	struct sdp_offer *o = NULL;
	struct sdp_error error;
	struct sdp_plan plan;
	size_t len = sdp_case_head(text, sizeof text, 64);
	int got;

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		len += sdp_case_line(text + len, sizeof text - len, i, i ? "recvonly" : "sendonly");
	assert_int_equal(sdp_offer_decode(&o, text, len, &error), 0);
	assert_int_equal(sdp_plan(&plan, o, ROOM_SLOTS_MAX), 0);
	assert_int_equal(plan.slot_count, 32);
	assert_int_equal(o->lines[33].refusal, SDP_NO_SEAT);
	got = sdp_case_answer(answer, sizeof answer, o, &plan);
	assert_true(got > 30000 && got < SDP_ANSWER_MAX);
	for (int cap = 0; cap <= got; cap += 97)
		assert_int_equal(sdp_case_answer(answer, (size_t)cap, o, &plan), -ENOSPC);
	assert_int_equal(sdp_case_answer(answer, (size_t)got, o, &plan), -ENOSPC); // the NUL
	assert_int_equal(sdp_case_answer(answer, (size_t)got + 1, o, &plan), got);
	sdp_offer_free(o);
}

static bool decode_step(void *ctx)
{
	struct sdp_offer *o = NULL;
	struct sdp_error error;
	int got = sdp_offer_decode(&o, text, *(size_t *)ctx, &error);

	assert_true(got == 0 || got == -ENOMEM);
	sdp_offer_free(o);
	return got == 0;
}

static void test_memory(void **state)
{
	size_t len = file_read(text, sizeof text, "chromium", "offer");

	(void)state;
	assert_int_equal(kit_allocation_fails(decode_step, &len), 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chromium), cmocka_unit_test(test_firefox),
		cmocka_unit_test(test_aiortc),   cmocka_unit_test(test_gstreamer),
		cmocka_unit_test(test_largest),  cmocka_unit_test(test_what_they_offer),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
