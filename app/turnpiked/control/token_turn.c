// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "control/token.h"
#include "control/turn.h"

// What a revocation means for TURN. A user name that a token was exchanged for ends in a mark: when that
// was (8 hex digits) and the digest of the token's id, so that no table of who got what has to be kept.

#define BATCH 256 // allocations ended between two walks through all of them

struct mark {
	uint64_t issued_s;
	uint8_t digest[TOKEN_DIGEST_LEN];
};
_Static_assert(8 + 2 * TOKEN_DIGEST_LEN == TURN_TAG_LEN, "a mark fills a tag");

void token_tag(char out[TURN_TAG_LEN + 1], uint64_t issued_s, const struct token *t)
{
	uint8_t digest[TOKEN_DIGEST_LEN];

	token_digest(TOKEN_BY_ID, t->id, strlen(t->id), digest);
	snprintf(out, 9, "%08x", (uint32_t)issued_s);
	for (unsigned i = 0; i < TOKEN_DIGEST_LEN; i++)
		snprintf(out + 8 + 2 * i, 3, "%02x", digest[i]);
}

static unsigned hex_of(char c)
{
	return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

static struct mark mark_read(const char *tag)
{
	struct mark m = {0};

	for (unsigned i = 0; i < 8; i++)
		m.issued_s = m.issued_s << 4 | hex_of(tag[i]);
	for (unsigned i = 0; i < TOKEN_DIGEST_LEN; i++)
		m.digest[i] = (uint8_t)(hex_of(tag[8 + 2 * i]) << 4 | hex_of(tag[9 + 2 * i]));
	return m;
}

static const struct token_revocation *revocation_of(struct node *n, enum token_subject by,
						    const char *name, size_t len)
{
	uint8_t digest[TOKEN_DIGEST_LEN];

	token_digest(by, name, len, digest);
	return token_revocation_find(token_list(n), digest, host_wall_s());
}

static bool marked_refused(struct node *n, const struct turn_credential *c)
{
	struct mark m = mark_read(c->tag);
	const struct token_revocation *player =
		revocation_of(n, TOKEN_BY_PLAYER, c->name, c->name_len);

	return (player && m.issued_s <= player->before_s) ||
	       token_revocation_find(token_list(n), m.digest, host_wall_s());
}

bool token_user_refused(struct node *n, const char *user, size_t len)
{
	struct turn_credential c;

	if (!token_revocations_count(token_list(n)))
		return false;
	turn_credential_parse(user, len, &c);
	if (revocation_of(n, TOKEN_BY_USER, user, len) ||
	    revocation_of(n, TOKEN_BY_USER, c.name, c.name_len))
		return true;
	return c.tag && marked_refused(n, &c);
}

static bool is_about(const struct token_revocation *r, const char *name, const char *user)
{
	struct turn_credential c;
	struct mark m;

	turn_credential_parse(user, strlen(user), &c);
	if (r->by == TOKEN_BY_USER && !strcmp(user, name))
		return true;
	if (r->by != TOKEN_BY_ID &&
	    (c.name_len != strlen(name) || memcmp(c.name, name, c.name_len)))
		return false;
	if (r->by == TOKEN_BY_USER)
		return true;
	if (!c.tag)
		return false;
	m = mark_read(c.tag);
	if (r->by == TOKEN_BY_PLAYER)
		return m.issued_s <= r->before_s;
	return !memcmp(m.digest, r->digest, sizeof m.digest);
}

static unsigned batch_find(struct node *n, const struct token_revocation *r, const char *name,
			   struct turn_allocation *out[BATCH])
{
	struct turn_allocation *a = NULL;
	unsigned count = 0;

	while (count < BATCH && (a = turn_next(n->turn, a)))
		if (is_about(r, name, a->user))
			out[count++] = a;
	return count;
}

unsigned token_turn_end(struct node *n, const struct token_revocation *r, const char *name)
{
	struct turn_allocation *found[BATCH];
	unsigned count, ended = 0;

	do {
		count = batch_find(n, r, name, found);
		for (unsigned i = 0; i < count; i++)
			turn_end(n, found[i], "revoked");
		ended += count;
	} while (count == BATCH);
	return ended;
}
