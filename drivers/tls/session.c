// SPDX-License-Identifier: Apache-2.0
#include "tls/private.h"

#include <errno.h>
#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

// OpenSSL's own timers read the clock of the system and cannot be told the time, so they are set
// beyond any handshake, and flights are sent again from here, byte for byte: what a peer has had
// already its replay window passes over.
#define NEVER_US 3600000000u

static unsigned timer_never(SSL *ssl, unsigned us)
{
	(void)ssl;
	(void)us;
	return NEVER_US;
}

static bool session_open(struct dtls_session *s)
{
	BIO *bio;

	s->ssl = SSL_new(s->identity->ctx);
	if (!s->ssl || !SSL_set_app_data(s->ssl, s))
		return false;
	bio = datagram_bio_new(s->identity->method, s);
	if (!bio)
		return false;
	SSL_set_bio(s->ssl, bio, bio);
	SSL_set_mtu(s->ssl, DTLS_MTU);
	DTLS_set_timer_cb(s->ssl, timer_never);
	if (s->role == DTLS_SERVER)
		SSL_set_accept_state(s->ssl);
	else
		SSL_set_connect_state(s->ssl);
	return true;
}

static void session_fail(struct dtls_session *s, enum dtls_failure why)
{
	s->state = DTLS_FAILED;
	s->failure = (uint8_t)why;
	s->due_ms = UINT64_MAX;
}

static enum dtls_failure failure_of(const struct dtls_session *s)
{
	unsigned long error = ERR_peek_error();

	if (s->flight.lost || ERR_GET_REASON(error) == ERR_R_MALLOC_FAILURE)
		return DTLS_FAIL_MEMORY;
	if (s->mismatch)
		return DTLS_FAIL_FINGERPRINT;
	// Alerts of the peer are reasons from SSL_AD_REASON_OFFSET on.
	return ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET
		       ? DTLS_FAIL_ALERT
		       : DTLS_FAIL_PROTOCOL;
}

static int keys_export(const struct dtls_session *s, struct dtls_keys *out)
{
	static const char label[] = "EXTRACTOR-dtls_srtp";
	const SRTP_PROTECTION_PROFILE *profile = SSL_get_selected_srtp_profile(s->ssl);
	uint8_t bytes[2 * (32 + 14)], key_len, salt_len;
	int err = -EINVAL;

	if (!dtls_srtp_lengths((unsigned)profile->id, &key_len, &salt_len) &&
	    SSL_export_keying_material(s->ssl, bytes, 2u * (key_len + salt_len), label,
				       sizeof label - 1, NULL, 0, 0) == 1)
		err = dtls_keys_split(out, (unsigned)profile->id, bytes, (enum dtls_role)s->role);
	OPENSSL_cleanse(bytes, sizeof bytes);
	return err;
}

static void session_done(struct dtls_session *s)
{
	if (!SSL_get_selected_srtp_profile(s->ssl)) {
		session_fail(s, DTLS_FAIL_NO_SRTP);
		return;
	}
	if (keys_export(s, &s->keys)) {
		session_fail(s, DTLS_FAIL_MEMORY);
		return;
	}
	s->state = DTLS_DONE;
	s->resends = 0;
	s->due_ms = UINT64_MAX;
	flight_shrink(&s->flight);
	if (!tail_take(&s->tail, s->ssl, &s->flight)) {
		SSL_free_buffers(s->ssl); // 33 KB that records seldom need from here on
		return;
	}
	SSL_free(s->ssl);
	s->ssl = NULL;
}

static void flight_repeat(struct dtls_session *s, uint64_t now_ms)
{
	if (s->resends >= DTLS_RESENDS_MAX || now_ms < s->resent_ms + DTLS_RESEND_MS)
		return;
	s->resends++;
	s->resent_ms = now_ms;
	flight_rewind(&s->flight);
}

// A new flight waits DTLS_FIRST_MS for its answer.
static void session_schedule(struct dtls_session *s, uint64_t now_ms)
{
	s->wait_ms = DTLS_FIRST_MS;
	s->due_ms = now_ms + s->wait_ms;
	s->resent_ms = now_ms;
}

// `hello`: a ClientHello came in. One that moves nothing is repeated, so our answer was lost.
static void session_shake(struct dtls_session *s, bool hello, uint64_t now_ms)
{
	int err;

	ERR_clear_error();
	s->flight.fresh = true;
	err = SSL_get_error(s->ssl, SSL_do_handshake(s->ssl));
	if (err == SSL_ERROR_NONE)
		session_done(s);
	else if (err != SSL_ERROR_WANT_READ)
		session_fail(s, failure_of(s));
	else if (!s->flight.fresh)
		session_schedule(s, now_ms);
	else if (hello)
		flight_repeat(s, now_ms);
	ERR_clear_error();
}

int tls_session_new(struct dtls_session **out, const struct dtls_start *start, uint64_t now_ms)
{
	struct dtls_session *s = calloc(1, sizeof *s);

	if (!s)
		return -ENOMEM;
	s->identity = tls_identity_ref(start->identity);
	s->peer = *start->peer;
	s->role = (uint8_t)start->role;
	s->deadline_ms = s->due_ms = now_ms + DTLS_HANDSHAKE_MS;
	if (!session_open(s)) {
		tls_session_free(s);
		ERR_clear_error();
		return -ENOMEM;
	}
	if (start->role == DTLS_CLIENT)
		session_shake(s, false, now_ms);
	*out = s;
	return 0;
}

