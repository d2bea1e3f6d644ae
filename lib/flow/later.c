// SPDX-License-Identifier: Apache-2.0
#include "flow/private.h"

#include <errno.h>
#include <stdlib.h>

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
