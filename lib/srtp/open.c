// SPDX-License-Identifier: Apache-2.0
#include "srtp/private.h"

// A packet on its way through a burst, and the job made of it.
struct burst {
	struct srtp_job jobs[SRTP_BURST_MAX];
	struct srtp_arriving *of[SRTP_BURST_MAX]; // whose job it is
	struct srtp_stream *stream[SRTP_BURST_MAX];
	unsigned n;
};

static void job_fill(struct srtp_job *job, const struct srtp_arriving *p, uint64_t index)
{
	unsigned tag = srtp_tag_len((enum srtp_profile)p->side->profile);

	job->key = p->side->key;
	job->profile = p->side->profile;
	job->aad = p->bytes;
	job->aad_len = p->header_len;
	job->src = job->dst = p->bytes + p->header_len;
	job->len = (uint16_t)(p->len - p->header_len - tag);
	job->tag = p->bytes + p->len - tag;
	job->roc = (uint32_t)(index >> 16);
	job->status = 1;
	iv_make(job->iv, p->side, p->ssrc, index);
}

// What is to be done with it: at once in the burst, or alone after it (a new SSRC, or an index that
// is not sure; both are rare). False: nothing, the verdict stands.
static bool packet_sort(struct burst *b, struct srtp_arriving *p)
{
	struct srtp_stream *s = srtp_stream_find(p->streams, p->ssrc);
	uint64_t other;

	p->verdict = SRTP_MALFORMED;
	if (p->len < p->header_len + srtp_tag_len((enum srtp_profile)p->side->profile))
		return false;
	p->verdict = SRTP_FORGED;
	if (!s || srtp_index_other(s, p->seq, &other))
		return true;
	p->index = srtp_index_likely(s, p->seq);
	p->verdict = SRTP_REPLAYED;
	if (!srtp_index_fresh(s, p->index))
		return false;
	p->verdict = SRTP_FORGED;
	job_fill(&b->jobs[b->n], p, p->index);
	b->of[b->n] = p;
	b->stream[b->n++] = s;
	return false;
}

static bool packet_commit(struct srtp_arriving *p, struct srtp_stream *s)
{
	p->verdict = SRTP_REPLAYED; // twice in one burst
	if (srtp_commit(s, p->index))
		return false;
	p->verdict = SRTP_OK;
	p->len = (uint16_t)(p->len - srtp_tag_len((enum srtp_profile)p->side->profile));
	return true;
}

static bool try_index(const struct srtp_engine *engine, struct srtp_arriving *p,
		      struct srtp_stream *s, uint64_t index)
{
	struct srtp_job job;

	if (!srtp_index_fresh(s, index)) {
		p->verdict = SRTP_REPLAYED;
		return false;
	}
	p->index = index;
	p->verdict = SRTP_FORGED;
	job_fill(&job, p, index);
	return engine->ops->open(engine->ctx, &job, 1) && packet_commit(p, s);
}

// A failed attempt leaves rubbish, so that a second one needs the bytes as they came.
static bool try_both(const struct srtp_engine *engine, struct srtp_arriving *p,
		     struct srtp_stream *s)
{
	uint64_t guess = srtp_index_likely(s, p->seq), other;
	uint8_t copy[SRTP_RETRY_MAX];
	bool again = p->len <= sizeof copy && srtp_index_other(s, p->seq, &other);

	if (again)
		memcpy(copy, p->bytes, p->len);
	if (try_index(engine, p, s, guess))
		return true;
	if (!again)
		return false;
	memcpy(p->bytes, copy, p->len);
	return try_index(engine, p, s, other);
}

static bool open_alone(const struct srtp_engine *engine, struct srtp_arriving *p)
{
	struct srtp_stream *s = srtp_stream_find(p->streams, p->ssrc);
	struct srtp_stream fresh = {.ssrc = p->ssrc};

	if (s)
		return try_both(engine, p, s);
	if (p->streams->count == p->streams->max) {
		p->verdict = SRTP_CROWDED;
		return false;
	}
	if (!try_both(engine, p, &fresh))
		return false;
	p->streams->at[p->streams->count++] = fresh;
	return true;
}

unsigned srtp_open_burst(const struct srtp_engine *engine, struct srtp_arriving packets[],
			 unsigned n)
{
	uint8_t alone[SRTP_BURST_MAX];
	unsigned rare = 0, good = 0;
	struct burst b;

	b.n = 0;
	for (unsigned i = 0; i < n; i++)
		if (packet_sort(&b, &packets[i]))
			alone[rare++] = (uint8_t)i;
	if (b.n)
		engine->ops->open(engine->ctx, b.jobs, b.n);
	for (unsigned i = 0; i < b.n; i++)
		if (!b.jobs[i].status)
			good += packet_commit(b.of[i], b.stream[i]);
	for (unsigned i = 0; i < rare; i++)
		good += open_alone(engine, &packets[alone[i]]);
	return good;
}
