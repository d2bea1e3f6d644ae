// SPDX-License-Identifier: Apache-2.0
#include "tls/private.h"

#include <string.h>

// OpenSSL 3.0's memory BIO runs datagrams together (the one that does not came with 3.2).

static int datagram_write(BIO *b, const char *bytes, int len)
{
	struct dtls_session *s = BIO_get_data(b);

	BIO_clear_retry_flags(b);
	return len > 0 && !flight_put(&s->flight, bytes, (size_t)len) ? len : -1;
}

static int datagram_read(BIO *b, char *bytes, int cap)
{
	struct dtls_session *s = BIO_get_data(b);
	size_t len = s->in_len;

	BIO_clear_retry_flags(b);
	if (!s->in || cap <= 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	if (len > (size_t)cap)
		len = (size_t)cap;
	memcpy(bytes, s->in, len);
	s->in = NULL;
	return (int)len;
}

static long datagram_ctrl(BIO *b, int command, long number, void *pointer)
{
	(void)b;
	(void)number;
	(void)pointer;
	switch (command) {
	case BIO_CTRL_FLUSH:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
	case BIO_CTRL_DGRAM_GET_FALLBACK_MTU:
		return DTLS_MTU;
	}
	return 0;
}

static int datagram_create(BIO *b)
{
	BIO_set_init(b, 1);
	return 1;
}

BIO_METHOD *datagram_method_new(void)
{
	BIO_METHOD *m = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "datagram");

	if (m && BIO_meth_set_write(m, datagram_write) && BIO_meth_set_read(m, datagram_read) &&
	    BIO_meth_set_ctrl(m, datagram_ctrl) && BIO_meth_set_create(m, datagram_create))
		return m;
	BIO_meth_free(m);
	return NULL;
}

BIO *datagram_bio_new(const BIO_METHOD *method, struct dtls_session *s)
{
	BIO *b = BIO_new(method);

	if (b)
		BIO_set_data(b, s);
	return b;
}
