// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

// RFC 6347 sections 4.1 and 4.2.2.
#define RECORD_HEADER_LEN 13u
#define HANDSHAKE_HEADER_LEN 12u
#define CHANGE_CIPHER_SPEC 20
#define ALERT 21
#define HANDSHAKE 22
#define APPLICATION 23
#define CLIENT_HELLO 1
#define VERSION_MAJOR 0xfe

static unsigned get16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static unsigned get24(const uint8_t *p)
{
	return (unsigned)p[0] << 16 | get16(p + 1);
}

static void hello_look(struct dtls_facts *f, const uint8_t *body, size_t len)
{
	const uint8_t *message = body + HANDSHAKE_HEADER_LEN;

	if (len < HANDSHAKE_HEADER_LEN || body[0] != CLIENT_HELLO)
		return;
	f->hello = true;
	// Its version stands before the random.
	if (!get24(body + 6) && get24(body + 9) >= 2 + DTLS_RANDOM_LEN &&
	    len >= HANDSHAKE_HEADER_LEN + 2 + DTLS_RANDOM_LEN)
		f->random = message + 2;
}

static void record_look(struct dtls_facts *f, const uint8_t *record, size_t body_len)
{
	bool plain = !get16(record + 3);

	f->alert &= record[0] == ALERT;
	f->handshake |= record[0] == HANDSHAKE || record[0] == CHANGE_CIPHER_SPEC;
	if (record[0] == HANDSHAKE && plain && !f->hello)
		hello_look(f, record + RECORD_HEADER_LEN, body_len);
}

struct dtls_facts dtls_look(const uint8_t *bytes, size_t len_bytes)
{
	struct dtls_facts f = {.alert = true}, none = {0};
	size_t at = 0;

	if (len_bytes < RECORD_HEADER_LEN || len_bytes > DTLS_DATAGRAM_MAX)
		return none;
	f.plain = !get16(bytes + 3);
	while (at < len_bytes) {
		const uint8_t *record = bytes + at;
		size_t left = len_bytes - at, body_len;

		if (left < RECORD_HEADER_LEN || record[0] < CHANGE_CIPHER_SPEC ||
		    record[0] > APPLICATION || record[1] != VERSION_MAJOR)
			return none;
		body_len = get16(record + 11);
		if (body_len > left - RECORD_HEADER_LEN)
			return none;
		record_look(&f, record, body_len);
		at += RECORD_HEADER_LEN + body_len;
	}
	f.records = true;
	return f;
}
