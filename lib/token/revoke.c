// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "token/private.h"

// Sorted by digest: a look-up is a binary search, a change moves at most TOKEN_REVOCATIONS_MAX rows
// (640 kB), and people revoke seldom.
struct token_revocations {
	size_t count;
	struct token_revocation at[TOKEN_REVOCATIONS_MAX];
};

void token_digest(enum token_subject by, const char *name, size_t len,
		  uint8_t out[TOKEN_DIGEST_LEN])
{
	uint8_t kind = (uint8_t)by, whole[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();

	if (!ctx || !EVP_DigestInit_ex(ctx, EVP_sha256(), NULL) ||
	    !EVP_DigestUpdate(ctx, &kind, 1) || !EVP_DigestUpdate(ctx, name, len) ||
	    !EVP_DigestFinal_ex(ctx, whole, NULL))
		abort(); // a digest that is wrong would let in who was revoked
	EVP_MD_CTX_free(ctx);
	memcpy(out, whole, TOKEN_DIGEST_LEN);
}

struct token_revocations *token_revocations_new(void)
{
	return calloc(1, sizeof(struct token_revocations));
}

void token_revocations_free(struct token_revocations *r)
{
	free(r);
}

// Where the digest stands, or would.
static size_t place_of(const struct token_revocations *r, const uint8_t digest[TOKEN_DIGEST_LEN])
{
	size_t low = 0, high = r->count;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp(r->at[middle].digest, digest, TOKEN_DIGEST_LEN) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool stands_at(const struct token_revocations *r, size_t at,
		      const uint8_t digest[TOKEN_DIGEST_LEN])
{
	return at < r->count && !memcmp(r->at[at].digest, digest, TOKEN_DIGEST_LEN);
}

static void sweep(struct token_revocations *r, uint64_t wall_s)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->count; i++)
		if (r->at[i].due_s > wall_s)
			r->at[kept++] = r->at[i];
	r->count = kept;
}

// A token issued until now is over, for everybody's clock, by then.
static uint64_t due_of(enum token_subject by, uint64_t wall_s)
{
	return by == TOKEN_BY_USER ? UINT64_MAX : wall_s + TOKEN_LIFE_MAX_S + 2 * TOKEN_SKEW_S;
}

int token_revoke(struct token_revocations *r, enum token_subject by, const char *name,
		 uint64_t wall_s, struct token_revocation *out)
{
	struct token_revocation fresh = {.by = by, .before_s = wall_s, .due_s = due_of(by, wall_s)};
	size_t at;

	token_digest(by, name, strlen(name), fresh.digest);
	if (r->count == TOKEN_REVOCATIONS_MAX)
		sweep(r, wall_s);
	at = place_of(r, fresh.digest);
	if (!stands_at(r, at, fresh.digest)) {
		if (r->count == TOKEN_REVOCATIONS_MAX)
			return -ENOSPC;
		memmove(&r->at[at + 1], &r->at[at], (r->count++ - at) * sizeof r->at[0]);
	}
	r->at[at] = fresh;
	*out = fresh;
	return 0;
}

bool token_allow(struct token_revocations *r, enum token_subject by, const char *name)
{
	uint8_t digest[TOKEN_DIGEST_LEN];
	size_t at;

	token_digest(by, name, strlen(name), digest);
	at = place_of(r, digest);
	if (!stands_at(r, at, digest))
		return false;
	memmove(&r->at[at], &r->at[at + 1], (--r->count - at) * sizeof r->at[0]);
	return true;
}

const struct token_revocation *token_revocation_find(const struct token_revocations *r,
						     const uint8_t digest[TOKEN_DIGEST_LEN],
						     uint64_t wall_s)
{
	size_t at = place_of(r, digest);

	return stands_at(r, at, digest) && r->at[at].due_s > wall_s ? &r->at[at] : NULL;
}

static const struct token_revocation *
named(const struct token_revocations *r, enum token_subject by, const char *name, uint64_t wall_s)
{
	uint8_t digest[TOKEN_DIGEST_LEN];

	token_digest(by, name, strlen(name), digest);
	return token_revocation_find(r, digest, wall_s);
}

bool token_is_revoked(const struct token_revocations *r, const struct token *t, uint64_t wall_s)
{
	const struct token_revocation *player;

	if (!r->count)
		return false;
	player = named(r, TOKEN_BY_PLAYER, t->player, wall_s);
	if (player && t->issued_s <= player->before_s + TOKEN_SKEW_S)
		return true;
	return named(r, TOKEN_BY_ID, t->id, wall_s) || named(r, TOKEN_BY_USER, t->player, wall_s);
}

size_t token_revocations_count(const struct token_revocations *r)
{
	return r->count;
}
