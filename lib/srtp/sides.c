// SPDX-License-Identifier: Apache-2.0
#include "srtp/private.h"

#include <errno.h>

static int side_new(struct srtp_side *side, const struct cipher_ops *ops,
		    const struct srtp_secrets *secrets)
{
	struct srtp_key *key;
	int rc = ops->key_new(&key, secrets);

	if (rc)
		return rc;
	side->key = key;
	side->profile = (uint8_t)secrets->profile;
	memcpy(side->salt, secrets->salt, sizeof side->salt);
	return 0;
}

static int direction_new(struct srtp_side *rtp, struct srtp_side *rtcp,
			 const struct cipher_ops *ops, const struct srtp_secrets secrets[2])
{
	int rc = side_new(rtp, ops, &secrets[0]);

	return rc ? rc : side_new(rtcp, ops, &secrets[1]);
}

// The block: client's key, server's key, client's salt, server's salt.
static int secrets_of(struct srtp_secrets secrets[2], const struct srtp_exported *e, bool server)
{
	unsigned key = srtp_key_len(e->profile), salt = srtp_salt_len(e->profile);

	return srtp_derive(&secrets[0], &secrets[1], e->profile, e->bytes + server * key,
			   e->bytes + 2 * key + server * salt);
}

int srtp_sides_new(struct srtp_sides *out, const struct cipher_ops *ops,
		   const struct srtp_exported *e)
{
	struct srtp_secrets secrets[2] = {0};
	struct srtp_sides s = {0};
	int rc;

	if (e->profile >= SRTP_PROFILES || e->len != srtp_export_len(e->profile))
		return -EINVAL;
	rc = secrets_of(secrets, e, !e->server);
	if (!rc)
		rc = direction_new(&s.rx, &s.rx_rtcp, ops, secrets);
	if (!rc)
		rc = secrets_of(secrets, e, e->server);
	if (!rc)
		rc = direction_new(&s.tx, &s.tx_rtcp, ops, secrets);
	base_wipe(secrets, sizeof secrets);
	if (rc)
		srtp_sides_free(&s, ops);
	else
		*out = s;
	return rc;
}

void srtp_sides_free(struct srtp_sides *s, const struct cipher_ops *ops)
{
	struct srtp_side *sides[] = {&s->rx, &s->tx, &s->rx_rtcp, &s->tx_rtcp};

	for (unsigned i = 0; i < BASE_COUNT(sides); i++)
		ops->key_free((struct srtp_key *)(uintptr_t)sides[i]->key);
	base_wipe(s, sizeof *s);
}
