// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

// New rules about peers hold for what was permitted before, too: whoever denies a network at night wants
// its packets to stop, not its next refresh.

static bool permissions_recheck(struct turn_entry *e)
{
	const struct turn_peer_rules *rules = &e->turn->rules->s.peers;

	for (unsigned i = 0; i < e->pub.permission_count; i++)
		if (!turn_peer_allowed(rules, &e->pub.permissions[i].peer))
			e->pub.permissions[i].due_ms = 0;
	return turn_permissions_expire(e, 0);
}

static bool channels_recheck(struct turn_entry *e)
{
	const struct turn_peer_rules *rules = &e->turn->rules->s.peers;

	for (unsigned i = 0; i < e->pub.channel_count; i++)
		if (!turn_peer_allowed(rules, &e->pub.channels[i].peer.addr))
			e->pub.channels[i].due_ms = 0;
	return turn_channels_expire(e, 0);
}

void turn_recheck(struct turn *t)
{
	for (uint32_t i = 0; i < t->entry_top; i++) {
		struct turn_entry *e = turn_entry_at(t, i);
		bool changed = e && permissions_recheck(e);

		changed |= e && channels_recheck(e);
		if (changed)
			turn_entry_changed(e);
	}
}
