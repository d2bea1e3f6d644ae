// SPDX-License-Identifier: Apache-2.0
#include <err.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "config/limits.h"
#include "table.h"

// Columns by the names that -j gives them; `head`: while rates are shown too, unless `rate`.
static const struct list_column {
	const char *key, *head, *rate;
	enum { LIST_TEXT, LIST_NUMBER, LIST_COUNT, LIST_BYTES, LIST_LIFE, LIST_JOIN } unit;
	bool asked; // shown only when it is named
} list_columns[] = {
	{"id", ">ID", NULL, LIST_NUMBER},
	{"user", "USER", NULL, LIST_TEXT},
	{"client", "CLIENT", NULL, LIST_TEXT},
	{"server", "SERVER", NULL, LIST_TEXT, true},
	{"relays", "RELAYS", NULL, LIST_JOIN},
	{"transport", "OVER", NULL, LIST_TEXT},
	{"peers", ">PEERS", NULL, LIST_COUNT},
	{"expires_s", ">EXPIRES", NULL, LIST_LIFE},
	{"packets_in", ">PACKETS IN", ">PACKETS IN/S", LIST_COUNT},
	{"bytes_in", ">BYTES IN", ">BYTES IN/S", LIST_BYTES},
	{"packets_out", ">PACKETS OUT", ">PACKETS OUT/S", LIST_COUNT},
	{"bytes_out", ">BYTES OUT", ">BYTES OUT/S", LIST_BYTES},
};
#define LIST_COLUMNS BASE_COUNT(list_columns)
#define LIST_KEYS                                                                                  \
	"id user client server relays transport peers expires_s packets_in bytes_in packets_out "  \
	"bytes_out"

static const struct list_column *list_column_find(const char *key, size_t len)
{
	for (size_t i = 0; i < LIST_COLUMNS; i++)
		if (strlen(list_columns[i].key) == len && !strncmp(list_columns[i].key, key, len))
			return &list_columns[i];
	return NULL;
}

// The columns to show, NULL behind the last: those that were named, or the usual ones.
static void list_columns_choose(const struct ctl *c, const struct list_column **out)
{
	const char *text = member_text(c->params, "columns");
	size_t n = 0;

	for (size_t i = 0; !text && i < LIST_COLUMNS; i++)
		if (!list_columns[i].asked)
			out[n++] = &list_columns[i];
	for (; text && *text && n < LIST_COLUMNS; text += *text == ',') {
		size_t len = strcspn(text, ",");

		out[n++] = list_column_find(text, len);
		text += len;
	}
	out[n] = NULL;
}

static void list_cell(struct table *t, const struct list_column *k, const json_t *a)
{
	uint64_t n = member_count(a, k->key);
	char text[24], *joined;

	switch (k->unit) {
	case LIST_TEXT:
		table_text(t, member_text(a, k->key));
		break;
	case LIST_NUMBER:
		snprintf(text, sizeof text, "%" PRIu64, n);
		table_text(t, text);
		break;
	case LIST_COUNT:
		table_count(t, n);
		break;
	case LIST_BYTES:
		table_bytes(t, n);
		break;
	case LIST_LIFE:
		table_life(t, n);
		break;
	case LIST_JOIN:
		joined = member_join(a, k->key);
		table_text(t, joined);
		free(joined);
		break;
	}
}

static void list_print(const struct ctl *c, const json_t *r)
{
	const json_t *list = member_list(r, "allocations"), *a;
	const struct list_column *columns[LIST_COLUMNS + 1];
	const char *heads[LIST_COLUMNS + 1] = {NULL};
	char n[TABLE_NUMBER];
	struct table *t;
	size_t i;

	list_columns_choose(c, columns);
	for (i = 0; columns[i]; i++)
		heads[i] = c->rates && columns[i]->rate ? columns[i]->rate : columns[i]->head;
	t = table_new(c, heads);
	json_array_foreach(list, i, a) {
		table_line(t);
		for (size_t k = 0; columns[k]; k++)
			list_cell(t, columns[k], a);
	}
	table_print(t);
	number_count(n, (int64_t)json_array_size(list));
	printf("%s allocation%s%s\n", n, i == 1 ? "" : "s",
	       json_is_integer(json_object_get(r, "next")) ? "; there are more" : "");
}

static int values_compare(const json_t *a, const json_t *b)
{
	const char *s = json_string_value(a), *t = json_string_value(b);
	double x = json_number_value(a), y = json_number_value(b);

	if (json_is_array(a) && json_is_array(b))
		return values_compare(json_array_get(a, 0), json_array_get(b, 0));
	return s && t ? strverscmp(s, t) : (x > y) - (x < y);
}

static int rows_compare(const void *x, const void *y, void *context)
{
	const json_t *a = *(json_t *const *)x, *b = *(json_t *const *)y;
	const char *key = context;
	bool falling = *key == '-';
	int way = values_compare(json_object_get(a, key + falling),
				 json_object_get(b, key + falling));

	// Ids rise with time: what was equal stays in the relay's order.
	if (!way)
		return values_compare(json_object_get(a, "id"), json_object_get(b, "id"));
	return falling ? -way : way;
}

// A new list.
static json_t *list_sorted(const json_t *list, const char *key)
{
	size_t n = json_array_size(list);
	json_t **rows = calloc(n + 1, sizeof *rows), *out = json_array();

	if (!rows || !out)
		errx(CTL_FAILED, "out of memory");
	for (size_t i = 0; i < n; i++)
		rows[i] = json_array_get(list, i);
	qsort_r(rows, n, sizeof *rows, rows_compare, (void *)key);
	for (size_t i = 0; i < n; i++)
		json_array_append(out, rows[i]);
	free(rows);
	return out;
}

