// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <errno.h>
#include <stdlib.h>

#include <rte_malloc.h>

#include "flow/voice.h"

int flow_later(struct flow *f, void (*free_it)(void *ctx, void *what), void *ctx, void *what)
{
	struct flow_later *l = malloc(sizeof *l);

	if (!l)
		return -ENOMEM;
	*l = (struct flow_later){f->private_->later, free_it, ctx, what};
	f->private_->later = l;
	return 0;
}

static void block_free(void *ctx, void *what)
{
	(void)ctx;
	rte_free(what);
}

// Retiring must not fail: without the few bytes for the list, the block stays where it is, unused.
void flow_block_retire(struct flow *f, void *block)
{
	if (block)
		flow_later(f, block_free, NULL, block);
}

unsigned flow_later_run(struct flow_later *list)
{
	unsigned freed = 0;

	for (; list; freed++) {
		struct flow_later *next = list->next;

		list->free_it(list->ctx, list->what);
		free(list);
		list = next;
	}
	return freed;
}
