// SPDX-License-Identifier: Apache-2.0
// An offer on standard input, our answer on standard output: for tests that show it to real clients.
#include "tests/kit/sdp_case.h"

static char text[SDP_TEXT_MAX], answer[SDP_ANSWER_MAX];

int main(void)
{
	size_t len = fread(text, 1, sizeof text, stdin);
	struct sdp_error error = {0};
	struct sdp_offer *offer = NULL;
	struct sdp_plan plan;
	int got;

	if (sdp_offer_decode(&offer, text, len, &error)) {
		fprintf(stderr, "line %u: expected %s\n", error.line, error.expected);
		return 1;
	}
	if (sdp_plan(&plan, offer, ROOM_SLOTS_MAX)) {
		fputs("no line to use\n", stderr);
		sdp_offer_free(offer);
		return 1;
	}
	got = sdp_case_answer(answer, sizeof answer, offer, &plan);
	sdp_offer_free(offer);
	return got < 0 || fputs(answer, stdout) < 0;
}
