// SPDX-License-Identifier: Apache-2.0
// Offers from the wire: decode, plan, answer; the answer is read back and says what was decided.
#include "fuzz.h"

#include <string.h>

#include "tests/kit/sdp_case.h"

static char answer[SDP_ANSWER_MAX];

static void view_check(const struct sdp_offer *o, struct sdp_text t)
{
	if (!t.at)
		return;
	require(t.at >= o->text && t.at + t.len <= o->text + o->text_len);
	require(!memchr(t.at, '\n', t.len));
}

static void offer_check(const struct sdp_offer *o)
{
	require(o->line_count >= 1 && o->line_count <= SDP_LINES_MAX);
	for (unsigned i = 0; i < o->candidate_count; i++)
		view_check(o, o->candidates[i]);
	for (unsigned i = 0; i < o->line_count; i++) {
		const struct sdp_line *l = &o->lines[i];

		view_check(o, l->mid);
		view_check(o, l->msid);
		view_check(o, l->proto);
		view_check(o, l->format);
		for (unsigned j = 0; j < l->source_count; j++)
			view_check(o, l->sources[j].cname);
		if (l->refusal != SDP_USABLE)
			continue;
		view_check(o, l->transport.ufrag);
		view_check(o, l->transport.pwd);
		require(l->opus.pt && l->rtcp_mux && l->transport.setup && l->transport.ufrag.at);
		require(l->transport.fingerprint_count && l->opus.red_pt != l->opus.pt);
	}
}

static void answer_check(const struct sdp_offer *o, const struct sdp_plan *plan, size_t len)
{
	struct sdp_offer *back = NULL;
	struct sdp_error error;

	require(!sdp_offer_decode(&back, answer, len, &error));
	require(back->line_count == o->line_count && back->ice_lite && back->end_of_candidates);
	for (unsigned i = 0; i < o->line_count; i++) {
		const struct sdp_line *a = &o->lines[i], *b = &back->lines[i];

		require((a->refusal == SDP_USABLE) == (b->refusal == SDP_USABLE));
		require((b->port == 0) == (a->refusal != SDP_USABLE));
		require(a->mid.len == b->mid.len &&
			!memcmp(a->mid.at ? a->mid.at : "", b->mid.at ? b->mid.at : "",
				a->mid.len));
		if (a->refusal != SDP_USABLE)
			continue;
		require(a->opus.pt == b->opus.pt && a->opus.red_pt == b->opus.red_pt);
		require(a->ext.level == b->ext.level && a->ext.mid == b->ext.mid);
		require(!(b->direction & SDP_RECVONLY) == (i != plan->voice));
	}
	sdp_offer_free(back);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sdp_error error = {0};
	struct sdp_offer *o = NULL;
	struct sdp_fragment f;
	struct sdp_plan plan;
	int len;

	sdp_fragment_decode(&f, (const char *)data, size, &error);
	if (sdp_offer_decode(&o, (const char *)data, size, &error)) {
		require(error.expected && error.line <= size + 1);
		return 0;
	}
	offer_check(o);
	if (!sdp_plan(&plan, o, ROOM_SLOTS_MAX)) {
		len = sdp_case_answer(answer, sizeof answer, o, &plan);
		require(len > 0);
		answer_check(o, &plan, (size_t)len);
	}
	sdp_offer_free(o);
	return 0;
}
