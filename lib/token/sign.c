// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "token/private.h"

static const struct token_key_entry *signer_find(const struct token_keys *k, const char *id)
{
	if (id[0])
		return token_key_find(k, id);
	for (size_t i = 0; i < k->count; i++)
		if (k->at[i].secret || k->at[i].private_pem)
			return &k->at[i];
	return NULL;
}

static int algorithm_set(jwt_t *jwt, const struct token_key_entry *key)
{
	const char *secret = key->secret ? key->secret : key->private_pem;
	jwt_alg_t alg = key->algorithm == TOKEN_HS256 ? JWT_ALG_HS256 : JWT_ALG_ES256;

	return -jwt_set_alg(jwt, alg, (const unsigned char *)secret, (int)strlen(secret));
}

static int text_put(jwt_t *jwt, char *out, size_t cap)
{
	char *text = jwt_encode_str(jwt);
	size_t len = text ? strlen(text) : 0;
	int err = !text ? -ENOMEM : len >= cap || len > TOKEN_MAX ? -ENOSPC : 0;

	if (!err)
		memcpy(out, text, len + 1);
	if (text)
		base_wipe(text, len);
	free(text);
	return err;
}

int token_sign(const struct token_keys *k, const struct token *t, char *out, size_t cap_bytes)
{
	const struct token_key_entry *key = signer_find(k, t->key);
	jwt_t *jwt = NULL;
	int err;

	if (!key)
		return -ENOENT;
	if (!key->secret && !key->private_pem)
		return -EACCES;
	if (jwt_new(&jwt))
		return -ENOMEM;
	err = token_claims_write(jwt, t);
	if (!err && (jwt_add_header(jwt, "kid", key->id) || algorithm_set(jwt, key)))
		err = -ENOMEM;
	if (!err)
		err = text_put(jwt, out, cap_bytes);
	jwt_free(jwt);
	return err;
}
