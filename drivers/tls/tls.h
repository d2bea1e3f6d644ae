// SPDX-License-Identifier: Apache-2.0
#ifndef TLS_TLS_H
#define TLS_TLS_H

#include "dtls/dtls.h"

// DTLS 1.2 by OpenSSL over memory BIOs. Control lane only: one thread.

// A self-signed ECDSA P-256 certificate, valid from a day ago for TLS_IDENTITY_LIFE_DAYS, by the
// system's clock. Counted: sessions hold a reference, so an identity that was renewed lives until
// its last session has gone.
struct tls_identity;

int tls_identity_new(struct tls_identity **out); // 0 or -ENOMEM
struct tls_identity *tls_identity_ref(struct tls_identity *i);
void tls_identity_unref(struct tls_identity *i); // NULL is nothing
const struct dtls_fingerprint *tls_identity_fingerprint(const struct tls_identity *i); // sha-256

// The identity in use, and when it is to be renewed. The caller's memory.
struct tls_wallet {
	struct tls_identity *identity; // new sessions and answers use this one
	uint64_t renew_ms;
};
int tls_wallet_init(struct tls_wallet *w, uint64_t now_ms); // 0 or -ENOMEM
void tls_wallet_fini(struct tls_wallet *w);
// Renews when it is time: true when there is a new one. A failure is tried again a minute later.
bool tls_wallet_tick(struct tls_wallet *w, uint64_t now_ms);

// dtls_ops of this driver; the identity of a dtls_start is a struct tls_identity.
extern const struct dtls_ops tls_dtls_ops;

// The same by name, for callers without a dtls_door. Contracts as in dtls_ops.
int tls_session_new(struct dtls_session **out, const struct dtls_start *s, uint64_t now_ms);
enum dtls_state tls_session_input(struct dtls_session *s, const uint8_t *bytes, size_t len_bytes,
				  uint64_t now_ms);
size_t tls_session_output(struct dtls_session *s, uint8_t *bytes, size_t cap_bytes);
enum dtls_state tls_session_tick(struct dtls_session *s, uint64_t now_ms);
uint64_t tls_session_due_ms(const struct dtls_session *s);
int tls_session_keys(const struct dtls_session *s, struct dtls_keys *out);
enum dtls_failure tls_session_failure(const struct dtls_session *s);
bool tls_session_begun(const struct dtls_session *s);
void tls_session_close(struct dtls_session *s);
void tls_session_free(struct dtls_session *s);

#endif
