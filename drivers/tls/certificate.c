// SPDX-License-Identifier: Apache-2.0
#include "tls/private.h"

#include <openssl/x509.h>

static const EVP_MD *md_of(enum dtls_hash hash)
{
	switch (hash) {
	case DTLS_SHA1:
		return EVP_sha1();
	case DTLS_SHA224:
		return EVP_sha224();
	case DTLS_SHA256:
		return EVP_sha256();
	case DTLS_SHA384:
		return EVP_sha384();
	case DTLS_SHA512:
		return EVP_sha512();
	}
	return NULL;
}

static bool certificate_matches(const struct dtls_peer *peer, const X509 *leaf)
{
	struct dtls_fingerprint f = {0};
	enum dtls_hash hash;
	unsigned len = 0;

	if (dtls_peer_hash(peer, &hash) || !X509_digest(leaf, md_of(hash), f.bytes, &len))
		return false;
	f.hash = (uint8_t)hash;
	f.len = (uint8_t)len;
	return dtls_peer_matches(peer, &f);
}

// Chain, names and dates say nothing of a certificate that vouches for itself: the fingerprint of
// the offer is all there is (RFC 5763 section 6.7).
int certificate_verify(X509_STORE_CTX *store, void *arg)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct dtls_session *s = SSL_get_app_data(ssl);
	const X509 *leaf = X509_STORE_CTX_get0_cert(store);

	(void)arg;
	if (leaf && certificate_matches(&s->peer, leaf))
		return 1;
	s->mismatch = true;
	X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REJECTED);
	return 0;
}
