// SPDX-License-Identifier: Apache-2.0
#include "rtp/rtp.h"
#include "srtp/private.h"

#include <errno.h>

#define ROUND 65536u
#define SURE 16384 // packets of distance up to which the first guess is not doubted

struct srtp_stream *srtp_stream_find(const struct srtp_streams *streams, uint32_t ssrc)
{
	for (unsigned i = 0; i < streams->count; i++)
		if (streams->at[i].ssrc == ssrc)
			return &streams->at[i];
	return NULL;
}

uint64_t srtp_index_likely(const struct srtp_stream *stream, uint16_t seq)
{
	return stream->started ? rtp_seq_extend(stream->highest, seq) : seq;
}

bool srtp_index_other(const struct srtp_stream *stream, uint16_t seq, uint64_t *index)
{
	uint64_t first = srtp_index_likely(stream, seq);
	uint64_t gap = first > stream->highest ? first - stream->highest : stream->highest - first;

	if (!stream->started) {
		*index = first + ROUND;
		return seq < ROUND / 2; // it may have begun with the upper half, all of it lost
	}
	if (gap < SURE)
		return false;
	*index = first > stream->highest ? first - ROUND : first + ROUND;
	return first < stream->highest || first >= ROUND;
}

// How far behind `highest`; at the front or before it, 0 or less.
static int64_t index_age(const struct srtp_stream *stream, uint64_t index)
{
	return (int64_t)(stream->highest - index);
}

bool srtp_index_fresh(const struct srtp_stream *stream, uint64_t index)
{
	int64_t age = index_age(stream, index);

	if (!stream->started || age < 0)
		return true;
	return age < SRTP_WINDOW && !(stream->window[age >> 6] >> (age & 63) & 1);
}

static void window_move(struct srtp_stream *s, uint64_t by)
{
	uint64_t *w = s->window;

	if (by >= SRTP_WINDOW) {
		w[0] = w[1] = 0;
	} else if (by >= 64) {
		w[1] = w[0] << (by - 64);
		w[0] = 0;
	} else if (by) {
		w[1] = w[1] << by | w[0] >> (64 - by);
		w[0] <<= by;
	}
}

int srtp_commit(struct srtp_stream *stream, uint64_t index)
{
	int64_t age;

	if (!srtp_index_fresh(stream, index))
		return -EALREADY;
	if (!stream->started) {
		stream->started = 1;
		stream->highest = index;
		stream->window[0] = stream->window[1] = 0;
	}
	age = index_age(stream, index);
	if (age < 0) {
		window_move(stream, (uint64_t)-age);
		stream->highest = index;
		age = 0;
	}
	stream->window[age >> 6] |= 1ull << (age & 63);
	return 0;
}
