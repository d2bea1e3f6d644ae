// SPDX-License-Identifier: Apache-2.0
#include <ncurses.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "top.h"

static SCREEN *screen;
static int tones[TOP_SELECTED + 1];

// What a handler of a crash may use: neither malloc nor ncurses.
static struct {
	struct termios modes;
	char bytes[128];
	size_t len;
	volatile sig_atomic_t open;
} rescue;

static void crashed(int sig)
{
	if (rescue.open) {
		ssize_t n = write(STDOUT_FILENO, rescue.bytes, rescue.len);

		(void)n;
		tcsetattr(STDIN_FILENO, TCSANOW, &rescue.modes);
	}
	raise(sig); // SA_RESETHAND: as if we had not been here
}

static void rescue_prepare(void)
{
	static const char *const names[] = {"sgr0", "cnorm", "rmkx", "rmcup"};
	static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
	struct sigaction act = {.sa_handler = crashed, .sa_flags = SA_RESETHAND | SA_NODEFER};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *text = tigetstr(names[i]);

		if (text && text != (const char *)-1 &&
		    rescue.len + strlen(text) < sizeof rescue.bytes) {
			strcpy(rescue.bytes + rescue.len, text);
			rescue.len += strlen(text);
		}
	}
	for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
		sigaction(signals[i], &act, NULL);
	rescue.open = 1;
}

static void tones_prepare(bool color)
{
	static const short colors[] = {[TOP_GOOD] = COLOR_GREEN, COLOR_YELLOW, COLOR_RED};

	tones[TOP_HEAD] = tones[TOP_WARN] = tones[TOP_BAD] = A_BOLD;
	tones[TOP_SELECTED] = A_REVERSE;
	if (!color || !has_colors() || start_color() == ERR)
		return;
	use_default_colors();
	for (short t = TOP_GOOD; t <= TOP_BAD; t++) {
		init_pair(t, colors[t], -1);
		tones[t] = COLOR_PAIR(t);
	}
	tones[TOP_BAD] |= A_BOLD;
	tones[TOP_DIM] = A_DIM;
}

int view_open(bool color)
{
	if (tcgetattr(STDIN_FILENO, &rescue.modes))
		return -1;
	screen = newterm(NULL, stdout, stdin);
	if (!screen)
		return -1;
	if (!tigetstr("cup")) { // a teletype
		view_close();
		return -1;
	}
	atexit(view_close); // an end for want of memory goes through exit
	rescue_prepare();
	cbreak();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	curs_set(0);
	tones_prepare(color);
	return 0;
}

void view_close(void)
{
	if (!screen)
		return;
	rescue.open = 0;
	endwin();
	delscreen(screen);
	screen = NULL;
}

void view_size(unsigned *rows, unsigned *columns)
{
	int y, x;

	getmaxyx(stdscr, y, x);
	*rows = y > 0 ? (unsigned)y : 1;
	*columns = x > 0 ? (unsigned)x : 1;
}

int view_key(void)
{
	static const struct {
		int curses, ours;
	} keys[] = {
		{ERR, TOP_KEY_NONE},
		{KEY_UP, TOP_KEY_UP},
		{KEY_DOWN, TOP_KEY_DOWN},
		{KEY_PPAGE, TOP_KEY_PAGE_UP},
		{KEY_NPAGE, TOP_KEY_PAGE_DOWN},
		{KEY_HOME, TOP_KEY_HOME},
		{KEY_END, TOP_KEY_END},
		{KEY_LEFT, TOP_KEY_LEFT},
		{KEY_RIGHT, TOP_KEY_RIGHT},
		{KEY_BACKSPACE, TOP_KEY_BACKSPACE},
		{0x7f, TOP_KEY_BACKSPACE},
		{'\b', TOP_KEY_BACKSPACE},
		{KEY_ENTER, TOP_KEY_ENTER},
		{'\r', TOP_KEY_ENTER},
		{'\n', TOP_KEY_ENTER},
		{0x1b, TOP_KEY_ESCAPE},
		{KEY_RESIZE, TOP_KEY_RESIZE},
		{'L' - '@', TOP_KEY_RESIZE},
	};
	int key = getch();

	if (key == 'L' - '@')
		clearok(stdscr, TRUE); // draw all anew
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (keys[i].curses == key)
			return keys[i].ours;
	return key > 0xff ? TOP_KEY_RESIZE : key; // a key that means nothing here
}

static int tone_at(const struct top_line *line, unsigned at, unsigned *until)
{
	*until = line->bytes;
	for (unsigned i = 0; i < line->span_count; i++) {
		const struct top_span *s = &line->spans[i];

		if (at >= s->start && at < s->start + s->len) {
			*until = s->start + s->len;
			return tones[s->tone];
		}
		if (s->start > at && s->start < *until)
			*until = s->start;
	}
	return A_NORMAL;
}

void view_line(void *unused, unsigned row, const struct top_line *line)
{
	unsigned until;

	(void)unused;
	move((int)row, 0);
	for (unsigned at = 0; at < line->bytes; at = until) {
		attrset(tone_at(line, at, &until));
		addnstr(line->text + at, (int)(until - at));
	}
	attrset(A_NORMAL);
	if (line->cells < (unsigned)COLS)
		clrtoeol();
}

void view_flush(void)
{
	refresh();
}
