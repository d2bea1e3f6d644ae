// SPDX-License-Identifier: Apache-2.0
#include "sdp/private.h"

// The m-line's own entry, or NULL: it named no such payload type.
static struct sdp_codec *codec_of(struct sdp_reader *r, struct sdp_text word)
{
	uint32_t pt;

	if (sdp_number(&pt, word, 127))
		return NULL;
	for (unsigned i = 0; i < r->codec_count; i++)
		if (r->codecs[i].pt == pt)
			return &r->codecs[i];
	return NULL;
}

int sdp_read_rtpmap(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_codec *c = codec_of(r, sdp_cut(&value, ' '));

	if (!c)
		return 0;
	c->is_opus = sdp_is(value, "opus/48000/2");
	c->is_red = sdp_is(value, "red/48000/2");
	return 0;
}

static bool flag_read(struct sdp_text value)
{
	return value.len == 1 && value.at[0] == '1';
}

// RFC 7587 section 6.1. What is not understood is passed over, as the RFC wants it.
static void opus_read(struct sdp_opus *o, struct sdp_text name, struct sdp_text value)
{
	uint32_t bps;

	if (sdp_is(name, "stereo"))
		o->stereo = flag_read(value);
	else if (sdp_is(name, "useinbandfec"))
		o->fec = flag_read(value);
	else if (sdp_is(name, "usedtx"))
		o->dtx = flag_read(value);
	else if (sdp_is(name, "cbr"))
		o->cbr = flag_read(value);
	else if (sdp_is(name, "minptime"))
		sdp_read_ms(&o->min_ptime_ms, value);
	else if (sdp_is(name, "ptime"))
		sdp_read_ms(&o->ptime_ms, value);
	else if (sdp_is(name, "maxptime"))
		sdp_read_ms(&o->max_ptime_ms, value);
	else if (sdp_is(name, "maxaveragebitrate") && !sdp_number(&bps, value, 510000))
		o->max_average_bps = bps;
}

int sdp_read_fmtp(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_codec *c = codec_of(r, sdp_cut(&value, ' '));
	struct sdp_text first = value;
	uint32_t pt;

	if (!c)
		return 0;
	if (!sdp_number(&pt, sdp_cut(&first, '/'), 127))
		c->red_of = (int)pt; // RFC 2198: "111/111"
	while (value.len) {
		struct sdp_text part = sdp_cut(&value, ';'), name;

		while (part.len && *part.at == ' ')
			part = sdp_text_of(part.at + 1, part.len - 1u);
		name = sdp_cut(&part, '=');
		opus_read(&c->opus, name, part);
	}
	return 0;
}

int sdp_read_rtcp_fb(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_text pt = sdp_cut(&value, ' ');
	bool nack = sdp_is(value, "nack"), twcc = sdp_is(value, "transport-cc");

	for (unsigned i = 0; i < r->codec_count; i++) {
		struct sdp_codec *c = &r->codecs[i];

		if (!sdp_is(pt, "*") && codec_of(r, pt) != c)
			continue;
		c->opus.nack |= nack;
		c->opus.transport_cc |= twcc;
	}
	return 0;
}

void sdp_line_end(struct sdp_reader *r)
{
	struct sdp_line *l = r->line;

	for (unsigned i = 0; l && i < r->codec_count; i++) {
		struct sdp_codec *c = &r->codecs[i];

		if (!c->is_opus)
			continue;
		c->opus.ptime_ms = c->opus.ptime_ms ? c->opus.ptime_ms : l->opus.ptime_ms;
		c->opus.max_ptime_ms =
			c->opus.max_ptime_ms ? c->opus.max_ptime_ms : l->opus.max_ptime_ms;
		l->opus = c->opus;
		l->opus.pt = c->pt;
		break;
	}
	for (unsigned i = 0; l && l->opus.pt && i < r->codec_count; i++)
		if (r->codecs[i].is_red && r->codecs[i].red_of == l->opus.pt) {
			l->opus.red_pt = r->codecs[i].pt;
			break;
		}
	r->codec_count = 0;
}
