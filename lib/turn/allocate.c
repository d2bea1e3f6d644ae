// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <string.h>

struct turn_ask { // what an Allocate wants
	enum net_family families[2];
	unsigned family_count;
	enum turn_port_kind kind;
	uint32_t life_s;
	struct turn_reservation *reservation;
};

// --- What is asked for: the checks of RFC 8656 section 7.2 in their order --------------------------

static unsigned transport_check(const struct turn_exchange *x)
{
	const struct stun_attr *df = stun_find(&x->m, STUN_DONT_FRAGMENT);
	uint8_t protocol;

	if (stun_find_u8(&x->m, STUN_REQUESTED_TRANSPORT, &protocol))
		return 400;
	if (protocol != TURN_UDP)
		return 442;
	return df && df->len ? 400 : 0;
}

static unsigned token_parse(const struct turn_exchange *x, struct turn_ask *ask)
{
	const struct stun_attr *a = stun_find(&x->m, STUN_RESERVATION_TOKEN);
	uint64_t token;

	if (!a)
		return 0;
	if (a->len != sizeof token || stun_find(&x->m, STUN_EVEN_PORT) ||
	    stun_find(&x->m, STUN_REQUESTED_ADDRESS_FAMILY) ||
	    stun_find(&x->m, STUN_ADDITIONAL_ADDRESS_FAMILY))
		return 400;
	memcpy(&token, a->value, sizeof token);
	ask->reservation = turn_reservation_find(x->t, token, x->now.ms);
	return ask->reservation ? 0 : 508;
}

static unsigned family_parse(const struct turn_exchange *x, struct turn_ask *ask)
{
	uint8_t family = 1;
	int rc = stun_find_u8(&x->m, STUN_REQUESTED_ADDRESS_FAMILY, &family);

	if (rc == -EBADMSG || (!rc && stun_find(&x->m, STUN_ADDITIONAL_ADDRESS_FAMILY)))
		return 400;
	if (family != 1 && family != 2)
		return 440;
	ask->families[0] = family == 1 ? NET_IP4 : NET_IP6;
	ask->family_count = 1;
	return turn_ports_serve(x->t, ask->families[0]) ? 0 : 440;
}

static unsigned even_port_parse(const struct turn_exchange *x, struct turn_ask *ask)
{
	const struct stun_attr *a = stun_find(&x->m, STUN_EVEN_PORT);

	if (!a)
		return 0;
	if (a->len != 1)
		return 400;
	ask->kind = a->value[0] & 0x80 ? TURN_PORT_PAIR : TURN_PORT_EVEN;
	if (ask->kind == TURN_PORT_PAIR && stun_find(&x->m, STUN_ADDITIONAL_ADDRESS_FAMILY))
		return 400;
	return 0;
}

static unsigned additional_parse(const struct turn_exchange *x, struct turn_ask *ask)
{
	uint8_t family;
	int rc = stun_find_u8(&x->m, STUN_ADDITIONAL_ADDRESS_FAMILY, &family);

	if (rc == -ENOENT)
		return 0;
	if (rc || family != 2)
		return 400;
	ask->families[ask->family_count++] = NET_IP6;
	return 0;
}

static unsigned ask_parse(const struct turn_exchange *x, struct turn_ask *ask)
{
	unsigned code = transport_check(x);

	if (!code)
		code = token_parse(x, ask);
	if (!code && !ask->reservation)
		code = family_parse(x, ask);
	if (!code)
		code = even_port_parse(x, ask);
	if (!code)
		code = additional_parse(x, ask);
	if (!code)
		code = turn_life(x, &ask->life_s);
	if (!ask->life_s)
		ask->life_s = x->t->rules->s.life_default_s;
	return code;
}

static unsigned drain_check(const struct turn_exchange *x)
{
	const struct turn *t = x->t;

	if (!t->draining)
		return 0;
	return t->has_alternate && net_addr_family(&t->alternate.addr) ==
					   net_addr_family(&x->from->client.addr)
		       ? 300
		       : 508;
}

// --- What is given ---------------------------------------------------------------------------------

static const struct turn_account *quota_payer(const struct turn_account *account)
{
	return account->base ? account->base : account;
}

// A reserved port counts against the quota like an allocation; taking it up changes nothing then.
static unsigned quota_check(const struct turn *t, const struct turn_account *account,
			    const struct turn_ask *ask)
{
	const struct turn_account *payer = quota_payer(account);
	uint32_t max = t->rules->s.allocations_per_user_max;
	uint32_t want = payer->refs + (ask->kind == TURN_PORT_PAIR);

	if (ask->reservation && quota_payer(ask->reservation->account) == payer)
		want--;
	return max && want > max ? 486 : 0;
}

static unsigned relay_give(struct turn_exchange *x, struct turn_entry *e,
			   const struct turn_ask *ask)
{
	uint64_t due_ms = e->pub.due_ms;
	unsigned code = 508, got = 0;

	if (ask->reservation) {
		turn_entry_place(e, 0, ask->reservation->place, due_ms);
		return 0;
	}
	for (unsigned i = 0; i < ask->family_count; i++) {
		struct turn_place p;
		int rc = turn_ports_take(x->t, ask->families[i], &x->from->server.addr, ask->kind,
					 &p);

		if (rc)
			e->pub.own.address_error =
				rc == -EAFNOSUPPORT ? TURN_ADDRESS_UNSERVED : TURN_ADDRESS_FULL;
		else
			turn_entry_place(e, got++, p, due_ms);
	}
	if (got)
		code = 0;
	return code;
}

