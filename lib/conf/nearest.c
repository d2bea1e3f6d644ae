// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <string.h>

#define WORD_MAX 48 // bytes; longer ones are no slip of a key

static unsigned min2(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

// Edits from `a` to `b`: one character in, out, changed, or two neighbours swapped.
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned rows[3][WORD_MAX + 1];
	unsigned *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t k = 0; k <= b_len; k++)
		now[k] = (unsigned)k;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned *spare = before;

		before = last;
		last = now;
		now = spare;
		now[0] = (unsigned)i;
		for (size_t k = 1; k <= b_len; k++) {
			now[k] = min2(min2(last[k], now[k - 1]) + 1,
				      last[k - 1] + (a[i - 1] != b[k - 1]));
			if (i > 1 && k > 1 && a[i - 1] == b[k - 2] && a[i - 2] == b[k - 1])
				now[k] = min2(now[k], before[k - 2] + 1);
		}
	}
	return now[b_len];
}

const char *conf_nearest(const struct conf_row *rows, const char *word)
{
	size_t len = strnlen(word, WORD_MAX + 1);
	unsigned best = 4;
	const char *nearest = NULL;

	for (; len <= WORD_MAX && rows->key; rows++) {
		size_t key_len = strlen(rows->key);
		unsigned d = key_len <= WORD_MAX ? distance(word, len, rows->key, key_len) : best;

		if (d < best && 2 * d < len) {
			best = d;
			nearest = rows->key;
		}
	}
	return nearest;
}
