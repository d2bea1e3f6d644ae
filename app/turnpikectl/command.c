// SPDX-License-Identifier: Apache-2.0
#include <argp.h>
#include <err.h>
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "ctl.h"

// Usage text and parsing come from the command's row, through argp.

#define KEY_PARAM 0x1000 // + index of the row
#define KEY_WATCH 0x2000
#define KEY_COUNT 0x2001
#define OPTIONS_MAX 16

const char *argp_program_version = "turnpikectl " TURNPIKE_VERSION;

struct parse {
	struct ctl *c;
	json_t *params;
	int noun; // index in argv
};

static long long number_parse(struct argp_state *state, const char *what, const char *text,
			      long long min, long long max)
{
	char *end;
	long long n;

	errno = 0;
	n = strtoll(text, &end, 10);
	if (errno || end == text || *end || n < min || n > max)
		argp_error(state, "%s: '%s' is not a number from %lld to %lld", what, text, min,
			   max);
	return n;
}

static error_t globals_option(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	switch (key) {
	case 's':
		p->c->socket = arg;
		return 0;
	case 'j':
		p->c->json = true;
		return 0;
	case 't':
		p->c->timeout_s = (unsigned)number_parse(state, "--timeout", arg, 1, 3600);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option globals_options[] = {
	{"socket", 's', "SOCKET", 0,
	 "Control socket (" CTL_SOCKET ", or " CTL_READ_SOCKET " where that may not be opened)", 0},
	{"json", 'j', NULL, 0, "Print JSON", 0},
	{"timeout", 't', "SECONDS", 0, "Wait no longer for an answer (5)", 0},
	{0},
};

bool command_global(unsigned i, struct ctl_param *out)
{
	const struct argp_option *o = &globals_options[i];

	*out = (struct ctl_param){.option = o->name, .arg = o->arg, .help = o->doc};
	return o->name;
}

static const struct argp globals = {globals_options, globals_option, NULL, NULL, NULL, NULL, NULL};

static double real_parse(struct argp_state *state, const char *what, const char *text)
{
	char *end;
	double n = strtod(text, &end);

	if (end == text || *end || !isfinite(n))
		argp_error(state, "%s: '%s' is not a number", what, text);
	return n;
}

static const struct ctl_param *param_at(const struct ctl_command *m, unsigned place)
{
	for (const struct ctl_param *f = m->params; f && f->help; f++)
		if (!f->option && !place--)
			return f;
	return NULL;
}

static void param_set(struct argp_state *state, const struct ctl_param *f, const char *text)
{
	struct parse *p = state->input;
	json_t *value;

	if (!f->name) {
		p->c->all = true;
		return;
	}
	if (f->type == API_BOOL)
		value = json_true();
	else if (f->type == API_INT)
		value = json_integer(number_parse(state, f->arg, text, 0, LLONG_MAX));
	else if (f->type == API_REAL)
		value = json_real(real_parse(state, f->arg, text));
	else
		value = json_string(text);
	if (!value)
		argp_error(state, "%s: is not UTF-8 text", f->arg);
	if (f->type == API_LIST) {
		if (!json_object_get(p->params, f->name))
			json_object_set_new(p->params, f->name, json_array());
		json_array_append_new(json_object_get(p->params, f->name), value);
		return;
	}
	json_object_set_new(p->params, f->name, value);
}

static void params_complete(struct argp_state *state)
{
	struct parse *p = state->input;

	for (const struct ctl_param *f = p->c->command->params; f && f->help; f++)
		if (f->required && !json_object_get(p->params, f->name))
			argp_error(state, "%s%s is missing: %s", f->option ? "--" : "",
				   f->option ? f->option : f->arg, f->help);
}

static int param_key(const struct ctl_param *f, int i)
{
	return f->letter ? f->letter : KEY_PARAM + i;
}

static const struct ctl_param *param_keyed(const struct ctl_command *m, int key)
{
	for (int i = 0; m->params && m->params[i].help; i++)
		if (m->params[i].option && param_key(&m->params[i], i) == key)
			return &m->params[i];
	return NULL;
}

static error_t command_option(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;
	const struct ctl_command *m = p->c->command;
	const struct ctl_param *f;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = p;
		return 0;
	case ARGP_KEY_ARG:
		if (!param_at(m, state->arg_num))
			argp_error(state, "'%s' is one argument too many", arg);
		param_set(state, param_at(m, state->arg_num), arg);
		return 0;
	case ARGP_KEY_END:
		params_complete(state);
		return 0;
	case KEY_WATCH:
		p->c->watch_s = arg ? (unsigned)number_parse(state, "--watch", arg, 1, 86400) : 1;
		return 0;
	case KEY_COUNT:
		p->c->rounds = (unsigned)number_parse(state, "--count", arg, 1, 1000000000);
		return 0;
	default:
		f = param_keyed(m, key);
		if (!f)
			return ARGP_ERR_UNKNOWN;
		param_set(state, f, arg);
		return 0;
	}
}

static void options_fill(const struct ctl_command *m, struct argp_option out[OPTIONS_MAX])
{
	for (int i = 0; m->params && m->params[i].help; i++)
		if (m->params[i].option)
			*out++ = (struct argp_option){m->params[i].option,
						      param_key(&m->params[i], i),
						      m->params[i].arg,
						      0,
						      m->params[i].help,
						      1};
	if (!m->watch)
		return;
	*out++ = (struct argp_option){"watch",
				      KEY_WATCH,
				      "SECONDS",
				      OPTION_ARG_OPTIONAL,
				      "Repeat, every second by default, with counters as rates per "
				      "second; with -j a line a round, as the relay gave it",
				      1};
	*out++ =
		(struct argp_option){"count", KEY_COUNT, "N", 0, "Stop watching after N rounds", 1};
}

static char *places_text(const struct ctl_command *m)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);
	const struct ctl_param *p;

	for (unsigned i = 0; f && (p = param_at(m, i)); i++)
		fprintf(f, p->required ? "%s%s" : "%s[%s]", i ? " " : "", p->arg);
	if (!f || fclose(f))
		errx(CTL_FAILED, "out of memory");
	return out;
}

