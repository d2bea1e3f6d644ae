// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

// One timer an allocation: it stands at or before the first thing to end. Refreshing moves nothing;
// when it fires it looks for what is over and goes to the next. That is 32 bytes instead of 32 for
// every permission and channel, and no timer work for the commonest requests.

void turn_entry_arm(struct turn_entry *e, uint64_t due_ms)
{
	if (!timer_running(&e->timer) || due_ms < e->timer.due_ms)
		timer_start(&e->turn->wheel, &e->timer, due_ms);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t entry_next_due(const struct turn_entry *e)
{
	const struct turn_allocation *a = &e->pub;
	uint64_t due = UINT64_MAX;

	for (unsigned i = 0; i < 2; i++)
		if (turn_relay_live(a, i))
			due = earlier(due, e->relay_due_ms[i]);
	for (unsigned i = 0; i < a->permission_count; i++)
		due = earlier(due, a->permissions[i].due_ms);
	for (unsigned i = 0; i < a->channel_count; i++)
		due = earlier(due, a->channels[i].due_ms);
	return due;
}

void turn_entry_tell(struct turn_entry *e, struct turn_told told)
{
	struct turn *t = e->turn;

	if (!t->sink.told)
		return;
	told.from = &e->pub.tuple;
	told.allocation = &e->pub;
	t->sink.told(t->ctx, &told);
}

// What belongs to a family that is served no more ends with it (RFC 8656 section 8.1).
static bool relays_expire(struct turn_entry *e, uint64_t now_ms)
{
	bool any = false;

	for (unsigned i = 0; i < 2; i++) {
		if (!turn_relay_live(&e->pub, i) || e->relay_due_ms[i] > now_ms)
			continue;
		turn_entry_unplace(e, i, true);
		any = true;
	}
	return any;
}

bool turn_entry_settle(struct turn_entry *e, uint64_t now_ms)
{
	bool relays_gone, changed;

	if (e->pub.due_ms <= now_ms) {
		turn_entry_end(e);
		return false;
	}
	relays_gone = relays_expire(e, now_ms);
	changed = turn_channels_expire(e, now_ms);
	changed |= turn_permissions_expire(e, now_ms);
	if (changed || relays_gone)
		turn_entry_changed(e);
	timer_start(&e->turn->wheel, &e->timer, entry_next_due(e));
	return true;
}

unsigned turn_advance(struct turn *t, struct turn_now now, unsigned budget)
{
	return timer_wheel_advance(&t->wheel, now.ms, budget);
}
