// SPDX-License-Identifier: Apache-2.0
#include "complete.h"

#include <stdio.h>
#include <string.h>

void complete_offer(const struct complete *w, const char *word, const char *help)
{
	if (!strncmp(word, w->prefix, strlen(w->prefix)))
		printf("%.*s%s\t%s\n", (int)w->before_len, w->before, word, help ? help : "");
}

static void nouns_offer(const struct complete *w)
{
	for (unsigned i = 0; ctl_nouns[i]; i++) {
		const struct ctl_command *m = ctl_nouns[i];
		char help[256] = "";
		size_t at = 0;

		if (!*m->verb) {
			complete_offer(w, m->noun, m->summary);
			continue;
		}
		for (; m->noun && at < sizeof help; m++)
			at += (size_t)snprintf(help + at, sizeof help - at, "%s%s", at ? ", " : "",
					       m->verb);
		complete_offer(w, ctl_nouns[i]->noun, help);
	}
}

static void verbs_offer(const struct complete *w)
{
	for (const struct ctl_command *m = w->noun; m->noun; m++)
		complete_offer(w, m->verb, m->summary);
}

static void options_offer(const struct complete *w)
{
	const struct ctl_param *p = w->command ? w->command->params : NULL;
	struct ctl_param global;
	char word[64];

	for (; p && p->help; p++) {
		if (!p->option)
			continue;
		snprintf(word, sizeof word, "--%s", p->option);
		complete_offer(w, word, p->help);
	}
	if (w->command && w->command->watch) {
		complete_offer(w, "--watch", "Repeat, with counters as rates");
		complete_offer(w, "--count", "Stop watching after so many rounds");
	}
	for (unsigned i = 0; command_global(i, &global); i++) {
		snprintf(word, sizeof word, "--%s", global.option);
		complete_offer(w, word, global.help);
	}
	complete_offer(w, "--help", "Give this help list");
}

static const struct ctl_command *noun_named(const char *word)
{
	for (unsigned i = 0; ctl_nouns[i]; i++)
		if (!strcmp(ctl_nouns[i]->noun, word))
			return ctl_nouns[i];
	return NULL;
}

static void place_take(struct complete *w, const char *word)
{
	if (!w->noun) {
		w->noun = noun_named(word);
		w->command = w->noun && !*w->noun->verb ? w->noun : NULL;
	} else if (!w->command) {
		for (const struct ctl_command *m = w->noun; m->noun; m++)
			if (!strcmp(m->verb, word))
				w->command = m;
	} else {
		w->places++;
	}
}

static bool option_is(const struct ctl_param *p, const char *word, size_t len)
{
	return p->option && strlen(p->option) == len && !strncmp(p->option, word, len);
}

// The option that wants a value after `word`, "--name" or "-s".
static const struct ctl_param *option_named(struct complete *w, const char *word)
{
	const struct ctl_param *p = w->command ? w->command->params : NULL;
	bool letter = word[1] != '-';
	size_t len = strcspn(word + 2, "=");

	for (; p && p->help; p++)
		if (letter ? p->letter == word[1] && !word[2] : option_is(p, word + 2, len))
			return p->arg ? p : NULL;
	for (unsigned i = 0; command_global(i, &w->global); i++)
		if (letter ? w->global.option[0] == word[1] && !word[2]
			   : option_is(&w->global, word + 2, len))
			return w->global.arg ? &w->global : NULL;
	return NULL;
}

static void value_take(struct complete *w, const char *word)
{
	if (w->pending == &w->global && !strcmp(w->global.option, "socket"))
		w->socket = word;
	w->pending = NULL;
}

static void word_take(struct complete *w, char *word)
{
	char *value = strchr(word, '=');

	// bash makes words of their own of the '=' and of what is after it.
	if (!strcmp(word, "="))
		return;
	if (w->pending) {
		value_take(w, word);
		return;
	}
	if (word[0] != '-' || !word[1]) {
		place_take(w, word);
		return;
	}
	w->pending = option_named(w, word);
	if (w->pending && value && word[1] == '-')
		value_take(w, value + 1);
}

static const struct ctl_param *place_at(const struct ctl_command *m, unsigned place)
{
	for (const struct ctl_param *p = m->params; p && p->help; p++)
		if (!p->option && !place--)
			return p;
	return NULL;
}

static void rest_offer(struct complete *w)
{
	const struct ctl_param *place = w->command ? place_at(w->command, w->places) : NULL;

	if (!w->noun)
		nouns_offer(w);
	else if (!w->command)
		verbs_offer(w);
	else if (place)
		complete_value(w, place);
	else
		options_offer(w);
}

static void last_offer(struct complete *w, char *word)
{
	char *value = strchr(word, '=');

	w->prefix = word;
	if (!w->pending && word[0] == '-' && word[1] == '-' && value) {
		w->pending = option_named(w, word);
		w->before = word;
		w->before_len = (size_t)(value + 1 - word);
		w->prefix = value + 1;
		if (!w->pending)
			return; // an option that takes no value
	} else if (w->pending && !strcmp(word, "=")) {
		w->prefix = "";
	}
	if (w->pending)
		complete_value(w, w->pending);
	else if (word[0] == '-')
		options_offer(w);
	else
		rest_offer(w);
}

void complete_print(const struct ctl *c, char *line)
{
	struct complete w = {.before = "", .socket = c->socket};
	char *word, *rest = line, *next;

	word = strsep(&rest, "\n");
	while ((next = strsep(&rest, "\n"))) {
		word_take(&w, word);
		word = next;
	}
	last_offer(&w, word);
}
