// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_TABLE_H
#define TURNPIKECTL_TABLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "ctl.h"

// Aligned tables on standard output. Cells are added left to right, line by line. What cannot be had
// (memory) ends the program: there is nothing to show then.

enum table_tone { TABLE_PLAIN, TABLE_GOOD, TABLE_WARN, TABLE_BAD };

struct table;

// Columns end with NULL; a name that starts with '>' is aligned right. Without names ("", ">"):
// no headings.
struct table *table_new(const struct ctl *c, const char *const *columns);
void table_line(struct table *t);
void table_text(struct table *t, const char *text); // NULL: "-"
void table_count(struct table *t, uint64_t n); // 1,234,567
void table_bytes(struct table *t, uint64_t n); // 1.23 MB
void table_real(struct table *t, double n, unsigned digits); // 12.34
void table_life(struct table *t, uint64_t seconds); // 1d 02:03:04
void table_tone(struct table *t, enum table_tone tone); // of the cell that was added last
// A line of two cells: what it is, and the text. Tables of details.
void table_pair(struct table *t, const char *name, const char *text);
void table_print(struct table *t); // and frees it

// Numbers as people read them, into `out`; returns `out`.
#define TABLE_NUMBER 40
char *number_count(char out[TABLE_NUMBER], int64_t n);
char *number_bytes(char out[TABLE_NUMBER], uint64_t n);
char *number_life(char out[TABLE_NUMBER], uint64_t seconds);

// Members of a result that may lack them or hold another type: 0, NULL, empty.
uint64_t member_count(const json_t *object, const char *key);
int64_t member_int(const json_t *object, const char *key);
double member_real(const json_t *object, const char *key);
const char *member_text(const json_t *object, const char *key);
const json_t *member_list(const json_t *object, const char *key);
// A list of texts as one, separated by ", "; malloc'ed.
char *member_join(const json_t *object, const char *key);

// Text from the relay outside of a table, cleaned; NULL: nothing.
void text_print(const char *text);

// (turn_story.c)
void turn_story_print(const struct ctl *c, const json_t *r);

// A heading between tables.
void table_title(const struct ctl *c, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
