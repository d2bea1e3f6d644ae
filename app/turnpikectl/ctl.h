// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_CTL_H
#define TURNPIKECTL_CTL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "api/api.h"

// The command line: a command is a row that says which method it calls, what it takes and how the
// result looks to a person. One thread; `top` asks in a second one.

enum ctl_exit { CTL_DONE, CTL_FAILED, CTL_USAGE, CTL_UNREACHABLE, CTL_DENIED, CTL_NOT_FOUND };

#define CTL_SOCKET "/run/turnpike/control.sock"
#define CTL_READ_SOCKET "/run/turnpike/read.sock" // where the first may not be opened

struct ctl_command;

struct ctl {
	const struct ctl_command *command;
	const json_t *params; // as they were parsed
	const char *socket; // NULL: CTL_SOCKET, else CTL_READ_SOCKET
	unsigned timeout_s; // of one call
	bool json;
	bool color; // a terminal that wants colours
	bool utf8; // the terminal's character set
	bool all; // --all
	unsigned watch_s; // 0: once
	unsigned rounds; // of watching, 0: no end
	bool rates; // the result that is being printed is per second
};

struct ctl_param {
	const char *name; // of the request's params; NULL: sets ctl.all; with NULL `arg` it ends
	const char *option; // long option's name; NULL: an argument in its place
	const char *arg; // how the value is called in usage text
	enum api_type
		type; // API_TEXT, API_INT, API_REAL; API_BOOL: an option without value; API_LIST: given again
	bool required;
	const char *help;
	const char *values; // those that completion offers, "a b c"; NULL: by `arg` (ID, FILE)
	char letter; // of the option, as in -w; 0: none
};

struct ctl_command {
	const char *noun, *verb; // noun NULL ends a table; verb "": the noun alone is the command
	const char *method; // of the control socket
	const char *summary; // one sentence
	const char *example; // arguments after "turnpikectl "
	const struct ctl_param *params;
	bool watch; // takes --watch
	// What is shown of a result, as the options ask; a new reference. NULL: all of it.
	json_t *(*arrange)(const struct ctl *c, const json_t *result);
	// Instead of one call of `method`. Returns enum ctl_exit; a result beside a failure is printed.
	int (*fetch)(const struct ctl *c, json_t *params, json_t **result);
	void (*print)(const struct ctl *c, const json_t *result);
	// Instead of all of that, where there is more than a result to show. Returns enum ctl_exit.
	int (*run)(struct ctl *c, json_t *params);
};

// One table a noun; main.c lists them.
extern const struct ctl_command capture_commands[], node_commands[], stats_commands[],
	turn_commands[], credential_commands[], path_commands[], config_commands[], log_commands[],
	api_commands[], token_commands[], top_commands[], completion_commands[], events_commands[],
	room_commands[], player_commands[];
extern const struct ctl_command *const ctl_nouns[]; // ends with NULL

// Parses what follows NOUN VERB into c and *params (a new reference). Ends the program on --help
// and on wrong usage.
json_t *command_parse(struct ctl *c, int argc, char **argv);
// The commands that there are, by noun; malloc'ed. NULL noun: all.
char *commands_text(const char *noun);
// Parses what stands before NOUN; returns the index of NOUN, argc without one.
int command_parse_globals(struct ctl *c, int argc, char **argv);

// The options that every command takes, by number; false behind the last. Points to what lasts.
bool command_global(unsigned i, struct ctl_param *out);

// One request, one answer. Returns enum ctl_exit, having said on standard error what went wrong;
// *result is a new reference on success.
int client_call(const struct ctl *c, const char *method, const json_t *params, json_t **result);
// One request, then the notifications that follow its answer. Returns enum ctl_exit; CTL_DONE when
// `event` returned false or stop_fd can be read.
struct client_tail {
	bool (*event)(void *ctx, const json_t *params);
	void *ctx;
	int stop_fd; // 0: none
};
int client_follow(const struct ctl *c, const char *method, const json_t *params,
		  const struct client_tail *tail);
// Fetches the command's result, by its row.
int client_fetch(const struct ctl *c, json_t *params, json_t **result);

// (turn.c) turn.list, page by page; `params` may hold a limit.
int turn_list_fetch(const struct ctl *c, json_t *params, json_t **result);

// Shows a result as -j and --watch ask.
void result_show(const struct ctl *c, const json_t *result);
// Repeats the command; enum ctl_exit.
int watch_run(struct ctl *c, json_t *params);
// (rates.c) What counters of `now` grew by a second since `before`; all else as it is. A new reference.
json_t *watch_rates(const json_t *before, const json_t *now, double elapsed_s);

// Replaces control characters, in place: what a relay says may not drive a terminal.
void text_clean(char *text);
// "turnpikectl: …" on standard error, cleaned.
void ctl_complain(const char *format, ...) __attribute__((format(printf, 1, 2)));
// From now on complaints are kept in `text`, the last one, instead: the screen is in use. NULL: no more.
void ctl_complain_into(char *text, size_t size);

#endif
