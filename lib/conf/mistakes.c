// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Bytes of the UTF-8 character at `s` that may be shown; 0: none (control characters, broken ones).
static unsigned char_len(const uint8_t *s)
{
	unsigned len = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;

	if (s[0] < 0x20 || s[0] == 0x7f || (s[0] >= 0x80 && s[0] < 0xc2) || s[0] > 0xf4)
		return 0;
	if (s[0] == 0xc2 && s[1] < 0xa0)
		return 0;
	for (unsigned i = 1; i < len; i++)
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	return len;
}

// What came from a file goes to a terminal: no escape sequences, no half characters.
static void clean(char *text)
{
	uint8_t *s = (uint8_t *)text;

	while (*s) {
		unsigned len = char_len(s);

		if (!len)
			*s = '?';
		s += len ? len : 1;
	}
}

static struct conf_mistake *mistake_new(struct conf_mistakes *m, unsigned line)
{
	struct conf_mistake *at;
	size_t i = m->n;

	if (m->n >= CONF_MISTAKES_MAX)
		return NULL;
	at = realloc(m->at, (m->n + 1) * sizeof *at);
	if (!at) {
		m->failed = true;
		return NULL;
	}
	m->at = at;
	while (i && at[i - 1].line > line)
		i--;
	memmove(at + i + 1, at + i, (m->n - i) * sizeof *at);
	m->n++;
	at[i] = (struct conf_mistake){.line = line};
	return &at[i];
}

static void mistake_put(struct conf_mistakes *m, unsigned line, const char *key, const char *format,
			va_list args)
{
	struct conf_mistake *at = mistake_new(m, line);

	if (!at)
		return;
	snprintf(at->key, sizeof at->key, "%s", key);
	vsnprintf(at->text, sizeof at->text, format, args);
	clean(at->key);
	clean(at->text);
}

void conf_mistake_put(struct conf_mistakes *m, unsigned line, const char *key, const char *format,
		      ...)
{
	va_list args;

	va_start(args, format);
	mistake_put(m, line, key, format, args);
	va_end(args);
}

void conf_mistake_add(struct conf_mistakes *m, const char *key, const char *format, ...)
{
	va_list args;

	if (conf_mistaken(m, key))
		return;
	va_start(args, format);
	mistake_put(m, m->document ? conf_document_line(m->document, key) : 0, key, format, args);
	va_end(args);
}

// One is the other, or holds it.
static bool related(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	if (!*a || !*b)
		return (!*a && !*b) || strchr(".[", *a ? *a : *b) != NULL;
	return false;
}

bool conf_mistaken(const struct conf_mistakes *m, const char *key)
{
	for (size_t i = 0; i < m->n; i++)
		if (related(m->at[i].key, key))
			return true;
	return false;
}

void conf_mistakes_free(struct conf_mistakes *m)
{
	free(m->at);
	*m = (struct conf_mistakes){0};
}
