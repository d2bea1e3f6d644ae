// SPDX-License-Identifier: Apache-2.0
#ifndef CONF_PRIVATE_H
#define CONF_PRIVATE_H

#include <yaml.h>

#include "conf/conf.h"

struct conf_reader {
	yaml_document_t *document; // the text's, or for a moment that of a default
	struct conf_mistakes *mistakes;
	const char *folder;
	char path[CONF_KEY_MAX]; // key being read
	size_t path_len;
};

// --- document.c ----------------------------------------------------------------------------------

// Refuses what must not be loaded, then loads. 0, -EINVAL with mistakes, -ENOMEM.
int conf_document_load(struct conf_reader *r, const struct conf_source *src, yaml_document_t *out);
// Wipes the values, then releases.
void conf_document_free(yaml_document_t *d);
// The line of a key's path, or of the nearest that holds it.
unsigned conf_document_line(yaml_document_t *d, const char *key);

static inline unsigned conf_node_line(const yaml_node_t *n)
{
	return (unsigned)n->start_mark.line + 1;
}

// --- mistakes.c ----------------------------------------------------------------------------------

void conf_mistake_put(struct conf_mistakes *m, unsigned line, const char *key, const char *format,
		      ...) __attribute__((format(printf, 4, 5)));
// At the reader's path.
#define conf_say(r, line, ...) conf_mistake_put((r)->mistakes, line, (r)->path, __VA_ARGS__)

// --- value.c, file.c -----------------------------------------------------------------------------

// One scalar on its way into a field.
struct conf_value {
	const struct conf_row *row;
	const char *folder;
	const char *text; // ends with NUL, holds none
	size_t len;
	void *field;
	char wrong[96]; // what is wrong, when it is …
	char want[128]; // … and what would be right
};

// True when the field was set; a mistake was put otherwise, or memory ran out.
bool conf_value_read(struct conf_reader *r, const struct conf_row *row, void *field,
		     const yaml_node_t *node);
// 0; -EINVAL having said what is wrong; -ENOMEM.
int conf_value_parse(struct conf_value *v);
int conf_file_parse(struct conf_value *v);
int conf_path_parse(struct conf_value *v);

// --- free.c --------------------------------------------------------------------------------------

bool conf_is_text(const struct conf_row *row); // the field is a char * that we own
size_t conf_size(const struct conf_row *row); // of one item
void conf_zero(void *out, const struct conf_row *rows);

#endif
