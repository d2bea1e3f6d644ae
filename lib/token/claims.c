// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "token/private.h"

#define TIME_MAX 99999999999u // the year 5138: sums of times stay far from overflow

static const char *const right_names[] = {"", "show", "change"}; // enum token_right

static bool text_take(const json_t *claims, const char *name, char *out, size_t cap)
{
	const json_t *value = json_object_get(claims, name);
	const char *text = json_string_value(value);
	size_t len = json_string_length(value);

	if (!value)
		return true;
	if (!text || !len || len >= cap)
		return false;
	for (size_t i = 0; i < len; i++) // they go to logs and user names
		if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
			return false;
	memcpy(out, text, len + 1);
	return true;
}

static bool flag_take(const json_t *claims, const char *name, bool *out)
{
	const json_t *value = json_object_get(claims, name);

	*out = json_is_true(value);
	return !value || json_is_boolean(value);
}

// RFC 7519 section 2, NumericDate: a number, not always whole.
static bool time_take(const json_t *claims, const char *name, bool required, uint64_t *out)
{
	const json_t *value = json_object_get(claims, name);
	double seconds = json_number_value(value);

	if (!value)
		return !required;
	if (!json_is_number(value) || !(seconds >= 0) || !(seconds <= TIME_MAX))
		return false;
	*out = (uint64_t)seconds;
	return true;
}

static bool rights_take(const json_t *claims, enum token_right *out)
{
	const json_t *value = json_object_get(claims, "rights");
	const char *text = json_string_value(value);

	if (!value)
		return true;
	for (int i = TOKEN_SHOW; text && i <= TOKEN_CHANGE; i++)
		if (!strcmp(text, right_names[i])) {
			*out = (enum token_right)i;
			return true;
		}
	return false;
}

static bool audience_fits(const json_t *claims)
{
	const json_t *value = json_object_get(claims, "aud"), *one;
	size_t i;

	if (!value)
		return true;
	if (json_is_string(value))
		return !strcmp(json_string_value(value), TOKEN_AUDIENCE);
	json_array_foreach(value, i, one) {
		if (json_is_string(one) && !strcmp(json_string_value(one), TOKEN_AUDIENCE))
			return true;
	}
	return false;
}

static void id_derive(const char *bytes, size_t len, struct token *t)
{
	uint8_t digest[TOKEN_DIGEST_LEN];

	token_digest(TOKEN_BY_ID, bytes, len, digest);
	for (unsigned i = 0; i < sizeof digest; i++)
		snprintf(t->id + 2 * i, 3, "%02x", digest[i]);
}

static enum token_error claims_take(const json_t *c, struct token *t)
{
	if (!text_take(c, "jti", t->id, sizeof t->id) ||
	    !text_take(c, "sub", t->player, sizeof t->player) ||
	    !text_take(c, "room", t->room, sizeof t->room) || !flag_take(c, "speak", &t->speak) ||
	    !flag_take(c, "listen", &t->listen) || !flag_take(c, "relay", &t->relay) ||
	    !rights_take(c, &t->rights))
		return TOKEN_BAD_CLAIMS;
	if (!time_take(c, "exp", true, &t->expires_s) || !time_take(c, "iat", true, &t->issued_s) ||
	    !time_take(c, "nbf", false, &t->not_before_s))
		return TOKEN_BAD_CLAIMS;
	if (!audience_fits(c))
		return TOKEN_WRONG_AUDIENCE;
	return t->expires_s > t->issued_s + TOKEN_LIFE_MAX_S ? TOKEN_TOO_LONG_LIVED : TOKEN_OK;
}

enum token_error token_claims_read(jwt_t *jwt, const char *signed_, size_t signed_len,
				   struct token *out)
{
	char *text = jwt_get_grants_json(jwt, NULL);
	json_t *claims = text ? json_loads(text, 0, NULL) : NULL;
	enum token_error error = TOKEN_NO_MEMORY;

	if (claims)
		error = claims_take(claims, out);
	if (!error && !out->id[0])
		id_derive(signed_, signed_len, out);
	json_decref(claims);
	free(text);
	return error;
}

static int text_put(jwt_t *jwt, const char *name, const char *text)
{
	return text[0] ? jwt_add_grant(jwt, name, text) : 0;
}

static int flag_put(jwt_t *jwt, const char *name, bool on)
{
	return on ? jwt_add_grant_bool(jwt, name, 1) : 0;
}

static int time_put(jwt_t *jwt, const char *name, uint64_t seconds)
{
	return seconds ? jwt_add_grant_int(jwt, name, (long)seconds) : 0;
}

int token_claims_write(jwt_t *jwt, const struct token *t)
{
	if (!t->expires_s || !t->issued_s || t->expires_s <= t->issued_s ||
	    t->expires_s > t->issued_s + TOKEN_LIFE_MAX_S || t->expires_s > TIME_MAX ||
	    t->not_before_s > TIME_MAX)
		return -EINVAL;
	return text_put(jwt, "jti", t->id) || text_put(jwt, "sub", t->player) ||
			       text_put(jwt, "room", t->room) || flag_put(jwt, "speak", t->speak) ||
			       flag_put(jwt, "listen", t->listen) ||
			       flag_put(jwt, "relay", t->relay) ||
			       text_put(jwt, "rights", right_names[t->rights]) ||
			       time_put(jwt, "iat", t->issued_s) ||
			       time_put(jwt, "nbf", t->not_before_s) ||
			       time_put(jwt, "exp", t->expires_s)
		       ? -EINVAL
		       : 0;
}
