// SPDX-License-Identifier: Apache-2.0
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "ctl.h"

static void json_show(const json_t *result, size_t flags)
{
	// 15 digits: as many as a double keeps, so that 1.4 stays 1.4.
	char *text = json_dumps(result, flags | JSON_REAL_PRECISION(15));

	if (!text)
		errx(CTL_FAILED, "out of memory");
	puts(text);
	free(text);
}

void result_show(const struct ctl *c, const json_t *result)
{
	const struct ctl_command *m = c->command;
	json_t *shown = m->arrange ? m->arrange(c, result) : json_incref((json_t *)result);

	if (c->json)
		json_show(shown, c->watch_s ? JSON_COMPACT : JSON_INDENT(2));
	else
		m->print(c, shown);
	json_decref(shown);
}

static double clock_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void heading_show(const struct ctl *c, bool first)
{
	char at[16];
	time_t now = time(NULL);
	struct tm local;

	if (c->json)
		return;
	strftime(at, sizeof at, "%H:%M:%S", localtime_r(&now, &local));
	if (isatty(STDOUT_FILENO))
		fputs("\033[H\033[2J", stdout);
	else if (!first)
		putchar('\n');
	printf("%s %s at %s, %s\n", c->command->noun, c->command->verb, at,
	       first ? "since the start" : "counters per second");
}

static void round_show(struct ctl *c, const json_t *before, const json_t *now, double elapsed_s)
{
	json_t *rates;

	heading_show(c, !before);
	c->rates = before && !c->json;
	rates = c->rates ? watch_rates(before, now, elapsed_s) : json_incref((json_t *)now);
	result_show(c, rates);
	json_decref(rates);
	fflush(stdout);
}

int watch_run(struct ctl *c, json_t *params)
{
	json_t *before = NULL, *now = NULL;
	double last_s = 0;
	int code = CTL_DONE;

	for (unsigned round = 1; !ferror(stdout); round++) {
		double at_s = clock_s();

		code = client_fetch(c, params, &now);
		if (code)
			break;
		round_show(c, before, now, at_s - last_s);
		json_decref(before);
		before = now;
		now = NULL;
		last_s = at_s;
		if (round == c->rounds)
			break;
		sleep(c->watch_s);
	}
	json_decref(now);
	json_decref(before);
	return code;
}
