// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A map being read: which rows were said where, which hold a value.
struct map {
	const struct conf_row *rows;
	uint8_t *base;
	unsigned line;
	unsigned count; // of rows
	unsigned said[CONF_ROWS_MAX]; // line, 0: not
	bool done[CONF_ROWS_MAX];
};

static void map_read(struct conf_reader *r, struct map *m, const yaml_node_t *node);

// Both return what path_pop takes.
static size_t path_push(struct conf_reader *r, const char *before, const char *key)
{
	size_t at = r->path_len, room = sizeof r->path - at;
	size_t n = (size_t)snprintf(r->path + at, room, "%s%s", at ? before : "", key);

	r->path_len += n < room ? n : room - 1;
	return at;
}

static size_t item_push(struct conf_reader *r, size_t index)
{
	char item[24];

	snprintf(item, sizeof item, "[%zu]", index);
	return path_push(r, "", item);
}

static void path_pop(struct conf_reader *r, size_t before)
{
	r->path_len = before;
	r->path[before] = 0;
}

static const char *kind_name(const yaml_node_t *n)
{
	return n->type == YAML_SEQUENCE_NODE  ? "a list"
	       : n->type == YAML_MAPPING_NODE ? "a map"
					      : "one value";
}

// Values may hold a NUL, so the length counts.
static bool is_word(const yaml_node_t *n, const char *word)
{
	return n->data.scalar.length == strlen(word) &&
	       !strcmp((const char *)n->data.scalar.value, word);
}

static bool is_null(const yaml_node_t *n)
{
	static const char *const words[] = {"", "~", "null", "Null", "NULL"};

	if (n->type != YAML_SCALAR_NODE || n->data.scalar.style != YAML_PLAIN_SCALAR_STYLE)
		return false;
	for (unsigned i = 0; i < sizeof words / sizeof words[0]; i++)
		if (is_word(n, words[i]))
			return true;
	return false;
}

// True when `field` holds a value then.
static bool one_read(struct conf_reader *r, const struct conf_row *row, void *field,
		     const yaml_node_t *node, unsigned line)
{
	if (row->type == CONF_MAP) {
		struct map m = {.rows = row->rows, .base = field, .line = line};

		map_read(r, &m, node);
		return true;
	}
	if (node->type == YAML_SCALAR_NODE)
		return conf_value_read(r, row, field, node);
	conf_say(r, line, "is %s; write one value", kind_name(node));
	return false;
}

static bool list_fits(struct conf_reader *r, const struct conf_row *row, const yaml_node_t *node,
		      unsigned line)
{
	size_t n;

	if (node->type != YAML_SEQUENCE_NODE) {
		conf_say(r, line, "is %s; write a list, such as [a, b]", kind_name(node));
		return false;
	}
	n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	if (n < row->items_min)
		conf_say(r, line, "has %zu entries; write at least %zu", n, row->items_min);
	else if (row->items_max && n > row->items_max)
		conf_say(r, line, "has %zu entries; write at most %zu", n, row->items_max);
	else
		return true;
	return false;
}

static void item_read(struct conf_reader *r, const struct conf_row *row, void *item,
		      const yaml_node_t *node)
{
	bool ok = false;

	if (is_null(node) && row->type != CONF_MAP)
		conf_say(r, conf_node_line(node), "is empty; write a value or take the entry out");
	else
		ok = one_read(r, row, item, node, conf_node_line(node));
	// No entry is NULL, so that checks across keys need not ask.
	if (!ok && conf_is_text(row)) {
		*(char **)item = strdup("");
		r->mistakes->failed |= !*(char **)item;
	}
}

static bool list_read(struct conf_reader *r, const struct conf_row *row, void *field,
		      const yaml_node_t *node, unsigned line)
{
	struct conf_list *list = field;
	size_t n;

	if (!list_fits(r, row, node, line))
		return false;
	n = (size_t)(node->data.sequence.items.top - node->data.sequence.items.start);
	list->at = n ? calloc(n, conf_size(row)) : NULL;
	if (n && !list->at) {
		r->mistakes->failed = true;
		return false;
	}
	list->n = n;
	for (size_t i = 0; i < n && !r->mistakes->failed; i++) {
		size_t before = item_push(r, i);

		item_read(r, row, (uint8_t *)list->at + i * conf_size(row),
			  yaml_document_get_node(r->document, node->data.sequence.items.start[i]));
		path_pop(r, before);
	}
	return true;
}

static void list_default(struct conf_reader *r, const struct conf_row *row, void *field)
{
	const struct conf_source src = {.text = row->fallback, .len_bytes = strlen(row->fallback)};
	yaml_document_t *outer = r->document, document;
	int err = conf_document_load(r, &src, &document);

	if (err) {
		r->mistakes->failed |= err == -ENOMEM;
		return;
	}
	r->document = &document;
	list_read(r, row, field, yaml_document_get_root_node(&document), 0);
	r->document = outer;
	conf_document_free(&document);
}

static void value_default(struct conf_reader *r, const struct conf_row *row, void *field)
{
	const yaml_node_t node = {
		.type = YAML_SCALAR_NODE,
		.data.scalar = {.value = (yaml_char_t *)row->fallback,
				.length = strlen(row->fallback)},
	};

	conf_value_read(r, row, field, &node);
}

static void row_default(struct conf_reader *r, const struct conf_row *row, struct map *m)
{
	void *field = m->base + row->offset;

	if (row->type == CONF_MAP && !row->list) {
		struct map within = {.rows = row->rows, .base = field, .line = m->line};

		map_read(r, &within, NULL);
	} else if (row->fallback && row->list) {
		list_default(r, row, field);
	} else if (row->fallback) {
		value_default(r, row, field);
	} else if (conf_is_text(row) && !row->list) {
		*(char **)field = strdup("");
		r->mistakes->failed |= !*(char **)field;
	}
}

