// SPDX-License-Identifier: Apache-2.0
#include "token/token.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "base/base.h"
#include "config/limits.h"
#include "table.h"
#include "turnpiked/settings.h"

// Session tokens without a relay: signed and looked at with the keys of its configuration, or of a file.

#define CONFIG_FILE "/etc/turnpike/turnpike.yaml"
#define KEY_ID "k1"
#define TTL_S 600

static const char *text_or(const json_t *params, const char *name, const char *otherwise)
{
	const char *text = member_text(params, name);

	return text ? text : otherwise;
}

// --- Keys --------------------------------------------------------------------------------------------

static struct token_keys *keys_of_config(const char *file, const struct settings *s)
{
	size_t count = s->voice.tokens.keys.n;
	struct token_key *keys = calloc(count + 1, sizeof *keys);
	struct token_keys *out;

	for (size_t i = 0; keys && i < count; i++) {
		const struct key_settings *k = &s->voice.tokens.keys.at[i];

		keys[i] = (struct token_key){k->id, k->algorithm, k->secret};
	}
	out = keys ? token_keys_new(keys, count) : NULL;
	free(keys);
	if (!out)
		ctl_complain("%s: voice.tokens.keys: %s", file, strerror(errno));
	return out;
}

static int config_open(const char *file, struct token_keys **out)
{
	struct conf_mistakes mistakes = {0};
	struct settings s;
	int err = settings_load(&s, file, &mistakes);

	if (err == -EINVAL)
		settings_report(file, &mistakes);
	else if (err)
		ctl_complain("cannot read %s: %s; say --config or --key-file", file,
			     strerror(-err));
	conf_mistakes_free(&mistakes);
	if (err)
		return err == -ENOENT ? CTL_NOT_FOUND : CTL_FAILED;
	*out = keys_of_config(file, &s);
	settings_free(&s);
	return *out ? CTL_DONE : CTL_FAILED;
}

static int file_read(const char *file, char out[CONF_VALUE_MAX + 1])
{
	FILE *f = fopen(file, "re");
	size_t len = f ? fread(out, 1, CONF_VALUE_MAX, f) : 0;
	int err = !f || ferror(f) ? errno : 0;

	if (f)
		fclose(f);
	while (len && (out[len - 1] == '\n' || out[len - 1] == '\r'))
		len--; // as secret_file of the configuration
	out[len] = 0;
	if (err)
		ctl_complain("cannot read %s: %s", file, strerror(err));
	return !err ? CTL_DONE : err == ENOENT ? CTL_NOT_FOUND : CTL_FAILED;
}

static int file_open(const char *file, const json_t *params, struct token_keys **out)
{
	char secret[CONF_VALUE_MAX + 1];
	struct token_key key = {text_or(params, "key", KEY_ID),
				text_or(params, "algorithm", "HS256"), secret};
	const char *right = token_algorithm_check(key.algorithm);
	int code = file_read(file, secret);

	if (!code && right) {
		ctl_complain("--algorithm: is %s", right);
		code = CTL_USAGE;
	}
	if (!code && (right = token_secret_check(key.algorithm, secret))) {
		ctl_complain("%s: is no key for %s; it ought to hold %s", file, key.algorithm,
			     right);
		code = CTL_FAILED;
	}
	if (!code && !(*out = token_keys_new(&key, 1))) {
		ctl_complain("--key: %s", strerror(errno));
		code = CTL_USAGE;
	}
	base_wipe(secret, sizeof secret);
	return code;
}

static int keys_open(const json_t *params, struct token_keys **out)
{
	const char *file = member_text(params, "key_file");

	return file ? file_open(file, params, out)
		    : config_open(text_or(params, "config", CONFIG_FILE), out);
}

// --- Sign --------------------------------------------------------------------------------------------

static int text_copy(const json_t *params, const char *name, char *out, size_t cap)
{
	const char *text = text_or(params, name, "");

	if (strlen(text) >= cap) {
		ctl_complain("--%s: ought to have at most %zu bytes", name, cap - 1);
		return CTL_USAGE;
	}
	memcpy(out, text, strlen(text) + 1);
	return CTL_DONE;
}

static bool word_is(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && !memcmp(text, word, len);
}

