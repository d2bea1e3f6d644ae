// SPDX-License-Identifier: Apache-2.0
#include "srtp/private.h"

#include <errno.h>

// What GCM authenticates is not contiguous on the wire (RFC 7714 section 9.2): the index word comes
// last there, and follows what is readable here.
struct scratch {
	uint8_t aad[SRTP_RTCP_MAX + RTCP_WORD_LEN];
	struct srtp_job job;
};

// RFC 3711 figure 2: CM's tag comes last. RFC 7714 figure 2: GCM's comes before the word.
static void places(const struct srtp_side *side, uint8_t *body_end, uint8_t **tag, uint8_t **word)
{
	bool cm = side->profile == SRTP_AES128_CM_SHA1_80;

	*tag = body_end + (cm ? RTCP_WORD_LEN : 0);
	*word = body_end + (cm ? 0 : srtp_tag_len((enum srtp_profile)side->profile));
}

// A job over `len` bytes of plain or sealed text at `bytes`, of which only the header is readable,
// or all of it (not encrypted).
static void job_fill(struct scratch *s, const struct srtp_side *side, uint8_t *bytes, size_t len,
		     uint32_t word)
{
	bool cm = side->profile == SRTP_AES128_CM_SHA1_80;
	size_t readable = word & RTCP_ENCRYPTED ? RTCP_HEADER_LEN : len;
	uint8_t *at;

	s->job = (struct srtp_job){.key = side->key,
				   .profile = side->profile,
				   .src = bytes + readable,
				   .dst = bytes + readable};
	s->job.len = (uint16_t)(len - readable);
	s->job.aad_len = (uint16_t)(readable + (cm ? 0 : RTCP_WORD_LEN));
	s->job.aad = cm ? bytes : s->aad;
	s->job.roc = word;
	s->job.status = 1;
	if (!cm) {
		memcpy(s->aad, bytes, readable);
		put32(s->aad + readable, word);
	}
	places(side, bytes + len, &s->job.tag, &at);
	iv_make(s->job.iv, side, get32(bytes + 4), word & ~RTCP_ENCRYPTED);
}

static enum srtp_verdict open_with(const struct srtp_engine *engine, struct scratch *s,
				   struct srtp_stream *stream)
{
	uint32_t index = s->job.roc & ~RTCP_ENCRYPTED;

	if (!srtp_index_fresh(stream, index))
		return SRTP_REPLAYED;
	if (!engine->ops->open(engine->ctx, &s->job, 1))
		return SRTP_FORGED;
	srtp_commit(stream, index);
	return SRTP_OK;
}

enum srtp_verdict srtp_open_rtcp(const struct srtp_engine *engine, const struct srtp_side *side,
				 struct srtp_streams *streams, uint8_t *bytes, size_t *len)
{
	size_t extra = srtp_tag_len((enum srtp_profile)side->profile) + RTCP_WORD_LEN, body;
	struct srtp_stream fresh = {0}, *stream;
	enum srtp_verdict verdict;
	uint8_t *tag, *word;
	struct scratch s;

	if (*len < RTCP_HEADER_LEN + extra || *len - extra > SRTP_RTCP_MAX)
		return SRTP_MALFORMED;
	body = *len - extra;
	places(side, bytes + body, &tag, &word);
	fresh.ssrc = get32(bytes + 4);
	stream = srtp_stream_find(streams, fresh.ssrc);
	if (!stream && streams->count == streams->max)
		return SRTP_CROWDED;
	job_fill(&s, side, bytes, body, get32(word));
	verdict = open_with(engine, &s, stream ? stream : &fresh);
	if (verdict)
		return verdict;
	if (!stream)
		streams->at[streams->count++] = fresh;
	*len = body;
	return SRTP_OK;
}

int srtp_seal_rtcp(const struct srtp_engine *engine, const struct srtp_side *side, uint32_t *index,
		   uint8_t *bytes, size_t *len)
{
	uint32_t full = RTCP_ENCRYPTED | *index;
	uint8_t *tag, *word;
	struct scratch s;

	if (*len < RTCP_HEADER_LEN || *len > SRTP_RTCP_MAX)
		return -EINVAL;
	if (*index >= RTCP_ENCRYPTED)
		return -EOVERFLOW;
	job_fill(&s, side, bytes, *len, full);
	places(side, bytes + *len, &tag, &word);
	engine->ops->seal(engine->ctx, &s.job, 1);
	put32(word, full); // after the driver, which may write to where it stands
	++*index;
	*len += srtp_tag_len((enum srtp_profile)side->profile) + RTCP_WORD_LEN;
	return 0;
}
