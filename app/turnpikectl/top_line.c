// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "top_frame.h"

void line_clear(struct top_line *l)
{
	l->bytes = l->cells = l->span_count = 0;
	l->text[0] = '\0';
}

// How long the next character is, in bytes and cells. What the locale cannot show is one cell.
static unsigned char_len(const char *text, unsigned *cells)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t bytes = mbrtowc(&wide, text, MB_CUR_MAX, &state);
	int width = bytes && bytes <= MB_CUR_MAX ? wcwidth(wide) : -1;

	*cells = width < 0 ? 1 : (unsigned)width;
	return width < 0 ? 0 : (unsigned)bytes;
}

static bool line_put(struct top_line *l, const char *bytes, unsigned len, unsigned cells)
{
	if (l->bytes + len >= sizeof l->text || l->cells + cells > TOP_LINE_CELLS)
		return false;
	memcpy(l->text + l->bytes, bytes, len);
	l->bytes += len;
	l->cells += cells;
	l->text[l->bytes] = '\0';
	return true;
}

static unsigned text_cells(const char *text)
{
	unsigned sum = 0, cells;

	while (*text) {
		unsigned len = char_len(text, &cells);

		sum += cells;
		text += len ? len : 1;
	}
	return sum;
}

static void spaces_add(struct top_line *l, unsigned n)
{
	while (n-- && line_put(l, " ", 1, 1))
		;
}

static void chars_add(struct top_line *l, const char *text, unsigned most)
{
	unsigned used = 0, cells;

	while (*text) {
		unsigned len = char_len(text, &cells);

		used += cells;
		if (used > most || !line_put(l, len ? text : "?", len ? len : 1, cells))
			return;
		text += len ? len : 1;
	}
}

void line_add(struct top_line *l, enum top_tone tone, int width, const char *text)
{
	unsigned start = l->bytes, need = text_cells(text);
	unsigned room = width ? (unsigned)abs(width) : need;

	if (width < 0 && need < room)
		spaces_add(l, room - need);
	chars_add(l, text, room);
	if (width > 0 && need < room)
		spaces_add(l, room - need);
	if (tone != TOP_PLAIN && l->span_count < TOP_SPANS_MAX)
		l->spans[l->span_count++] = (struct top_span){start, l->bytes - start, tone};
}

void line_printf(struct top_line *l, enum top_tone tone, const char *format, ...)
{
	char text[512];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof text, format, args);
	va_end(args);
	line_add(l, tone, 0, text);
}

static enum top_tone share_tone(double share)
{
	return share > 0.9 ? TOP_BAD : share > 0.7 ? TOP_WARN : TOP_GOOD;
}

void line_bar(struct top_line *l, double share, unsigned width, bool utf8)
{
	// Eighths of a cell, U+258F to U+2588.
	static const char *const parts[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
	double full = fmin(fmax(share, 0), 1) * width;
	unsigned whole = (unsigned)full, eighths = (unsigned)((full - whole) * 8), i;
	char text[256 * 3 + 8] = "";
	size_t at = 0;

	if (!utf8)
		whole = (unsigned)lround(full);
	for (i = 0; i < whole && i < 255; i++)
		at += (size_t)sprintf(text + at, "%s", utf8 ? "█" : "#");
	if (utf8 && whole < width)
		sprintf(text + at, "%s", parts[eighths]);
	line_add(l, share_tone(share), (int)width, text);
}

void line_cut(struct top_line *l, unsigned columns)
{
	unsigned at = 0, used = 0, cells;

	while (at < l->bytes) {
		unsigned len = char_len(l->text + at, &cells);

		if (used + cells > columns)
			break;
		used += cells;
		at += len ? len : 1;
	}
	l->bytes = at;
	l->cells = used;
	l->text[at] = '\0';
	for (unsigned i = 0; i < l->span_count; i++) {
		struct top_span *s = &l->spans[i];

		s->start = s->start < at ? s->start : at;
		s->len = s->start + s->len < at ? s->len : at - s->start;
	}
}

char *number_short(char *out, size_t size, double n)
{
	static const char units[] = " kMGTPE";
	unsigned unit = 0;

	// What would be rounded to 1000 belongs to the next unit.
	for (; n >= 999.5 && unit + 1 < sizeof units - 1; n /= 1000)
		unit++;
	if (!unit)
		snprintf(out, size, "%.0f", n);
	else
		snprintf(out, size, "%.*f%c", n < 9.995 ? 2 : n < 99.95 ? 1 : 0, n, units[unit]);
	return out;
}
