// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

#include <errno.h>
#include <openssl/evp.h>

// The hash of the parts with a colon between each.
static bool digest_joined(uint8_t *out, const EVP_MD *md, const struct hmac_part *parts, unsigned n)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestInit_ex(ctx, md, NULL);

	for (unsigned i = 0; ok && i < n; i++)
		ok = (!i || EVP_DigestUpdate(ctx, ":", 1)) &&
		     EVP_DigestUpdate(ctx, parts[i].bytes, parts[i].len);
	ok = ok && EVP_DigestFinal_ex(ctx, out, NULL);
	EVP_MD_CTX_free(ctx); // wipes
	return ok;
}

int stun_key_derive(struct stun_key *out, enum stun_algorithm algorithm, const char *username,
		    size_t username_len, const char *realm, const char *password)
{
	struct hmac_part parts[] = {{username, username_len},
				    {realm, strlen(realm)},
				    {password, strlen(password)}};
	struct stun_key key = {.len = algorithm == STUN_MD5 ? 16 : 32};
	int err = 0;

	if ((algorithm != STUN_MD5 && algorithm != STUN_SHA256) ||
	    username_len > STUN_USERNAME_MAX || parts[1].len > STUN_REALM_MAX)
		return -EINVAL;
	if (digest_joined(key.bytes, algorithm == STUN_MD5 ? EVP_md5() : EVP_sha256(), parts, 3))
		*out = key;
	else
		err = -EINVAL;
	base_wipe(&key, sizeof key);
	return err;
}

void stun_userhash(uint8_t out[32], const char *username, size_t username_len, const char *realm)
{
	struct hmac_part parts[] = {{username, username_len}, {realm, strlen(realm)}};

	// No user has this hash: what cannot be hashed is not found.
	if (!digest_joined(out, EVP_sha256(), parts, 2))
		memset(out, 0, 32);
}
