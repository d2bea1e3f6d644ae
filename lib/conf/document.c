// SPDX-License-Identifier: Apache-2.0
#include "conf/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

struct scan {
	struct conf_reader *r;
	yaml_parser_t parser;
	unsigned depth, documents;
	bool fatal; // the text must not be loaded
};

static void parser_start(yaml_parser_t *p, const struct conf_source *src)
{
	yaml_parser_set_encoding(p, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(p, (const unsigned char *)src->text, src->len_bytes);
}

// The reader gives an offset where scanner and parser give a mark.
static unsigned problem_line(const yaml_parser_t *p, const struct conf_source *src)
{
	unsigned line = 1;

	if (p->error != YAML_READER_ERROR)
		return (unsigned)p->problem_mark.line + 1;
	for (size_t i = 0; i < p->problem_offset && i < src->len_bytes; i++)
		line += src->text[i] == '\n';
	return line;
}

static bool line_has_tab(const struct conf_source *src, unsigned line)
{
	const char *at = src->text, *end = at + src->len_bytes;

	while (--line && at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));

		at = next ? next + 1 : end;
	}
	while (at < end && *at == ' ')
		at++;
	return at < end && *at == '\t';
}

static int problem_say(struct conf_reader *r, const yaml_parser_t *p, const struct conf_source *src)
{
	unsigned line = problem_line(p, src);

	if (p->error == YAML_MEMORY_ERROR)
		return -ENOMEM;
	if (line_has_tab(src, line))
		conf_say(r, line, "is not YAML: a tab; indent with spaces");
	else if (p->context)
		conf_say(r, line, "is not YAML: %s, %s that began on line %u", p->problem,
			 p->context, (unsigned)p->context_mark.line + 1);
	else
		conf_say(r, line, "is not YAML: %s", p->problem);
	return r->mistakes->failed ? -ENOMEM : -EINVAL;
}

static const yaml_char_t *event_tag(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT:
		return e->data.scalar.tag;
	case YAML_SEQUENCE_START_EVENT:
		return e->data.sequence_start.tag;
	case YAML_MAPPING_START_EVENT:
		return e->data.mapping_start.tag;
	default:
		return NULL;
	}
}

// Aliases are looked for here, since a loaded document no longer shows them: it may even hold itself.
static void event_look(struct scan *s, const yaml_event_t *e)
{
	unsigned line = (unsigned)e->start_mark.line + 1;

	if (event_tag(e))
		conf_say(s->r, line, "`%.40s` is a tag, which nothing here needs; leave it out",
			 (const char *)event_tag(e));
	if (e->type == YAML_ALIAS_EVENT) {
		conf_say(s->r, line,
			 "`*%.40s` is an alias, which is not taken; write the value out",
			 (const char *)e->data.alias.anchor);
		s->fatal = true;
	}
	if (e->type == YAML_SEQUENCE_START_EVENT || e->type == YAML_MAPPING_START_EVENT)
		s->depth++;
	if (e->type == YAML_SEQUENCE_END_EVENT || e->type == YAML_MAPPING_END_EVENT)
		s->depth--;
	if (e->type == YAML_DOCUMENT_START_EVENT && ++s->documents == 2) {
		conf_say(s->r, line, "a second document begins; write all into one");
		s->fatal = true;
	}
	if (s->depth == CONF_DEPTH_MAX + 1) {
		conf_say(s->r, line, "is nested deeper than %d; no key is", CONF_DEPTH_MAX);
		s->fatal = true;
	}
}

static void event_free(yaml_event_t *e)
{
	if (e->type == YAML_SCALAR_EVENT)
		base_wipe(e->data.scalar.value, e->data.scalar.length);
	yaml_event_delete(e);
}

static int text_scan(struct conf_reader *r, const struct conf_source *src)
{
	struct scan s = {.r = r};
	bool end = false;
	int err = 0;

	if (!yaml_parser_initialize(&s.parser))
		return -ENOMEM;
	parser_start(&s.parser, src);
	while (!end && !err) {
		yaml_event_t e;

		if (!yaml_parser_parse(&s.parser, &e)) {
			err = problem_say(r, &s.parser, src);
			break;
		}
		event_look(&s, &e);
		// Deeper still costs libyaml the square of the depth.
		end = e.type == YAML_STREAM_END_EVENT || s.depth > CONF_DEPTH_MAX;
		event_free(&e);
	}
	yaml_parser_delete(&s.parser);
	return err ? err : r->mistakes->failed ? -ENOMEM : s.fatal ? -EINVAL : 0;
}

int conf_document_load(struct conf_reader *r, const struct conf_source *src, yaml_document_t *out)
{
	yaml_parser_t parser;
	int err = 0;

	if (src->len_bytes > CONF_TEXT_MAX) {
		conf_say(r, 1, "is larger than a configuration may be; write at most %d bytes",
			 CONF_TEXT_MAX);
		return -EINVAL;
	}
	err = text_scan(r, src);
	if (err)
		return err;
	if (!yaml_parser_initialize(&parser))
		return -ENOMEM;
	parser_start(&parser, src);
	if (!yaml_parser_load(&parser, out))
		err = problem_say(r, &parser, src);
	yaml_parser_delete(&parser);
	return err;
}

void conf_document_free(yaml_document_t *d)
{
	for (yaml_node_t *n = d->nodes.start; n < d->nodes.top; n++)
		if (n->type == YAML_SCALAR_NODE)
			base_wipe(n->data.scalar.value, n->data.scalar.length);
	yaml_document_delete(d);
}

static const yaml_node_t *item_find(yaml_document_t *d, const yaml_node_t *list, size_t index)
{
	if (list->type != YAML_SEQUENCE_NODE ||
	    index >= (size_t)(list->data.sequence.items.top - list->data.sequence.items.start))
		return NULL;
	return yaml_document_get_node(d, list->data.sequence.items.start[index]);
}

static const yaml_node_t *value_find(yaml_document_t *d, const yaml_node_t *map, const char *key,
				     size_t len, unsigned *line)
{
	if (map->type != YAML_MAPPING_NODE)
		return NULL;
	for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < map->data.mapping.pairs.top;
	     p++) {
		const yaml_node_t *n = yaml_document_get_node(d, p->key);

		if (n->type != YAML_SCALAR_NODE || n->data.scalar.length != len ||
		    memcmp(n->data.scalar.value, key, len) != 0)
			continue;
		*line = conf_node_line(n);
		return yaml_document_get_node(d, p->value);
	}
	return NULL;
}

unsigned conf_document_line(yaml_document_t *d, const char *key)
{
	const yaml_node_t *n = yaml_document_get_root_node(d);
	unsigned line = n ? conf_node_line(n) : 1;

	while (n && *key) {
		if (*key == '[') {
			char *end;

			n = item_find(d, n, strtoul(key + 1, &end, 10));
			line = n ? conf_node_line(n) : line;
			key = *end == ']' ? end + 1 : end;
		} else {
			size_t len = strcspn(key, ".[");

			n = value_find(d, n, key, len, &line);
			key += len;
		}
		key += *key == '.';
	}
	return line;
}