// Two ways to say one thing. Maps in place may all start at the same offset.
static bool same_field(const struct conf_row *a, const struct conf_row *b)
{
	return a == b || (a->offset == b->offset && a->type != CONF_MAP && b->type != CONF_MAP);
}

// Another row of the same field that was said, or `i` itself.
static unsigned rival(const struct map *m, unsigned i)
{
	for (unsigned k = 0; k < m->count; k++)
		if (k != i && m->said[k] && same_field(&m->rows[k], &m->rows[i]))
			return k;
	return i;
}

static void row_read(struct conf_reader *r, struct map *m, unsigned i, const yaml_node_t *node)
{
	const struct conf_row *row = &m->rows[i];
	void *field = m->base + row->offset;

	if (is_null(node)) {
		if (row->required)
			conf_say(r, m->said[i], "is empty; %s",
				 row->help ? row->help : "write a value");
		return;
	}
	m->done[i] = row->list ? list_read(r, row, field, node, m->said[i])
			       : one_read(r, row, field, node, m->said[i]);
}

static void unknown_say(struct conf_reader *r, const struct map *m, const yaml_node_t *key)
{
	const char *nearest = conf_nearest(m->rows, (const char *)key->data.scalar.value);
	char known[160] = "";
	size_t len = 0;

	for (unsigned i = 0; !nearest && i < m->count && len < sizeof known; i++)
		len += (size_t)snprintf(known + len, sizeof known - len, "%s%s", i ? ", " : "",
					m->rows[i].key);
	if (nearest)
		conf_say(r, conf_node_line(key), "is no key here; did you mean `%s`?", nearest);
	else
		conf_say(r, conf_node_line(key), "is no key here; there are %s", known);
}

static void known_read(struct conf_reader *r, struct map *m, unsigned i,
		       const yaml_node_pair_t *pair)
{
	unsigned line = conf_node_line(yaml_document_get_node(r->document, pair->key));
	unsigned other = rival(m, i);

	if (m->said[i]) {
		conf_say(r, line, "is set twice, on line %u before; keep one", m->said[i]);
	} else if (other != i) {
		conf_say(r, line, "says what `%s` on line %u says; keep one of the two",
			 m->rows[other].key, m->said[other]);
	} else {
		m->said[i] = line;
		row_read(r, m, i, yaml_document_get_node(r->document, pair->value));
	}
}

static void pair_read(struct conf_reader *r, struct map *m, const yaml_node_pair_t *pair)
{
	const yaml_node_t *key = yaml_document_get_node(r->document, pair->key);
	unsigned i = 0;
	size_t before;

	if (key->type != YAML_SCALAR_NODE) {
		conf_say(r, conf_node_line(key), "has %s for a key; write a word", kind_name(key));
		return;
	}
	before = path_push(r, ".", (const char *)key->data.scalar.value);
	while (i < m->count && !is_word(key, m->rows[i].key))
		i++;
	if (i < m->count)
		known_read(r, m, i, pair);
	else
		unknown_say(r, m, key);
	path_pop(r, before);
}

static void missing_say(struct conf_reader *r, const struct map *m, unsigned i)
{
	const struct conf_row *row = &m->rows[i];
	size_t before = path_push(r, ".", row->key);

	conf_say(r, m->line, "is missing; %s", row->help ? row->help : "write it");
	path_pop(r, before);
}

// Fills what was not said, once a field.
static void map_complete(struct conf_reader *r, struct map *m, bool whole)
{
	for (unsigned i = 0; i < m->count && !r->mistakes->failed; i++) {
		const struct conf_row *row = &m->rows[i];
		bool first = true, done = false, said = false;
		size_t before;

		for (unsigned k = 0; k < m->count; k++) {
			if (!same_field(&m->rows[k], row))
				continue;
			first &= k >= i;
			done |= m->done[k];
			said |= m->said[k] != 0;
		}
		if (!first || done)
			continue;
		if (row->required && !said && whole)
			missing_say(r, m, i);
		before = path_push(r, ".", row->key);
		row_default(r, row, m);
		path_pop(r, before);
	}
}

// `node` NULL: the map was not said.
static void map_read(struct conf_reader *r, struct map *m, const yaml_node_t *node)
{
	bool empty = !node || is_null(node);
	bool whole = empty || node->type == YAML_MAPPING_NODE;

	while (m->rows[m->count].key)
		m->count++;
	assert(m->count <= CONF_ROWS_MAX);
	if (!whole)
		conf_say(r, m->line, "is %s; write a map, such as {%s: …}", kind_name(node),
			 m->rows[0].key);
	else if (!empty)
		for (yaml_node_pair_t *p = node->data.mapping.pairs.start;
		     p < node->data.mapping.pairs.top && !r->mistakes->failed; p++)
			pair_read(r, m, p);
	map_complete(r, m, whole);
}

int conf_read(void *out, const struct conf_row *rows, const struct conf_source *src,
	      struct conf_mistakes *mistakes)
{
	struct conf_reader r = {.mistakes = mistakes, .folder = src->folder};
	struct map m = {.rows = rows, .base = out, .line = 1};
	yaml_document_t document;
	int err;

	conf_zero(out, rows);
	err = conf_document_load(&r, src, &document);
	if (err)
		return err;
	r.document = &document;
	mistakes->document = &document;
	map_read(&r, &m, yaml_document_get_root_node(&document));
	if (!mistakes->failed && src->check)
		src->check(out, mistakes);
	mistakes->document = NULL;
	conf_document_free(&document);
	err = mistakes->failed ? -ENOMEM : mistakes->n ? -EINVAL : 0;
	if (err)
		conf_free(out, rows);
	return err;
}
