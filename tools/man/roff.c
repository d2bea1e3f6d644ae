// SPDX-License-Identifier: Apache-2.0
#include "man.h"

#include <ctype.h>
#include <string.h>

void roff_text(FILE *f, const char *text)
{
	// At the start of a line these two would begin a request.
	if (*text == '.' || *text == '\'')
		fputs("\\&", f);
	for (; *text; text++) {
		if (*text == '-')
			fputs("\\-", f); // a minus that can be copied, no hyphen
		else if (*text == '\\')
			fputs("\\e", f);
		else if (*text == '\'')
			fputs("\\(aq", f);
		else if (*text == '"')
			fputs("\\(dq", f);
		else
			fputc(*text, f);
	}
}

void roff_bold(FILE *f, const char *text)
{
	fputs("\\fB", f);
	roff_text(f, text);
	fputs("\\fR", f);
}

void roff_italic(FILE *f, const char *text)
{
	fputs("\\fI", f);
	roff_text(f, text);
	fputs("\\fR", f);
}

void roff_sentence(FILE *f, const char *text)
{
	size_t len = strlen(text);
	char first[2] = {len ? (char)toupper(text[0]) : 0};

	if (!len)
		return;
	roff_text(f, first);
	roff_text(f, text + 1);
	fputs(text[len - 1] == '.' ? "\n" : ".\n", f);
}
