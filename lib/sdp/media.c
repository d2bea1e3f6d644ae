// SPDX-License-Identifier: Apache-2.0
#include "sdp/private.h"

static enum sdp_kind kind_of(struct sdp_text media)
{
	if (sdp_is(media, "audio"))
		return SDP_AUDIO;
	if (sdp_is(media, "video"))
		return SDP_VIDEO;
	return sdp_is(media, "application") ? SDP_DATA : SDP_OTHER;
}

// Payload types 0 to 127; 64 to 95 would be taken for RTCP (RFC 5761 section 4), and 0 is PCMU's.
static void formats_read(struct sdp_reader *r, struct sdp_text formats)
{
	while (formats.len && r->codec_count < SDP_CODECS_MAX) {
		struct sdp_text word = sdp_cut(&formats, ' ');
		uint32_t pt;

		if (sdp_number(&pt, word, 127) || !pt || (pt >= 64 && pt < 96))
			continue;
		r->codecs[r->codec_count++] = (struct sdp_codec){.pt = (uint8_t)pt, .red_of = -1};
	}
}

int sdp_read_media(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_line *l = &r->offer->lines[r->offer->line_count];
	struct sdp_text port, first;
	uint32_t number;

	sdp_line_end(r);
	l->media = sdp_cut(&value, ' ');
	port = sdp_cut(&value, ' ');
	l->proto = sdp_cut(&value, ' ');
	first = value;
	l->format = sdp_cut(&first, ' ');
	if (sdp_number(&number, sdp_cut(&port, '/'), 0xffff))
		return sdp_fails(r, "a port as the m-line's second word");
	if (!sdp_visible(l->media, 1, SDP_WORD_MAX) || !sdp_visible(l->proto, 1, SDP_WORD_MAX) ||
	    !sdp_visible(l->format, 1, SDP_WORD_MAX))
		return sdp_fails(r, "media, port, protocol and a format in the m-line");
	l->port = (uint16_t)number;
	l->line = (uint16_t)r->number;
	l->kind = (uint8_t)kind_of(l->media);
	l->direction = r->session_direction;
	l->ext = (struct sdp_ext){.mixed = r->session_mixed};
	r->line = l;
	r->offer->line_count++;
	if (l->kind == SDP_AUDIO)
		formats_read(r, value);
	return 0;
}

static bool level_vad(struct sdp_text attributes)
{
	while (attributes.len)
		if (sdp_is(sdp_cut(&attributes, ' '), "vad=off"))
			return false;
	return true;
}

// RFC 8285: id, perhaps a direction (of which we are on the right side either way), URI, attributes.
int sdp_read_extmap(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_text word = sdp_cut(&value, ' '), uri = sdp_cut(&value, ' ');
	struct sdp_ext *ext = r->line ? &r->line->ext : NULL;
	uint32_t id;

	if (sdp_number(&id, sdp_cut(&word, '/'), 0xffff) || !id)
		return sdp_fails(r, "an id after extmap");
	if (!ext || id > 255 ||
	    id == 15) // above 4095: to be agreed upon later; 15 ends one-byte headers
		return 0;
	if (sdp_is(uri, "urn:ietf:params:rtp-hdrext:ssrc-audio-level")) {
		ext->level = (uint8_t)id;
		ext->level_vad = level_vad(value);
	} else if (sdp_is(uri, "urn:ietf:params:rtp-hdrext:sdes:mid")) {
		ext->mid = (uint8_t)id;
	} else if (sdp_is(uri, "http://www.ietf.org/id/"
			       "draft-holmer-rmcat-transport-wide-cc-extensions-01")) {
		ext->twcc = (uint8_t)id;
	}
	return 0;
}

static struct sdp_source *source_of(struct sdp_line *l, uint32_t ssrc)
{
	for (unsigned i = 0; i < l->source_count; i++)
		if (l->sources[i].ssrc == ssrc)
			return &l->sources[i];
	if (l->source_count == SDP_SOURCES_MAX)
		return NULL;
	l->sources[l->source_count].ssrc = ssrc;
	return &l->sources[l->source_count++];
}

int sdp_read_ssrc(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_text word = sdp_cut(&value, ' '), name = sdp_cut(&value, ':');
	struct sdp_source *s;
	uint32_t ssrc;

	if (sdp_number(&ssrc, word, UINT32_MAX))
		return sdp_fails(r, "a 32-bit number after ssrc");
	s = r->line ? source_of(r->line, ssrc) : NULL;
	if (s && sdp_is(name, "cname"))
		s->cname = value;
	else if (s && sdp_is(name, "msid"))
		s->msid = value;
	return 0;
}
