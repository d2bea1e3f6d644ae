// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <string.h>

#include <rte_hash.h>

// Checks of players: which seat, the agent's answer, and what follows from it.

// The hash reads words, and a packet's bytes stand anywhere.
static uint64_t ufrag_key(const char *ufrag)
{
	uint64_t key;

	_Static_assert(ICE_UFRAG_LEN == sizeof key, "a ufrag of ours is one word");
	memcpy(&key, ufrag, sizeof key);
	return key;
}

void voice_ufrag_forget(struct node *n, const char *ufrag)
{
	uint64_t key = ufrag_key(ufrag);

	if (ufrag[0])
		rte_hash_del_key(n->voice->ufrags, &key);
}

int voice_ufrags_set(struct voice_seat *s, bool there)
{
	uint64_t key = ufrag_key(s->ice.ours.ufrag);

	if (!there)
		return rte_hash_del_key(s->node->voice->ufrags, &key) < 0 ? -ENOENT : 0;
	return rte_hash_add_key_data(s->node->voice->ufrags, &key, (void *)(uintptr_t)s->index);
}

static struct voice_seat *seat_of(struct node *n, const struct punt *p, const uint8_t *payload)
{
	const char *ufrag;
	size_t len = ice_ufrag_of(payload, p->facts.payload_len, &ufrag);
	uint64_t key;
	void *index;

	if (len != ICE_UFRAG_LEN)
		return NULL;
	key = ufrag_key(ufrag);
	if (rte_hash_lookup_data(n->voice->ufrags, &key, &index) < 0)
		return NULL;
	return n->voice->seats[(uintptr_t)index];
}

static struct flow_key tuple_key(const struct node *n, const struct net_endpoint *remote,
				 const struct net_endpoint *local)
{
	return (struct flow_key){
		.addr = remote->addr,
		.port = remote->port,
		.server_local = (uint16_t)flow_local_find(n->flow, &local->addr, -1),
		.server_port = local->port,
	};
}

struct voice_seat *voice_by_tuple(struct node *n, const struct net_endpoint *remote,
				  const struct net_endpoint *local)
{
	struct flow_key key = tuple_key(n, remote, local);
	void *index;

	if (rte_hash_lookup_data(n->voice->tuples, &key, &index) < 0)
		return NULL;
	return n->voice->seats[(uintptr_t)index];
}

void voice_tuple_set(struct voice_seat *s, const struct net_endpoint *remote,
		     const struct net_endpoint *local, bool there)
{
	struct node *n = s->node;
	struct flow_key key = tuple_key(n, remote, local);

	if (there)
		rte_hash_add_key_data(n->voice->tuples, &key, (void *)(uintptr_t)s->index);
	else if (voice_by_tuple(n, remote, local) == s)
		rte_hash_del_key(n->voice->tuples, &key);
}

void voice_way_take(struct voice_seat *s, const struct punt *p, const uint8_t *frame)
{
	s->way = (struct voice_way){
		.local = p->facts.dst,
		.remote = p->facts.src,
		.vlan = p->facts.vlan,
		.port = p->port,
	};
	memcpy(s->way.mac.b, frame + 6, sizeof s->way.mac.b);
}

static bool is_way(const struct voice_seat *s, const struct punt *p)
{
	return net_endpoint_equal(&s->way.remote, &p->facts.src) &&
	       net_endpoint_equal(&s->way.local, &p->facts.dst);
}

// The first valid pair carries the handshake; afterwards the selected one carries all.
static void events_take(struct voice_seat *s, const struct ice_reply *r, const struct punt *p,
			const uint8_t *frame)
{
	unsigned events = r->events;
	bool first = !s->reached;

	if (events & ICE_LOST)
		voice_tuple_set(s, &r->lost_remote, &r->lost_local, false);
	if (events & ICE_NEW)
		voice_tuple_set(s, &p->facts.src, &p->facts.dst, true);
	if (!(events & ICE_VALID))
		return;
	if (first || events & ICE_SELECTED)
		voice_way_take(s, p, frame);
	else if (is_way(s, p))
		memcpy(s->way.mac.b, frame + 6, sizeof s->way.mac.b);
	s->reached = true;
	if (first || events & ICE_SELECTED || !s->published)
		voice_publish(s);
	if (first)
		voice_dtls_begin(s);
	voice_timer_set(s);
}

void voice_ice_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct ice_packet packet = {
		.from = p->facts.src,
		.to = p->facts.dst,
		.bytes = frame + p->facts.payload,
		.len_bytes = p->facts.payload_len,
	};
	struct voice_seat *s = seat_of(n, p, packet.bytes);
	struct ice_reply reply;

	if (!s || s->gone) {
		n->voice->checks[ICE_UNAUTHENTICATED]++;
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
		return;
	}
	ice_check(&s->ice, &packet, n->now_ms, &reply);
	n->voice->checks[reply.verdict]++;
	events_take(s, &reply, p, frame);
	if (reply.len)
		punt_answer(n, m, reply.bytes, reply.len);
	else
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
}

static void pairs_forget(struct voice_seat *s)
{
	// A pair that the agent has dropped is not a way in any more.
	for (unsigned i = 0; i < ICE_PAIRS_MAX; i++) {
		struct ice_pair *pair = &s->ice.pairs[i];

		if (pair->used &&
		    !ice_is_valid(&s->ice, &pair->remote, &pair->local, s->node->now_ms))
			voice_tuple_set(s, &pair->remote, &pair->local, false);
	}
}

bool voice_ice_due(struct voice_seat *s)
{
	char old[ICE_UFRAG_LEN + 1];
	unsigned events;

	memcpy(old, s->ice.old.ufrag, sizeof old);
	pairs_forget(s);
	events = ice_tick(&s->ice, s->node->now_ms);
	if (events & ICE_OLD_GONE)
		voice_ufrag_forget(s->node, old);
	if (!(events & ICE_EXPIRED))
		return true;
	voice_leave(s, s->reached ? "timeout" : "never_connected");
	return false;
}
