// SPDX-License-Identifier: Apache-2.0
#include "host/log.h"

#include <stdio.h>
#include <string.h>

#define TAIL 16 // bytes that stay free for `","cut":true}` and the newline

static const char *const level_names[] = {"error", "warn", "info", "debug"};
static const char *const journal_levels[] = {"<3>", "<4>", "<6>", "<7>"};

static bool put(struct log_line *l, const char *bytes, size_t len)
{
	if (l->cut || l->len + len > sizeof l->bytes - TAIL) {
		l->cut = true;
		return false;
	}
	memcpy(l->bytes + l->len, bytes, len);
	l->len += len;
	return true;
}

static void put_words(struct log_line *l, const char *words)
{
	put(l, words, strlen(words));
}

// Bytes of a UTF-8 sequence, 0 when it is none. Overlong forms and surrogates count as none.
static size_t utf8_len(const unsigned char *s)
{
	size_t n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f) ||
	    (s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f))
		return 0;
	return n;
}

static size_t put_char(struct log_line *l, const char *at)
{
	unsigned char c = (unsigned char)*at;
	char escape[8];
	size_t n;

	if (c == '"' || c == '\\') {
		put(l, (const char[]){'\\', *at}, 2);
	} else if (c < 0x20 || c == 0x7f) {
		snprintf(escape, sizeof escape, "\\u%04x", c);
		put(l, escape, 6);
	} else if (c < 0x80) {
		put(l, at, 1);
	} else {
		n = utf8_len((const unsigned char *)at);
		put(l, n ? at : "\xef\xbf\xbd", n ? n : 3);
		return n ? n : 1;
	}
	return 1;
}

static void put_escaped(struct log_line *l, const char *value)
{
	while (*value && !l->cut)
		value += put_char(l, value);
}

static void put_time(struct log_line *l)
{
	char text[HOST_TIME_MAX];

	put_words(l, host_time_format(text, host_wall_ms()));
}

void log_line_start(struct log_line *l, enum log_level level, const char *event, bool json,
		    bool journal)
{
	l->len = 0;
	l->cut = false;
	l->json = json;
	if (journal)
		put_words(l, journal_levels[level]);
	if (json) {
		put_words(l, "{\"time\":\"");
		put_time(l);
		put_words(l, "\",\"level\":\"");
		put_words(l, level_names[level]);
		put_words(l, "\",\"event\":\"");
		put_escaped(l, event);
		put_words(l, "\"");
		return;
	}
	if (!journal) {
		put_time(l);
		put_words(l, " ");
	}
	put_words(l, level_names[level]);
	put_words(l, " ");
	put_words(l, event);
}

static bool wants_quotes(const char *value)
{
	for (; *value; value++)
		if ((unsigned char)*value <= ' ' || strchr("\"\\=\x7f", *value))
			return true;
	return false;
}

void log_line_pair(struct log_line *l, const char *key, const char *value)
{
	bool quotes = l->json || wants_quotes(value);
	size_t before = l->len;

	put_words(l, l->json ? ",\"" : " ");
	put_words(l, key);
	put_words(l, l->json ? "\":\"" : quotes ? "=\"" : "=");
	if (l->cut) { // not even the key fits
		l->len = before;
		return;
	}
	put_escaped(l, value);
	// Not put(): the closing quote has its place in the tail.
	if (quotes)
		l->bytes[l->len++] = '"';
}

void log_line_end(struct log_line *l)
{
	const char *end =
		l->json ? (l->cut ? ",\"cut\":true}\n" : "}\n") : (l->cut ? " cut\n" : "\n");

	memcpy(l->bytes + l->len, end, strlen(end));
	l->len += strlen(end);
}
