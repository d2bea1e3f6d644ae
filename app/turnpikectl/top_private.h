// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_TOP_PRIVATE_H
#define TURNPIKECTL_TOP_PRIVATE_H

#include "top_frame.h"

// A frame's table (top_columns.c), for top_frame.c.

struct top_layout {
	const struct top_column *columns;
	unsigned shown; // as many of the columns as there is room for
	unsigned width[TOP_COLUMNS_MAX]; // in cells
};
void top_layout_make(struct top_layout *out, const struct top_state *s, const struct top_table *t);
void top_heading_draw(const struct top_layout *y, const struct top_state *s,
		      const struct top_table *t, struct top_line *l);
void top_row_draw(const struct top_layout *y, const struct top_state *s, const struct top_row *r,
		  struct top_line *l);

// Whether the sorted column falls: numbers do, text and ids rise, unless reversed.
bool top_falling(const struct top_state *s);
// The filter that holds, that which is being typed included.
const char *top_filter_text(const struct top_state *s);

#endif
