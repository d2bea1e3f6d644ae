// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "node.h"

static const char *const levels[] = {"error", "warn", "info", "debug"};

static enum api_code level(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	const char *wanted = api_text(rq, "level");
	unsigned i = 0;

	while (i < BASE_COUNT(levels) && wanted && strcmp(wanted, levels[i]))
		i++;
	if (wanted && i == BASE_COUNT(levels)) {
		snprintf(error->text, sizeof error->text,
			 "level is one of error, warn, info, debug");
		snprintf(error->field, sizeof error->field, "level");
		snprintf(error->expected, sizeof error->expected, "error, warn, info or debug");
		return API_PARAMS;
	}
	if (wanted)
		host_log_setup((enum log_level)i, n->settings.log.format == LOG_FORMAT_JSON);
	*result = json_pack("{s:s}", "level", levels[host_log_level()]);
	return API_OK;
}

static const struct module_request requests[] = {{"log.level", level}, {0}};

const struct module log_module = {.name = "log", .requests = requests};
