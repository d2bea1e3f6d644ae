// SPDX-License-Identifier: Apache-2.0
#include "srtp/private.h"

static void job_fill(struct srtp_job *job, const struct srtp_leaving *p)
{
	job->key = p->side->key;
	job->profile = p->side->profile;
	job->aad = p->packet;
	job->aad_len = p->header_len;
	job->src = p->src;
	job->dst = p->packet + p->header_len;
	job->len = p->len;
	job->tag = job->dst + p->len;
	job->roc = (uint32_t)(p->index >> 16);
	iv_make(job->iv, p->side, p->ssrc, p->index);
}

void srtp_seal_burst(const struct srtp_engine *engine, const struct srtp_leaving packets[],
		     unsigned n)
{
	struct srtp_job jobs[SRTP_BURST_MAX];

	for (unsigned i = 0; i < n; i++)
		job_fill(&jobs[i], &packets[i]);
	engine->ops->seal(engine->ctx, jobs, n);
}
