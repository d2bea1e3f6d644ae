// SPDX-License-Identifier: Apache-2.0
#ifndef TOKEN_PRIVATE_H
#define TOKEN_PRIVATE_H

#include <jwt.h>
#include <openssl/evp.h>

#include "base/base.h"
#include "token/token.h"

struct token_key_entry {
	char id[TOKEN_KEY_ID_MAX + 1];
	enum token_algorithm algorithm;
	char *secret; // HS256
	size_t secret_len;
	EVP_PKEY *key; // ES256
	char *private_pem; // of it, for libjwt; NULL where it only verifies
};

struct token_keys {
	size_t count;
	struct token_key_entry at[];
};

const struct token_key_entry *token_key_find(const struct token_keys *k, const char *id);
int token_algorithm_find(const char *name); // or -1

#define TOKEN_MAC_LEN 43 // base64url of a SHA-256
// base64url of the HMAC-SHA256 of `len` bytes, with NUL.
void token_mac(const struct token_key_entry *key, const char *bytes, size_t len,
	       char out[TOKEN_MAC_LEN + 1]);

// Whether `signature` (base64url) is that of `bytes`.
bool token_es256_fits(EVP_PKEY *key, const char *bytes, size_t len, const char *signature);

// The claims of a token whose signature is right; `signed_` is what was signed.
enum token_error token_claims_read(jwt_t *jwt, const char *signed_, size_t signed_len,
				   struct token *out);
int token_claims_write(jwt_t *jwt, const struct token *t); // 0, -EINVAL, -ENOMEM

#endif
