// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>

struct turn_permission *turn_permission_find(const struct turn_allocation *a,
					     const struct net_addr *peer)
{
	for (unsigned i = 0; i < a->permission_count; i++)
		if (net_addr_equal(&a->permissions[i].peer, peer))
			return &a->permissions[i];
	return NULL;
}

int turn_permission_room(struct turn_entry *e, unsigned more)
{
	unsigned need = e->pub.permission_count + more;
	uint8_t room = turn_room_for(e->pub.own.permission_room, need);
	struct turn_permission *fresh;

	if (need > TURN_PERMISSIONS_MAX)
		return -ENOSPC;
	if (room == e->pub.own.permission_room)
		return 0;
	fresh = realloc(e->pub.permissions, sizeof *fresh << (room - 1));
	if (!fresh)
		return -ENOMEM;
	e->pub.permissions = fresh;
	e->pub.own.permission_room = room;
	return 0;
}

bool turn_permission_set(struct turn_entry *e, const struct net_addr *peer, uint64_t due_ms)
{
	struct turn_permission *p = turn_permission_find(&e->pub, peer);
	bool fresh = !p;

	if (fresh) {
		p = &e->pub.permissions[e->pub.permission_count++];
		p->peer = *peer;
		turn_entry_arm(e, due_ms);
	}
	p->due_ms = due_ms;
	return fresh;
}

bool turn_permissions_expire(struct turn_entry *e, uint64_t now_ms)
{
	unsigned kept = 0, count = e->pub.permission_count;

	for (unsigned i = 0; i < count; i++) {
		struct turn_permission p = e->pub.permissions[i];

		if (p.due_ms > now_ms && turn_entry_serves(e, net_addr_family(&p.peer)))
			e->pub.permissions[kept++] = p;
		else
			turn_entry_tell(e, (struct turn_told){TURN_TOLD_PERMISSION_EXPIRED,
							      .peer.addr = p.peer});
	}
	e->pub.permission_count = (uint16_t)kept;
	return kept != count;
}

static unsigned peers_collect(const struct turn_exchange *x, struct net_endpoint *peers,
			      enum net_family *families, unsigned *count)
{
	for (unsigned i = 0; i < x->m.attr_count; i++) {
		const struct stun_attr *a = &x->m.attrs[i];
		unsigned code;

		if (a->type != STUN_XOR_PEER_ADDRESS)
			continue;
		if (*count == TURN_PEERS_PER_REQUEST)
			return 508;
		code = turn_peer_decode(x, a, &peers[*count], &families[*count]);
		if (code)
			return code;
		++*count;
	}
	return *count ? 0 : 400;
}

static unsigned peers_check(const struct turn_exchange *x, const struct net_endpoint *peers,
			    const enum net_family *families, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned code = turn_peer_check(x, &peers[i], families[i]);

		if (code)
			return code;
	}
	return 0;
}

// How many of them are not there yet; one that is asked for twice counts once.
static unsigned peers_new(const struct turn_entry *e, const struct net_endpoint *peers,
			  unsigned count)
{
	unsigned n = 0;

	for (unsigned i = 0; i < count; i++) {
		bool known = turn_permission_find(&e->pub, &peers[i].addr) != NULL;

		for (unsigned j = 0; j < i && !known; j++)
			known = net_addr_equal(&peers[i].addr, &peers[j].addr);
		n += !known;
	}
	return n;
}

static bool permission_grant(struct turn_exchange *x, const struct net_endpoint *peer)
{
	uint64_t due_ms = x->now.ms + x->t->rules->s.permission_s * UINT64_C(1000);
	bool fresh = turn_permission_set(x->e, &peer->addr, due_ms);

	if (fresh)
		turn_tell(x, (struct turn_told){TURN_TOLD_PERMITTED, .peer.addr = peer->addr});
	return fresh;
}

unsigned turn_create_permission(struct turn_exchange *x)
{
	struct net_endpoint peers[TURN_PEERS_PER_REQUEST];
	enum net_family families[TURN_PEERS_PER_REQUEST];
	unsigned count = 0, code = turn_owner_check(x);
	bool changed = false;

	if (!code)
		code = peers_collect(x, peers, families, &count);
	if (!code)
		code = peers_check(x, peers, families, count);
	if (code)
		return code;
	if (turn_permission_room(x->e, peers_new(x->e, peers, count)))
		return 508;
	for (unsigned i = 0; i < count; i++)
		changed |= permission_grant(x, &peers[i]);
	if (changed)
		turn_entry_changed(x->e);
	return 0;
}
