// SPDX-License-Identifier: Apache-2.0
#include "metric/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool text_grow(struct text *t, size_t more)
{
	size_t cap = t->cap ? t->cap : 4096;
	char *at;

	while (cap - t->len < more)
		cap *= 2;
	at = cap == t->cap ? t->at : realloc(t->at, cap);
	if (!at)
		return false;
	t->at = at;
	t->cap = cap;
	return true;
}

void text_add(struct text *t, const char *bytes, size_t len_bytes)
{
	if (t->failed || !text_grow(t, len_bytes + 1)) {
		t->failed = true;
		return;
	}
	memcpy(t->at + t->len, bytes, len_bytes);
	t->len += len_bytes;
	t->at[t->len] = '\0';
}

void text_put(struct text *t, const char *words)
{
	text_add(t, words, strlen(words));
}

void text_put_u64(struct text *t, uint64_t value)
{
	char digits[24];

	snprintf(digits, sizeof digits, "%" PRIu64, value);
	text_put(t, digits);
}

void text_put_double(struct text *t, double value)
{
	char digits[40] = "";

	if (isinf(value) || isnan(value)) {
		text_put(t, isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf");
		return;
	}
	// 6 digits first: then 100000 stays as it is and 1000000 is 1e+06, OpenMetrics' canonical form.
	for (int precision = 6; precision <= 17; precision++) {
		snprintf(digits, sizeof digits, "%.*g", precision, value);
		if (strtod(digits, NULL) == value)
			break;
	}
	text_put(t, digits);
	if (!strpbrk(digits, ".e"))
		text_put(t, ".0");
}

// Bytes of the UTF-8 sequence at `s`, 0 when it is none (RFC 3629: no surrogates, no overlong
// forms).
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] < 0x80                    ? 1
		   : s[0] >= 0xc2 && s[0] <= 0xdf ? 2
		   : (s[0] & 0xf0) == 0xe0        ? 3
						  : 4;

	if (n == 1)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f))
		return 0;
	if ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static void put_ascii(struct text *t, char c, enum text_escape how)
{
	char escape[8];

	snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)c);
	if (c == '\n')
		text_put(t, "\\n");
	else if (c == '\\' || (c == '"' && how != TEXT_HELP))
		text_add(t, (const char[]){'\\', c}, 2);
	else if ((unsigned char)c < 0x20 && how == TEXT_JSON)
		text_put(t, escape);
	else
		text_add(t, &c, 1);
}

void text_put_escaped(struct text *t, const char *words, enum text_escape how)
{
	while (*words) {
		size_t n = utf8_len((const unsigned char *)words);

		if (n == 1)
			put_ascii(t, *words, how);
		else if (n)
			text_add(t, words, n);
		else
			text_put(t, "\xef\xbf\xbd");
		words += n ? n : 1;
	}
}
