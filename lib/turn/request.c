// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

typedef unsigned method_fn(struct turn_exchange *x);

static method_fn *method_of(unsigned method)
{
	switch (method) {
	case STUN_ALLOCATE:
		return turn_allocate;
	case STUN_REFRESH:
		return turn_refresh;
	case STUN_CREATE_PERMISSION:
		return turn_create_permission;
	case STUN_CHANNEL_BIND:
		return turn_channel_bind;
	default:
		return NULL;
	}
}

void turn_tell(const struct turn_exchange *x, struct turn_told told)
{
	if (!x->t->sink.told)
		return;
	told.from = x->from;
	told.allocation = told.kind != TURN_TOLD_REFUSED && x->e ? &x->e->pub : NULL;
	x->t->sink.told(x->t->ctx, &told);
}

static size_t binding_answer(struct turn_exchange *x)
{
	size_t len = stun_binding_answer(x->out, x->cap, x->m.bytes, x->m.len, &x->from->client);
	bool error = len && stun_type_class((uint16_t)(x->out[0] << 8 | x->out[1])) == STUN_ERROR;

	if (len)
		turn_count_answer(x->t, STUN_BINDING, error ? 420 : 0);
	return len;
}

static size_t request_answer(struct turn_exchange *x, method_fn *handle)
{
	struct turn_allocation *a = turn_find(x->t, x->from);
	unsigned code;
	size_t len;

	x->e = a ? turn_entry_of(a) : NULL;
	if (x->e && x->e->timer.due_ms <= x->now.ms && !turn_entry_settle(x->e, x->now.ms))
		x->e = NULL;
	if (turn_guard_closed(x)) {
		x->t->counters.auth_failures[TURN_AUTH_LIMITED]++;
		return 0;
	}
	code = turn_auth(x);
	if (!code)
		code = turn_unknown_check(x);
	if (!code) {
		turn_reply_begin(x);
		code = handle(x);
	}
	len = code ? turn_reply_error(x, code) : turn_reply_success(x);
	turn_count_answer(x->t, x->m.method, code);
	base_wipe(&x->key, sizeof x->key);
	return len;
}

// coturn's client asks for a second family by the number of a draft.
static void draft_names(struct stun_message *m)
{
	for (unsigned i = 0; i < m->attr_count; i++)
		if (m->attrs[i].type == STUN_ADDITIONAL_ADDRESS_FAMILY_DRAFT)
			m->attrs[i].type = STUN_ADDITIONAL_ADDRESS_FAMILY;
}

// What is not a request that we serve is dropped without a word (RFC 8489 section 6.3): answers to
// it would be reflections.
size_t turn_request(struct turn *t, const struct turn_tuple *from, const uint8_t *bytes,
		    size_t len_bytes, struct turn_now now, uint8_t *out, size_t cap_bytes)
{
	struct turn_exchange x = {.t = t, .from = from, .now = now, .out = out, .cap = cap_bytes};
	method_fn *handle;

	if (stun_decode(&x.m, bytes, len_bytes) ||
	    (x.m.fingerprint && !stun_fingerprint_ok(&x.m))) {
		t->counters.ignored++;
		return 0;
	}
	if (t->rules->s.legacy_channels)
		draft_names(&x.m);
	if (x.m.class_ == STUN_INDICATION) {
		t->counters.indications_dropped++;
		return 0;
	}
	handle = method_of(x.m.method);
	if (x.m.class_ == STUN_REQUEST && handle)
		return request_answer(&x, handle);
	if (x.m.class_ == STUN_REQUEST && x.m.method == STUN_BINDING)
		return binding_answer(&x);
	t->counters.ignored++;
	return 0;
}
