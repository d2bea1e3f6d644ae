// SPDX-License-Identifier: Apache-2.0
#ifndef CONF_TABLE_H
#define CONF_TABLE_H

#include "kit/kit.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "conf/conf.h"

// A table with a row of each type, and what tests ask of it.

struct item {
	char *name;
	char *secret;
	uint32_t weight;
};

struct table {
	bool flag;
	uint32_t number, wide, word;
	uint64_t rate;
	char *text, *content, *path;
	struct net_addr addr;
	struct net_prefix prefix;
	struct net_endpoint endpoint;
	struct conf_range range;
	struct conf_listen listen;
	struct {
		struct {
			uint32_t deep;
		} within;
	} map;
	struct {
		uint32_t *at;
		size_t n;
	} numbers;
	struct {
		char **at;
		size_t n;
	} texts, secrets;
	struct {
		struct item *at;
		size_t n;
	} items;
};

static inline const char *even_check(const void *field)
{
	return *(const uint32_t *)field & 1 ? "an even one" : NULL;
}

static const char *const words[] = {"red", "green", "blue", NULL};

static const struct conf_row item_rows[] = {
	{"name", CONF_TEXT, offsetof(struct item, name), .required = true, .help = "name it"},
	{"secret", CONF_TEXT, offsetof(struct item, secret), .required = true, .secret = true,
	 .min = 4, .max = 8, .help = "secret or secret_file"},
	{"secret_file", CONF_FILE, offsetof(struct item, secret), .required = true, .secret = true,
	 .help = "secret or secret_file"},
	{"weight", CONF_U32, offsetof(struct item, weight), .fallback = "7"},
	{0},
};

static const struct conf_row within_rows[] = {
	{"deep", CONF_U32, 0, .fallback = "5", .min = 1, .max = 9, .unit = "miles"},
	{0},
};

static const struct conf_row map_rows[] = {
	{"within", CONF_MAP, 0, .rows = within_rows},
	{0},
};

static const struct conf_row table_rows[] = {
	{"flag", CONF_BOOL, offsetof(struct table, flag), .fallback = "true"},
	{"number", CONF_U32, offsetof(struct table, number), .fallback = "20", .min = 10, .max = 30,
	 .check = even_check},
	{"wide", CONF_U32, offsetof(struct table, wide)},
	{"word", CONF_CHOICE, offsetof(struct table, word), .fallback = "green", .choices = words},
	{"rate", CONF_U64, offsetof(struct table, rate)},
	{"text", CONF_TEXT, offsetof(struct table, text), .fallback = "a: b, [c"},
	{"content", CONF_FILE, offsetof(struct table, content)},
	{"path", CONF_PATH, offsetof(struct table, path)},
	{"addr", CONF_ADDR, offsetof(struct table, addr)},
	{"prefix", CONF_PREFIX, offsetof(struct table, prefix)},
	{"endpoint", CONF_ENDPOINT, offsetof(struct table, endpoint)},
	{"range", CONF_RANGE, offsetof(struct table, range), .fallback = "10-20", .min = 1,
	 .max = 99},
	{"listen", CONF_LISTEN, offsetof(struct table, listen), .fallback = "udp:3478"},
	{"map", CONF_MAP, offsetof(struct table, map), .rows = map_rows},
	{"numbers", CONF_U32, offsetof(struct table, numbers), .list = true, .fallback = "[1, 2]",
	 .items_min = 1, .items_max = 3, .min = 0, .max = 9},
	{"texts", CONF_TEXT, offsetof(struct table, texts), .list = true},
	{"secrets", CONF_TEXT, offsetof(struct table, secrets), .list = true, .secret = true,
	 .max = 6},
	{"items", CONF_MAP, offsetof(struct table, items), .list = true, .rows = item_rows,
	 .item_size = sizeof(struct item)},
	{0},
};

// The callee of conf_read need not find zeros.
static inline int table_read_len(struct table *t, const char *text, size_t len,
				 struct conf_mistakes *m)
{
	struct conf_source src = {.text = text, .len_bytes = len};

	memset(t, 0xaa, sizeof *t);
	*m = (struct conf_mistakes){0};
	return conf_read(t, table_rows, &src, m);
}

static inline struct table table_of(const char *text)
{
	struct table t;
	struct conf_mistakes m;
	int err = table_read_len(&t, text, strlen(text), &m);

	for (size_t i = 0; i < m.n; i++)
		print_message("%u: %s: %s\n", m.at[i].line, m.at[i].key, m.at[i].text);
	assert_int_equal(err, 0);
	assert_int_equal(m.n, 0);
	conf_mistakes_free(&m);
	return t;
}

// The text has exactly this mistake; `part` stands in what is told.
static inline void table_refuses(const char *text, unsigned line, const char *key, const char *part)
{
	static const struct table zeros;
	struct table t;
	struct conf_mistakes m;

	assert_int_equal(table_read_len(&t, text, strlen(text), &m), -EINVAL);
	for (size_t i = 1; i < m.n; i++)
		print_message("also %u: %s: %s\n", m.at[i].line, m.at[i].key, m.at[i].text);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.at[0].key, key);
	assert_int_equal(m.at[0].line, line);
	if (!strstr(m.at[0].text, part))
		fail_msg("`%s` is not in: %s", part, m.at[0].text);
	// Released: nothing is left to free.
	for (const struct conf_row *row = table_rows; row->key; row++)
		assert_true(conf_equal(row, &t, &zeros) || row->type == CONF_MAP);
	assert_null(t.text);
	assert_null(t.items.at);
	conf_mistakes_free(&m);
}

#endif
