// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Values as people write them, for a diff. Secrets never come this far.

struct text {
	char *at;
	size_t len, cap;
	bool over;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->at + t->len, t->cap - t->len, format, args);
	va_end(args);
	if (n < 0 || t->len + (size_t)n >= t->cap) {
		t->over = true;
		t->len = t->cap - 1;
	} else {
		t->len += (size_t)n;
	}
}

static bool is_hidden(const struct conf_row *row)
{
	return row->secret || row->type == CONF_FILE;
}

static void map_put(struct text *t, const struct conf_row *rows, const void *map);

static void listen_put(struct text *t, const struct conf_listen *l)
{
	static const char *const words[] = {
		[CONF_UDP] = "udp", [CONF_TCP] = "tcp", [CONF_TLS] = "tls", [CONF_DTLS] = "dtls"};

	put(t, "%s:%u", words[l->transport], l->port);
}

static void net_put(struct text *t, enum conf_type type, const void *field)
{
	char text[NET_TEXT_MAX];

	if (type == CONF_ADDR)
		net_addr_format(field, text);
	else if (type == CONF_PREFIX)
		net_prefix_format(field, text);
	else
		net_endpoint_format(field, text);
	put(t, "%s", text);
}

static void number_put(struct text *t, const struct conf_row *row, const void *field)
{
	const struct conf_range *range = field;

	if (row->type == CONF_BOOL)
		put(t, "%s", *(const bool *)field ? "true" : "false");
	else if (row->type == CONF_CHOICE)
		put(t, "%s", row->choices[*(const uint32_t *)field]);
	else if (row->type == CONF_RANGE)
		put(t, "%u-%u", range->low, range->high);
	else if (row->type == CONF_U64)
		put(t, "%" PRIu64, *(const uint64_t *)field);
	else
		put(t, "%u", *(const uint32_t *)field);
}

static void item_put(struct text *t, const struct conf_row *row, const void *field)
{
	const char *const *text = field;

	if (is_hidden(row))
		put(t, "(secret)");
	else if (row->type == CONF_MAP)
		map_put(t, row->rows, field);
	else if (conf_is_text(row))
		put(t, "%s", *text && **text ? *text : "\"\"");
	else if (row->type == CONF_ADDR || row->type == CONF_PREFIX || row->type == CONF_ENDPOINT)
		net_put(t, row->type, field);
	else if (row->type == CONF_LISTEN)
		listen_put(t, field);
	else
		number_put(t, row, field);
}

static void list_put(struct text *t, const struct conf_row *row, const struct conf_list *list)
{
	if (is_hidden(row)) {
		put(t, "(%zu secret)", list->n);
		return;
	}
	put(t, "[");
	for (size_t i = 0; i < list->n && !t->over; i++) {
		put(t, "%s", i ? ", " : "");
		item_put(t, row, (const uint8_t *)list->at + i * conf_size(row));
	}
	put(t, "]");
}

static void value_put(struct text *t, const struct conf_row *row, const void *table)
{
	const uint8_t *field = (const uint8_t *)table + row->offset;

	if (row->list)
		list_put(t, row, (const struct conf_list *)field);
	else
		item_put(t, row, field);
}

static void map_put(struct text *t, const struct conf_row *rows, const void *map)
{
	const char *gap = "";

	put(t, "{");
	for (const struct conf_row *row = rows; row->key && !t->over; row++) {
		if (is_hidden(row))
			continue;
		put(t, "%s%s: ", gap, row->key);
		value_put(t, row, map);
		gap = ", ";
	}
	put(t, "}");
}

void conf_format(char *out, size_t cap, const struct conf_row *row, const void *table)
{
	struct text t = {.at = out, .cap = cap};
	const struct conf_list *list =
		(const struct conf_list *)((const uint8_t *)table + row->offset);

	value_put(&t, row, table);
	if (t.over && row->list)
		snprintf(out, cap, "(%zu entries)", list->n);
}
