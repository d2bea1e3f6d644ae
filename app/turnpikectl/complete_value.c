// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complete.h"
#include "table.h"

#define OFFERED_MAX 200 // more is no help to whoever types
#define ANSWER_S 1 // a shell waits

// Without a word from us: a complaint in the middle of a command line helps nobody.
static json_t *relay_ask(const struct complete *w, const char *method)
{
	struct ctl c = {.socket = w->socket ? w->socket : CTL_READ_SOCKET, .timeout_s = ANSWER_S};
	json_t *params = json_pack("{s:i}", "limit", OFFERED_MAX), *result = NULL;
	char unheard[64];

	ctl_complain_into(unheard, sizeof unheard);
	client_call(&c, method, params, &result);
	ctl_complain_into(NULL, 0);
	json_decref(params);
	return result;
}

static void ids_offer(const struct complete *w)
{
	json_t *result = relay_ask(w, "turn.list");
	const json_t *a;
	size_t i;

	json_array_foreach(member_list(result, "allocations"), i, a) {
		const char *user = member_text(a, "user"), *client = member_text(a, "client");
		char id[24], help[256];

		snprintf(id, sizeof id, "%" PRIu64, member_count(a, "id"));
		snprintf(help, sizeof help, "%s at %s", user ? user : "-", client ? client : "-");
		text_clean(help);
		complete_offer(w, id, help);
	}
	json_decref(result);
}

// What a shell would take apart, or a terminal obey, is not offered.
static bool is_plain(const char *word)
{
	for (const char *c = word; *c; c++)
		if ((unsigned char)*c <= ' ' || strchr("'\"\\$`!\x7f", *c))
			return false;
	return *word;
}

static void rooms_offer(const struct complete *w)
{
	json_t *result = relay_ask(w, "room.list");
	const json_t *r;
	size_t i;

	json_array_foreach(member_list(result, "rooms"), i, r) {
		const char *room = member_text(r, "room");
		char help[64];

		if (!room || !is_plain(room))
			continue;
		snprintf(help, sizeof help, "%" PRIu64 " players", member_count(r, "players"));
		complete_offer(w, room, help);
	}
	json_decref(result);
}

static void users_offer(const struct complete *w)
{
	json_t *result = relay_ask(w, "turn.list"), *seen = json_object();
	const json_t *a;
	size_t i;

	json_array_foreach(member_list(result, "allocations"), i, a) {
		char *user = strdup(member_text(a, "user") ? member_text(a, "user") : "");

		if (user && is_plain(user) && !json_object_get(seen, user)) {
			text_clean(user);
			json_object_set_new(seen, user, json_true());
			complete_offer(w, user, "has a session");
		}
		free(user);
	}
	json_decref(seen);
	json_decref(result);
}

// "a,b,c": the one behind the last comma is being typed. "-a": falling.
static void values_offer(struct complete w, const struct ctl_param *p)
{
	char values[512], *rest = values, *word;
	const char *comma = strrchr(w.prefix, ',');
	char before[512];
	size_t kept = comma && strchr(p->arg, ',') ? (size_t)(comma + 1 - w.prefix) : 0;

	if (*w.prefix == '-')
		kept = 1;
	if (w.before_len + kept >= sizeof before)
		return;
	memcpy(before, w.before, w.before_len);
	memcpy(before + w.before_len, w.prefix, kept);
	w.before = before;
	w.before_len += kept;
	w.prefix += kept;
	snprintf(values, sizeof values, "%s", p->values);
	while ((word = strsep(&rest, " ")))
		complete_offer(&w, word, "");
}

void complete_value(const struct complete *w, const struct ctl_param *p)
{
	bool turn = w->noun && !strcmp(w->noun->noun, "turn");
	bool voice =
		w->noun && (!strcmp(w->noun->noun, "room") || !strcmp(w->noun->noun, "player"));

	if (p->values)
		values_offer(*w, p);
	else if (!strcmp(p->arg, "FILE") || !strcmp(p->arg, "SOCKET"))
		puts(":files");
	else if (turn && !strcmp(p->arg, "ID"))
		ids_offer(w);
	else if (turn && !strcmp(p->arg, "NAME"))
		users_offer(w);
	else if (voice && !strcmp(p->arg, "ROOM"))
		rooms_offer(w);
}
