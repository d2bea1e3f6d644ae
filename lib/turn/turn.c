// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// One secret, a key for each use: what one use gives away tells nothing about another.
static void key_derive(struct turn_hash_key *out, const struct turn_settings *s, const char *use)
{
	uint8_t mac[32];

	stun_hmac_sha256(mac, s->nonce_key, sizeof s->nonce_key, use, strlen(use));
	memcpy(out, mac, sizeof *out);
	base_wipe(mac, sizeof mac);
}

static int turn_apply(struct turn *t, const struct turn_settings *s)
{
	struct turn_rules *r = turn_rules_new(s);
	uint32_t count = s->allocations_max ? s->allocations_max : 1;
	int rc = r ? 0 : -errno;

	if (!rc)
		rc = turn_entries_resize(t, count);
	if (!rc)
		rc = turn_accounts_resize(t, count);
	if (!rc)
		rc = turn_relays_set(t, s);
	if (rc) {
		turn_rules_free(r);
		return rc;
	}
	turn_rules_free(t->rules);
	t->rules = r;
	return 0;
}

struct turn *turn_new(const struct turn_settings *s, const struct turn_sink *sink, void *ctx,
		      uint64_t now_ms)
{
	struct turn *t = calloc(1, sizeof *t);
	int rc;

	if (!t)
		return NULL;
	if (sink)
		t->sink = *sink;
	t->ctx = ctx;
	t->next_id = 1;
	t->entry_free = UINT32_MAX;
	key_derive(&t->hash_key, s, "hash");
	key_derive(&t->nonce_key, s, "nonce");
	key_derive(&t->token_key, s, "token");
	key_derive(&t->random_key, s, "random");
	timer_wheel_init(&t->wheel, now_ms);
	rc = turn_apply(t, s);
	if (rc) {
		turn_free(t);
		errno = -rc;
		return NULL;
	}
	return t;
}

void turn_free(struct turn *t)
{
	if (!t)
		return;
	for (uint32_t i = 0; i < t->entry_top; i++)
		if (turn_entry_at(t, i)) {
			t->entries[i]->pub.end = TURN_END_CLOSED;
			turn_entry_end(t->entries[i]);
		}
	turn_reservations_fini(t);
	turn_relays_fini(t);
	turn_rules_free(t->rules);
	turn_table_fini(&t->by_tuple);
	turn_table_fini(&t->by_id);
	free(t->entries);
	free(t->accounts);
	base_wipe(t, sizeof *t);
	free(t);
}

int turn_reconfigure(struct turn *t, const struct turn_settings *s)
{
	int rc = turn_apply(t, s);

	if (rc)
		return rc;
	turn_accounts_forget_keys(t);
	turn_recheck(t);
	return 0;
}

void turn_drain(struct turn *t, bool on, const struct net_endpoint *alternate)
{
	t->draining = on;
	t->has_alternate = on && alternate;
	if (t->has_alternate)
		t->alternate = *alternate;
}
