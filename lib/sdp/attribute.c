// SPDX-License-Identifier: Apache-2.0
#include "sdp/private.h"

static int read_direction(struct sdp_reader *r, enum sdp_direction direction)
{
	*(r->line ? &r->line->direction : &r->session_direction) = (uint8_t)direction;
	return 0;
}

static int read_sendrecv(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	return read_direction(r, SDP_SENDRECV);
}

static int read_sendonly(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	return read_direction(r, SDP_SENDONLY);
}

static int read_recvonly(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	return read_direction(r, SDP_RECVONLY);
}

static int read_inactive(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	return read_direction(r, SDP_INACTIVE);
}

static int read_mid(struct sdp_reader *r, struct sdp_text value)
{
	if (!sdp_visible(value, 1, SDP_WORD_MAX))
		return sdp_fails(r, "1 to 64 visible characters after mid");
	if (r->line)
		r->line->mid = value;
	return 0;
}

// The first BUNDLE group counts (RFC 8843 section 7.1.1 allows one for a line only).
static int read_group(struct sdp_reader *r, struct sdp_text value)
{
	if (!r->line && !r->offer->bundle && sdp_is(sdp_cut(&value, ' '), "BUNDLE")) {
		r->offer->bundle = true;
		r->group = value;
	}
	return 0;
}

static int read_mux(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	if (r->line)
		r->line->rtcp_mux = true;
	return 0;
}

static int read_rsize(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	if (r->line)
		r->line->rtcp_rsize = true;
	return 0;
}

static int read_bundle_only(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	if (r->line)
		r->line->bundle_only = true;
	return 0;
}

static int read_mixed(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	*(r->line ? &r->line->ext.mixed : &r->session_mixed) = true;
	return 0;
}

static int read_msid(struct sdp_reader *r, struct sdp_text value)
{
	if (r->line)
		r->line->msid = value;
	return 0;
}

static int read_lite(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	r->offer->ice_lite = true;
	return 0;
}

static int read_options(struct sdp_reader *r, struct sdp_text value)
{
	while (value.len) {
		struct sdp_text word = sdp_cut(&value, ' ');

		r->offer->ice_trickle |= sdp_is(word, "trickle");
		r->offer->ice_renomination |= sdp_is(word, "renomination");
	}
	return 0;
}

static int read_candidate(struct sdp_reader *r, struct sdp_text value)
{
	if (r->offer->candidate_count < SDP_CANDIDATES_MAX)
		r->offer->candidates[r->offer->candidate_count++] = value;
	return 0;
}

static int read_candidates_end(struct sdp_reader *r, struct sdp_text value)
{
	(void)value;
	r->offer->end_of_candidates = true;
	return 0;
}

static int read_ptime(struct sdp_reader *r, struct sdp_text value)
{
	if (r->line)
		sdp_read_ms(&r->line->opus.ptime_ms, value);
	return 0;
}

static int read_maxptime(struct sdp_reader *r, struct sdp_text value)
{
	if (r->line)
		sdp_read_ms(&r->line->opus.max_ptime_ms, value);
	return 0;
}

static const struct {
	const char *name;
	int (*read)(struct sdp_reader *r, struct sdp_text value);
	bool audio; // of other lines nobody asks
} attributes[] = {
	{"bundle-only", read_bundle_only, false},
	{"candidate", read_candidate, false},
	{"end-of-candidates", read_candidates_end, false},
	{"extmap", sdp_read_extmap, true},
	{"extmap-allow-mixed", read_mixed, true},
	{"fingerprint", sdp_read_fingerprint, true},
	{"fmtp", sdp_read_fmtp, true},
	{"group", read_group, false},
	{"ice-lite", read_lite, false},
	{"ice-options", read_options, false},
	{"ice-pwd", sdp_read_pwd, true},
	{"ice-ufrag", sdp_read_ufrag, true},
	{"inactive", read_inactive, false},
	{"maxptime", read_maxptime, true},
	{"mid", read_mid, false},
	{"msid", read_msid, true},
	{"ptime", read_ptime, true},
	{"recvonly", read_recvonly, false},
	{"rtcp-fb", sdp_read_rtcp_fb, true},
	{"rtcp-mux", read_mux, true},
	{"rtcp-rsize", read_rsize, true},
	{"rtpmap", sdp_read_rtpmap, true},
	{"sendonly", read_sendonly, false},
	{"sendrecv", read_sendrecv, false},
	{"setup", sdp_read_setup, true},
	{"ssrc", sdp_read_ssrc, true},
};

int sdp_read_attribute(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_text name = sdp_cut(&value, ':');

	for (unsigned i = 0; i < BASE_COUNT(attributes); i++) {
		if (!sdp_text_equal(name, attributes[i].name))
			continue;
		if (attributes[i].audio && r->line && r->line->kind != SDP_AUDIO)
			return 0;
		return attributes[i].read(r, value);
	}
	return 0;
}
