// SPDX-License-Identifier: Apache-2.0
#ifndef SDP_PRIVATE_H
#define SDP_PRIVATE_H

#include "sdp/sdp.h"

// A format of the m-line being read; what rtpmap and fmtp say may come in either order.
struct sdp_codec {
	uint8_t pt;
	bool is_opus, is_red;
	int red_of; // payload type that fmtp names, or -1
	struct sdp_opus opus;
};

struct sdp_reader {
	struct sdp_offer *offer;
	struct sdp_line *line; // NULL: session level
	struct sdp_error *error;
	unsigned number; // of the text's line
	struct sdp_transport session;
	uint8_t session_direction;
	bool session_mixed;
	struct sdp_text group;
	unsigned codec_count;
	struct sdp_codec codecs[SDP_CODECS_MAX];
};

// --- text.c: words
struct sdp_text sdp_text_of(const char *at, size_t len);
// Cuts off what stands before `sep`, or all of it.
struct sdp_text sdp_cut(struct sdp_text *rest, char sep);
bool sdp_is(struct sdp_text text, const char *word); // letters' case does not matter
bool sdp_visible(struct sdp_text text, size_t min, size_t max); // bytes above blank, below DEL
int sdp_number(uint32_t *out, struct sdp_text text, uint32_t max); // decimal; 0 or -EINVAL
void sdp_read_ms(uint16_t *out, struct sdp_text text); // what is no time of a packet is passed over
// The next line without its end, false after the last.
bool sdp_line_next(struct sdp_text *rest, struct sdp_text *line);

// -EINVAL, with the present line in the error.
int sdp_fails(struct sdp_reader *r, const char *expected);

// --- transport.c, codec.c, media.c: attributes. 0 or -EINVAL.
int sdp_read_ufrag(struct sdp_reader *r, struct sdp_text value);
int sdp_read_pwd(struct sdp_reader *r, struct sdp_text value);
int sdp_read_fingerprint(struct sdp_reader *r, struct sdp_text value);
int sdp_read_setup(struct sdp_reader *r, struct sdp_text value);
int sdp_read_rtpmap(struct sdp_reader *r, struct sdp_text value);
int sdp_read_fmtp(struct sdp_reader *r, struct sdp_text value);
int sdp_read_rtcp_fb(struct sdp_reader *r, struct sdp_text value);
int sdp_read_extmap(struct sdp_reader *r, struct sdp_text value);
int sdp_read_ssrc(struct sdp_reader *r, struct sdp_text value);
int sdp_read_media(struct sdp_reader *r, struct sdp_text value); // m=
int sdp_read_attribute(struct sdp_reader *r, struct sdp_text value); // a=
void sdp_line_end(struct sdp_reader *r); // the m-line's section is over

// --- judge.c: which lines can be used. 0 or -EINVAL.
int sdp_judge(struct sdp_reader *r);

// --- candidate.c
void sdp_put(struct writer *w, const char *format, ...) __attribute__((format(printf, 2, 3)));
void sdp_put_candidates(struct writer *w, const struct sdp_facts *facts);

#endif
