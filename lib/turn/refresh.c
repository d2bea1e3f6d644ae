// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>

unsigned turn_life(const struct turn_exchange *x, uint32_t *out)
{
	const struct turn_settings *s = &x->t->rules->s;
	uint32_t life = s->life_default_s;
	int rc = stun_find_u32(&x->m, STUN_LIFETIME, &life);

	if (rc == -EBADMSG)
		return 400;
	if (!rc && life > s->life_max_s)
		life = s->life_max_s;
	if (life && life < s->life_default_s)
		life = s->life_default_s;
	*out = life;
	return 0;
}

// Which relayed addresses are meant: bits 0 and 1. RFC 8656 sections 8.1 and 8.2.
static unsigned refresh_scope(const struct turn_exchange *x, unsigned *scope)
{
	const struct turn_allocation *a = &x->e->pub;
	uint8_t family = 0;
	int rc = stun_find_u8(&x->m, STUN_REQUESTED_ADDRESS_FAMILY, &family);

	if (rc == -EBADMSG)
		return 400;
	*scope = 0;
	for (unsigned i = 0; i < 2; i++) {
		bool four = net_addr_is4(&a->relay[i].addr);

		if (turn_relay_live(a, i) && (rc == -ENOENT || family == (four ? 1 : 2)))
			*scope |= 1u << i;
	}
	return *scope ? 0 : 443;
}

// A scope that lives on is armed; one that ends is over as of now.
static void refresh_apply(struct turn_exchange *x, unsigned scope, uint64_t due_ms)
{
	struct turn_entry *e = x->e;

	for (unsigned i = 0; i < 2; i++)
		if (scope >> i & 1)
			e->relay_due_ms[i] = due_ms;
	e->pub.due_ms =
		e->relay_due_ms[0] > e->relay_due_ms[1] ? e->relay_due_ms[0] : e->relay_due_ms[1];
	if (due_ms > x->now.ms) {
		turn_entry_arm(e, due_ms);
		return;
	}
	e->pub.end = TURN_END_CLIENT;
	if (turn_entry_settle(e, x->now.ms)) // one family of two ended
		e->pub.end = TURN_END_EXPIRED;
}

unsigned turn_refresh(struct turn_exchange *x)
{
	unsigned scope, code = turn_owner_check(x);
	uint32_t life;

	if (!code)
		code = turn_life(x, &life);
	if (!code)
		code = refresh_scope(x, &scope);
	if (code)
		return code;
	stun_put_u32(&x->w, STUN_LIFETIME, life);
	refresh_apply(x, scope, x->now.ms + life * UINT64_C(1000));
	if (life)
		turn_tell(x, (struct turn_told){TURN_TOLD_REFRESHED, .life_s = life});
	return 0;
}
