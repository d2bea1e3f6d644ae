// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "token/private.h"

#define HS256_STRONG 32 // bytes: of SHA-256

int token_algorithm_find(const char *name)
{
	for (int i = 0; i < TOKEN_ALGORITHMS; i++)
		if (!strcmp(name, token_algorithm_names[i]))
			return i;
	return -1;
}

const char *token_algorithm_check(const char *name)
{
	if (token_algorithm_find(name) >= 0)
		return NULL;
	if (!strcmp(name, "EdDSA"))
		return "HS256 or ES256: libjwt of this system has no EdDSA";
	return "HS256 or ES256";
}

// Nobody is asked for a passphrase.
static int no_passphrase(char *buffer, int size, int writing, void *ctx)
{
	(void)buffer;
	(void)size;
	(void)writing;
	(void)ctx;
	return -1;
}

static bool is_p256(EVP_PKEY *key)
{
	char group[32] = "";

	return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC &&
	       EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, group, sizeof group,
					      NULL) == 1 &&
	       !strcmp(group, "prime256v1");
}

typedef EVP_PKEY *pem_read_fn(BIO *bio, EVP_PKEY **key, pem_password_cb *ask, void *ctx);

static EVP_PKEY *pem_read(const char *pem, pem_read_fn *read)
{
	BIO *bio = BIO_new_mem_buf(pem, -1);
	EVP_PKEY *key = bio ? read(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	ERR_clear_error();
	if (key && is_p256(key))
		return key;
	EVP_PKEY_free(key);
	return NULL;
}

static EVP_PKEY *key_parse(const char *pem, bool *private)
{
	EVP_PKEY *key = pem_read(pem, PEM_read_bio_PrivateKey);

	*private = key != NULL;
	return key ? key : pem_read(pem, PEM_read_bio_PUBKEY);
}

const char *token_secret_check(const char *algorithm, const char *secret)
{
	bool private;
	EVP_PKEY *key;

	if (token_algorithm_find(algorithm) != TOKEN_ES256)
		return secret[0] ? NULL : "a secret that is not empty";
	key = key_parse(secret, &private);
	if (!key)
		return "the PEM text of a P-256 key without passphrase, such as openssl ecparam "
		       "-genkey -name prime256v1 -noout gives; the public part suffices";
	EVP_PKEY_free(key);
	return NULL;
}

bool token_secret_is_short(const char *algorithm, const char *secret)
{
	return token_algorithm_find(algorithm) == TOKEN_HS256 && strlen(secret) < HS256_STRONG;
}

// The text of a memory BIO, wiped there; NULL: none.
static char *bio_take(BIO *bio)
{
	char *bytes, *out;
	long len = BIO_get_mem_data(bio, &bytes);

	if (len <= 0)
		return NULL;
	out = malloc((size_t)len + 1);
	if (out) {
		memcpy(out, bytes, (size_t)len);
		out[len] = 0;
	}
	base_wipe(bytes, (size_t)len);
	return out;
}

static int pem_init(struct token_key_entry *e, const char *pem)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool private;

	e->key = key_parse(pem, &private);
	if (e->key && private && bio &&
	    PEM_write_bio_PrivateKey(bio, e->key, NULL, NULL, 0, NULL, NULL))
		e->private_pem = bio_take(bio);
	BIO_free(bio);
	if (!e->key)
		return -EINVAL;
	return e->private_pem || !private ? 0 : -ENOMEM;
}

static int entry_init(struct token_keys *k, const struct token_key *from)
{
	struct token_key_entry *e = &k->at[k->count];
	int algorithm = token_algorithm_find(from->algorithm);

	if (algorithm < 0 || !from->id[0] || strlen(from->id) > TOKEN_KEY_ID_MAX ||
	    !from->secret[0] || token_key_find(k, from->id))
		return -EINVAL;
	k->count++;
	memcpy(e->id, from->id, strlen(from->id) + 1);
	e->algorithm = (enum token_algorithm)algorithm;
	if (e->algorithm == TOKEN_ES256)
		return pem_init(e, from->secret);
	e->secret = strdup(from->secret);
	e->secret_len = strlen(from->secret);
	return e->secret ? 0 : -ENOMEM;
}

struct token_keys *token_keys_new(const struct token_key *keys, size_t count)
{
	struct token_keys *k = calloc(1, sizeof *k + count * sizeof k->at[0]);
	int err = k ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < count; i++)
		err = entry_init(k, &keys[i]);
	if (!err)
		return k;
	token_keys_free(k);
	errno = -err;
	return NULL;
}

static void text_free(char *text)
{
	if (text)
		base_wipe(text, strlen(text));
	free(text);
}

void token_keys_free(struct token_keys *k)
{
	for (size_t i = 0; k && i < k->count; i++) {
		text_free(k->at[i].secret);
		EVP_PKEY_free(k->at[i].key);
		text_free(k->at[i].private_pem);
	}
	free(k);
}

size_t token_keys_count(const struct token_keys *k)
{
	return k->count;
}

const struct token_key_entry *token_key_find(const struct token_keys *k, const char *id)
{
	for (size_t i = 0; i < k->count; i++)
		if (!strcmp(k->at[i].id, id))
			return &k->at[i];
	return NULL;
}
