// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const struct {
	const char *name;
	uint8_t len;
} hashes[] = {
	[DTLS_SHA1] = {"sha-1", 20},     [DTLS_SHA224] = {"sha-224", 28},
	[DTLS_SHA256] = {"sha-256", 32}, [DTLS_SHA384] = {"sha-384", 48},
	[DTLS_SHA512] = {"sha-512", 64},
};

static int nibble(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int hex_parse(struct dtls_fingerprint *f, const char *hex)
{
	for (unsigned i = 0; i < f->len; i++) {
		int high = nibble(hex[0]), low = high < 0 ? -1 : nibble(hex[1]);

		if (low < 0 || hex[2] != (i + 1u < f->len ? ':' : 0))
			return -EINVAL;
		f->bytes[i] = (uint8_t)(high << 4 | low);
		hex += 3;
	}
	return 0;
}

int dtls_fingerprint_parse(struct dtls_fingerprint *out, const char *hash, const char *hex)
{
	struct dtls_fingerprint f = {0};

	for (unsigned i = 0; i < sizeof hashes / sizeof hashes[0]; i++) {
		if (strcasecmp(hash, hashes[i].name))
			continue;
		f.hash = (uint8_t)i;
		f.len = hashes[i].len;
		if (hex_parse(&f, hex))
			return -EINVAL;
		*out = f;
		return 0;
	}
	return -ENOTSUP;
}

char *dtls_fingerprint_format(const struct dtls_fingerprint *f,
			      char text[DTLS_FINGERPRINT_TEXT_MAX])
{
	int at = snprintf(text, DTLS_FINGERPRINT_TEXT_MAX, "%s ", hashes[f->hash].name);

	for (unsigned i = 0; i < f->len; i++)
		at += snprintf(text + at, (size_t)(DTLS_FINGERPRINT_TEXT_MAX - at), "%s%02X",
			       i ? ":" : "", f->bytes[i]);
	return text;
}

static bool print_equal(const struct dtls_fingerprint *a, const struct dtls_fingerprint *b)
{
	return a->hash == b->hash && a->len == b->len && !memcmp(a->bytes, b->bytes, a->len);
}

bool dtls_peer_add(struct dtls_peer *p, const struct dtls_fingerprint *f)
{
	unsigned weakest = 0;

	if (p->n < DTLS_FINGERPRINTS_MAX) {
		p->prints[p->n++] = *f;
		return true;
	}
	for (unsigned i = 1; i < p->n; i++)
		if (p->prints[i].hash < p->prints[weakest].hash)
			weakest = i;
	if (p->prints[weakest].hash >= f->hash)
		return false;
	p->prints[weakest] = *f;
	return true;
}

int dtls_peer_hash(const struct dtls_peer *p, enum dtls_hash *out)
{
	unsigned best = 0;

	for (unsigned i = 0; i < p->n; i++)
		if (p->prints[i].hash > best)
			best = p->prints[i].hash;
	if (!p->n)
		return -ENOENT;
	*out = (enum dtls_hash)best;
	return 0;
}

bool dtls_peer_matches(const struct dtls_peer *p, const struct dtls_fingerprint *f)
{
	enum dtls_hash best;

	if (dtls_peer_hash(p, &best) || f->hash != best)
		return false;
	for (unsigned i = 0; i < p->n; i++)
		if (print_equal(&p->prints[i], f))
			return true;
	return false;
}

bool dtls_peer_equal(const struct dtls_peer *a, const struct dtls_peer *b)
{
	if (a->n != b->n)
		return false;
	for (unsigned i = 0; i < a->n; i++)
		if (!print_equal(&a->prints[i], &b->prints[i]))
			return false;
	return true;
}
