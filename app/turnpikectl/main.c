// SPDX-License-Identifier: Apache-2.0
#include <err.h>
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "conf/conf.h"
#include "ctl.h"

#define NOUNS_MAX 20
#define TIMEOUT_S 5

// Every command, in the order of the list that is printed.
const struct ctl_command *const ctl_nouns[] = {
	node_commands,   stats_commands,   path_commands,       turn_commands,
	room_commands,   capture_commands, player_commands,     credential_commands,
	token_commands,  config_commands,  log_commands,        api_commands,
	events_commands, top_commands,     completion_commands, NULL,
};

char *commands_text(const char *noun)
{
	char *out = NULL, line[96];
	size_t len;
	FILE *f = open_memstream(&out, &len);

	if (!f)
		errx(CTL_FAILED, "out of memory");
	fputs("Commands (each has --help):\n", f);
	for (unsigned i = 0; ctl_nouns[i]; i++) {
		if (noun && strcmp(noun, ctl_nouns[i]->noun))
			continue;
		for (const struct ctl_command *m = ctl_nouns[i]; m->noun; m++) {
			snprintf(line, sizeof line, "%s %s", m->noun, m->verb);
			fprintf(f, "  %-20s %s\n", line, m->summary);
		}
	}
	if (fclose(f))
		errx(CTL_FAILED, "out of memory");
	return out;
}

static void commands_print(const char *noun)
{
	char *text = commands_text(noun);

	if (!noun)
		puts("Usage: turnpikectl [-s SOCKET] [-j] NOUN VERB [ARG ...]\n");
	fputs(text, stdout);
	free(text);
}

static void nearest_complain(const char *kind, const char *word, const struct conf_row *known)
{
	const char *near = conf_nearest(known, word);

	if (near)
		ctl_complain("there is no %s '%s'; did you mean '%s'?", kind, word, near);
	else
		ctl_complain("there is no %s '%s'; turnpikectl alone lists what there is", kind,
			     word);
}

static const struct ctl_command *noun_find(const char *noun)
{
	struct conf_row known[NOUNS_MAX] = {0};

	for (unsigned i = 0; ctl_nouns[i]; i++) {
		if (!strcmp(ctl_nouns[i]->noun, noun))
			return ctl_nouns[i];
		known[i].key = ctl_nouns[i]->noun;
	}
	nearest_complain("noun", noun, known);
	return NULL;
}

static const struct ctl_command *verb_find(const struct ctl_command *commands, const char *verb)
{
	struct conf_row known[NOUNS_MAX] = {0};

	for (unsigned i = 0; commands[i].noun; i++) {
		if (!strcmp(commands[i].verb, verb))
			return &commands[i];
		known[i].key = commands[i].verb;
	}
	nearest_complain("verb", verb, known);
	return NULL;
}

static const struct ctl_command *command_find(int argc, char **argv)
{
	const struct ctl_command *commands;

	if (argc < 1) {
		commands_print(NULL);
		return NULL;
	}
	commands = noun_find(argv[0]);
	if (commands && !*commands->verb)
		return commands;
	if (commands && argc < 2)
		commands_print(argv[0]);
	return commands && argc >= 2 ? verb_find(commands, argv[1]) : NULL;
}

static int command_run(struct ctl *c, json_t *params)
{
	json_t *result = NULL;
	int code;

	if (c->command->run)
		return c->command->run(c, params);
	if (c->watch_s)
		return watch_run(c, params);
	code = client_fetch(c, params, &result);
	if (result)
		result_show(c, result);
	json_decref(result);
	return code;
}

int main(int argc, char **argv)
{
	struct ctl c = {.timeout_s = TIMEOUT_S};
	const char *no_color = getenv("NO_COLOR");
	json_t *params;
	int noun, words, code;

	setlocale(LC_CTYPE, "");
	c.utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	c.color = isatty(STDOUT_FILENO) && !(no_color && *no_color);
	// Everybody knows that the value of -s is that of --socket.
	setenv("ARGP_HELP_FMT", "no-dup-args-note", 0);
	noun = command_parse_globals(&c, argc, argv);
	c.command = command_find(argc - noun, argv + noun);
	if (!c.command)
		return CTL_USAGE;
	words = 1 + (*c.command->verb != '\0');
	params = command_parse(&c, argc - noun - words + 1, argv + noun + words - 1);
	c.params = params;
	code = command_run(&c, params);
	json_decref(params);
	// A full disk or a closed pipe is a failure too.
	if (fflush(stdout) && !code) {
		ctl_complain("cannot write the output");
		code = CTL_FAILED;
	}
	return code;
}
