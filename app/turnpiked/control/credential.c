// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "node.h"

// credential.issue: a username and password for a limited time.

#define TTL_DEFAULT_S 600

// Of what is served: UDP.
static json_t *uris_json(const struct node *n)
{
	json_t *out = json_array();

	for (size_t l = 0; l < n->settings.turn.listen.n; l++) {
		const struct conf_listen *listen = &n->settings.turn.listen.at[l];

		for (unsigned i = 0; listen->transport == CONF_UDP && i < n->flow->local_count;
		     i++) {
			struct net_endpoint e = {.addr = n->flow->locals[i].addr,
						 .port = (uint16_t)listen->port};
			char text[NET_TEXT_MAX];

			json_array_append_new(out, json_sprintf("turn:%s?transport=udp",
								net_endpoint_format(&e, text)));
		}
	}
	return out;
}

static enum api_code issue(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	const char *name = json_string_value(json_object_get(rq->params, "name"));
	const json_t *ttl = json_object_get(rq->params, "ttl_s");
	uint32_t life_s = ttl ? (uint32_t)json_integer_value(ttl) : TTL_DEFAULT_S;
	char username[STUN_USERNAME_MAX + 1], password[64];
	int err = turn_credential_issue(n->turn, name, life_s, host_wall_s(), username,
					sizeof username, password, sizeof password);

	if (err == -ENOENT) {
		snprintf(error->text, sizeof error->text,
			 "no turn.shared_secrets are configured, so no credential can be made");
		return API_REFUSED;
	}
	if (err) {
		snprintf(error->text, sizeof error->text, "name: %s", strerror(-err));
		snprintf(error->field, sizeof error->field, "name");
		return API_PARAMS;
	}
	*result = json_pack("{s:s, s:s, s:I, s:o}", "username", username, "password", password,
			    "ttl_s", (json_int_t)life_s, "uris", uris_json(n));
	base_wipe(password, sizeof password);
	return API_OK;
}

static const struct module_request requests[] = {{"credential.issue", issue}, {0}};

const struct module credential_module = {.name = "credential", .requests = requests};
