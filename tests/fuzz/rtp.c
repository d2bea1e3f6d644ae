// SPDX-License-Identifier: Apache-2.0
// RTP as it comes from the wire: header, extensions, padding, RED; and what we write, read again.
#include "fuzz.h"

#include "rtp/rtp.h"

static void inside(const struct rtp_facts *f, const uint8_t *at, size_t len)
{
	require(at >= f->bytes && at + len <= f->bytes + f->header_len);
	view_read(at, len);
}

static void extensions_walk(const struct rtp_facts *f)
{
	struct rtp_ext e, found;
	unsigned at = 0, before = 0, n = 0;
	bool voice;

	while (rtp_ext_next(f, &at, &e)) {
		require(at > before && at <= f->ext_len && n++ < f->ext_len);
		before = at;
		inside(f, e.data, e.len);
		require(!e.id || rtp_ext_find(f, e.id, &found));
	}
	for (unsigned id = 0; id < 256; id++) {
		int level = rtp_audio_level(f, (uint8_t)id, &voice);

		require(level >= -1 && level <= 127);
		require(level < 0 || (rtp_ext_find(f, (uint8_t)id, &found) && found.len));
	}
}

static void red_walk(const uint8_t *data, size_t size)
{
	struct rtp_red_block b[RTP_RED_MAX];
	int n = rtp_red_decode(b, data, size);
	size_t sum = 0;

	require(n == -EBADMSG || (n >= 1 && n <= RTP_RED_MAX));
	for (int i = 0; i < n; i++) {
		require(b[i].data >= data && b[i].data + b[i].len <= data + size);
		view_read(b[i].data, b[i].len);
		sum += b[i].len + (i + 1 < n ? 4 : 1);
	}
	require(n < 0 || sum == size);
}

// A line and a stamp out of the input's bytes: refused, or read again as they were.
static void mould_check(const uint8_t *data, size_t size)
{
	char mid[RTP_MID_MAX + 3] = {0};
	struct rtp_line line = {.ssrc = 7, .mid = mid};
	struct rtp_stamp stamp = {.ts = 5, .csrc = 9};
	uint8_t out[RTP_MOULD_MAX];
	struct rtp_mould m;
	struct rtp_facts f;

	if (size < 8)
		return;
	line.pt = data[0];
	line.csrc = data[1] & 1;
	line.level_id = data[2];
	line.mid_id = data[3];
	stamp.seq = (uint16_t)(data[4] << 8 | data[5]);
	stamp.level = data[6];
	stamp.marker = data[7] & 1;
	memcpy(mid, data + 8, size - 8 < RTP_MID_MAX + 2 ? size - 8 : RTP_MID_MAX + 2);
	if (rtp_mould_make(&m, &line))
		return;
	require(m.len <= RTP_MOULD_MAX && rtp_mould_cast(out, &m, &stamp) == m.len);
	require(!rtp_decode(&f, out, m.len) && f.header_len == m.len);
	require(f.pt == line.pt && f.seq == stamp.seq && f.marker == stamp.marker);
	require(f.csrc_count == line.csrc && rtp_csrc(&f, 0) == (line.csrc ? 9 : 0));
	extensions_walk(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtp_reception r = {0};
	struct rtp_facts f;

	red_walk(data, size);
	mould_check(data, size);
	for (size_t i = 0; i + 4 <= size; i += 4)
		rtp_reception_seen(&r, (uint16_t)(data[i] << 8 | data[i + 1]), data[i + 2],
				   data[i + 3]);
	rtp_reception_report(&r);
	if (rtp_decode(&f, data, size))
		return 0;
	require(f.header_len + f.payload_len == f.len && f.len == size);
	require(f.header_len >= RTP_HEADER_LEN && f.ext_at + f.ext_len <= f.header_len);
	for (unsigned i = 0; i < 16; i++)
		rtp_csrc(&f, i);
	extensions_walk(&f);
	if (!rtp_unpad(&f))
		require(f.header_len + f.payload_len == f.len && f.len <= size && !f.padded);
	return 0;
}
