// SPDX-License-Identifier: Apache-2.0
#include "vdev/crowd.h"

#define CHURN_LOOKS 4 // at churners a burst: each look is time that every frame of the burst waits
#define CHURN_LAG_MAX 64 // allocations behind the pace that are made up for

// The next churner's next request; false when the time, or a churner, is not there.
static bool churn_due(struct crowd *c, unsigned k, uint64_t now)
{
	const struct crowd_session *s = &c->sessions[k];

	if (now < s->due_tsc || (!s->waiting && c->asked >= CROWD_ASKED_MAX))
		return false;
	if (s->state != CROWD_IDLE)
		return true;
	if (c->churn_tsc > now)
		return false;
	c->churn_tsc += c->churn_period_tsc;
	return true;
}

unsigned crowd_churn(struct crowd *c, struct rte_mbuf **out, unsigned n, uint64_t now)
{
	uint64_t lag = c->churn_period_tsc * CHURN_LAG_MAX;
	unsigned got = 0;

	if (c->churn_tsc + lag < now)
		c->churn_tsc = now - lag;
	for (unsigned looks = c->churners ? CHURN_LOOKS : 0; looks && got < n; looks--) {
		unsigned k = c->count + c->churn_at;

		c->churn_at = c->churn_at + 1 == c->churners ? 0 : c->churn_at + 1;
		if (!churn_due(c, k, now))
			continue;
		out[got] = crowd_ask(c, k, now);
		if (!out[got])
			break;
		got++;
	}
	return got;
}
