// SPDX-License-Identifier: Apache-2.0
#include "man.h"

#include "api/api.h"
#include "metric/metric.h"
#include "turnpiked/path/path.h"

static const char *const field_words[] = {
	[API_TEXT] = "text",     [API_INT] = "number", [API_BOOL] = "true or false",
	[API_OBJECT] = "object", [API_LIST] = "list",  [API_REAL] = "number",
};

// What it gives, a line a member; what stands within another is moved in.
static void results_print(FILE *f, const struct api_field *a, unsigned depth)
{
	for (; a && a->name; a++) {
		fputs(depth ? ".br\n" : ".br\n\\(-> ", f);
		for (unsigned i = 0; i < depth; i++)
			fputs("\\ \\ \\ \\ ", f);
		roff_italic(f, a->name);
		fprintf(f, " (%s%s%s%s): ", field_words[a->type], a->unit ? ", " : "",
			a->unit ? a->unit : "", a->null ? ", or null" : "");
		roff_sentence(f, a->help);
		results_print(f, a->fields, depth + 1);
	}
}

void man_methods(FILE *f)
{
	for (const struct api_method *m = api_methods; m->name; m++) {
		fputs(".TP\n", f);
		roff_bold(f, m->name);
		fputs(m->right == API_CHANGE ? " (full rights)\n" : "\n", f);
		roff_sentence(f, m->summary);
		for (const struct api_field *a = m->fields; a->name; a++) {
			fputs(".br\n", f);
			roff_italic(f, a->name);
			fprintf(f, " (%s%s): ", field_words[a->type],
				a->required ? ", required" : "");
			roff_sentence(f, a->help);
		}
		results_print(f, m->result, 0);
	}
}

void man_metrics(FILE *f)
{
	for (unsigned i = 0; i < METRIC_COUNT; i++) {
		const struct metric_info *m = &metric_list[i];

		fputs(".TP\n\\fBturnpike_", f);
		roff_text(f, m->name);
		fprintf(f, "%s\\fR",
			m->kind == METRIC_COUNTER ? "_total"
			: m->kind == METRIC_INFO  ? "_info"
						  : "");
		for (unsigned k = 0; k < 4 && m->labels[k]; k++) {
			fputs(k ? ", " : " {", f);
			roff_italic(f, m->labels[k]);
		}
		fputs(m->labels[0] ? "}\n" : "\n", f);
		roff_sentence(f, m->help);
	}
}

void man_drops(FILE *f)
{
	static const struct {
		const char *name, *text;
	} drops[] = {
#define X(id, name, text) {name, text},
		PATH_REASONS(X)
#undef X
	};

	for (size_t i = 0; i < sizeof drops / sizeof *drops; i++) {
		fputs(".TP\n", f);
		roff_bold(f, drops[i].name);
		fputs("\n", f);
		roff_sentence(f, drops[i].text);
	}
}
