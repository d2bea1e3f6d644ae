// SPDX-License-Identifier: Apache-2.0
#include "tls/private.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <string.h>

// An SSL object holds 39 KB for as long as it lives, 22 of them for a message that may be resent.
// Of a session that is done all that is needed yet is one kind of record, the alert, so its keys
// (RFC 5246 section 6.3, RFC 5288) are taken out and OpenSSL is let go.
#define RECORD_HEADER_LEN 13u
#define NONCE_LEN 8u // in front of each record
#define ALERT_LEN 2u
#define TAG_LEN 16u
#define ALERT 21
#define CLOSE_NOTIFY 0
#define FATAL 2
#define WARNING 1

static bool key_block_derive(SSL *ssl, uint8_t *out, size_t len)
{
	static const char label[] = "key expansion";
	uint8_t master[48], seed[sizeof label - 1 + 64];
	const EVP_MD *md = SSL_CIPHER_get_handshake_digest(SSL_get_current_cipher(ssl));
	OSSL_PARAM params[4];
	EVP_KDF *kdf = EVP_KDF_fetch(NULL, OSSL_KDF_NAME_TLS1_PRF, NULL);
	EVP_KDF_CTX *ctx = kdf ? EVP_KDF_CTX_new(kdf) : NULL;
	size_t n = SSL_SESSION_get_master_key(SSL_get_session(ssl), master, sizeof master);
	bool ok;

	memcpy(seed, label, sizeof label - 1);
	SSL_get_server_random(ssl, seed + sizeof label - 1, 32);
	SSL_get_client_random(ssl, seed + sizeof label - 1 + 32, 32);
	params[0] = OSSL_PARAM_construct_utf8_string(
		OSSL_KDF_PARAM_DIGEST, (char *)(uintptr_t)(md ? EVP_MD_get0_name(md) : ""), 0);
	params[1] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master, n);
	params[2] = OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed, sizeof seed);
	params[3] = OSSL_PARAM_construct_end();
	ok = ctx && md && n == sizeof master && EVP_KDF_derive(ctx, out, len, params) == 1;
	EVP_KDF_CTX_free(ctx);
	EVP_KDF_free(kdf);
	OPENSSL_cleanse(master, sizeof master);
	return ok;
}

static uint8_t key_len_of(const SSL *ssl)
{
	switch (SSL_CIPHER_get_cipher_nid(SSL_get_current_cipher(ssl))) {
	case NID_aes_128_gcm:
		return 16;
	case NID_aes_256_gcm:
		return 32;
	}
	return 0;
}

// The nonce of the Finished that stands at the end of what we sent: ours go on from it.
static bool nonce_find(struct tail *t, const struct flight *f)
{
	const uint8_t *at = f->bytes, *end = at + f->len, *record;
	uint16_t len;

	for (t->has_nonce = false; at && at + 2 < end; at += 2 + len) {
		memcpy(&len, at, 2);
		for (record = at + 2; record + RECORD_HEADER_LEN + NONCE_LEN <= at + 2 + len;
		     record += RECORD_HEADER_LEN + ((size_t)record[11] << 8 | record[12])) {
			if (record[3] || record[4] != 1)
				continue; // epoch 0
			memcpy(t->nonce, record + RECORD_HEADER_LEN, NONCE_LEN);
			t->has_nonce = true;
		}
	}
	return t->has_nonce;
}

bool tail_take(struct tail *t, SSL *ssl, const struct flight *last)
{
	bool server = SSL_is_server(ssl);
	uint8_t block[2 * (32 + TAIL_IV_LEN)], key = key_len_of(ssl);
	const uint8_t *iv = block + 2 * key;
	bool ok = key && nonce_find(t, last) &&
		  key_block_derive(ssl, block, 2u * (key + TAIL_IV_LEN));

	if (ok) {
		t->key_len = key;
		memcpy(t->read_key, server ? block : block + key, key);
		memcpy(t->write_key, server ? block + key : block, key);
		memcpy(t->read_iv, server ? iv : iv + TAIL_IV_LEN, TAIL_IV_LEN);
		memcpy(t->write_iv, server ? iv + TAIL_IV_LEN : iv, TAIL_IV_LEN);
		t->write_seq = 1; // 0 was the Finished
	}
	OPENSSL_cleanse(block, sizeof block);
	return ok;
}

