// SPDX-License-Identifier: Apache-2.0
#include <errno.h>

#include "sdp/private.h"

static int fragment_attribute(struct sdp_reader *r, struct sdp_fragment *f, struct sdp_text value)
{
	struct sdp_text name = sdp_cut(&value, ':');

	if (sdp_text_equal(name, "ice-ufrag"))
		return sdp_read_ufrag(r, value);
	if (sdp_text_equal(name, "ice-pwd"))
		return sdp_read_pwd(r, value);
	if (sdp_text_equal(name, "end-of-candidates"))
		f->end_of_candidates = true;
	if (sdp_text_equal(name, "candidate") && f->candidate_count < SDP_CANDIDATES_MAX)
		f->candidates[f->candidate_count++] = value;
	return 0;
}

int sdp_fragment_decode(struct sdp_fragment *out, const char *text, size_t len,
			struct sdp_error *error)
{
	struct sdp_reader r = {.error = error};
	struct sdp_fragment f = {0};
	struct sdp_text rest, line;

	if (!len || len >= SDP_TEXT_MAX || memchr(text, 0, len))
		return sdp_fails(&r, "1 to 65535 bytes of text without NUL");
	rest = sdp_text_of(text, len);
	while (sdp_line_next(&rest, &line)) {
		r.number++;
		if (line.len < 2 || line.at[1] != '=')
			return sdp_fails(&r, "a letter and an equals sign");
		if (line.at[0] == 'a' &&
		    fragment_attribute(&r, &f, sdp_text_of(line.at + 2, line.len - 2u)))
			return -EINVAL;
	}
	f.ufrag = r.session.ufrag;
	f.pwd = r.session.pwd;
	if (!f.ufrag.at != !f.pwd.at)
		return sdp_fails(&r, "ice-ufrag and ice-pwd together");
	*out = f;
	return 0;
}

int sdp_fragment_encode(char *out, size_t cap, const struct sdp_offer *offer,
			const struct sdp_plan *plan, const struct sdp_facts *facts)
{
	const struct sdp_line *l = &offer->lines[plan->first];
	struct writer w = writer_of(out, cap);

	sdp_put(&w, "a=ice-lite\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", facts->ufrag, facts->pwd);
	sdp_put(&w, "m=audio 9 %.*s %u\r\n", (int)l->proto.len, l->proto.at, l->opus.pt);
	if (l->mid.at)
		sdp_put(&w, "a=mid:%.*s\r\n", (int)l->mid.len, l->mid.at);
	sdp_put_candidates(&w, facts);
	return w.full ? -ENOSPC : (int)writer_len(&w);
}
