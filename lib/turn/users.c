// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int login_init(struct turn_login *l, const struct turn_user *u, const char *realm)
{
	int rc;

	l->name = strdup(u->name);
	if (!l->name)
		return -ENOMEM;
	l->name_len = strlen(l->name);
	stun_userhash(l->userhash, l->name, l->name_len, realm);
	rc = stun_key_derive(&l->md5, STUN_MD5, l->name, l->name_len, realm, u->password);
	if (!rc)
		rc = stun_key_derive(&l->sha256, STUN_SHA256, l->name, l->name_len, realm,
				     u->password);
	return rc;
}

int turn_logins_init(struct turn_rules *r, const struct turn_settings *s)
{
	uint32_t n = (uint32_t)s->user_count;

	if (s->user_count > UINT32_MAX / 4)
		return -EINVAL;
	r->logins = calloc((size_t)n + 1, sizeof *r->logins);
	if (!r->logins || turn_table_init(&r->by_name, n) || turn_table_init(&r->by_userhash, n))
		return -ENOMEM;
	for (uint32_t i = 0; i < n; i++) {
		struct turn_login *l = &r->logins[i];
		int rc = login_init(l, &s->users[i], r->s.realm);

		if (rc)
			return rc;
		turn_table_put(&r->by_name, turn_hash(&r->hash_key, l->name, l->name_len), i);
		turn_table_put(&r->by_userhash, turn_hash(&r->hash_key, l->userhash, 32), i);
		r->s.user_count = i + 1;
	}
	return 0;
}

void turn_logins_fini(struct turn_rules *r)
{
	for (size_t i = 0; r->logins && r->logins[i].name; i++)
		free(r->logins[i].name);
	if (r->logins)
		base_wipe(r->logins, r->s.user_count * sizeof *r->logins);
	free(r->logins);
	turn_table_fini(&r->by_name);
	turn_table_fini(&r->by_userhash);
}

const struct turn_login *turn_login_find(const struct turn_rules *r, const void *name, size_t len)
{
	TURN_TABLE_EACH(&r->by_name, turn_hash(&r->hash_key, name, len), at)
	{
		const struct turn_login *l = &r->logins[r->by_name.cells[at] - 1];

		if (l->name_len == len && !memcmp(l->name, name, len))
			return l;
	}
	return NULL;
}

const struct turn_login *turn_login_find_hash(const struct turn_rules *r, const uint8_t hash[32])
{
	TURN_TABLE_EACH(&r->by_userhash, turn_hash(&r->hash_key, hash, 32), at)
	{
		const struct turn_login *l = &r->logins[r->by_userhash.cells[at] - 1];

		if (!memcmp(l->userhash, hash, 32))
			return l;
	}
	return NULL;
}

// --- Accounts --------------------------------------------------------------------------------------

static struct turn_account **account_bucket(const struct turn *t, const char *name, size_t len)
{
	return &t->accounts[turn_hash(&t->hash_key, name, len) & t->account_mask];
}

struct turn_account *turn_account_find(const struct turn *t, const char *name, size_t len)
{
	struct turn_account *a = *account_bucket(t, name, len);

	while (a && (a->name_len != len || memcmp(a->name, name, len)))
		a = a->next;
	return a;
}

static struct turn_account *account_add(struct turn *t, const char *name, size_t len)
{
	struct turn_account **bucket = account_bucket(t, name, len);
	struct turn_account *a = calloc(1, sizeof *a + len + 1);

	if (!a)
		return NULL;
	a->name_len = (uint16_t)len;
	memcpy(a->name, name, len);
	a->next = *bucket;
	*bucket = a;
	return a;
}

static void account_drop(struct turn *t, struct turn_account *a)
{
	struct turn_account **link = account_bucket(t, a->name, a->name_len);

	while (*link != a)
		link = &(*link)->next;
	*link = a->next;
	base_wipe(&a->key, sizeof a->key);
	free(a);
}

void turn_account_hold_again(struct turn_account *a)
{
	a->refs++;
	if (a->base)
		a->base->refs++;
}

// NAME's account for "EXPIRY:NAME": 0 (there may be none to have) or -ENOMEM.
static int base_find(struct turn *t, struct turn_account *a)
{
	struct turn_credential c;

	turn_credential_parse(a->name, a->name_len, &c);
	if (!t->rules->s.allocations_per_user_max || !c.timed ||
	    turn_login_find(t->rules, a->name, a->name_len))
		return 0;
	a->base = turn_account_find(t, c.name, c.name_len);
	if (!a->base)
		a->base = account_add(t, c.name, c.name_len);
	return a->base ? 0 : -ENOMEM;
}

struct turn_account *turn_account_hold(struct turn *t, const char *name, size_t len)
{
	struct turn_account *a = turn_account_find(t, name, len);

	if (!a) {
		a = account_add(t, name, len);
		if (a && base_find(t, a)) {
			account_drop(t, a);
			return NULL;
		}
	}
	if (a)
		turn_account_hold_again(a);
	return a;
}

void turn_account_release(struct turn *t, struct turn_account *a)
{
	struct turn_account *base = a->base;

	if (!--a->refs)
		account_drop(t, a);
	if (base && !--base->refs)
		account_drop(t, base);
}

void turn_accounts_forget_keys(struct turn *t)
{
	for (uint32_t i = 0; i <= t->account_mask; i++)
		for (struct turn_account *a = t->accounts[i]; a; a = a->next)
			base_wipe(&a->key, sizeof a->key);
}

int turn_accounts_resize(struct turn *t, uint32_t count)
{
	struct turn_account **old = t->accounts, **fresh;
	uint32_t old_size = old ? t->account_mask + 1 : 0, size = 4;

	while (size < count)
		size *= 2;
	if (size <= old_size)
		return 0;
	fresh = calloc(size, sizeof(*fresh));
	if (!fresh)
		return -ENOMEM;
	t->accounts = fresh;
	t->account_mask = size - 1;
	for (uint32_t i = 0; i < old_size; i++) {
		for (struct turn_account *a = old[i], *next; a; a = next) {
			struct turn_account **bucket = account_bucket(t, a->name, a->name_len);

			next = a->next;
			a->next = *bucket;
			*bucket = a;
		}
	}
	free(old);
	return 0;
}