static int grants_take(const char *text, struct token *t)
{
	while (*text) {
		size_t len = strcspn(text, ",");

		if (word_is(text, len, "speak"))
			t->speak = true;
		else if (word_is(text, len, "listen"))
			t->listen = true;
		else if (word_is(text, len, "relay"))
			t->relay = true;
		else if (len) {
			ctl_complain("--grants: '%.*s' is none of speak, listen, relay", (int)len,
				     text);
			return CTL_USAGE;
		}
		text += len + (text[len] == ',');
	}
	return CTL_DONE;
}

static int rights_take(const char *text, struct token *t)
{
	t->rights = !strcmp(text, "change") ? TOKEN_CHANGE
		    : !strcmp(text, "show") ? TOKEN_SHOW
					    : TOKEN_NOTHING;
	if (!*text || t->rights)
		return CTL_DONE;
	ctl_complain("--rights: '%s' is neither show nor change", text);
	return CTL_USAGE;
}

static void id_make(char out[TOKEN_ID_MAX + 1])
{
	uint8_t bytes[12];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		abort();
	for (unsigned i = 0; i < sizeof bytes; i++)
		snprintf(out + 2 * i, 3, "%02x", bytes[i]);
}

static int token_fill(const json_t *params, struct token *t)
{
	uint64_t ttl_s = member_count(params, "ttl");
	int code = text_copy(params, "room", t->room, sizeof t->room);

	if (!code)
		code = text_copy(params, "player", t->player, sizeof t->player);
	if (!code)
		code = text_copy(params, "id", t->id, sizeof t->id);
	if (!code)
		code = text_copy(params, "key", t->key, sizeof t->key);
	if (!code)
		code = grants_take(text_or(params, "grants", "speak,listen,relay"), t);
	if (!code)
		code = rights_take(text_or(params, "rights", ""), t);
	if (!json_object_get(params, "ttl"))
		ttl_s = TTL_S;
	if (!code && (!ttl_s || ttl_s > TOKEN_LIFE_MAX_S)) {
		ctl_complain("--ttl: ought to be 1 to %d seconds", TOKEN_LIFE_MAX_S);
		code = CTL_USAGE;
	}
	if (!t->id[0])
		id_make(t->id);
	t->issued_s = (uint64_t)time(NULL);
	t->expires_s = t->issued_s + ttl_s;
	return code;
}

static int sign_failed(const struct token *t, int err)
{
	if (err == -ENOENT && !t->key[0])
		ctl_complain("there is no key that can sign, only public parts, or none at all");
	else if (err == -ENOENT)
		ctl_complain("there is no key '%s' to sign with", t->key);
	else if (err == -EACCES)
		ctl_complain("of key '%s' there is only the public part, which verifies", t->key);
	else
		ctl_complain("cannot sign: %s", strerror(-err));
	return err == -ENOENT ? CTL_NOT_FOUND : CTL_FAILED;
}

static int sign_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	struct token_keys *keys = NULL;
	struct token t = {0};
	char text[TOKEN_MAX + 1];
	int code = token_fill(params, &t), err;

	(void)c;
	if (!code)
		code = keys_open(params, &keys);
	if (code)
		return code;
	err = token_sign(keys, &t, text, sizeof text);
	token_keys_free(keys);
	if (err)
		return sign_failed(&t, err);
	*result = json_pack("{s:s, s:s, s:I}", "token", text, "jti", t.id, "expires",
			    (json_int_t)t.expires_s);
	return CTL_DONE;
}

static void sign_print(const struct ctl *c, const json_t *r)
{
	(void)c;
	puts(member_text(r, "token"));
}

// --- Verify ------------------------------------------------------------------------------------------

static json_t *token_json(const struct token *t)
{
	static const char *const rights[] = {"none", "show", "change"}; // enum token_right

	return json_pack("{s:b, s:s, s:s, s:s, s:s, s:b, s:b, s:b, s:s, s:I, s:I}", "ok", true,
			 "key", t->key, "jti", t->id, "player", t->player, "room", t->room, "speak",
			 t->speak, "listen", t->listen, "relay", t->relay, "rights",
			 rights[t->rights], "issued", (json_int_t)t->issued_s, "expires",
			 (json_int_t)t->expires_s);
}

