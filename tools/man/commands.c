// SPDX-License-Identifier: Apache-2.0
#include "man.h"

#include <dlfcn.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "turnpikectl/ctl.h"

static void param_print(FILE *f, const struct ctl_param *p)
{
	fputs(p->required ? " " : " [", f);
	if (p->option) {
		roff_bold(f, "--");
		roff_bold(f, p->option);
	}
	if (p->option && p->arg)
		fputs(" ", f);
	if (p->arg)
		roff_italic(f, p->arg);
	fputs(p->required ? "" : "]", f);
}

static void rights_print(FILE *f, const struct ctl_command *c)
{
	const struct api_method *m = c->method ? api_find(c->method) : NULL;

	if (!m)
		return;
	fputs("Calls ", f);
	roff_bold(f, m->name);
	fputs(m->right == API_CHANGE ? ", which needs the control socket.\n"
				     : ", which the read socket gives too.\n",
	      f);
}

static void command_print(FILE *f, const struct ctl_command *c)
{
	fprintf(f, ".TP\n\\fB%s%s%s\\fR", c->noun, *c->verb ? " " : "", c->verb);
	for (const struct ctl_param *p = c->params; p && p->help; p++)
		param_print(f, p);
	if (c->watch)
		fputs(" [\\fB\\-\\-watch\\fR[=\\fISECONDS\\fR] [\\fB\\-\\-count\\fR \\fIN\\fR]]",
		      f);
	fputs("\n", f);
	roff_sentence(f, c->summary);
	rights_print(f, c);
	for (const struct ctl_param *p = c->params; p && p->help; p++) {
		fputs(".br\n", f);
		if (p->option) {
			roff_bold(f, "--");
			roff_bold(f, p->option);
		} else {
			roff_italic(f, p->arg);
		}
		fputs(": ", f);
		roff_sentence(f, p->help);
	}
	fputs(".br\nExample: ", f);
	roff_bold(f, "turnpikectl ");
	roff_bold(f, c->example);
	fputs("\n", f);
}

// A noun's table is called NOUN_commands (ctl.h); by its name a new one is found without a second
// list of them.
static const struct ctl_command *table_find(const char *noun)
{
	char symbol[64];
	const struct ctl_command *table;

	snprintf(symbol, sizeof symbol, "%s_commands", noun);
	table = dlsym(NULL, symbol);
	if (!table)
		errx(1, "turnpikectl lists the noun %s, but there is no table %s", noun, symbol);
	return table;
}

void man_commands(FILE *f)
{
	char *text = commands_text(NULL), *rest = text, *line, seen[64] = "";

	while ((line = strsep(&rest, "\n"))) {
		char noun[32];

		if (line[0] != ' ' || sscanf(line, "%31s", noun) != 1 || !strcmp(noun, seen))
			continue;
		snprintf(seen, sizeof seen, "%s", noun);
		fprintf(f, ".SS %s\n", noun);
		for (const struct ctl_command *c = table_find(noun); c->noun; c++)
			command_print(f, c);
	}
	free(text);
}
