// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <string.h>

// The long-term credential mechanism, RFC 8489 section 9.2.4, its checks in their order.

static unsigned auth_fail(const struct turn_exchange *x, enum turn_auth_failure why, unsigned code)
{
	const struct stun_attr *name = stun_find(&x->m, STUN_USERNAME);

	x->t->counters.auth_failures[why]++;
	if (why == TURN_AUTH_USER || why == TURN_AUTH_INTEGRITY)
		turn_guard_note(x);
	if (why != TURN_AUTH_MISSING && why != TURN_AUTH_STALE) // these are how a login begins
		turn_tell(x, (struct turn_told){TURN_TOLD_REFUSED, .failure = (uint8_t)why,
						.user = name ? (const char *)name->value : "",
						.user_len = name ? name->len : 0});
	return code;
}

static unsigned presence_check(const struct turn_exchange *x)
{
	const struct stun_attr *name = stun_find(&x->m, STUN_USERNAME);
	const struct stun_attr *hash = stun_find(&x->m, STUN_USERHASH);

	if (!name && !hash)
		return 400;
	if (!stun_find(&x->m, STUN_REALM) || !stun_find(&x->m, STUN_NONCE))
		return 400;
	if (name ? name->len > STUN_USERNAME_MAX : hash->len != 32)
		return 400;
	return 0;
}

// Nonces of ours say that we list algorithms: whoever names one must repeat the list, so that none
// was taken off it on the way. Naming none means MD5, and an answer with MESSAGE-INTEGRITY.
static unsigned algorithm_parse(struct turn_exchange *x, enum stun_algorithm *out)
{
	const struct stun_attr *list = stun_find(&x->m, STUN_PASSWORD_ALGORITHMS);
	const struct stun_attr *one = stun_find(&x->m, STUN_PASSWORD_ALGORITHM);
	unsigned number;

	*out = STUN_MD5;
	x->integrity = STUN_INTEGRITY_SHA1;
	if (!list && !one)
		return 0;
	if (!list || !one || list->len != sizeof turn_password_algorithms ||
	    memcmp(list->value, turn_password_algorithms, list->len))
		return 400;
	if (one->len != 4 || one->value[2] || one->value[3])
		return 400;
	number = (unsigned)one->value[0] << 8 | one->value[1];
	if (number != STUN_MD5 && number != STUN_SHA256)
		return 400;
	*out = (enum stun_algorithm)number;
	x->integrity = STUN_INTEGRITY_SHA256;
	return 0;
}

static bool key_fits(const struct turn_exchange *x, const struct stun_key *key)
{
	enum stun_integrity which = x->m.integrity256 ? STUN_INTEGRITY_SHA256 : STUN_INTEGRITY_SHA1;

	return stun_integrity_ok(&x->m, which, key->bytes, key->len);
}

static unsigned login_check(struct turn_exchange *x, const struct turn_login *l,
			    enum stun_algorithm algorithm)
{
	x->user = l->name;
	x->user_len = l->name_len;
	x->key = algorithm == STUN_MD5 ? l->md5 : l->sha256;
	return key_fits(x, &x->key) ? 0 : auth_fail(x, TURN_AUTH_INTEGRITY, 401);
}

static bool secret_fits(struct turn_exchange *x, const char *secret, enum stun_algorithm algorithm)
{
	char password[TURN_PASSWORD_LEN + 1];
	int rc;

	turn_credential_password(secret, x->user, x->user_len, password);
	rc = stun_key_derive(&x->key, algorithm, x->user, x->user_len, x->t->rules->s.realm,
			     password);
	base_wipe(password, sizeof password);
	return !rc && key_fits(x, &x->key);
}

// True when the request is about an allocation that this very name made: a call may outlast the
// credential that it began with, but nothing new can be had with it.
static bool is_holder(const struct turn_exchange *x)
{
	const struct turn_account *a = x->e ? turn_entry_account(x->e) : NULL;

	return a && x->m.method != STUN_ALLOCATE && a->name_len == x->user_len &&
	       !memcmp(a->name, x->user, x->user_len);
}

static unsigned derived_check(struct turn_exchange *x, enum stun_algorithm algorithm)
{
	const struct turn_settings *s = &x->t->rules->s;
	struct turn_account *account = turn_account_find(x->t, x->user, x->user_len);
	uint8_t key_len = algorithm == STUN_MD5 ? 16 : 32;

	x->derived = true;
	if (account && account->key.len == key_len && key_fits(x, &account->key)) {
		x->key = account->key;
		return 0;
	}
	for (size_t i = 0; i < s->shared_secret_count; i++) {
		if (!secret_fits(x, s->shared_secrets[i], algorithm))
			continue;
		if (account)
			account->key = x->key;
		return 0;
	}
	return auth_fail(x, TURN_AUTH_INTEGRITY, 401);
}

static unsigned user_check(struct turn_exchange *x, enum stun_algorithm algorithm)
{
	const struct stun_attr *name = stun_find(&x->m, STUN_USERNAME);
	const struct turn_rules *rules = x->t->rules;
	const struct turn_login *l;
	uint64_t expiry;

	l = name ? turn_login_find(rules, name->value, name->len)
		 : turn_login_find_hash(rules, stun_find(&x->m, STUN_USERHASH)->value);
	if (l)
		return login_check(x, l, algorithm);
	if (!name || !rules->s.shared_secret_count)
		return auth_fail(x, TURN_AUTH_USER, 401);
	x->user = (const char *)name->value;
	x->user_len = name->len;
	if (turn_credential_expiry(x->user, x->user_len, &expiry))
		return auth_fail(x, TURN_AUTH_USER, 401);
	if (expiry <= x->now.wall_s && !is_holder(x))
		return auth_fail(x, TURN_AUTH_EXPIRED, 401);
	return derived_check(x, algorithm);
}

static bool realm_is_ours(const struct turn_exchange *x)
{
	const struct stun_attr *realm = stun_find(&x->m, STUN_REALM);
	const struct turn_rules *r = x->t->rules;

	return realm->len == r->realm_len && !memcmp(realm->value, r->s.realm, r->realm_len);
}

unsigned turn_auth(struct turn_exchange *x)
{
	enum stun_algorithm algorithm;
	unsigned code;

	if (!x->m.integrity && !x->m.integrity256)
		return auth_fail(x, TURN_AUTH_MISSING, 401);
	if (presence_check(x) || algorithm_parse(x, &algorithm))
		return auth_fail(x, TURN_AUTH_MALFORMED, 400);
	if (!realm_is_ours(x))
		return auth_fail(x, TURN_AUTH_USER, 401);
	code = user_check(x, algorithm);
	if (code)
		return code;
	if (!turn_nonce_fresh(x->t, &x->from->client, x->now.ms, stun_find(&x->m, STUN_NONCE)))
		return auth_fail(x, TURN_AUTH_STALE, 438);
	if (x->t->sink.refused && x->t->sink.refused(x->t->ctx, x->user, x->user_len))
		return auth_fail(x, TURN_AUTH_REVOKED, 401);
	x->authenticated = true;
	return 0;
}

unsigned turn_owner_check(const struct turn_exchange *x)
{
	const struct turn_account *a;

	if (!x->e)
		return 437;
	a = turn_entry_account(x->e);
	if (a->name_len == x->user_len && !memcmp(a->name, x->user, x->user_len))
		return 0;
	return auth_fail(x, TURN_AUTH_MISMATCH, 441);
}
