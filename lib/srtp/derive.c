// SPDX-License-Identifier: Apache-2.0
#include "srtp/private.h"

#include <errno.h>
#include <openssl/evp.h>

// RFC 3711 section 4.3.1: labels; RTCP's are three above RTP's.
enum label { LABEL_CIPHER, LABEL_AUTH, LABEL_SALT };
#define LABEL_RTCP 3

struct prf {
	EVP_CIPHER_CTX *ctx;
	uint8_t salt[16]; // of the master, 14 bytes and the block counter
	uint8_t base; // 0, or LABEL_RTCP
};

// AES in counter mode over zeros; key derivation rate 0, so that only the label is laid over.
static int prf_draw(struct prf *prf, enum label label, uint8_t *out, unsigned len)
{
	uint8_t iv[16];
	int put;

	memcpy(iv, prf->salt, sizeof iv);
	iv[7] ^= (uint8_t)(prf->base + label);
	memset(out, 0, len);
	if (EVP_EncryptInit_ex(prf->ctx, NULL, NULL, NULL, iv) != 1 ||
	    EVP_EncryptUpdate(prf->ctx, out, &put, out, (int)len) != 1 || put != (int)len)
		return -EIO;
	return 0;
}

static int secrets_draw(struct prf *prf, struct srtp_secrets *out, enum srtp_profile profile)
{
	int rc;

	memset(out, 0, sizeof *out);
	out->profile = profile;
	rc = prf_draw(prf, LABEL_CIPHER, out->cipher, srtp_key_len(profile));
	if (!rc && profile == SRTP_AES128_CM_SHA1_80)
		rc = prf_draw(prf, LABEL_AUTH, out->auth, SRTP_AUTH_LEN);
	if (!rc)
		rc = prf_draw(prf, LABEL_SALT, out->salt, srtp_salt_len(profile));
	return rc;
}

static const EVP_CIPHER *prf_cipher(enum srtp_profile profile)
{
	return profile == SRTP_AEAD_AES_256_GCM ? EVP_aes_256_ctr() : EVP_aes_128_ctr();
}

int srtp_derive(struct srtp_secrets *rtp, struct srtp_secrets *rtcp, enum srtp_profile profile,
		const uint8_t *key, const uint8_t *salt)
{
	struct prf prf = {.ctx = EVP_CIPHER_CTX_new()};
	int rc = -EIO;

	if (!prf.ctx)
		return -ENOMEM;
	memcpy(prf.salt, salt, srtp_salt_len(profile)); // RFC 7714 section 11: 12 bytes and zeros
	if (EVP_EncryptInit_ex(prf.ctx, prf_cipher(profile), NULL, key, NULL) == 1)
		rc = secrets_draw(&prf, rtp, profile);
	prf.base = LABEL_RTCP;
	if (!rc)
		rc = secrets_draw(&prf, rtcp, profile);
	EVP_CIPHER_CTX_free(prf.ctx);
	base_wipe(&prf, sizeof prf);
	if (rc) {
		base_wipe(rtp, sizeof *rtp);
		base_wipe(rtcp, sizeof *rtcp);
	}
	return rc;
}
