// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <ctype.h>

static unsigned nibble(char c)
{
	return isdigit((unsigned char)c) ? (unsigned)(c - '0') : (unsigned)(tolower(c) - 'a' + 10);
}

size_t kit_hex(uint8_t *out, size_t cap, const char *text)
{
	size_t n = 0;

	for (; *text; text++) {
		if (isspace((unsigned char)*text))
			continue;
		assert_true(isxdigit((unsigned char)text[0]) && isxdigit((unsigned char)text[1]));
		assert_true(n < cap);
		out[n++] = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
		text++;
	}
	return n;
}
