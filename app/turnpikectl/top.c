// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "table.h"
#include "top.h"

#define FIRST_WAIT_S 0.3 // to the first rates
#define RETRY_MIN_S 0.5
#define PAPER_LINES 1000000 // no end

struct top {
	struct top_state state;
	struct top_fetcher *fetcher;
	struct top_sample before, now;
	double due_s; // of the next question
	double now_s; // when the last answer came
	bool waiting; // for an answer
};

static volatile sig_atomic_t stop_signal;

static void on_signal(int sig)
{
	stop_signal = sig;
}

static void draw(struct top *t)
{
	const struct top_screen screen = {.emit = view_line};
	struct top_model model;
	bool some = t->now.status && !top_model_make(&model, &t->before, &t->now);

	view_size(&t->state.rows, &t->state.columns);
	t->state.stale_s = some ? top_clock_s() - t->now_s : 0;
	top_frame(&t->state, some ? &model : NULL, &screen);
	view_flush();
	if (some)
		top_model_free(&model);
}

static void ask(struct top *t)
{
	fetcher_ask(t->fetcher, t->state.view == TOP_SESSIONS);
	t->waiting = true;
}

// Returns whether there was an answer.
static bool answer_take(struct top *t)
{
	struct top_sample got = {0};
	int code = fetcher_take(t->fetcher, &got, t->state.trouble, sizeof t->state.trouble);
	double now_s = top_clock_s(), wait_s = top_interval_s(&t->state);

	if (code < 0)
		return false;
	t->waiting = false;
	if (!code) {
		bool first = !t->now.status;

		top_sample_free(&t->before);
		t->before = t->now;
		t->now = got;
		t->now_s = now_s;
		wait_s = first && wait_s > FIRST_WAIT_S ? FIRST_WAIT_S : wait_s;
	} else if (!*t->state.trouble) {
		snprintf(t->state.trouble, sizeof t->state.trouble, "refused");
	}
	if (code && wait_s < RETRY_MIN_S)
		wait_s = RETRY_MIN_S;
	t->due_s = now_s + wait_s;
	return true;
}

// Keys that change what has to be asked for make the next question due.
static bool keys_take(struct top *t)
{
	enum top_view view = t->state.view;
	unsigned interval = t->state.interval;
	bool paused = t->state.paused, any = false;
	int key;

	while ((key = view_key()) != TOP_KEY_NONE) {
		top_key(&t->state, key);
		any = true;
	}
	if (interval != t->state.interval && !*t->state.trouble)
		t->due_s = t->now_s + top_interval_s(&t->state);
	if ((view != t->state.view && t->state.view == TOP_SESSIONS) ||
	    (paused && !t->state.paused))
		t->due_s = 0;
	return any;
}

static int wait_ms(const struct top *t)
{
	double left_s = t->due_s - top_clock_s();

	if (t->waiting || t->state.paused)
		return 1000; // the age of what is shown goes on
	return left_s <= 0 ? 0 : (int)ceil(left_s * 1000);
}

static int loop(struct top *t)
{
	while (!t->state.quit && !stop_signal) {
		struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
				       {.fd = fetcher_fd(t->fetcher), .events = POLLIN}};
		int n;

		if (!t->waiting && !t->state.paused && t->due_s <= top_clock_s())
			ask(t);
		n = poll(fds, 2, wait_ms(t));
		if (n > 0 && (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)))
			return CTL_FAILED; // the terminal is gone
		if (keys_take(t) | answer_take(t) | *t->state.trouble)
			draw(t);
	}
	return CTL_DONE;
}

static void signals_catch(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	struct sigaction act = {.sa_handler = on_signal};

	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &act, NULL);
}

