// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_mbuf.h>

#include "path/tap.h"
#include "worker.h"

const char *const path_reason_names[PATH_REASON_COUNT] = {
#define X(id, name, text) [PATH_DROP_##id] = name,
	PATH_REASONS(X)
#undef X
};

const char *const path_reason_texts[PATH_REASON_COUNT] = {
#define X(id, name, text) [PATH_DROP_##id] = text,
	PATH_REASONS(X)
#undef X
};

void path_drop_step(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_DROP];
	const struct tap *tap = worker_tap(p->worker);
	struct rte_mbuf *packets[BURST_MAX];

	if (tap)
		tap_dropped(p, tap, l);
	for (unsigned i = 0; i < l->n; i++) {
		const struct slot *s = &p->slots[l->at[i]];

		p->worker->drops[s->reason]++;
		packets[i] = s->m;
	}
	rte_pktmbuf_free_bulk(packets, l->n);
}
