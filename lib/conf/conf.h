// SPDX-License-Identifier: Apache-2.0
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net.h"

// Configuration text (YAML, read by libyaml) into structs, by tables of rows. Every mistake is found
// in one go, each with line, key and what would be right. One thread; the heap is used.

enum conf_type {
	CONF_BOOL, // bool
	CONF_U32, // uint32_t, min..max
	CONF_U64, // uint64_t, min..max; also 10k, 4M, 1G
	CONF_TEXT, // char *, "" by default
	CONF_CHOICE, // uint32_t, index into `choices`
	CONF_ADDR, // struct net_addr
	CONF_PREFIX, // struct net_prefix
	CONF_ENDPOINT, // struct net_endpoint
	CONF_RANGE, // struct conf_range, text LOW-HIGH, min..max
	CONF_LISTEN, // struct conf_listen, text udp:3478
	CONF_FILE, // char *: the file's content, trailing newline taken off (password_file)
	CONF_MAP, // a struct in place: `rows`
};

struct conf_range {
	uint32_t low, high;
};

enum conf_transport { CONF_UDP, CONF_TCP, CONF_TLS, CONF_DTLS };
struct conf_listen {
	uint32_t transport; // enum conf_transport
	uint32_t port;
};

// Where a row is a list, this stands in the struct; `at` points to `n` items of the type (or of
// item_size for maps). Declared typed, e.g. struct { char **at; size_t n; }: the same layout.
struct conf_list {
	void *at;
	size_t n;
};

struct conf_row {
	const char *key; // NULL ends a table
	enum conf_type type;
	size_t offset; // within the struct of the table
	bool list;
	bool required;
	const char *fallback; // default as YAML text, NULL: zero or empty
	uint64_t min, max; // numbers; both 0: no bound. Lists: of each item
	const char *const *choices; // NULL-terminated
	const struct conf_row *rows; // CONF_MAP
	size_t item_size; // CONF_MAP in a list
	const char *help; // one sentence, for man pages and the mistake's remedy
	const char *unit;
	// Another check of the value at `field`; returns what would be right, or NULL when it is right.
	const char *(*check)(const void *field);
};

// One mistake, ready to print: "FILE:LINE: KEY: what is wrong; what would be right".
struct conf_mistake {
	unsigned line;
	char key[96];
	char text[224];
};
struct conf_mistakes {
	struct conf_mistake *at;
	size_t n;
};

// Reads `len_bytes` of YAML into `out` (zeroed by the callee) by `rows`; defaults fill what is not
// said. 0, or -EINVAL with mistakes listed in order of lines; `out` is then released. -ENOMEM.
// `folder`: what relative file names start from (NULL: the working directory).
int conf_read(void *out, const struct conf_row *rows, const char *text, size_t len_bytes,
	      const char *folder, struct conf_mistakes *mistakes);
// Adds a mistake that a check across keys found; line by key ("ports[1].gateways"), 0 if not there.
void conf_mistake_add(struct conf_mistakes *m, unsigned line, const char *key, const char *text);
void conf_mistakes_free(struct conf_mistakes *m);
// Releases everything that conf_read put into `out`; secrets are wiped. Leaves zeros.
void conf_free(void *out, const struct conf_row *rows);
// The key of `rows` nearest to `word` (edit distance at most 3), or NULL.
const char *conf_nearest(const struct conf_row *rows, const char *word);

#endif
