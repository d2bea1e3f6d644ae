// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>

int turn_table_init(struct turn_table *tab, uint32_t count)
{
	uint64_t size = 4;

	while (size < 2 * (uint64_t)count)
		size *= 2;
	if (size > UINT32_MAX)
		return -ENOMEM;
	tab->cells = calloc(size, sizeof *tab->cells);
	if (!tab->cells)
		return -ENOMEM;
	tab->mask = (uint32_t)size - 1;
	return 0;
}

void turn_table_fini(struct turn_table *tab)
{
	free(tab->cells);
	*tab = (struct turn_table){0};
}

void turn_table_put(struct turn_table *tab, uint64_t hash, uint32_t index)
{
	uint32_t at = (uint32_t)hash & tab->mask;

	while (tab->cells[at])
		at = (at + 1) & tab->mask;
	tab->cells[at] = index + 1;
}

// Closes the gap: what stands behind it moves up unless it already stands between its home and here.
static void gap_close(struct turn_table *tab, turn_hash_fn *hash, const void *ctx, uint32_t gap)
{
	for (uint32_t at = (gap + 1) & tab->mask; tab->cells[at]; at = (at + 1) & tab->mask) {
		uint32_t home = (uint32_t)hash(ctx, tab->cells[at] - 1) & tab->mask;

		if (((at - home) & tab->mask) < ((at - gap) & tab->mask))
			continue;
		tab->cells[gap] = tab->cells[at];
		gap = at;
	}
	tab->cells[gap] = 0;
}

void turn_table_drop(struct turn_table *tab, turn_hash_fn *hash, const void *ctx, uint32_t index)
{
	uint64_t h = hash(ctx, index);

	TURN_TABLE_EACH(tab, h, at)
	{
		if (tab->cells[at] != index + 1)
			continue;
		gap_close(tab, hash, ctx, at);
		return;
	}
}
