// SPDX-License-Identifier: Apache-2.0
#include "man.h"

#include <inttypes.h>
#include <string.h>

#include "config/limits.h"
#include "turnpiked/settings.h"

// What a value is, for types whose text says it all; the others have bounds to tell.
static const char *const type_words[] = {
	[CONF_BOOL] = "true or false",
	[CONF_TEXT] = "text",
	[CONF_CHOICE] = "one of",
	[CONF_U32] = "number",
	[CONF_U64] = "number",
	[CONF_ADDR] = "address",
	[CONF_PREFIX] = "address/bits",
	[CONF_ENDPOINT] = "ADDRESS:PORT",
	[CONF_RANGE] = "LOW-HIGH",
	[CONF_LISTEN] = "TRANSPORT:PORT",
	[CONF_FILE] = "name of a file that holds the value",
	[CONF_PATH] = "name of a file",
	[CONF_MAP] = "keys of their own, below",
};

static void choices_print(FILE *f, const struct conf_row *row)
{
	for (const char *const *c = row->choices; *c; c++) {
		fputs(c == row->choices ? " " : c[1] ? ", " : " or ", f);
		roff_bold(f, *c);
	}
}

static void bounds_print(FILE *f, const struct conf_row *row)
{
	bool text = row->type == CONF_TEXT;

	if (row->type == CONF_CHOICE)
		choices_print(f, row);
	else if (row->max && text && row->min)
		fprintf(f, " of %" PRIu64 " to %" PRIu64 " bytes", row->min, row->max);
	else if (row->max && text)
		fprintf(f, " of at most %" PRIu64 " bytes", row->max);
	else if (row->max)
		fprintf(f, "%s from %" PRIu64 " to %" PRIu64, row->type == CONF_RANGE ? "," : "",
			row->min, row->max);
	if (row->unit)
		fprintf(f, row->type == CONF_U64 ? " (%s)" : " %s", row->unit);
}

static void type_print(FILE *f, const struct conf_row *row)
{
	if (row->list && row->items_min)
		fprintf(f, "list of %zu to %zu: ", row->items_min, row->items_max);
	else if (row->list && row->items_max)
		fprintf(f, "list of at most %zu: ", row->items_max);
	else if (row->list)
		fputs("list: ", f);
	roff_text(f, type_words[row->type]);
	bounds_print(f, row);
}

static const char *default_text(const struct conf_row *row)
{
	if (row->fallback)
		return row->fallback;
	if (row->list)
		return "[]";
	if (row->type == CONF_BOOL)
		return "false";
	return row->type == CONF_U32 || row->type == CONF_U64 ? "0" : "\"\"";
}

static void row_print(FILE *f, const char *path, const struct conf_row *row)
{
	fputs(".TP\n", f);
	roff_bold(f, path);
	fputs("\n(", f);
	type_print(f, row);
	if (row->required) {
		fputs("; required", f);
	} else if (row->type != CONF_MAP || row->list) {
		fputs("; default ", f);
		roff_bold(f, default_text(row));
	}
	fputs(")\n.br\n", f);
	roff_sentence(f, row->help);
	if (row->secret && row->type != CONF_FILE)
		fputs("It is printed nowhere.\n", f);
}

static void rows_print(FILE *f, const char *above, const struct conf_row *rows)
{
	char path[CONF_KEY_MAX];

	for (const struct conf_row *row = rows; row->key; row++) {
		snprintf(path, sizeof path, "%s.%s%s", above, row->key,
			 row->type == CONF_MAP && row->list ? "[]" : "");
		if (row->type != CONF_MAP || row->list)
			row_print(f, path, row);
		if (row->type == CONF_MAP)
			rows_print(f, path, row->rows);
	}
}

void man_keys(FILE *f)
{
	char path[CONF_KEY_MAX];

	for (const struct conf_row *top = settings_rows; top->key; top++) {
		snprintf(path, sizeof path, "%s%s", top->key, top->list ? "[]" : "");
		fputs(".SS ", f);
		roff_text(f, top->key);
		fputs("\n", f);
		roff_sentence(f, top->help);
		if (top->list)
			fprintf(f, "One to %zu entries%s.\n", top->items_max,
				top->required ? "; the only key that has no default" : "");
		rows_print(f, path, top->rows);
	}
}