static int live(const struct ctl *c, struct top *t)
{
	int code;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)) {
		ctl_complain("top draws on a terminal; --once prints one picture");
		return CTL_USAGE;
	}
	if (view_open(c->color)) {
		ctl_complain("cannot draw on this terminal (TERM=%s); --once prints one picture",
			     getenv("TERM") ? getenv("TERM") : "");
		return CTL_FAILED;
	}
	t->fetcher = fetcher_new(c);
	if (!t->fetcher) {
		view_close();
		ctl_complain("cannot ask in a thread: %s", strerror(errno));
		return CTL_FAILED;
	}
	signals_catch();
	draw(t);
	code = loop(t);
	view_close();
	if (!stop_signal)
		return code;
	signal(stop_signal, SIG_DFL);
	raise(stop_signal);
	return CTL_FAILED;
}

static void line_print(void *unused, unsigned row, const struct top_line *line)
{
	int len = (int)line->bytes;

	(void)unused;
	(void)row;
	while (len && line->text[len - 1] == ' ')
		len--;
	printf("%.*s\n", len, line->text);
}

static unsigned paper_columns(void)
{
	const char *text = getenv("COLUMNS");
	unsigned asked = text ? (unsigned)strtoul(text, NULL, 10) : 0;
	struct winsize size;

	if (asked)
		return asked < TOP_LINE_CELLS ? asked : TOP_LINE_CELLS;
	return !ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col ? size.ws_col : 80;
}

static void once_show(const struct ctl *c, struct top_state *s, struct top_model *m)
{
	const struct top_screen screen = {.emit = line_print};
	json_t *all;

	if (!c->json) {
		s->rows = PAPER_LINES;
		s->columns = paper_columns();
		top_frame(s, m, &screen);
		return;
	}
	all = top_model_json(m);
	result_show(c, all);
	json_decref(all);
}

static int once(const struct ctl *c, struct top *t)
{
	bool sessions = c->json || t->state.view == TOP_SESSIONS;
	double wait_s = top_interval_s(&t->state);
	struct timespec wait = {(time_t)wait_s, (long)((wait_s - floor(wait_s)) * 1e9)};
	struct top_model model;
	int code = top_sample_fetch(c, sessions, &t->before);

	if (code)
		return code;
	nanosleep(&wait, NULL);
	code = top_sample_fetch(c, sessions, &t->now);
	if (code)
		return code;
	t->state.once = true;
	if (top_model_make(&model, &t->before, &t->now)) {
		ctl_complain("out of memory");
		return CTL_FAILED;
	}
	once_show(c, &t->state, &model);
	top_model_free(&model);
	return CTL_DONE;
}

static int top_run(struct ctl *c, json_t *params)
{
	struct top t = {0};
	int code;

	top_state_init(&t.state);
	t.state.utf8 = c->utf8 && !json_object_get(params, "ascii");
	t.state.all = c->all;
	code = top_state_choose(&t.state, params);
	if (code)
		return code;
	code = c->json || json_object_get(params, "once") ? once(c, &t) : live(c, &t);
	top_sample_free(&t.before);
	top_sample_free(&t.now);
	return code;
}

static const struct ctl_param top_params[] = {
	{"once", "once", NULL, API_BOOL, false,
	 "Print one picture as text, after one interval; so does -j, with all views"},
	{"interval", "interval", "SECONDS", API_TEXT, false,
	 "0.2, 0.5, 1, 2, 5, 10, 30 or 60 between pictures (1)", "0.2 0.5 1 2 5 10 30 60"},
	{"view", "view", "VIEW", API_TEXT, false, "queues, workers, drops or sessions (queues)",
	 "queues workers drops sessions"},
	{"sort", "sort", "COLUMN", API_TEXT, false,
	 "Sort the view by this column, as -j names it; -COLUMN: the other way round"},
	{"filter", "filter", "TEXT", API_TEXT, false, "Only rows that hold this text"},
	{NULL, "all", NULL, API_BOOL, false, "Also reasons that nothing was ever dropped for"},
	{"ascii", "ascii", NULL, API_BOOL, false, "Bars without characters beyond ASCII"},
	{0},
};

const struct ctl_command top_commands[] = {
	{"top", "", NULL, "Live view of queues, workers, drops and sessions",
	 "top --view sessions --sort in_bps", top_params, .run = top_run},
	{0},
};
