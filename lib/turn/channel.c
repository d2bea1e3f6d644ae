// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>

#define LEGACY_MAX 0x7fff // RFC 5766

int turn_channel_room(struct turn_entry *e, unsigned more)
{
	unsigned need = e->pub.channel_count + more;
	uint8_t room = turn_room_for(e->pub.own.channel_room, need);
	struct turn_channel *fresh;

	if (need > TURN_CHANNELS_MAX)
		return -ENOSPC;
	if (room == e->pub.own.channel_room)
		return 0;
	fresh = realloc(e->pub.channels, sizeof *fresh << (room - 1));
	if (!fresh)
		return -ENOMEM;
	e->pub.channels = fresh;
	e->pub.own.channel_room = room;
	return 0;
}

bool turn_channels_expire(struct turn_entry *e, uint64_t now_ms)
{
	unsigned kept = 0, count = e->pub.channel_count;

	for (unsigned i = 0; i < count; i++) {
		struct turn_channel c = e->pub.channels[i];

		if (c.due_ms > now_ms && turn_entry_serves(e, net_addr_family(&c.peer.addr)))
			e->pub.channels[kept++] = c;
		else
			turn_entry_tell(e, (struct turn_told){TURN_TOLD_CHANNEL_EXPIRED,
							      .channel = c.number, .peer = c.peer});
	}
	e->pub.channel_count = (uint16_t)kept;
	return kept != count;
}

// The binding of this number to this peer, if there is one; 400 when either is bound otherwise.
static unsigned channel_match(const struct turn_allocation *a, uint16_t number,
			      const struct net_endpoint *peer, struct turn_channel **out)
{
	*out = NULL;
	for (unsigned i = 0; i < a->channel_count; i++) {
		struct turn_channel *c = &a->channels[i];
		bool same_peer = net_endpoint_equal(&c->peer, peer);

		if ((c->number == number) != same_peer)
			return 400;
		if (same_peer)
			*out = c;
	}
	return 0;
}

static unsigned bind_parse(const struct turn_exchange *x, uint16_t *number,
			   struct net_endpoint *peer, enum net_family *family)
{
	const struct stun_attr *a = stun_find(&x->m, STUN_XOR_PEER_ADDRESS);
	unsigned max = x->t->rules->s.legacy_channels ? LEGACY_MAX : TURN_CHANNEL_MAX;
	uint32_t value;

	if (!a || stun_find_u32(&x->m, STUN_CHANNEL_NUMBER, &value))
		return 400;
	*number = (uint16_t)(value >> 16);
	if (*number < TURN_CHANNEL_MIN || *number > max)
		return 400;
	if (turn_peer_decode(x, a, peer, family) || !peer->port)
		return 400;
	return 0;
}

static unsigned channel_add(struct turn_entry *e, uint16_t number, const struct net_endpoint *peer)
{
	struct turn_channel *c;

	if (turn_channel_room(e, 1))
		return 508;
	c = &e->pub.channels[e->pub.channel_count];
	*c = (struct turn_channel){.number = number, .peer.port = peer->port};
	c->peer.addr = peer->addr;
	return 0;
}

static void bind_commit(struct turn_exchange *x, struct turn_channel *c, bool fresh)
{
	const struct turn_settings *s = &x->t->rules->s;
	struct net_endpoint peer = c->peer;
	uint16_t number = c->number;
	bool permitted;

	c->due_ms = x->now.ms + s->channel_s * UINT64_C(1000);
	permitted =
		turn_permission_set(x->e, &peer.addr, x->now.ms + s->permission_s * UINT64_C(1000));
	if (fresh) {
		x->e->pub.channel_count++;
		turn_entry_arm(x->e, c->due_ms);
	}
	if (fresh || permitted)
		turn_entry_changed(x->e);
	if (permitted)
		turn_tell(x, (struct turn_told){TURN_TOLD_PERMITTED, .peer.addr = peer.addr});
	if (fresh)
		turn_tell(x, (struct turn_told){TURN_TOLD_BOUND, .channel = number, .peer = peer});
}

unsigned turn_channel_bind(struct turn_exchange *x)
{
	struct net_endpoint peer;
	enum net_family family;
	struct turn_channel *c;
	uint16_t number;
	unsigned code = turn_owner_check(x);

	if (!code)
		code = bind_parse(x, &number, &peer, &family);
	if (!code)
		code = channel_match(&x->e->pub, number, &peer, &c);
	if (!code)
		code = turn_peer_check(x, &peer, family);
	if (code)
		return code;
	if (!turn_permission_find(&x->e->pub, &peer.addr) && turn_permission_room(x->e, 1))
		return 508;
	if (c) {
		bind_commit(x, c, false);
		return 0;
	}
	code = channel_add(x->e, number, &peer);
	if (!code)
		bind_commit(x, &x->e->pub.channels[x->e->pub.channel_count], true);
	return code;
}
