// SPDX-License-Identifier: Apache-2.0
#include "api/private.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

// Holds a result against the table: what is not in the one may not be in the other.

struct check {
	char *wrong; // "workers[0].cpu is missing"
	size_t cap;
};

#define PLACE_MAX 160

__attribute__((format(printf, 3, 4))) static int wrong(struct check *c, const char *place,
						       const char *format, ...)
{
	int n = snprintf(c->wrong, c->cap, "%s ", place);
	va_list args;

	va_start(args, format);
	if (n > 0 && (size_t)n < c->cap)
		vsnprintf(c->wrong + n, c->cap - (size_t)n, format, args);
	va_end(args);
	return -EINVAL;
}

static int object_check(struct check *c, const char *place, const struct api_field *fields,
			const json_t *value);

static int open_check(struct check *c, const char *place, const struct api_field *f,
		      const json_t *value)
{
	const char *name;
	json_t *member;

	json_object_foreach((json_t *)value, name, member)
		if (!api_type_fits(member, f->of))
			return wrong(c, place, "holds %s, which is not %s", name,
				     api_type_words[f->of]);
	return 0;
}

static int list_check(struct check *c, const char *place, const struct api_field *f,
		      const json_t *value)
{
	size_t i;
	const json_t *item;

	json_array_foreach(value, i, item) {
		char at[PLACE_MAX];
		int err = 0;

		snprintf(at, sizeof at, "%s[%zu]", place, i);
		if (f->fields)
			err = object_check(c, at, f->fields, item);
		else if (!api_type_fits(item, f->of))
			err = wrong(c, at, "is not %s", api_type_words[f->of]);
		if (err)
			return err;
	}
	return 0;
}

static int value_check(struct check *c, const char *place, const struct api_field *f,
		       const json_t *value)
{
	if (!value)
		return f->optional ? 0 : wrong(c, place, "is missing");
	if (json_is_null(value))
		return f->null ? 0 : wrong(c, place, "is null");
	if (!api_type_fits(value, f->type))
		return wrong(c, place, "is not %s", api_type_words[f->type]);
	if (f->type == API_LIST)
		return list_check(c, place, f, value);
	if (f->type == API_OBJECT && f->open)
		return open_check(c, place, f, value);
	if (f->type == API_OBJECT)
		return object_check(c, place, f->fields, value);
	return 0;
}

static const struct api_field *field_find(const struct api_field *fields, const char *name)
{
	for (const struct api_field *f = fields; f && f->name; f++)
		if (!strcmp(f->name, name))
			return f;
	return NULL;
}

static int object_check(struct check *c, const char *place, const struct api_field *fields,
			const json_t *value)
{
	char at[PLACE_MAX];
	const char *name;
	json_t *member;
	int err = json_is_object(value) ? 0 : wrong(c, place, "is no object");

	for (const struct api_field *f = fields; !err && f && f->name; f++) {
		snprintf(at, sizeof at, "%s%s%s", place, place[0] ? "." : "", f->name);
		err = value_check(c, at, f, json_object_get(value, f->name));
	}
	if (err)
		return err;
	json_object_foreach((json_t *)value, name, member)
		if (!field_find(fields, name))
			return wrong(c, place, "has %s, which the table does not know", name);
	return 0;
}

int api_result_check(const struct api_method *m, const json_t *result, char *text, size_t cap)
{
	struct check c = {text, cap};

	if (!m->result)
		return wrong(&c, m->name, "has no row of what it gives");
	return object_check(&c, "", m->result, result);
}
