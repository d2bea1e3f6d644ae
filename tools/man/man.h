// SPDX-License-Identifier: Apache-2.0
#ifndef TOOLS_MAN_H
#define TOOLS_MAN_H

#include <stdio.h>

// Lists of the manual pages, printed from the tables that the programs themselves use, so that page
// and program cannot disagree. The prose around them stands in NAME.SECTION.in, where a line
// `@LIST@` asks for one of these. Output is for man(7).

// Text with what roff would take for its own escaped; `bold` and `italic` also choose the font.
void roff_text(FILE *f, const char *text);
void roff_bold(FILE *f, const char *text);
void roff_italic(FILE *f, const char *text);
// A line of its own: begins with a capital and ends with a full stop.
void roff_sentence(FILE *f, const char *text);

void man_keys(FILE *f); // of the configuration
void man_commands(FILE *f); // of turnpikectl
void man_methods(FILE *f); // of the control socket
void man_metrics(FILE *f);
void man_drops(FILE *f); // reasons to drop

#endif