static unsigned upper_reserve(struct turn_exchange *x, struct turn_entry *e)
{
	struct turn_place upper = {.port = (uint16_t)(e->pub.relay[0].port + 1),
				   .relay = e->pub.own.relay_at[0]};

	if (turn_reserve(x->t, turn_entry_account(e), upper, turn_entry_token(e), x->now.ms)) {
		turn_ports_give(x->t, upper);
		return 508;
	}
	e->pub.own.reserves = true;
	return 0;
}

static void entry_describe(const struct turn_exchange *x, struct turn_entry *e,
			   const struct turn_ask *ask)
{
	e->pub.tuple = *x->from;
	e->pub.created_ms = x->now.ms;
	e->pub.due_ms = x->now.ms + ask->life_s * UINT64_C(1000);
	e->pub.dont_fragment = stun_find(&x->m, STUN_DONT_FRAGMENT) != NULL;
	e->life_s = ask->life_s;
	memcpy(e->tid, x->m.tid, sizeof e->tid);
}

static void entry_undo(struct turn_exchange *x, struct turn_entry *e, const struct turn_ask *ask)
{
	if (ask->reservation)
		turn_entry_unplace(e, 0, false);
	if (e->pub.own.reserves)
		turn_reservation_end(x->t,
				     turn_reservation_find(x->t, turn_entry_token(e), x->now.ms),
				     true);
	turn_entry_free(e);
}

static struct turn_entry *entry_begin(struct turn_exchange *x, const struct turn_ask *ask,
				      unsigned *code)
{
	struct turn_account *account = turn_account_hold(x->t, x->user, x->user_len);
	struct turn_entry *e = NULL;

	*code = 508;
	if (!account)
		return NULL;
	*code = quota_check(x->t, account, ask);
	if (!*code) {
		e = turn_entry_new(x->t, account);
		*code = e ? 0 : 508;
	}
	if (!e)
		turn_account_release(x->t, account);
	else if (x->derived)
		account->key = x->key;
	return e;
}

static unsigned allocation_make(struct turn_exchange *x, const struct turn_ask *ask)
{
	struct turn_entry *e;
	unsigned code = 508;

	if (x->t->count >= x->t->rules->s.allocations_max)
		return 508;
	e = entry_begin(x, ask, &code);
	if (!e)
		return code;
	entry_describe(x, e, ask);
	code = relay_give(x, e, ask);
	if (!code && ask->kind == TURN_PORT_PAIR)
		code = upper_reserve(x, e);
	if (!code && turn_entry_publish(e))
		code = 508;
	if (code) {
		entry_undo(x, e, ask);
		return code;
	}
	if (ask->reservation)
		turn_reservation_end(x->t, ask->reservation, false);
	turn_entry_arm(e, e->pub.due_ms);
	x->e = e;
	return 0;
}

// --- The answer ------------------------------------------------------------------------------------

static void put_address_error(struct turn_exchange *x, const struct turn_entry *e)
{
	unsigned code = e->pub.own.address_error == TURN_ADDRESS_UNSERVED ? 440 : 508;
	const char *phrase = stun_error_phrase(code);
	size_t len = strlen(phrase);
	uint8_t value[4 + 64] = {
		turn_entry_serves(e, NET_IP4) ? 2 : 1,
		0,
		(uint8_t)(code / 100),
		(uint8_t)(code % 100),
	};

	if (len > sizeof value - 4)
		len = sizeof value - 4;
	memcpy(value + 4, phrase, len);
	stun_put(&x->w, STUN_ADDRESS_ERROR_CODE, value, 4 + len);
}

static void allocate_answer(struct turn_exchange *x)
{
	const struct turn_entry *e = x->e;
	uint64_t token = turn_entry_token(e);

	for (unsigned i = 0; i < 2; i++)
		if (turn_relay_live(&e->pub, i))
			stun_put_endpoint(&x->w, STUN_XOR_RELAYED_ADDRESS, &e->pub.relay[i]);
	stun_put_u32(&x->w, STUN_LIFETIME, e->life_s);
	if (e->pub.own.reserves)
		stun_put(&x->w, STUN_RESERVATION_TOKEN, &token, sizeof token);
	stun_put_endpoint(&x->w, STUN_XOR_MAPPED_ADDRESS, &e->pub.tuple.client);
	if (e->pub.own.address_error)
		put_address_error(x, e);
}

// The same transaction again: the answer was lost, and is made once more from what is kept.
static bool is_repeat(const struct turn_exchange *x)
{
	const struct turn_account *account = turn_entry_account(x->e);

	return !memcmp(x->e->tid, x->m.tid, sizeof x->e->tid) &&
	       x->now.ms - x->e->pub.created_ms <= TURN_REPLY_MEMORY_S * 1000 &&
	       account->name_len == x->user_len && !memcmp(account->name, x->user, x->user_len);
}

unsigned turn_allocate(struct turn_exchange *x)
{
	struct turn_ask ask = {.kind = TURN_PORT_ANY};
	unsigned code = 0;

	if (x->e && !is_repeat(x))
		return 437;
	if (!x->e)
		code = ask_parse(x, &ask);
	if (!code && !x->e)
		code = drain_check(x);
	if (!code && !x->e)
		code = allocation_make(x, &ask);
	if (!code)
		allocate_answer(x);
	return code;
}
