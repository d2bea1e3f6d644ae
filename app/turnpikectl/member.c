// SPDX-License-Identifier: Apache-2.0
#include <err.h>
#include <stdlib.h>
#include <string.h>

#include "table.h"

int64_t member_int(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

uint64_t member_count(const json_t *object, const char *key)
{
	int64_t n = member_int(object, key);

	return n < 0 ? 0 : (uint64_t)n;
}

double member_real(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

const char *member_text(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

const json_t *member_list(const json_t *object, const char *key)
{
	return json_object_get(object, key); // walking what is no list finds nothing
}

void text_clean(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		bool upper = c[0] == 0xc2 && c[1] >= 0x80 && c[1] < 0xa0; // U+0080 to U+009F

		if (*c < ' ' || *c == 0x7f || upper)
			*c = '?';
		if (upper)
			*++c = '?';
	}
}

char *member_join(const json_t *object, const char *key)
{
	const json_t *list = member_list(object, key), *item;
	char *out = strdup("");
	size_t i, len = 0;

	json_array_foreach(list, i, item) {
		const char *text = json_string_value(item);
		size_t more = text ? strlen(text) : 0;

		out = out ? realloc(out, len + more + 3) : NULL;
		if (!out)
			break;
		len += (size_t)sprintf(out + len, "%s%s", len ? ", " : "", text ? text : "");
	}
	if (!out)
		errx(CTL_FAILED, "out of memory");
	return out;
}
