// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "table.h"

// events follow: a line an event, until it is interrupted.

#define RECONNECT_MS 1000

struct follow {
	const struct ctl *c;
	json_int_t left; // events until the end; -1: no end
	int stop_fd;
};

// What has a place of its own.
static bool has_place(const char *key)
{
	static const char *const keys[] = {"time", "kind", "id", "user", "seq", "trace"};

	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (!strcmp(key, keys[i]))
			return true;
	return false;
}

static void value_put(FILE *f, const json_t *value)
{
	char *text;
	size_t i;
	const json_t *item;

	if (json_is_string(value)) {
		fputs(json_string_value(value), f);
	} else if (json_is_array(value)) {
		json_array_foreach(value, i, item) {
			fputs(i ? "," : "", f);
			value_put(f, item);
		}
	} else {
		text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
		fputs(text ? text : "?", f);
		free(text);
	}
}

// time, kind, id and user in columns, then the rest as key=value.
static char *event_text(const json_t *event)
{
	const char *time = member_text(event, "time"), *kind = member_text(event, "kind");
	const char *user = member_text(event, "user"), *key;
	json_int_t id = member_int(event, "id");
	char *out = NULL, number[24] = "";
	size_t len;
	FILE *f = open_memstream(&out, &len);
	json_t *value;

	if (!f)
		return NULL;
	if (id)
		snprintf(number, sizeof number, "%lld", (long long)id);
	fprintf(f, "%-24s  %-18s %6s  %-12s", time ? time : "", kind ? kind : "?", number,
		user ? user : "");
	json_object_foreach((json_t *)event, key, value) {
		if (has_place(key) || json_is_null(value))
			continue;
		fprintf(f, "  %s=", key);
		value_put(f, value);
	}
	if (member_text(event, "trace"))
		fprintf(f, "  trace=%s", member_text(event, "trace"));
	if (!fclose(f))
		return out;
	free(out);
	return NULL;
}

static void event_print(const struct ctl *c, const json_t *event)
{
	char *text = c->json ? json_dumps(event, JSON_COMPACT) : event_text(event);
	size_t len;

	if (text && !c->json)
		text_clean(text);
	len = text ? strlen(text) : 0;
	while (len && text[len - 1] == ' ')
		len--;
	printf("%.*s\n", (int)len, text ? text : "");
	free(text);
}

static bool on_event(void *ctx, const json_t *event)
{
	struct follow *f = ctx;

	event_print(f->c, event);
	if (fflush(stdout)) // nobody reads us any more
		return false;
	if (f->left > 0)
		f->left--;
	return f->left != 0;
}

static int stop_open(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC);
}

static bool stop_wait(int fd, int wait_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, wait_ms) != 0;
}

// Takes an option of ours off what the relay is asked.
static json_int_t option_take(json_t *params, const char *name)
{
	const json_t *value = json_object_get(params, name);
	json_int_t out = json_is_true(value) ? 1 : json_integer_value(value);

	json_object_del(params, name);
	return out;
}

static int follow(struct ctl *c, json_t *params)
{
	bool reconnect = option_take(params, "reconnect");
	struct follow f = {.c = c, .left = option_take(params, "count"), .stop_fd = stop_open()};
	const struct client_tail tail = {on_event, &f, f.stop_fd};
	int code;

	if (f.stop_fd < 0) {
		ctl_complain("signals cannot be watched: %s", strerror(errno));
		return CTL_FAILED;
	}
	if (!f.left)
		f.left = -1;
	do
		code = client_follow(c, c->command->method, params, &tail);
	while (code == CTL_UNREACHABLE && reconnect && !stop_wait(f.stop_fd, RECONNECT_MS));
	close(f.stop_fd);
	return code == CTL_UNREACHABLE && reconnect ? CTL_DONE : code;
}

static const struct ctl_param follow_params[] = {
	{"kinds", "kind", "KIND", API_LIST, false,
	 "Only this event, or this group: allocation, room, player, auth, drain, node; may be "
	 "given "
	 "again"},
	{"user", "user", "USER", API_TEXT, false, "Only about this user"},
	{"id", "id", "ID", API_INT, false, "Only about this allocation"},
	{"count", "count", "N", API_INT, false, "Stop after N events"},
	{"reconnect", "reconnect", NULL, API_BOOL, false,
	 "Wait for the relay when it is not there, and for the next one when it goes"},
	{0},
};

const struct ctl_command events_commands[] = {
	{"events", "follow", "events.subscribe",
	 "Prints what happens, a line an event, until interrupted",
	 "events follow --kind allocation --kind link_down", follow_params, .run = follow},
	{0},
};
