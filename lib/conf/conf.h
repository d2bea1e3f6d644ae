// SPDX-License-Identifier: Apache-2.0
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/net.h"

// Configuration text (YAML, read by libyaml) into structs, by tables of rows. Every mistake is
// found in one go, each with line, key and what would be right. One thread; the heap is used. The
// row says what a value is, so quotes make no difference; `key:` with nothing (or ~, null) is as
// good as not said. Aliases, tags, a second document and nesting beyond CONF_DEPTH_MAX are mistakes.

enum conf_type {
	CONF_BOOL, // bool; true, yes, on, y and their opposites, as YAML 1.1 has them
	CONF_U32, // uint32_t, min..max; decimal
	CONF_U64, // uint64_t, min..max; also 10k, 4M, 1G (powers of 1000)
	CONF_TEXT, // char *, "" by default; min..max bytes
	CONF_CHOICE, // uint32_t, index into `choices`
	CONF_ADDR, // struct net_addr
	CONF_PREFIX, // struct net_prefix; its length must be said
	CONF_ENDPOINT, // struct net_endpoint
	CONF_RANGE, // struct conf_range, text LOW-HIGH, min..max
	CONF_LISTEN, // struct conf_listen, text udp:3478
	CONF_FILE, // char *: the file's content, trailing newlines taken off (password_file)
	CONF_PATH, // char *: a file's name; a relative one is made to start from the source's folder
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

// Rows of one table that share an offset are two ways to say one thing (password, password_file):
// at most one of them may be there. A table has at most CONF_ROWS_MAX rows.
struct conf_row {
	const char *key; // NULL ends a table
	enum conf_type type;
	size_t offset; // within the struct of the table
	bool list;
	bool required; // of rows that share an offset: any of them
	bool secret; // the value is never printed
	const char *fallback; // default, as text (lists: as YAML); NULL: zero or empty
	uint64_t min, max; // numbers, bytes of texts; both 0: no bound. Lists: of each item
	size_t items_min, items_max; // lists; items_max 0: no bound
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
	char key[CONF_KEY_MAX];
	char text[224];
};
struct conf_mistakes {
	struct conf_mistake *at; // in order of lines; at most CONF_MISTAKES_MAX, the first found
	size_t n;
	bool failed; // memory ran out, some may be missing
	void *document; // private: where lines are looked up while the text is being read
};

struct conf_source {
	const char *text; // YAML in UTF-8
	size_t len_bytes; // at most CONF_TEXT_MAX
	const char *folder; // what relative file names start from (NULL: the working directory)
	// Rules across keys (NULL: none), called once all is read, also when there are mistakes: a value
	// that could not be read then holds its default. Tells by conf_mistake_add.
	void (*check)(const void *out, struct conf_mistakes *mistakes);
};

// Reads `src` into the fields that `rows` name; defaults fill what is not said. `mistakes` starts
// as zeros. 0; -EINVAL with mistakes, -ENOMEM: `out` is then released.
int conf_read(void *out, const struct conf_row *rows, const struct conf_source *src,
	      struct conf_mistakes *mistakes);
// For conf_source.check: adds a mistake at `key` ("ports[1].gateways"), at the line of that key or
// of what holds it. Nothing is added where a mistake at, under or above the key was found before.
void conf_mistake_add(struct conf_mistakes *m, const char *key, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// True where a mistake at, under or above `key` was found.
bool conf_mistaken(const struct conf_mistakes *m, const char *key);
void conf_mistakes_free(struct conf_mistakes *m);
// Releases everything that conf_read put into `out`; texts are wiped. Leaves zeros; zeros are fine.
void conf_free(void *out, const struct conf_row *rows);
// True when what `row` names is the same in two structs of its table, contents compared.
bool conf_equal(const struct conf_row *row, const void *a, const void *b);
// What `row` names in a struct of its table, as text on one line, for a diff. Secrets and what files
// hold are "(secret)" or, in maps, left out; a list that does not fit is "(N entries)".
void conf_format(char *out, size_t cap, const struct conf_row *row, const void *table);
// The key of `rows` nearest to `word` (edit distance at most 3, and less than half of the word), or
// NULL.
const char *conf_nearest(const struct conf_row *rows, const char *word);

#endif
