// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_COMPLETE_H
#define TURNPIKECTL_COMPLETE_H

#include "ctl.h"

// What may stand next on a command line, for shells: from the table of commands, and from the relay
// where ids are asked for.

// `line`: the words after "turnpikectl", one a line, the last one as far as it is typed. Prints a
// candidate a line, "WORD<tab>WHAT IT IS"; ":files" alone: names of files.
void complete_print(const struct ctl *c, char *line);

struct complete {
	const char *prefix; // of the word that is being typed
	const char *before; // what stands before it in that word and stays
	size_t before_len;
	const char *socket; // -s; NULL: none
	const struct ctl_command *noun, *command; // noun: its first row
	const struct ctl_param *pending; // whose value comes now; NULL: none
	struct ctl_param global;
	unsigned places; // arguments that stand there already
};
void complete_offer(const struct complete *w, const char *word, const char *help);
// Candidates for a parameter's value.
void complete_value(const struct complete *w, const struct ctl_param *p);

#endif