static int verify_fetch(const struct ctl *c, json_t *params, json_t **result)
{
	const char *text = member_text(params, "token");
	struct token_keys *keys = NULL;
	struct token t;
	enum token_error error;
	int code = keys_open(params, &keys);

	if (code)
		return code;
	error = token_verify(keys, text, strlen(text), (uint64_t)time(NULL), &t);
	token_keys_free(keys);
	if (!error)
		*result = token_json(&t);
	else if (c->json)
		*result = json_pack("{s:b, s:s, s:s}", "ok", false, "reason",
				    token_error_names[error], "text", token_error_texts[error]);
	else
		ctl_complain("the token %s (%s)", token_error_texts[error],
			     token_error_names[error]);
	return error ? CTL_FAILED : CTL_DONE;
}

static void verify_print(const struct ctl *c, const json_t *r)
{
	static const char *const grants[] = {"speak", "listen", "relay"};
	struct table *t = table_new(c, (const char *const[]){"", "", NULL});
	int64_t left_s = member_int(r, "expires") - (int64_t)time(NULL);
	char life[TABLE_NUMBER];

	table_pair(t, "key", member_text(r, "key"));
	table_pair(t, "jti", member_text(r, "jti"));
	table_pair(t, "player", member_text(r, "player"));
	table_pair(t, "room", member_text(r, "room"));
	for (unsigned i = 0; i < BASE_COUNT(grants); i++)
		table_pair(t, grants[i],
			   json_is_true(json_object_get(r, grants[i])) ? "yes" : "no");
	table_pair(t, "rights", member_text(r, "rights"));
	table_pair(t, "good for", number_life(life, left_s > 0 ? (uint64_t)left_s : 0));
	table_print(t);
}

#define KEY_PARAMS                                                                                 \
	{                                                                                          \
		"config",                                                                          \
		"config",                                                                          \
		"FILE",                                                                            \
		API_TEXT,                                                                          \
		false,                                                                             \
		"The relay's configuration, whose voice.tokens.keys are used (" CONFIG_FILE ")"},  \
		{"key_file",                                                                       \
		 "key-file",                                                                       \
		 "FILE",                                                                           \
		 API_TEXT,                                                                         \
		 false,                                                                            \
		 "Instead of a configuration: a file with one secret, or one key in PEM"},         \
	{                                                                                          \
		"algorithm", "algorithm", "NAME", API_TEXT, false,                                 \
			"Of the key in that file: HS256 or ES256 (HS256)"                          \
	}

static const struct ctl_param sign_params[] = {
	{"room", "room", "ROOM", API_TEXT, false, "The room that may be joined"},
	{"player", "player", "PLAYER", API_TEXT, false, "Who it is for (sub)"},
	{"ttl", "ttl", "SECONDS", API_INT, false, "How long it is good for (600)"},
	{"grants", "grants", "LIST", API_TEXT, false,
	 "What it allows, separated by commas (speak,listen,relay)"},
	{"rights", "rights", "RIGHT", API_TEXT, false,
	 "show or change: what it leaves of a control connection's rights (nothing)"},
	{"id", "id", "JTI", API_TEXT, false, "Its id, for credential revoke --jti (random)"},
	{"key", "key", "ID", API_TEXT, false,
	 "The key that signs it (the first of the configuration; k1 with --key-file)"},
	KEY_PARAMS,
	{0},
};

static const struct ctl_param verify_params[] = {
	{"token", NULL, "TOKEN", API_TEXT, true, "The token"},
	{"key", "key", "ID", API_TEXT, false, "The id of the key in --key-file (k1)"},
	KEY_PARAMS,
	{0},
};

const struct ctl_command token_commands[] = {
	{"token", "sign", NULL, "Makes a session token; needs no relay",
	 "token sign --room lobby --player alice --ttl 3600", sign_params, .fetch = sign_fetch,
	 .print = sign_print},
	{"token", "verify", NULL,
	 "Tells what a session token allows; needs no relay, and knows of no revocations",
	 "token verify --config /etc/turnpike/turnpike.yaml eyJhbGciOi...", verify_params,
	 .fetch = verify_fetch, .print = verify_print},
	{0},
};
