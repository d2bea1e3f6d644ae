// SPDX-License-Identifier: Apache-2.0
#include "control/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/config.h"

struct token_state {
	struct token_keys *keys, *fresh; // fresh: while a reload is prepared
	struct token_revocations *revoked;
	uint64_t failures[TOKEN_ERRORS];
};

static struct token_keys *keys_make(const struct settings *s)
{
	size_t count = s->voice.tokens.keys.n;
	struct token_key *keys = calloc(count + 1, sizeof *keys);
	struct token_keys *out;

	if (!keys)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		const struct key_settings *k = &s->voice.tokens.keys.at[i];

		keys[i] = (struct token_key){k->id, k->algorithm, k->secret};
	}
	out = token_keys_new(keys, count);
	free(keys);
	return out;
}

// SURFACE.md's example has such a secret, so it is no mistake.
static void short_secrets_tell(const struct settings *s)
{
	for (size_t i = 0; i < s->voice.tokens.keys.n; i++) {
		const struct key_settings *k = &s->voice.tokens.keys.at[i];

		if (token_secret_is_short(k->algorithm, k->secret))
			host_log(LOG_LEVEL_WARN, "token_key_weak", "key", "voice.tokens.keys", "id",
				 k->id, "reason",
				 "its secret has less than 32 bytes, so tokens may be forged by "
				 "trying",
				 NULL);
	}
}

static int token_open(struct node *n)
{
	struct token_state *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	n->token = s;
	s->revoked = token_revocations_new();
	s->keys = keys_make(&n->settings);
	short_secrets_tell(&n->settings);
	return s->revoked && s->keys ? 0 : -ENOMEM;
}

static void token_close(struct node *n)
{
	if (!n->token)
		return;
	token_keys_free(n->token->keys);
	token_revocations_free(n->token->revoked);
	free(n->token);
	n->token = NULL;
}

static void token_reload_prepare(struct node *n, const struct settings *fresh,
				 struct config_refusals *refusals)
{
	n->token->fresh = keys_make(fresh);
	if (!n->token->fresh)
		config_refuse(refusals, "voice.tokens.keys", "%s", strerror(errno));
}

static void token_reload_done(struct node *n, bool taken)
{
	struct token_state *s = n->token;
	struct token_keys *old = taken ? s->keys : s->fresh;

	if (taken) {
		s->keys = s->fresh;
		short_secrets_tell(&n->settings);
	}
	s->fresh = NULL;
	token_keys_free(old);
}

enum token_error token_refuse(struct node *n, enum token_error why, const struct token *t)
{
	n->token->failures[why]++;
	host_log(LOG_LEVEL_WARN, "token_refused", "reason", token_error_names[why], "key",
		 t ? t->key : "", "id", t ? t->id : "", "player", t ? t->player : "", NULL);
	return why;
}

enum token_error token_identify(struct node *n, const char *text, struct token *out)
{
	enum token_error error = token_read(n->token->keys, text, strlen(text), out);

	return error ? token_refuse(n, error, NULL) : TOKEN_OK;
}

enum token_error token_check(struct node *n, const char *text, struct token *out)
{
	uint64_t wall_s = host_wall_s();
	struct token t;
	enum token_error error = token_identify(n, text, &t);

	if (error)
		return error;
	error = token_time_check(&t, wall_s);
	if (!error && token_is_revoked(n->token->revoked, &t, wall_s))
		error = TOKEN_REVOKED;
	if (error)
		return token_refuse(n, error, &t);
	*out = t;
	return TOKEN_OK;
}

enum api_code token_error_tell(enum token_error why, struct api_error *error)
{
	api_refuse(error, why == TOKEN_NO_MEMORY ? API_INTERNAL : API_DENIED, "token", "%s (%s)",
		   token_error_texts[why], token_error_names[why]);
	return api_expect(error, "a token that is good here and now");
}

struct token_revocations *token_list(struct node *n)
{
	return n->token->revoked;
}

static void token_metrics(struct node *n, struct metric_page *page)
{
	for (unsigned i = TOKEN_OK + 1; i < TOKEN_ERRORS; i++)
		metric_add(page, METRIC_TOKEN_FAILURES, n->token->failures[i],
			   token_error_names[i]);
	metric_add(page, METRIC_TOKEN_KEYS, token_keys_count(n->token->keys));
	metric_add(page, METRIC_TOKEN_REVOCATIONS, token_revocations_count(n->token->revoked));
}

const struct module token_module = {
	.name = "token",
	.open = token_open,
	.close = token_close,
	.metrics = token_metrics,
	.reload_prepare = token_reload_prepare,
	.reload_done = token_reload_done,
	.revoked = token_turn_end,
};
