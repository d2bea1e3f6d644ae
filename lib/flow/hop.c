// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <errno.h>

int flow_hop_new(struct flow *f, uint32_t *hop)
{
	struct flow_private *p = f->private_;

	if (!p->hops_free_count)
		return -ENOSPC;
	*hop = p->hops_free[--p->hops_free_count];
	flow_hop_set(f, *hop, (union flow_hop){.state = FLOW_HOP_UNRESOLVED});
	return 0;
}

void flow_hop_set(struct flow *f, uint32_t hop, union flow_hop value)
{
	__atomic_store_n(&f->hops[hop], value.word, __ATOMIC_RELEASE);
}

union flow_hop flow_hop_get(const struct flow *f, uint32_t hop)
{
	return flow_hop_load(f, hop);
}

void flow_hop_retire(struct flow *f, uint32_t hop)
{
	struct flow_private *p = f->private_;

	p->hops.at[p->hops.count++] = hop;
}
