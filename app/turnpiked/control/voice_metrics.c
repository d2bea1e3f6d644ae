// SPDX-License-Identifier: Apache-2.0
#include "control/player.h"
#include "worker.h"

// What is counted of voice: by the control lane, and by workers.

static const char *const check_names[ICE_VERDICTS] = {
	[ICE_ANSWERED] = "answered",
	[ICE_IGNORED] = "ignored",
	[ICE_BAD] = "bad",
	[ICE_BAD_REQUEST] = "bad_request",
	[ICE_UNAUTHENTICATED] = "unauthenticated",
	[ICE_UNKNOWN_ATTRIBUTE] = "unknown_attribute",
	[ICE_ROLE_CONFLICT] = "role_conflict",
};

static uint64_t streams_count(const struct node *n)
{
	uint64_t count = 0;

	for (uint32_t i = 0; n->voice->count && i < n->flow->players_max; i++) {
		const struct voice_seat *s = n->voice->seats[i];

		count += s && s->state && s->state->ssrc;
	}
	return count;
}

static void srtp_metrics(const struct node *n, struct metric_page *page)
{
	for (unsigned p = 0; p < SRTP_PROFILES; p++) {
		const char *profile = srtp_profile_name((enum srtp_profile)p);
		uint64_t in[SRTP_CROWDED + 1] = {0}, out = 0;

		for (unsigned w = 0; w < n->worker_count; w++) {
			out += n->workers[w]->sealed[p];
			for (unsigned v = 0; v <= SRTP_CROWDED; v++)
				in[v] += n->workers[w]->opened[p][v];
		}
		for (unsigned v = 0; v <= SRTP_CROWDED; v++)
			metric_add(page, METRIC_SRTP_PACKETS, in[v], "in", profile,
				   srtp_verdict_name((enum srtp_verdict)v));
		metric_add(page, METRIC_SRTP_PACKETS, out, "out", profile,
			   srtp_verdict_name(SRTP_OK));
	}
}

void voice_metrics(struct node *n, struct metric_page *page)
{
	const struct voice_control *v = n->voice;

	metric_add(page, METRIC_VOICE_ROOMS, rooms_count(v->rooms));
	metric_add(page, METRIC_VOICE_PLAYERS, rooms_player_count(v->rooms));
	metric_add(page, METRIC_VOICE_STREAMS, streams_count(n));
	srtp_metrics(n, page);
	for (unsigned i = 0; i < DTLS_FAILURES; i++)
		metric_add(page, METRIC_DTLS_HANDSHAKES, v->handshakes[i],
			   i ? dtls_failure_name((enum dtls_failure)i) : "done");
	for (unsigned i = 0; i < ICE_VERDICTS; i++)
		metric_add(page, METRIC_ICE_CHECKS, v->checks[i], check_names[i]);
	for (unsigned i = 0; i <= SRTP_CROWDED; i++)
		metric_add(page, METRIC_SRTCP_PACKETS, v->rtcp[i],
			   srtp_verdict_name((enum srtp_verdict)i));
}
