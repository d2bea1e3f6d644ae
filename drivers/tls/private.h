// SPDX-License-Identifier: Apache-2.0
#ifndef TLS_PRIVATE_H
#define TLS_PRIVATE_H

#include "tls/tls.h"

#include <openssl/ssl.h>

struct tls_identity {
	unsigned references;
	SSL_CTX *ctx;
	BIO_METHOD *method; // of `datagram_bio`
	struct dtls_fingerprint print;
};

// What we last sent, whole, to be sent again; datagrams one behind the other.
struct flight {
	uint8_t *bytes;
	uint32_t len, cap;
	uint32_t next; // offset of the next datagram to go out
	bool fresh; // the next write begins another flight
	bool lost; // memory ran out, or it was too long
};

void flight_fini(struct flight *f);
// 0 or -ENOMEM (also too long).
int flight_put(struct flight *f, const void *bytes, size_t len_bytes);
// As dtls_ops.output.
size_t flight_take(struct flight *f, uint8_t *bytes, size_t cap_bytes);
static inline void flight_rewind(struct flight *f)
{
	f->next = 0;
}
static inline bool flight_empty(const struct flight *f)
{
	return !f->len;
}

struct dtls_session {
	SSL *ssl;
	struct tls_identity *identity;
	struct flight flight;
	const uint8_t *in; // the datagram that is being read
	size_t in_len;
	struct dtls_peer peer;
	uint8_t role, state, failure; // enums of lib/dtls
	bool mismatch; // the certificate was not the expected one
	uint16_t inputs, resends;
	uint16_t wait_ms; // of the retransmission that is due
	uint64_t due_ms, deadline_ms, resent_ms;
};

// A BIO that reads session->in and writes session->flight, one datagram a call.
BIO_METHOD *datagram_method_new(void); // NULL: no memory
BIO *datagram_bio_new(const BIO_METHOD *method, struct dtls_session *s);

// Of SSL_CTX_set_cert_verify_callback.
int certificate_verify(X509_STORE_CTX *store, void *arg);

#endif
