// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "config/limits.h"
#include "turn/private.h"

enum guard_kind { GUARD_SOURCE, GUARD_NAME };

static const uint32_t guard_max[] = {
	[GUARD_SOURCE] = TURN_GUARD_SOURCE_MAX,
	[GUARD_NAME] = TURN_GUARD_NAME_MAX,
};

static const struct stun_attr *name_of(const struct turn_exchange *x)
{
	const struct stun_attr *name = stun_find(&x->m, STUN_USERNAME);

	return name ? name : stun_find(&x->m, STUN_USERHASH);
}

// A host has a whole /64 to itself, so that is what counts.
static uint64_t row_key(const struct turn_exchange *x, enum guard_kind kind)
{
	const struct net_addr *a = &x->from->client.addr;
	const struct stun_attr *name = kind == GUARD_NAME ? name_of(x) : NULL;
	uint8_t bytes[1 + 16 + STUN_USERNAME_MAX];
	size_t len = 1 + (net_addr_is4(a) ? 16 : 8);

	bytes[0] = (uint8_t)kind;
	memcpy(bytes + 1, a->b, len - 1);
	if (name && name->len <= STUN_USERNAME_MAX) {
		memcpy(bytes + len, name->value, name->len);
		len += name->len;
	}
	return turn_hash(&x->t->hash_key, bytes, len);
}

static struct turn_guard_row *set_of(const struct turn_exchange *x, uint64_t key)
{
	return x->t->guard.rows[key % (TURN_GUARD_ROWS / TURN_GUARD_WAYS)];
}

static bool row_counts(const struct turn_guard_row *r, uint32_t now_s)
{
	return r->count && now_s - r->since_s < TURN_GUARD_WINDOW_S;
}

static struct turn_guard_row *row_find(const struct turn_exchange *x, uint64_t key)
{
	struct turn_guard_row *set = set_of(x, key);

	for (unsigned i = 0; i < TURN_GUARD_WAYS; i++)
		if (set[i].key == key && row_counts(&set[i], (uint32_t)(x->now.ms / 1000)))
			return &set[i];
	return NULL;
}

// A row that does not count any more, else the one that counts least.
static struct turn_guard_row *row_claim(const struct turn_exchange *x, uint64_t key)
{
	struct turn_guard_row *set = set_of(x, key), *least = set;
	uint32_t now_s = (uint32_t)(x->now.ms / 1000);

	for (unsigned i = 0; i < TURN_GUARD_WAYS; i++) {
		if (!row_counts(&set[i], now_s)) {
			least = &set[i];
			break;
		}
		if (set[i].count < least->count)
			least = &set[i];
	}
	*least = (struct turn_guard_row){.key = key, .since_s = now_s};
	return least;
}

static void failure_count(const struct turn_exchange *x, enum guard_kind kind)
{
	uint64_t key = row_key(x, kind);
	struct turn_guard_row *r = row_find(x, key);

	if (!r)
		r = row_claim(x, key);
	if (++r->count == guard_max[kind])
		x->t->guard.due_ms = x->now.ms + TURN_GUARD_WINDOW_S * 1000;
}

void turn_guard_note(const struct turn_exchange *x)
{
	const struct stun_attr *nonce = stun_find(&x->m, STUN_NONCE);

	if (!nonce || !turn_nonce_fresh(x->t, &x->from->client, x->now.ms, nonce))
		return;
	failure_count(x, GUARD_SOURCE);
	failure_count(x, GUARD_NAME);
}

static bool is_over(const struct turn_exchange *x, enum guard_kind kind)
{
	const struct turn_guard_row *r = row_find(x, row_key(x, kind));

	return r && r->count >= guard_max[kind];
}

// A call goes on whatever its neighbours behind the same address do.
static bool has_allocation(const struct turn_exchange *x)
{
	const struct stun_attr *name = stun_find(&x->m, STUN_USERNAME);
	const struct stun_attr *hash = stun_find(&x->m, STUN_USERHASH);
	const struct turn_account *a = x->e ? turn_entry_account(x->e) : NULL;
	const struct turn_login *l;

	if (!a)
		return false;
	if (name)
		return name->len == a->name_len && !memcmp(name->value, a->name, a->name_len);
	l = hash && hash->len == 32 ? turn_login_find_hash(x->t->rules, hash->value) : NULL;
	return l && l->name_len == a->name_len && !memcmp(l->name, a->name, a->name_len);
}

bool turn_guard_closed(const struct turn_exchange *x)
{
	if (x->now.ms >= x->t->guard.due_ms || has_allocation(x))
		return false;
	return is_over(x, GUARD_SOURCE) || (name_of(x) && is_over(x, GUARD_NAME));
}
