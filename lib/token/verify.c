// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "stun/stun.h"
#include "token/private.h"

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void token_mac(const struct token_key_entry *key, const char *bytes, size_t len,
	       char out[TOKEN_MAC_LEN + 1])
{
	uint8_t mac[32];
	char text[45];

	stun_hmac_sha256(mac, key->secret, key->secret_len, bytes, len);
	EVP_EncodeBlock((unsigned char *)text, mac, sizeof mac);
	for (unsigned i = 0; i < TOKEN_MAC_LEN; i++)
		out[i] = text[i] == '+' ? '-' : text[i] == '/' ? '_' : text[i];
	out[TOKEN_MAC_LEN] = 0;
	base_wipe(mac, sizeof mac);
	base_wipe(text, sizeof text);
}

// Length, letters and dots, before anything is parsed. `dots` holds where the two are.
static bool form_fits(const char *text, size_t len, const char *dots[2])
{
	const char *at = text;

	if (len > TOKEN_MAX)
		return false;
	for (unsigned i = 0; i < 3; i++) {
		size_t run = strspn(at, letters);

		// The last part is empty where `alg` is none, which has a name of its own.
		if (run % 4 == 1 || (!run && i < 2))
			return false;
		at += run;
		if (i < 2 && *at != '.')
			return false;
		if (i < 2)
			dots[i] = at++;
	}
	return at == text + len;
}

// One spelling of one MAC is right, and no time tells how much of another agrees.
static bool mac_fits(const struct token_key_entry *key, const char *text, const char *dot)
{
	char want[TOKEN_MAC_LEN + 1];
	bool fits;

	token_mac(key, text, (size_t)(dot - text), want);
	fits = strlen(dot + 1) == TOKEN_MAC_LEN && base_equal_secret(want, dot + 1, TOKEN_MAC_LEN);
	base_wipe(want, sizeof want);
	return fits;
}

static bool signature_fits(const struct token_key_entry *key, const char *text, const char *dot)
{
	return key->algorithm == TOKEN_HS256
		       ? mac_fits(key, text, dot)
		       : token_es256_fits(key->key, text, (size_t)(dot - text), dot + 1);
}

// The key says by which algorithm, not the token: else a public key would pass for an HMAC's secret.
static enum token_error key_choose(const struct token_keys *k, const json_t *header,
				   const struct token_key_entry **out)
{
	const char *id = json_string_value(json_object_get(header, "kid"));
	const char *alg = json_string_value(json_object_get(header, "alg"));
	const struct token_key_entry *key = id ? token_key_find(k, id) : NULL;

	// RFC 7515 section 4.1.11: what is critical and not understood makes it invalid.
	if (!alg || json_object_get(header, "crit"))
		return TOKEN_MALFORMED;
	if (!key)
		return TOKEN_UNKNOWN_KEY;
	if (strcmp(alg, token_algorithm_names[key->algorithm]) != 0)
		return TOKEN_WRONG_ALGORITHM;
	*out = key;
	return TOKEN_OK;
}

static enum token_error header_read(const struct token_keys *k, jwt_t *jwt,
				    const struct token_key_entry **out)
{
	char *text = jwt_get_headers_json(jwt, NULL);
	json_t *header = text ? json_loads(text, 0, NULL) : NULL;
	enum token_error error = header ? key_choose(k, header, out) : TOKEN_NO_MEMORY;

	json_decref(header);
	free(text);
	return error;
}

static enum token_error text_read(const struct token_keys *k, const char *text, size_t len,
				  struct token *out)
{
	const struct token_key_entry *key = NULL;
	enum token_error error;
	struct token t = {0};
	const char *dots[2];
	jwt_t *jwt = NULL;
	int err;

	if (!form_fits(text, len, dots))
		return TOKEN_MALFORMED;
	err = jwt_decode(&jwt, text, NULL, 0); // without a key: parses, believes nothing
	if (err)
		return err == ENOMEM ? TOKEN_NO_MEMORY : TOKEN_MALFORMED;
	error = header_read(k, jwt, &key);
	if (!error && !signature_fits(key, text, dots[1]))
		error = TOKEN_BAD_SIGNATURE;
	if (!error)
		error = token_claims_read(jwt, text, (size_t)(dots[1] - text), &t);
	if (!error) {
		memcpy(t.key, key->id, sizeof t.key);
		*out = t;
	}
	jwt_free(jwt);
	return error;
}

enum token_error token_read(const struct token_keys *k, const char *text, size_t len,
			    struct token *out)
{
	char copy[TOKEN_MAX + 1];
	enum token_error error;

	if (len > TOKEN_MAX || memchr(text, 0, len))
		return TOKEN_MALFORMED;
	memcpy(copy, text, len);
	copy[len] = 0;
	error = text_read(k, copy, len, out);
	base_wipe(copy, len); // who has it may use it
	return error;
}

enum token_error token_time_check(const struct token *t, uint64_t wall_s)
{
	uint64_t begins_s = t->not_before_s > t->issued_s ? t->not_before_s : t->issued_s;

	if (wall_s >= t->expires_s + TOKEN_SKEW_S)
		return TOKEN_EXPIRED;
	return wall_s + TOKEN_SKEW_S < begins_s ? TOKEN_NOT_YET : TOKEN_OK;
}

enum token_error token_verify(const struct token_keys *k, const char *text, size_t len,
			      uint64_t wall_s, struct token *out)
{
	struct token t;
	enum token_error error = token_read(k, text, len, &t);

	if (!error)
		error = token_time_check(&t, wall_s);
	if (!error)
		*out = t;
	return error;
}
