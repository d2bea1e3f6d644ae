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
void flight_shrink(struct flight *f); // gives back what it does not fill
static inline void flight_rewind(struct flight *f)
{
	f->next = 0;
}

#define TAIL_IV_LEN 4u
#define TAIL_ALERT_LEN 39u

// What is left of the protocol once a handshake is done: to open the peer's alerts and to write one.
struct tail {
	uint8_t key_len; // 0: there is none
	uint8_t write_seq; // of one alert, so one byte
	bool has_nonce;
	uint8_t read_key[32], write_key[32];
	uint8_t read_iv[TAIL_IV_LEN], write_iv[TAIL_IV_LEN];
	uint8_t nonce[8]; // the last one that we used
};
// `last`: our flight, which ends with Finished. False for ciphers other than AES-GCM.
bool tail_take(struct tail *t, SSL *ssl, const struct flight *last);
// Whether the datagram holds the peer's authentic close_notify or fatal alert.
bool tail_closes(const struct tail *t, const uint8_t *bytes, size_t len_bytes);
bool tail_close(struct tail *t, uint8_t record[TAIL_ALERT_LEN]); // writes close_notify

struct dtls_session {
	SSL *ssl; // NULL once it is done, with a cipher that `tail` knows
	struct tail tail;
	struct dtls_keys keys; // once it is done
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
