// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

#include <errno.h>
#include <string.h>

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