// Of a row, what --columns names.
static json_t *row_reduced(const struct list_column *const *columns, const json_t *row)
{
	json_t *out = json_object();

	for (size_t i = 0; columns[i]; i++)
		json_object_set(out, columns[i]->key, json_object_get(row, columns[i]->key));
	return out;
}

// Sorting comes before the limit, so both are ours once --sort is there; of rates the rates are sorted.
static json_t *list_arrange(const struct ctl *c, const json_t *r)
{
	const json_t *limit = json_object_get(c->params, "limit"), *row;
	const char *sort = member_text(c->params, "sort");
	const struct list_column *columns[LIST_COLUMNS + 1];
	size_t most = sort && limit ? (size_t)json_integer_value(limit) : SIZE_MAX, i;
	json_t *list = json_incref(json_object_get(r, "allocations")), *rows = json_array();
	json_t *out = json_copy((json_t *)r);

	if (sort) {
		json_t *sorted = list_sorted(list, sort);

		json_decref(list);
		list = sorted;
	}
	list_columns_choose(c, columns);
	json_array_foreach(list, i, row) {
		if (i >= most)
			break;
		if (c->json && member_text(c->params, "columns"))
			json_array_append_new(rows, row_reduced(columns, row));
		else
			json_array_append(rows, (json_t *)row);
	}
	json_decref(list);
	json_object_set_new(out, "allocations", rows);
	return out;
}

// Asks for the next page, as long as the last one; adds to `list`.
static int page_fetch(const struct ctl *c, json_t *params, json_t *list, json_t **next)
{
	json_t *page = NULL;
	int code = client_call(c, "turn.list", params, &page);

	if (code)
		return code;
	json_array_extend(list, json_object_get(page, "allocations"));
	*next = json_incref(json_object_get(page, "next"));
	json_decref(page);
	return CTL_DONE;
}

static bool page_limit(json_t *params, const json_t *limit, size_t have)
{
	json_int_t left = limit ? json_integer_value(limit) - (json_int_t)have : CTL_PAGE;

	if (left > CTL_PAGE)
		left = CTL_PAGE;
	json_object_set_new(params, "limit", json_integer(left));
	return left > 0;
}

// A relay may hold more allocations than fit one answer: page by page, shown as one list. `next` must
// rise, or a relay that repeats itself would never let us end.
int turn_list_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	json_t *ask = json_copy(params), *list = json_array(), *next = NULL;
	// Whoever sorts wants the first of all, not the relay's first.
	json_t *limit = json_object_get(params, "sort") ? NULL : json_object_get(params, "limit");
	json_int_t after = -1;
	int code = CTL_DONE;

	json_object_del(ask, "sort"); // ours, not the relay's
	json_object_del(ask, "columns");
	while (!code && page_limit(ask, limit, json_array_size(list))) {
		json_decref(next);
		next = NULL;
		code = page_fetch(c, ask, list, &next);
		if (!json_is_integer(next) || json_integer_value(next) <= after)
			break;
		after = json_integer_value(next);
		json_object_set(ask, "after", next);
	}
	if (!code)
		*result = json_pack("{s:O, s:O?}", "allocations", list, "next", next);
	json_decref(next);
	json_decref(list);
	json_decref(ask);
	return code;
}

// `text`: keys with commas between; NULL: nothing was asked for.
static bool keys_known(const char *option, const char *text)
{
	size_t len;

	for (; text; text = text[len] ? text + len + 1 : NULL) {
		len = strcspn(text, ",");
		if (!list_column_find(text, len)) {
			ctl_complain("--%s: '%.*s' is none of " LIST_KEYS, option, (int)len, text);
			return false;
		}
	}
	return true;
}

static int list_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const char *sort = member_text(params, "sort");

	if (!keys_known("columns", member_text(params, "columns")) ||
	    !keys_known("sort", sort && *sort == '-' ? sort + 1 : sort))
		return CTL_USAGE;
	return turn_list_fetch(c, params, result);
}

static void delete_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	printf("allocation %" PRIu64 " is gone\n", member_count(r, "deleted"));
}

static const struct ctl_param list_params[] = {
	{"user", "user", "NAME", API_TEXT, false, "Only this user's"},
	{"after", "after", "ID", API_INT, false, "Only those after this one"},
	{"limit", "limit", "N", API_INT, false, "At most so many"},
	{"sort", "sort", "COLUMN", API_TEXT, false,
	 "By this column, as -j names it, before --limit; -COLUMN: falling", LIST_KEYS},
	{"columns", "columns", "COLUMN,...", API_TEXT, false,
	 "Only these columns, in this order, as -j names them", LIST_KEYS},
	{0},
};
static const struct ctl_param id_params[] = {
	{"id", NULL, "ID", API_INT, true, "The allocation, as turn list shows it"},
	{0},
};

const struct ctl_command turn_commands[] = {
	{"turn", "list", "turn.list", "Lists allocations", "turn list --sort -bytes_in --limit 10",
	 list_params, .watch = true, .fetch = list_fetch, .arrange = list_arrange,
	 .print = list_print},
	{"turn", "show", "turn.show", "Tells the story of an allocation", "turn show 7", id_params,
	 .watch = true, .print = turn_story_print},
	{"turn", "delete", "turn.delete", "Ends an allocation; its client may make another",
	 "turn delete 7", id_params, .print = delete_print},
	{0},
};
