// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include "node.h"

static json_t *next_json(uint32_t next)
{
	json_t *out = json_array();

	for (unsigned i = 0; i < PATH_STEPS; i++)
		if (next >> i & 1)
			json_array_append_new(out, json_string(path_steps[i].name));
	return out;
}

static enum api_code show(struct node *n, const struct api_request *rq, json_t **result,
			  struct api_error *error)
{
	json_t *steps = json_array();

	(void)n;
	(void)rq;
	(void)error;
	for (unsigned i = 0; i < PATH_STEPS; i++) {
		const struct path_info *s = &path_steps[i];

		json_array_append_new(steps,
				      json_pack("{s:s, s:o, s:s, s:o}", "name", s->name, "file",
						json_sprintf("app/turnpiked/path/%s.c", s->name),
						"does", s->does, "next", next_json(s->next)));
	}
	*result = json_pack("{s:o}", "steps", steps);
	return API_OK;
}

static const struct module_request requests[] = {{"path.show", show}, {0}};

const struct module path_module = {.name = "path", .requests = requests};