// GCM over an alert at `record`, whose header and nonce are there: seals or opens `body`.
static bool alert_crypt(const struct tail *t, bool seal, const uint8_t *record, uint8_t *body,
			uint8_t *tag)
{
	const EVP_CIPHER *cipher = t->key_len == 16 ? EVP_aes_128_gcm() : EVP_aes_256_gcm();
	EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
	uint8_t iv[TAIL_IV_LEN + NONCE_LEN], aad[13];
	int n, command = seal ? EVP_CTRL_AEAD_GET_TAG : EVP_CTRL_AEAD_SET_TAG;
	bool ok;

	memcpy(iv, seal ? t->write_iv : t->read_iv, TAIL_IV_LEN);
	memcpy(iv + TAIL_IV_LEN, record + RECORD_HEADER_LEN, NONCE_LEN);
	memcpy(aad, record + 3, 8);
	memcpy(aad + 8, record, 3);
	aad[11] = 0;
	aad[12] = ALERT_LEN;
	ok = ctx &&
	     EVP_CipherInit_ex(ctx, cipher, NULL, seal ? t->write_key : t->read_key, iv, seal) &&
	     EVP_CipherUpdate(ctx, NULL, &n, aad, sizeof aad) &&
	     EVP_CipherUpdate(ctx, body, &n, body, ALERT_LEN) &&
	     (seal || EVP_CIPHER_CTX_ctrl(ctx, command, TAG_LEN, tag)) &&
	     EVP_CipherFinal_ex(ctx, body + ALERT_LEN, &n) > 0 &&
	     (!seal || EVP_CIPHER_CTX_ctrl(ctx, command, TAG_LEN, tag));
	EVP_CIPHER_CTX_free(ctx);
	return ok;
}

static bool record_closes(const struct tail *t, const uint8_t *record, size_t body_len)
{
	const uint8_t *sealed = record + RECORD_HEADER_LEN + NONCE_LEN;
	uint8_t body[ALERT_LEN + TAG_LEN], tag[TAG_LEN];

	if (record[0] != ALERT || record[3] || record[4] != 1 ||
	    body_len != NONCE_LEN + ALERT_LEN + TAG_LEN)
		return false;
	memcpy(body, sealed, ALERT_LEN);
	memcpy(tag, sealed + ALERT_LEN, TAG_LEN);
	return alert_crypt(t, false, record, body, tag) &&
	       (body[0] == FATAL || body[1] == CLOSE_NOTIFY);
}

bool tail_closes(const struct tail *t, const uint8_t *bytes, size_t len_bytes)
{
	size_t at = 0, body_len;

	if (!dtls_look(bytes, len_bytes).records)
		return false;
	for (; at < len_bytes; at += RECORD_HEADER_LEN + body_len) {
		body_len = (size_t)bytes[at + 11] << 8 | bytes[at + 12];
		if (record_closes(t, bytes + at, body_len))
			return true;
	}
	return false;
}

static void nonce_next(struct tail *t)
{
	for (unsigned i = NONCE_LEN; i-- && !++t->nonce[i];)
		;
}

bool tail_close(struct tail *t, uint8_t record[TAIL_ALERT_LEN])
{
	uint8_t *body = record + RECORD_HEADER_LEN + NONCE_LEN, sealed[ALERT_LEN + TAG_LEN];

	memset(record, 0, TAIL_ALERT_LEN);
	record[0] = ALERT;
	record[1] = 0xfe;
	record[2] = 0xfd;
	record[4] = 1;
	record[10] = t->write_seq++;
	record[12] = NONCE_LEN + ALERT_LEN + TAG_LEN;
	nonce_next(t);
	memcpy(record + RECORD_HEADER_LEN, t->nonce, NONCE_LEN);
	sealed[0] = WARNING;
	sealed[1] = CLOSE_NOTIFY;
	if (!alert_crypt(t, true, record, sealed, body + ALERT_LEN))
		return false;
	memcpy(body, sealed, ALERT_LEN);
	return true;
}
