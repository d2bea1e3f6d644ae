// SPDX-License-Identifier: Apache-2.0
#include "player.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "table.h"

char *player_file_read(const char *file, size_t most)
{
	bool is_stdin = !strcmp(file, "-");
	FILE *f = is_stdin ? stdin : fopen(file, "re");
	char *out = f ? malloc(most + 2) : NULL;
	size_t len = out ? fread(out, 1, most + 1, f) : 0;
	int err = !f || (out && ferror(f)) ? errno : !out ? ENOMEM : len > most ? EFBIG : 0;

	if (f && !is_stdin)
		fclose(f);
	if (err) {
		ctl_complain("cannot read %s: %s", file, strerror(err));
		free(out);
		return NULL;
	}
	out[len] = 0;
	return out;
}

// "X<sep>Y<sep>Z" and nothing behind it; adds to the list.
static bool place_parse(char *text, const char *sep, json_t *out)
{
	unsigned n = 0;
	char *word, *end;

	while ((word = strsep(&text, sep))) {
		double value = strtod(word, &end);

		if (!*word && strchr(sep, ' '))
			continue; // blanks in a row
		if (end == word || *end || ++n > 3)
			return false;
		if (json_array_append_new(out, json_real(value)))
			return false; // no number that JSON has
	}
	return n == 3;
}

static int lines_take(char *text, json_t *positions)
{
	char *line;

	for (unsigned n = 1; (line = strsep(&text, "\n")); n++) {
		char *name = line + strspn(line, " \t\r");
		size_t len = strcspn(name, " \t\r");
		json_t *one = len ? json_pack("[s%]", name, len) : NULL;

		if (!len)
			continue;
		json_array_append_new(positions, one);
		if (!one || !name[len] || !place_parse(name + len + 1, " \t\r", one)) {
			ctl_complain("line %u: PLAYER X Y Z is expected", n);
			return CTL_USAGE;
		}
	}
	return CTL_DONE;
}

static int file_take(json_t *params, const char *file)
{
	char *text = player_file_read(file, HOST_LINE_MAX);
	json_t *positions = json_array();
	int code = text ? lines_take(text, positions) : CTL_FAILED;

	free(text);
	json_object_del(params, "file");
	json_object_set_new(params, "positions", positions);
	return code;
}

static int one_take(json_t *params, const char *at)
{
	char *text = strdup(at);
	json_t *list = json_array();
	bool good = text && place_parse(text, ",", list);

	free(text);
	json_object_set_new(params, "at", list);
	if (!good)
		ctl_complain("--at: X,Y,Z is expected");
	return good ? CTL_DONE : CTL_USAGE;
}

int player_position_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const char *file = member_text(params, "file"), *at = member_text(params, "at");
	int code = CTL_DONE;

	if (!file == !at || !at == !!member_text(params, "player")) {
		ctl_complain("give PLAYER and --at, or --file");
		return CTL_USAGE;
	}
	code = file ? file_take(params, file) : one_take(params, at);
	return code ? code : client_call(c, c->command->method, params, result);
}
