// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_LOG_H
#define HOST_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"
#include "host/host.h"

// --- log_line.c: the text of a line; bytes that do not fit are cut off, never the form ---

struct log_line {
	char bytes[HOST_LOG_LINE_MAX];
	size_t len;
	bool json;
	bool cut;
};

// `journal`: for systemd's journal, which wants "<6>" in front, takes it off, and has a clock of its own.
void log_line_start(struct log_line *l, enum log_level level, const char *event, bool json,
		    bool journal);
void log_line_pair(struct log_line *l, const char *key, const char *value);
void log_line_end(struct log_line *l);

// --- log_limit.c: at most HOST_LOG_PER_S lines a second of one event ---

struct log_event {
	char name[32];
	uint64_t since_ms;
	unsigned lines; // since then
	unsigned held; // of these, not written
	enum log_level level;
};

struct log_limit {
	struct log_event events[HOST_LOG_EVENTS];
	unsigned holding; // events with held > 0
};

// True when the line may be written.
bool log_limit_pass(struct log_limit *t, const char *event, enum log_level level, uint64_t now_ms);
// An event that is quiet again and had lines held; false: none. *out is a copy.
bool log_limit_quiet(struct log_limit *t, uint64_t now_ms, struct log_event *out);

#endif
