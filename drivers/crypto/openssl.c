// SPDX-License-Identifier: Apache-2.0
// One by one, on any processor. A key is its bytes: an expanded one of OpenSSL's is neither immutable
// nor to be shared by threads, so that each packet sets its key in the thread's own contexts.
#include <errno.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "crypto/crypto.h"

#define SHA1_LEN 20

struct srtp_key {
	struct srtp_secrets secrets;
};

struct ssl_ctx {
	EVP_CIPHER_CTX *cipher[SRTP_PROFILES];
	EVP_MAC_CTX *mac;
};

static int ssl_key_new(struct srtp_key **out, const struct srtp_secrets *secrets)
{
	struct srtp_key *key = malloc(sizeof *key);

	if (!key)
		return -ENOMEM;
	key->secrets = *secrets;
	*out = key;
	return 0;
}

static void ssl_key_free(struct srtp_key *key)
{
	if (key)
		base_wipe(key, sizeof *key);
	free(key);
}

static void ssl_ctx_free(void *ctx)
{
	struct ssl_ctx *c = ctx;

	if (!c)
		return;
	for (unsigned i = 0; i < SRTP_PROFILES; i++)
		EVP_CIPHER_CTX_free(c->cipher[i]);
	EVP_MAC_CTX_free(c->mac);
	free(c);
}

static EVP_CIPHER_CTX *cipher_new(const EVP_CIPHER *type)
{
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();

	if (ctx && EVP_CipherInit_ex(ctx, type, NULL, NULL, NULL, 1) == 1)
		return ctx;
	EVP_CIPHER_CTX_free(ctx);
	return NULL;
}

static EVP_MAC_CTX *mac_new(void)
{
	char sha1[] = "SHA1";
	OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, sha1, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = EVP_MAC_fetch(NULL, OSSL_MAC_NAME_HMAC, NULL);
	EVP_MAC_CTX *ctx = mac ? EVP_MAC_CTX_new(mac) : NULL;

	EVP_MAC_free(mac);
	if (ctx && EVP_MAC_CTX_set_params(ctx, params) == 1)
		return ctx;
	EVP_MAC_CTX_free(ctx);
	return NULL;
}

static void *ssl_ctx_new(int socket)
{
	struct ssl_ctx *c = calloc(1, sizeof *c);

	(void)socket;
	if (!c)
		return NULL;
	c->cipher[SRTP_AEAD_AES_128_GCM] = cipher_new(EVP_aes_128_gcm());
	c->cipher[SRTP_AEAD_AES_256_GCM] = cipher_new(EVP_aes_256_gcm());
	c->cipher[SRTP_AES128_CM_SHA1_80] = cipher_new(EVP_aes_128_ctr());
	c->mac = mac_new();
	for (unsigned i = 0; i < SRTP_PROFILES; i++)
		if (!c->cipher[i] || !c->mac) {
			ssl_ctx_free(c);
			return NULL;
		}
	return c;
}

static bool cipher_run(EVP_CIPHER_CTX *ctx, const struct srtp_job *j)
{
	int put = 0;

	return !j->len || EVP_CipherUpdate(ctx, j->dst, &put, j->src, j->len) == 1;
}

static bool gcm_start(EVP_CIPHER_CTX *ctx, const struct srtp_job *j, int sealing)
{
	int put = 0;

	return EVP_CipherInit_ex(ctx, NULL, NULL, j->key->secrets.cipher, j->iv, sealing) == 1 &&
	       EVP_CipherUpdate(ctx, NULL, &put, j->aad, j->aad_len) == 1;
}

static bool gcm_seal(EVP_CIPHER_CTX *ctx, const struct srtp_job *j)
{
	int put = 0;

	return gcm_start(ctx, j, 1) && cipher_run(ctx, j) &&
	       EVP_CipherFinal_ex(ctx, j->dst + j->len, &put) == 1 &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_GET_TAG, SRTP_GCM_TAG_LEN, j->tag) == 1;
}