static char *doc_text(const struct ctl_command *m)
{
	char *out = NULL;
	size_t len;
	FILE *f = open_memstream(&out, &len);
	const struct ctl_param *p;

	if (!f)
		errx(CTL_FAILED, "out of memory");
	fprintf(f, "%s\n", m->summary);
	for (unsigned i = 0; (p = param_at(m, i)); i++)
		fprintf(f, "\n  %-22s %s", p->arg, p->help);
	fprintf(f, "\vExample:\n  turnpikectl %s", m->example);
	if (fclose(f))
		errx(CTL_FAILED, "out of memory");
	return out;
}

json_t *command_parse(struct ctl *c, int argc, char **argv)
{
	struct argp_option options[OPTIONS_MAX] = {0};
	const struct argp_child children[] = {{&globals, 0, "Everywhere:", 2}, {0}};
	struct parse p = {.c = c, .params = json_object()};
	char *places = places_text(c->command), *doc = doc_text(c->command), name[96];
	struct argp a = {NULL, command_option, *places ? places : NULL, doc, children, NULL, NULL};

	options_fill(c->command, options);
	if (options[0].name)
		a.options = options; // argp leaks over an empty list
	snprintf(name, sizeof name, "turnpikectl %s%s%s", c->command->noun,
		 *c->command->verb ? " " : "", c->command->verb);
	argv[0] = name;
	argp_err_exit_status = CTL_USAGE;
	argp_parse(&a, argc, argv, 0, NULL, &p);
	free(places);
	free(doc);
	return p.params;
}

static error_t first_option(int key, char *arg, struct argp_state *state)
{
	struct parse *p = state->input;

	(void)arg;
	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = p;
		return 0;
	case ARGP_KEY_ARG:
		p->noun = state->next - 1;
		state->next = state->argc; // the rest is the command's
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static char *first_filter(int key, const char *text, void *input)
{
	(void)input;
	return key == ARGP_KEY_HELP_EXTRA ? commands_text(NULL) : (char *)text;
}

int command_parse_globals(struct ctl *c, int argc, char **argv)
{
	const struct argp_child children[] = {{&globals, 0, NULL, 0}, {0}};
	struct parse p = {.c = c, .noun = argc};
	struct argp a = {NULL,
			 first_option,
			 "NOUN VERB [ARG ...]",
			 "Asks a running Turnpike relay, or tells it what to do.\v",
			 children,
			 first_filter,
			 NULL};

	argp_err_exit_status = CTL_USAGE;
	argp_parse(&a, argc, argv, ARGP_IN_ORDER, NULL, &p);
	return p.noun;
}
