// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <stdlib.h>
#include <string.h>

#include "base/base.h"

static const size_t sizes[] = {
	[CONF_BOOL] = sizeof(bool),
	[CONF_U32] = sizeof(uint32_t),
	[CONF_U64] = sizeof(uint64_t),
	[CONF_TEXT] = sizeof(char *),
	[CONF_CHOICE] = sizeof(uint32_t),
	[CONF_ADDR] = sizeof(struct net_addr),
	[CONF_PREFIX] = sizeof(struct net_prefix),
	[CONF_ENDPOINT] = sizeof(struct net_endpoint),
	[CONF_RANGE] = sizeof(struct conf_range),
	[CONF_LISTEN] = sizeof(struct conf_listen),
	[CONF_FILE] = sizeof(char *),
	[CONF_PATH] = sizeof(char *),
};

size_t conf_size(const struct conf_row *row)
{
	return row->type == CONF_MAP ? row->item_size : sizes[row->type];
}

bool conf_is_text(const struct conf_row *row)
{
	return row->type == CONF_TEXT || row->type == CONF_FILE || row->type == CONF_PATH;
}

void conf_zero(void *out, const struct conf_row *rows)
{
	for (; rows->key; rows++) {
		void *field = (uint8_t *)out + rows->offset;

		if (rows->list)
			*(struct conf_list *)field = (struct conf_list){0};
		else if (rows->type == CONF_MAP)
			conf_zero(field, rows->rows);
		else
			memset(field, 0, conf_size(rows));
	}
}

static void item_free(const struct conf_row *row, void *item)
{
	char **text = item;

	if (row->type == CONF_MAP) {
		conf_free(item, row->rows);
	} else if (conf_is_text(row) && *text) {
		base_wipe(*text, strlen(*text));
		free(*text);
	}
}

void conf_free(void *out, const struct conf_row *rows)
{
	// Zeroed at once: rows may share a field.
	for (const struct conf_row *row = rows; row->key; row++) {
		uint8_t *field = (uint8_t *)out + row->offset;
		struct conf_list *list = (struct conf_list *)field;

		if (row->list) {
			for (size_t i = 0; i < list->n; i++)
				item_free(row, (uint8_t *)list->at + i * conf_size(row));
			free(list->at);
			*list = (struct conf_list){0};
			continue;
		}
		item_free(row, field);
		if (row->type != CONF_MAP)
			memset(field, 0, conf_size(row));
	}
}

static bool item_equal(const struct conf_row *row, const void *a, const void *b)
{
	const char *const *x = a, *const *y = b;

	if (row->type == CONF_MAP) {
		for (const struct conf_row *r = row->rows; r->key; r++)
			if (!conf_equal(r, a, b))
				return false;
		return true;
	}
	if (conf_is_text(row))
		return *x == *y || (*x && *y && !strcmp(*x, *y));
	if (row->type == CONF_PREFIX) {
		const struct net_prefix *p = a, *q = b;

		return p->bits == q->bits && net_addr_equal(&p->addr, &q->addr);
	}
	return !memcmp(a, b, conf_size(row));
}

bool conf_equal(const struct conf_row *row, const void *a, const void *b)
{
	const uint8_t *x = (const uint8_t *)a + row->offset, *y = (const uint8_t *)b + row->offset;
	const struct conf_list *p = (const struct conf_list *)x, *q = (const struct conf_list *)y;

	if (!row->list)
		return item_equal(row, x, y);
	if (p->n != q->n)
		return false;
	for (size_t i = 0; i < p->n; i++)
		if (!item_equal(row, (const uint8_t *)p->at + i * conf_size(row),
				(const uint8_t *)q->at + i * conf_size(row)))
			return false;
	return true;
}
