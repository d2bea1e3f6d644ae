// SPDX-License-Identifier: Apache-2.0
#ifndef TURNPIKECTL_TOP_MODEL_H
#define TURNPIKECTL_TOP_MODEL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// What `top` shows: tables made of two samples of the relay's counters. Pure: no terminal, no socket,
// no clock. Text of the relay is cleaned on its way in.

enum top_view { TOP_QUEUES, TOP_STEPS, TOP_DROPS, TOP_SESSIONS, TOP_VIEWS };

// Results of the control socket as they came; NULL: was not asked for.
struct top_sample {
	double at_s; // of any clock that only rises
	json_t *status, *ports, *steps, *drops, *sessions;
};
void top_sample_free(struct top_sample *s); // leaves it empty

enum top_unit {
	TOP_TEXT,
	TOP_ID, // a number that names; sorted rising, as text is
	TOP_COUNT, // 1,234
	TOP_SHORT, // 1.23k
	TOP_REAL, // 12.3
	TOP_SHARE, // 0 to 1, as per cent
	TOP_BAR, // 0 to 1, drawn
	TOP_LIFE, // seconds
};

struct top_column {
	const char *key; // in JSON and for --sort
	const char *name; // heading
	enum top_unit unit;
	unsigned width; // least, in character cells
};

#define TOP_COLUMNS_MAX 14

struct top_cell {
	char *text; // TOP_TEXT; ours
	double n; // the others
	bool known; // false: nothing to say yet, as no rate before the second sample
};

struct top_row {
	struct top_cell cells[TOP_COLUMNS_MAX];
	size_t place; // before it was sorted
	bool silent; // without drops, ever: shown on demand
};

struct top_table {
	const struct top_column *columns;
	unsigned column_count;
	struct top_row *rows;
	size_t row_count, cap;
	size_t left_out; // rows that the relay has and the sample lacks
};

struct top_summary {
	char name[64], region[64], version[32], state[16];
	double uptime_s, allocations, allocations_max;
	double rx_pps, rx_bps, tx_pps, tx_bps, missed_ps, dropped_ps, punted_ps, control_drops_ps;
	double busy_mean, busy_max; // shares
	unsigned workers;
};

struct top_model {
	struct top_summary sum;
	struct top_table tables[TOP_VIEWS];
	bool rates; // there were two samples of the same process
	double elapsed_s; // between them
};

// `before` NULL: no rates. Frees nothing of the samples. Returns 0 or -ENOMEM.
int top_model_make(struct top_model *m, const struct top_sample *before,
		   const struct top_sample *now);
void top_model_free(struct top_model *m);
json_t *top_model_json(const struct top_model *m); // a new reference

// Rows without the text anywhere (letters of either case) go, and the silent ones unless `all`.
void top_table_filter(struct top_table *t, const char *text, bool all);
void top_table_sort(struct top_table *t, unsigned column, bool descending);
// The column of this key, -1 without one.
int top_column_find(const struct top_table *t, const char *key);
// The one that the view is sorted by until somebody chooses.
unsigned top_column_first(enum top_view v);
extern const char *const top_view_names[TOP_VIEWS + 1]; // ends with NULL

// --- For the files that fill tables (top_rows.c, top_model.c) ---

// What the samples say, side by side: members of `rate` are those of `now` per second.
struct top_pair {
	const json_t *now, *rate; // rate NULL: no rates
};
void top_rows_queues(struct top_table *t, struct top_pair ports);
void top_rows_steps(struct top_table *t, struct top_pair steps);
void top_rows_drops(struct top_table *t, struct top_pair drops);
void top_rows_sessions(struct top_table *t, struct top_pair sessions);
extern const struct top_column *const top_columns[TOP_VIEWS]; // each ends with key NULL

// Memory: a sticky failure, as `cap` SIZE_MAX.
struct top_row *top_row_add(struct top_table *t);
bool top_table_failed(const struct top_table *t);
void top_cell_text(struct top_cell *c, const char *text);
void top_cell_number(struct top_cell *c, double n);

#endif
