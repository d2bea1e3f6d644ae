// SPDX-License-Identifier: Apache-2.0
#include "tls/private.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <stdlib.h>

// ECDSA is what we have; RSA for a server that has nothing else, where we are the client.
static const char ciphers[] =
	"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:"
	"ECDHE-ECDSA-AES128-SHA:ECDHE-ECDSA-AES256-SHA:"
	"ECDHE-RSA-AES128-GCM-SHA256:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305";
// Of both ends' profiles OpenSSL's server takes the first that stands here.
static const char profiles[] = "SRTP_AEAD_AES_128_GCM:SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80";

#define DAY_S (24 * 60 * 60L)

static bool certificate_fill(X509 *x, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(x);
	uint64_t serial = 0;

	if (RAND_bytes((unsigned char *)&serial, sizeof serial) != 1)
		return false;
	return X509_set_version(x, X509_VERSION_3) &&
	       ASN1_INTEGER_set_uint64(X509_get_serialNumber(x), serial >> 1 | 1) &&
	       X509_gmtime_adj(X509_getm_notBefore(x), -DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(x), TLS_IDENTITY_LIFE_DAYS * DAY_S) &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)"turnpike", -1, -1, 0) &&
	       X509_set_issuer_name(x, name) && X509_set_pubkey(x, key) &&
	       X509_sign(x, key, EVP_sha256());
}

static X509 *certificate_new(EVP_PKEY *key)
{
	X509 *x = X509_new();

	if (x && certificate_fill(x, key))
		return x;
	X509_free(x);
	return NULL;
}

static bool context_fill(SSL_CTX *ctx)
{
	// No resumption: a handshake would then not show its certificate.
	SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_QUERY_MTU |
					 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_SINGLE_ECDH_USE);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_max_cert_list(ctx, DTLS_CERTIFICATE_MAX);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, certificate_verify, NULL);
	// set_tlsext_use_srtp alone returns 0 for success.
	return SSL_CTX_set_min_proto_version(ctx, DTLS1_2_VERSION) &&
	       SSL_CTX_set_max_proto_version(ctx, DTLS1_2_VERSION) &&
	       SSL_CTX_set_cipher_list(ctx, ciphers) &&
	       SSL_CTX_set1_groups_list(ctx, "X25519:P-256:P-384") &&
	       !SSL_CTX_set_tlsext_use_srtp(ctx, profiles);
}

static bool identity_certify(struct tls_identity *i)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *x = key ? certificate_new(key) : NULL;
	unsigned len = 0;
	bool ok = x && X509_digest(x, EVP_sha256(), i->print.bytes, &len) &&
		  SSL_CTX_use_certificate(i->ctx, x) && SSL_CTX_use_PrivateKey(i->ctx, key);

	i->print.hash = DTLS_SHA256;
	i->print.len = (uint8_t)len;
	X509_free(x); // the context holds its own references
	EVP_PKEY_free(key);
	return ok;
}

int tls_identity_new(struct tls_identity **out)
{
	struct tls_identity *i = calloc(1, sizeof *i);
	bool ok;

	if (!i)
		return -ENOMEM;
	i->references = 1;
	i->ctx = SSL_CTX_new(DTLS_method());
	i->method = datagram_method_new();
	ok = i->ctx && i->method && context_fill(i->ctx) && identity_certify(i);
	ERR_clear_error();
	if (!ok) {
		tls_identity_unref(i);
		return -ENOMEM;
	}
	*out = i;
	return 0;
}

struct tls_identity *tls_identity_ref(struct tls_identity *i)
{
	i->references++;
	return i;
}

void tls_identity_unref(struct tls_identity *i)
{
	if (!i || --i->references)
		return;
	SSL_CTX_free(i->ctx);
	BIO_meth_free(i->method);
	free(i);
}

const struct dtls_fingerprint *tls_identity_fingerprint(const struct tls_identity *i)
{
	return &i->print;
}
