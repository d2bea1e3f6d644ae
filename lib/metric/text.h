// SPDX-License-Identifier: Apache-2.0
#ifndef METRIC_TEXT_H
#define METRIC_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// A text that grows, with a sticky error: after the first allocation that fails nothing is added.
// Private to the folder.
struct text {
	char *at;
	size_t len, cap;
	bool failed;
};

void text_add(struct text *t, const char *bytes, size_t len_bytes);
void text_put(struct text *t, const char *words);
void text_put_u64(struct text *t, uint64_t value);
// The shortest digits that read back as the same double, with ".0" where they would look whole.
void text_put_double(struct text *t, double value);

enum text_escape {
	TEXT_LABEL, // \\ \" \n, as in label values and OpenMetrics' HELP
	TEXT_HELP, // \\ \n, as in HELP of Prometheus text
	TEXT_JSON,
};
// What is not UTF-8 becomes U+FFFD.
void text_put_escaped(struct text *t, const char *words, enum text_escape how);

#endif