// libcrypto compares tags in constant time.
static bool gcm_open(EVP_CIPHER_CTX *ctx, const struct srtp_job *j)
{
	uint8_t none[SRTP_GCM_TAG_LEN];
	int put = 0;

	return gcm_start(ctx, j, 0) &&
	       EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_AEAD_SET_TAG, SRTP_GCM_TAG_LEN, j->tag) == 1 &&
	       cipher_run(ctx, j) && EVP_CipherFinal_ex(ctx, none, &put) == 1;
}

static bool cm_cipher(EVP_CIPHER_CTX *ctx, const struct srtp_job *j)
{
	return EVP_CipherInit_ex(ctx, NULL, NULL, j->key->secrets.cipher, j->iv, 1) == 1 &&
	       cipher_run(ctx, j);
}

static bool cm_hash(EVP_MAC_CTX *mac, const struct srtp_job *j, uint8_t out[SHA1_LEN])
{
	uint32_t roc = __builtin_bswap32(j->roc);
	size_t len = 0;

	return EVP_MAC_init(mac, j->key->secrets.auth, SRTP_AUTH_LEN, NULL) == 1 &&
	       EVP_MAC_update(mac, j->aad, (size_t)j->aad_len + j->len) == 1 &&
	       EVP_MAC_update(mac, (const uint8_t *)&roc, sizeof roc) == 1 &&
	       EVP_MAC_final(mac, out, &len, SHA1_LEN) == 1;
}

static bool cm_seal(struct ssl_ctx *c, const struct srtp_job *j)
{
	uint8_t digest[SHA1_LEN];

	if (!cm_cipher(c->cipher[SRTP_AES128_CM_SHA1_80], j) || !cm_hash(c->mac, j, digest))
		return false;
	memcpy(j->tag, digest, SRTP_CM_TAG_LEN);
	return true;
}

static bool cm_open(struct ssl_ctx *c, const struct srtp_job *j)
{
	uint8_t digest[SHA1_LEN];

	return cm_hash(c->mac, j, digest) && base_equal_secret(digest, j->tag, SRTP_CM_TAG_LEN) &&
	       cm_cipher(c->cipher[SRTP_AES128_CM_SHA1_80], j);
}

static unsigned ssl_open(void *ctx, struct srtp_job jobs[], unsigned n)
{
	struct ssl_ctx *c = ctx;
	unsigned good = 0;

	for (unsigned i = 0; i < n; i++) {
		enum srtp_profile profile = jobs[i].key->secrets.profile;
		bool ok = profile == SRTP_AES128_CM_SHA1_80
				  ? cm_open(c, &jobs[i])
				  : gcm_open(c->cipher[profile], &jobs[i]);

		jobs[i].status = !ok;
		good += ok;
	}
	return good;
}

// What could not be sealed must not leave readable; no receiver takes zeros for a packet of ours.
static void job_blank(const struct srtp_job *j)
{
	memset(j->dst, 0, j->len);
	memset(j->tag, 0, srtp_tag_len(j->key->secrets.profile));
}

static void ssl_seal(void *ctx, struct srtp_job jobs[], unsigned n)
{
	struct ssl_ctx *c = ctx;

	for (unsigned i = 0; i < n; i++) {
		enum srtp_profile profile = jobs[i].key->secrets.profile;

		if (!(profile == SRTP_AES128_CM_SHA1_80 ? cm_seal(c, &jobs[i])
							: gcm_seal(c->cipher[profile], &jobs[i])))
			job_blank(&jobs[i]);
	}
}

const struct cipher_ops crypto_openssl = {
	.name = "openssl",
	.key_new = ssl_key_new,
	.key_free = ssl_key_free,
	.open = ssl_open,
	.seal = ssl_seal,
	.ctx_new = ssl_ctx_new,
	.ctx_free = ssl_ctx_free,
};
