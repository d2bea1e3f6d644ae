// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "table.h"

// The shells' halves know nothing: they ask `completion words`, which has the tables. So they never are
// older than the program.

static const char bash[] =
	"# bash completion for turnpikectl, as `turnpikectl completion bash` prints it.\n"
	"_turnpikectl()\n"
	"{\n"
	"\tlocal IFS=$'\\n' line words=(\"${COMP_WORDS[@]:1:COMP_CWORD}\")\n"
	"\tCOMPREPLY=()\n"
	"\twhile read -r line; do\n"
	"\t\tif [ \"$line\" = :files ]; then\n"
	"\t\t\tcompopt -o filenames 2>/dev/null\n"
	"\t\t\tlocal last=\"${COMP_WORDS[COMP_CWORD]}\"\n"
	"\t\t\tCOMPREPLY+=($(compgen -f -- \"${last#=}\"))\n"
	"\t\telse\n"
	"\t\t\tCOMPREPLY+=(\"${line%%$'\\t'*}\")\n"
	"\t\tfi\n"
	"\tdone < <(\"${COMP_WORDS[0]}\" completion words -- \"${words[*]}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _turnpikectl turnpikectl\n";

static const char zsh[] =
	"#compdef turnpikectl\n"
	"# zsh completion for turnpikectl, as `turnpikectl completion zsh` prints it.\n"
	"_turnpikectl()\n"
	"{\n"
	"\tlocal line word\n"
	"\tlocal -a offered\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tif [[ $line == :files ]]; then\n"
	"\t\t\t_files\n"
	"\t\t\treturn\n"
	"\t\tfi\n"
	"\t\tword=${line%%$'\\t'*}\n"
	"\t\toffered+=(\"${word//:/\\\\:}:${line#*$'\\t'}\")\n"
	"\tdone < <(\"${words[1]}\" completion words -- \"${(pj:\\n:)words[2,CURRENT]}\" "
	"2>/dev/null)\n"
	"\t_describe -t words turnpikectl offered\n"
	"}\n"
	"if [ \"${funcstack[1]}\" = _turnpikectl ]; then\n"
	"\t_turnpikectl \"$@\"\n"
	"else\n"
	"\tcompdef _turnpikectl turnpikectl\n"
	"fi\n";

static int script_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	bool is_bash = !strcmp(c->command->verb, "bash");

	(void)params;
	*result =
		json_pack("{s:s, s:s}", "shell", c->command->verb, "script", is_bash ? bash : zsh);
	return CTL_DONE;
}

static void script_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	fputs(member_text(r, "script"), stdout);
}

static int words_run(struct ctl *c, json_t *params)
{
	const char *line = member_text(params, "line");
	char *copy = strdup(line ? line : "");

	if (!copy) {
		ctl_complain("out of memory");
		return CTL_FAILED;
	}
	complete_print(c, copy);
	free(copy);
	return CTL_DONE;
}

static const struct ctl_param words_params[] = {
	{"line", NULL, "WORDS", API_TEXT, false,
	 "The words after turnpikectl, a line each; the last one is being typed"},
	{0},
};

const struct ctl_command completion_commands[] = {
	{"completion", "bash", NULL, "Prints what bash completes with",
	 "completion bash >~/.local/share/bash-completion/completions/turnpikectl",
	 .fetch = script_fetch, .print = script_print},
	{"completion", "zsh", NULL, "Prints what zsh completes with",
	 "completion zsh >~/.zsh/functions/_turnpikectl", .fetch = script_fetch,
	 .print = script_print},
	{"completion", "words", NULL, "Tells what may come next: a word and what it is a line",
	 "completion words turn", words_params, .run = words_run},
	{0},
};
