// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

#define ONE_BYTE_ID_MAX 14

static bool line_ok(const struct rtp_line *line)
{
	size_t mid = line->mid_id ? strlen(line->mid) : 1;

	return line->pt <= 127 && line->level_id <= ONE_BYTE_ID_MAX &&
	       line->mid_id <= ONE_BYTE_ID_MAX && mid && mid <= RTP_MID_MAX &&
	       !(line->mid_id && line->mid_id == line->level_id);
}

static void ext_put(struct rtp_mould *m, struct writer *w, const struct rtp_line *line)
{
	uint8_t *words = w->at + 2, *first = w->at + 4;

	writer_u16(w, RTP_EXT_ONE_BYTE);
	writer_u16(w, 0);
	if (line->level_id) {
		writer_u8(w, (uint8_t)(line->level_id << 4));
		m->level_at = (uint8_t)writer_len(w);
		writer_u8(w, 127);
	}
	if (line->mid_id) {
		size_t len = strlen(line->mid);

		writer_u8(w, (uint8_t)(line->mid_id << 4 | (len - 1)));
		writer_bytes(w, line->mid, len);
	}
	while (writer_len(w) & 3)
		writer_u8(w, 0);
	rtp_put16(words, (uint16_t)((w->at - first) / 4));
}

int rtp_mould_make(struct rtp_mould *out, const struct rtp_line *line)
{
	struct rtp_mould m = {0};
	struct writer w = writer_of(m.bytes, sizeof m.bytes);
	bool ext = line->level_id || line->mid_id;

	if (!line_ok(line))
		return -EINVAL;
	writer_u8(&w, (uint8_t)(0x80 | ext << 4 | line->csrc));
	writer_u8(&w, line->pt);
	writer_u16(&w, 0);
	writer_u32(&w, 0);
	writer_u32(&w, line->ssrc);
	if (line->csrc) {
		m.csrc_at = (uint8_t)writer_len(&w);
		writer_u32(&w, 0);
	}
	if (ext)
		ext_put(&m, &w, line);
	m.len = (uint8_t)writer_len(&w);
	*out = m;
	return 0;
}
