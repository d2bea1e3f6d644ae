// SPDX-License-Identifier: Apache-2.0
#include "sdp/private.h"

static bool group_holds(struct sdp_text group, struct sdp_text mid)
{
	while (group.len && mid.at) {
		struct sdp_text word = sdp_cut(&group, ' ');

		if (word.len == mid.len && !memcmp(word.at, mid.at, mid.len))
			return true;
	}
	return false;
}

// RFC 8829 section 5.1.2: the elder names mean the same where a fingerprint is there.
static bool profile_ok(struct sdp_text proto)
{
	static const char *const names[] = {"UDP/TLS/RTP/SAVPF", "UDP/TLS/RTP/SAVP", "RTP/SAVPF",
					    "RTP/SAVP",          "RTP/AVPF",         "RTP/AVP"};

	for (unsigned i = 0; i < BASE_COUNT(names); i++)
		if (sdp_is(proto, names[i]))
			return true;
	return false;
}

static enum sdp_refusal refusal_of(const struct sdp_offer *o, const struct sdp_line *l, bool first)
{
	if (l->kind != SDP_AUDIO)
		return SDP_NO_AUDIO;
	if (!l->port && !(l->bundle_only && l->bundled))
		return SDP_NO_PORT;
	if (!profile_ok(l->proto))
		return SDP_NO_PROFILE;
	if (!l->opus.pt)
		return SDP_NO_OPUS;
	if (o->bundle ? !l->bundled : !first)
		return SDP_NO_BUNDLE;
	return SDP_USABLE;
}

static void transport_merge(struct sdp_transport *t, const struct sdp_transport *session)
{
	if (!t->ufrag.at)
		t->ufrag = session->ufrag;
	if (!t->pwd.at)
		t->pwd = session->pwd;
	if (!t->setup)
		t->setup = session->setup;
	if (t->fingerprint_count)
		return;
	t->fingerprint_count = session->fingerprint_count;
	memcpy(t->fingerprints, session->fingerprints, sizeof t->fingerprints);
}

static int mids_unique(struct sdp_reader *r)
{
	const struct sdp_offer *o = r->offer;

	for (unsigned i = 0; i < o->line_count; i++)
		for (unsigned j = 0; j < i; j++) {
			struct sdp_text a = o->lines[i].mid, b = o->lines[j].mid;

			if (!a.at || !b.at || a.len != b.len || memcmp(a.at, b.at, a.len))
				continue;
			r->number = o->lines[i].line;
			return sdp_fails(r, "a mid that no other line has");
		}
	return 0;
}

static int transport_check(struct sdp_reader *r, const struct sdp_transport *t)
{
	if (!t->ufrag.at || !t->pwd.at)
		return sdp_fails(r, "ice-ufrag and ice-pwd of this line or the session");
	if (!t->fingerprint_count)
		return sdp_fails(r, "a fingerprint by sha-256, sha-384 or sha-512");
	if (!t->setup)
		return sdp_fails(r, "a=setup of this line or the session");
	return 0;
}

int sdp_judge(struct sdp_reader *r)
{
	struct sdp_offer *o = r->offer;
	const struct sdp_line *first = NULL;

	if (mids_unique(r))
		return -1;
	for (unsigned i = 0; i < o->line_count; i++) {
		struct sdp_line *l = &o->lines[i];

		l->bundled = o->bundle && group_holds(r->group, l->mid);
		l->refusal = (uint8_t)refusal_of(o, l, !first);
		if (l->refusal != SDP_USABLE)
			continue;
		r->number = l->line;
		if (!l->rtcp_mux)
			return sdp_fails(r, "a=rtcp-mux in this line's section");
		transport_merge(&l->transport, &r->session);
		// A later one of the group may leave it to the first (RFC 8843 section 9).
		if (first)
			transport_merge(&l->transport, &first->transport);
		if (transport_check(r, &l->transport))
			return -1;
		if (!first)
			o->transport = l->transport;
		first = first ? first : l;
	}
	return 0;
}