void tls_session_free(struct dtls_session *s)
{
	if (!s)
		return;
	SSL_free(s->ssl);
	tls_identity_unref(s->identity);
	flight_fini(&s->flight);
	OPENSSL_cleanse(s, sizeof *s);
	free(s);
}

static void tail_listen(struct dtls_session *s, const uint8_t *bytes, size_t len, uint64_t now_ms)
{
	if (tail_closes(&s->tail, bytes, len))
		session_fail(s, DTLS_FAIL_CLOSED);
	else if (s->role == DTLS_SERVER && dtls_look(bytes, len).handshake)
		flight_repeat(s, now_ms); // the end of ours was lost (RFC 6347 section 4.2.4)
}

// After the handshake: nothing but alerts and the peer's repetitions is of interest.
static void session_listen(struct dtls_session *s, const uint8_t *bytes, size_t len,
			   uint64_t now_ms)
{
	uint8_t rest[256];
	int n;

	ERR_clear_error();
	s->flight.fresh = true;
	do
		n = SSL_read(s->ssl, rest, sizeof rest);
	while (n > 0);
	n = SSL_get_error(s->ssl, n);
	if (n == SSL_ERROR_ZERO_RETURN)
		session_fail(s, DTLS_FAIL_CLOSED);
	else if (n != SSL_ERROR_WANT_READ)
		session_fail(s, failure_of(s));
	else if (s->flight.fresh && s->role == DTLS_SERVER && dtls_look(bytes, len).handshake)
		flight_repeat(s, now_ms); // the end of ours was lost (RFC 6347 section 4.2.4)
	ERR_clear_error();
	SSL_free_buffers(s->ssl);
}

enum dtls_state tls_session_input(struct dtls_session *s, const uint8_t *bytes, size_t len_bytes,
				  uint64_t now_ms)
{
	if (s->state == DTLS_FAILED || !len_bytes || len_bytes > DTLS_DATAGRAM_MAX)
		return s->state;
	s->in = bytes;
	s->in_len = len_bytes;
	if (s->state == DTLS_DONE && !s->ssl)
		tail_listen(s, bytes, len_bytes, now_ms);
	else if (s->state == DTLS_DONE)
		session_listen(s, bytes, len_bytes, now_ms);
	else if (++s->inputs > DTLS_INPUT_MAX)
		session_fail(s, DTLS_FAIL_PROTOCOL);
	else
		session_shake(s, dtls_look(bytes, len_bytes).hello, now_ms);
	s->in = NULL;
	return s->state;
}

size_t tls_session_output(struct dtls_session *s, uint8_t *bytes, size_t cap_bytes)
{
	return flight_take(&s->flight, bytes, cap_bytes);
}

enum dtls_state tls_session_tick(struct dtls_session *s, uint64_t now_ms)
{
	if (s->state != DTLS_RUNNING || now_ms < s->due_ms)
		return s->state;
	if (now_ms >= s->deadline_ms) {
		session_fail(s, DTLS_FAIL_TIMEOUT);
		return s->state;
	}
	flight_rewind(&s->flight);
	s->resent_ms = now_ms;
	s->wait_ms = s->wait_ms < DTLS_LAST_MS / 2 ? s->wait_ms * 2 : DTLS_LAST_MS;
	s->due_ms = now_ms + s->wait_ms;
	if (s->due_ms > s->deadline_ms)
		s->due_ms = s->deadline_ms;
	return s->state;
}

uint64_t tls_session_due_ms(const struct dtls_session *s)
{
	return s->due_ms;
}

int tls_session_keys(const struct dtls_session *s, struct dtls_keys *out)
{
	if (s->state != DTLS_DONE)
		return -EAGAIN;
	*out = s->keys;
	return 0;
}

enum dtls_failure tls_session_failure(const struct dtls_session *s)
{
	return (enum dtls_failure)s->failure;
}

bool tls_session_begun(const struct dtls_session *s)
{
	if (!s->ssl)
		return true;
	switch (SSL_get_state(s->ssl)) {
	case TLS_ST_BEFORE:
	case TLS_ST_SR_CLNT_HELLO:
	case TLS_ST_SW_SRVR_HELLO:
	case TLS_ST_SW_CERT:
	case TLS_ST_SW_KEY_EXCH:
	case TLS_ST_SW_CERT_REQ:
	case TLS_ST_SW_SRVR_DONE:
	case TLS_ST_CW_CLNT_HELLO:
		return false;
	default:
		return true;
	}
}

void tls_session_close(struct dtls_session *s)
{
	uint8_t alert[TAIL_ALERT_LEN];

	if (s->state != DTLS_DONE)
		return;
	ERR_clear_error();
	s->flight.fresh = true;
	if (!s->ssl && tail_close(&s->tail, alert))
		flight_put(&s->flight, alert, sizeof alert);
	else if (s->ssl && SSL_alloc_buffers(s->ssl)) // session_done freed them
		SSL_shutdown(s->ssl);
	ERR_clear_error();
}

const struct dtls_ops tls_dtls_ops = {
	.name = "openssl",
	.start = tls_session_new,
	.input = tls_session_input,
	.output = tls_session_output,
	.tick = tls_session_tick,
	.due_ms = tls_session_due_ms,
	.keys = tls_session_keys,
	.failure = tls_session_failure,
	.begun = tls_session_begun,
	.close = tls_session_close,
	.free = tls_session_free,
};
