// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>

#include "sdp/private.h"

static int read_origin(struct sdp_reader *r, struct sdp_text value)
{
	struct sdp_offer *o = r->offer;

	o->origin_user = sdp_cut(&value, ' ');
	o->session_id = sdp_cut(&value, ' ');
	o->session_version = sdp_cut(&value, ' ');
	if (!o->session_version.len)
		return sdp_fails(r, "user, session and version after o=");
	return 0;
}

static int read_line(struct sdp_reader *r, struct sdp_text line)
{
	struct sdp_text value;

	if (line.len < 2 || line.at[1] != '=')
		return sdp_fails(r, "a letter and an equals sign");
	value = sdp_text_of(line.at + 2, line.len - 2u);
	if (r->number == 1 && !sdp_text_equal(line, "v=0"))
		return sdp_fails(r, "v=0 as the first line");
	if (line.at[0] == 'o')
		return read_origin(r, value);
	if (line.at[0] == 'm')
		return sdp_read_media(r, value);
	return line.at[0] == 'a' ? sdp_read_attribute(r, value) : 0;
}

static int read_all(struct sdp_reader *r, struct sdp_text rest)
{
	struct sdp_text line;

	while (sdp_line_next(&rest, &line)) {
		r->number++;
		if (read_line(r, line))
			return -EINVAL;
	}
	sdp_line_end(r);
	if (!r->offer->session_id.at) {
		r->number = 0;
		return sdp_fails(r, "an o= line");
	}
	return sdp_judge(r) ? -EINVAL : 0;
}

static unsigned lines_count(struct sdp_text rest)
{
	struct sdp_text line;
	unsigned n = 0;

	while (sdp_line_next(&rest, &line))
		n += line.len >= 2 && line.at[0] == 'm' && line.at[1] == '=';
	return n;
}

int sdp_offer_decode(struct sdp_offer **out, const char *text, size_t len, struct sdp_error *error)
{
	struct sdp_reader r = {.error = error, .session_direction = SDP_SENDRECV};
	struct sdp_offer *o;
	unsigned lines;
	char *copy;

	if (!len || len >= SDP_TEXT_MAX || memchr(text, 0, len))
		return sdp_fails(&r, "1 to 65535 bytes of text without NUL");
	lines = lines_count(sdp_text_of(text, len));
	if (!lines || lines > SDP_LINES_MAX)
		return sdp_fails(&r, "1 to 64 m-lines");
	o = calloc(1, sizeof *o + lines * sizeof *o->lines + len);
	if (!o)
		return -ENOMEM;
	o->lines = (struct sdp_line *)(o + 1);
	copy = (char *)(o->lines + lines);
	memcpy(copy, text, len);
	o->text_len = (uint16_t)len;
	o->text = copy;
	r.offer = o;
	if (read_all(&r, sdp_text_of(copy, len))) {
		sdp_offer_free(o);
		return -EINVAL;
	}
	*out = o;
	return 0;
}

void sdp_offer_free(struct sdp_offer *offer)
{
	if (offer)
		base_wipe(offer->text, offer->text_len);
	free(offer);
}
