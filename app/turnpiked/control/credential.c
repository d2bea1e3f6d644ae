// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "control/token.h"

// credential.issue: a username and password for a limited time, for a name or for a session token.
// credential.revoke, credential.allow: who may not in any more, and who may again.

#define TTL_DEFAULT_S 600

// --- Issue -----------------------------------------------------------------------------------------------

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

static enum api_code made(struct node *n, const char *name, uint32_t life_s, json_t **result,
			  struct api_error *error)
{
	char username[STUN_USERNAME_MAX + 1], password[64];
	int err = turn_credential_issue(n->turn, name, life_s, host_wall_s(), username,
					sizeof username, password, sizeof password);

	if (err == -ENOENT)
		return api_refuse(
			error, API_REFUSED, "",
			"no turn.shared_secrets are configured, so no credential can be made");
	if (err) {
		api_refuse(error, API_PARAMS, "name", "name: %s", strerror(-err));
		return api_expect(error, "a name that fits into a user name of %d bytes",
				  STUN_USERNAME_MAX);
	}
	*result = json_pack("{s:s, s:s, s:I, s:o}", "username", username, "password", password,
			    "ttl_s", (json_int_t)life_s, "uris", uris_json(n));
	base_wipe(password, sizeof password);
	return API_OK;
}

static uint32_t ttl_of(const struct api_request *rq, uint32_t otherwise_s)
{
	const json_t *ttl = json_object_get(rq->params, "ttl_s");

	return ttl ? (uint32_t)json_integer_value(ttl) : otherwise_s;
}

static enum api_code issue_named(struct node *n, const struct api_request *rq, json_t **result,
				 struct api_error *error)
{
	const char *name = api_text(rq, "name");

	if (token_user_refused(n, name, strlen(name))) {
		api_refuse(error, API_REFUSED, "name",
			   "was revoked as a user; credential.allow lets it in again");
		return api_expect(error, "a name that was not revoked");
	}
	return made(n, name, ttl_of(rq, TTL_DEFAULT_S), result, error);
}

// No longer than the token itself, and no longer than configured.
static uint32_t token_ttl(const struct node *n, const struct api_request *rq, const struct token *t)
{
	uint64_t now_s = host_wall_s(), left_s = t->expires_s > now_s ? t->expires_s - now_s : 1;
	uint32_t most_s = n->settings.turn.credential_ttl, ttl_s = ttl_of(rq, most_s);

	if (ttl_s > most_s)
		ttl_s = most_s;
	return left_s < ttl_s ? (uint32_t)left_s : ttl_s;
}

static enum api_code issue_exchanged(struct node *n, const struct api_request *rq, json_t **result,
				     struct api_error *error)
{
	char name[TOKEN_NAME_MAX + TURN_TAG_LEN + 2], tag[TURN_TAG_LEN + 1];
	struct token t;
	enum token_error why = token_check(n, api_text(rq, "token"), &t);

	if (!why && (!t.relay || !t.player[0]))
		why = token_refuse(n, TOKEN_LACKS_GRANT, &t);
	if (why == TOKEN_LACKS_GRANT) {
		api_refuse(error, API_DENIED, "token", "lacks the grant relay, or a player (sub)");
		return api_expect(error, "a token with a sub, and relay: true");
	}
	if (why)
		return token_error_tell(why, error);
	token_tag(tag, host_wall_s(), &t);
	snprintf(name, sizeof name, "%s~%s", t.player, tag);
	return made(n, name, token_ttl(n, rq, &t), result, error);
}

static enum api_code issue(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	const char *name = api_text(rq, "name"), *token = api_text(rq, "token");

	if (!name == !token) {
		api_refuse(error, API_PARAMS, "name", "give one of name and token");
		return api_expect(error, "one of name and token");
	}
	return name ? issue_named(n, rq, result, error) : issue_exchanged(n, rq, result, error);
}

// --- Revoke ----------------------------------------------------------------------------------------------

struct subject {
	enum token_subject by;
	const char *name; // into `token`, or the request
	struct token token;
};

static const char *const subject_names[TOKEN_SUBJECTS] = {
	[TOKEN_BY_ID] = "jti",
	[TOKEN_BY_PLAYER] = "player",
	[TOKEN_BY_USER] = "user",
};

static enum api_code subject_take(struct node *n, const struct api_request *rq, struct subject *out,
				  struct api_error *error)
{
	const char *token = api_text(rq, "token");
	enum token_error why;

	if (json_object_size(rq->params) != 1) {
		api_refuse(error, API_PARAMS, "token",
			   "give one of token, jti, player and user: whom it is about");
		return api_expect(error, "one of token, jti, player and user");
	}
	for (unsigned i = 0; i < TOKEN_SUBJECTS; i++) {
		out->by = (enum token_subject)i;
		out->name = api_text(rq, subject_names[i]);
		if (out->name)
			return API_OK;
	}
	why = token_identify(n, token, &out->token);
	out->by = TOKEN_BY_ID;
	out->name = out->token.id;
	return why ? token_error_tell(why, error) : API_OK;
}

static unsigned all_end(struct node *n, const struct token_revocation *r, const char *name)
{
	unsigned ended = 0;

	for (const struct module *const *m = modules; *m; m++)
		if ((*m)->revoked)
			ended += (*m)->revoked(n, r, name);
	return ended;
}

static enum api_code revoke(struct node *n, const struct api_request *rq, json_t **result,
			    struct api_error *error)
{
	struct token_revocation r;
	struct subject s = {0};
	uint64_t now_s = host_wall_s();
	enum api_code code = subject_take(n, rq, &s, error);
	unsigned ended;

	if (code)
		return code;
	if (token_revoke(token_list(n), s.by, s.name, now_s, &r))
		return api_refuse(error, API_REFUSED, "",
				  "%d revocations count already; take the key out of "
				  "voice.tokens.keys, or allow some again",
				  TOKEN_REVOCATIONS_MAX);
	ended = all_end(n, &r, s.name);
	host_log(LOG_LEVEL_INFO, "revoked", "by", subject_names[s.by], "name", s.name, "ended",
		 host_text("%u", ended), NULL);
	*result = json_pack("{s:s, s:s, s:i, s:o}", "by", subject_names[s.by], "name", s.name,
			    "ended", (int)ended, "for_s",
			    r.due_s == UINT64_MAX ? json_null()
						  : json_integer((json_int_t)(r.due_s - now_s)));
	return API_OK;
}

static enum api_code allow(struct node *n, const struct api_request *rq, json_t **result,
			   struct api_error *error)
{
	struct subject s = {0};
	enum api_code code = subject_take(n, rq, &s, error);

	if (code)
		return code;
	if (!token_allow(token_list(n), s.by, s.name)) {
		api_refuse(error, API_NOT_FOUND, subject_names[s.by], "was not revoked");
		return api_expect(error, "a %s that was revoked", subject_names[s.by]);
	}
	host_log(LOG_LEVEL_INFO, "allowed", "by", subject_names[s.by], "name", s.name, NULL);
	*result = json_pack("{s:s, s:s}", "by", subject_names[s.by], "name", s.name);
	return API_OK;
}

static const struct module_request requests[] = {
	{"credential.issue", issue},
	{"credential.revoke", revoke},
	{"credential.allow", allow},
	{0},
};

const struct module credential_module = {.name = "credential", .requests = requests};
