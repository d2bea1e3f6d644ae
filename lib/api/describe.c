// SPDX-License-Identifier: Apache-2.0
#include "api/private.h"

// The table of methods as a result: api.describe. Help, completion and manual pages read the table too.

const char *const api_type_names[] = {
	[API_TEXT] = "text",     [API_INT] = "int",   [API_BOOL] = "bool",
	[API_OBJECT] = "object", [API_LIST] = "list", [API_REAL] = "real"};

static json_t *help_json(const struct api_field *f)
{
	return json_string(f->help ? f->help : "");
}

static json_t *param_json(const struct api_field *f)
{
	json_t *out =
		json_pack("{s:s, s:s, s:b, s:o}", "name", f->name, "type", api_type_names[f->type],
			  "required", f->required, "help", help_json(f));

	if (f->min || f->max) {
		json_object_set_new(out, "min", json_integer(f->min));
		json_object_set_new(out, "max", json_integer(f->max));
	}
	return out;
}

static json_t *results_json(const struct api_field *f);

static json_t *result_json(const struct api_field *f)
{
	json_t *out = json_pack("{s:s, s:s, s:s*, s:o}", "name", f->name, "type",
				api_type_names[f->type], "unit", f->unit, "help", help_json(f));

	if (f->null)
		json_object_set_new(out, "null", json_true());
	if (f->optional)
		json_object_set_new(out, "optional", json_true());
	if (f->fields)
		json_object_set_new(out, "fields", results_json(f->fields));
	else if (f->type == API_LIST || f->type == API_OBJECT)
		json_object_set_new(out, "of", json_string(api_type_names[f->of]));
	return out;
}

// As deep as the tables are, which are ours.
static json_t *results_json(const struct api_field *f)
{
	json_t *out = json_array();

	for (; f && f->name; f++)
		json_array_append_new(out, result_json(f));
	return out;
}

static json_t *params_json(const struct api_field *f)
{
	json_t *out = json_array();

	for (; f && f->name; f++)
		json_array_append_new(out, param_json(f));
	return out;
}

json_t *api_describe(void)
{
	json_t *list = json_array();

	for (const struct api_method *m = api_methods; m->name; m++)
		json_array_append_new(list,
				      json_pack("{s:s, s:s, s:s, s:o, s:o}", "method", m->name,
						"right", m->right == API_SHOW ? "show" : "change",
						"summary", m->summary, "params",
						params_json(m->fields), "result",
						results_json(m->result)));
	return json_pack("{s:o}", "methods", list);
}
