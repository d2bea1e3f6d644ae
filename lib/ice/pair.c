// SPDX-License-Identifier: Apache-2.0
#include "ice/private.h"

static struct ice_pair *pair_find(struct ice_agent *a, const struct ice_packet *packet)
{
	for (unsigned i = 0; i < ICE_PAIRS_MAX; i++) {
		struct ice_pair *p = &a->pairs[i];

		if (p->used && net_endpoint_equal(&p->remote, &packet->from) &&
		    net_endpoint_equal(&p->local, &packet->to))
			return p;
	}
	return NULL;
}

// A free place, or that of the pair that has been silent longest; never the selected one's.
static struct ice_pair *place_find(struct ice_agent *a)
{
	struct ice_pair *place = NULL;

	for (int i = 0; i < ICE_PAIRS_MAX; i++) {
		struct ice_pair *p = &a->pairs[i];

		if (i == a->selected)
			continue;
		if (!p->used)
			return p;
		if (!place || p->checked_ms < place->checked_ms)
			place = p;
	}
	return place;
}

static struct ice_pair *pair_make(struct ice_agent *a, const struct ice_ask *ask,
				  struct ice_reply *reply, unsigned *events)
{
	struct ice_pair *p = place_find(a);

	*events |= ICE_NEW;
	if (p->used) {
		*events |= ICE_LOST;
		reply->lost_remote = p->remote;
		reply->lost_local = p->local;
	}
	*p = (struct ice_pair){.local = ask->packet->to,
			       .remote = ask->packet->from,
			       .generation = ask->generation,
			       .used = true};
	return p;
}

static bool is_newer(uint8_t a, uint8_t b)
{
	return (int8_t)(a - b) > 0;
}

// A peer that nominates everything it checks (aggressive nomination, RFC 5245) means the best pair;
// one that nominates a single pair means the latest. They are told apart by the selected pair being
// nominated again, or not, between two nominations of the other.
static bool nomination_wins(const struct ice_pair *s, const struct ice_pair *p,
			    const struct ice_ask *ask)
{
	if (!s->nominated || p->priority > s->priority || p->again)
		return true;
	if (p->priority == s->priority && net_endpoint_equal(&p->local, &s->local))
		return true; // the same candidate from behind another binding of its NAT
	return ask->now_ms >= s->checked_ms + ICE_SILENT_MS;
}

// Whether `p`, just checked, becomes the selected pair in place of `s`.
static bool pair_wins(const struct ice_agent *a, const struct ice_pair *s, const struct ice_pair *p,
		      const struct ice_ask *ask)
{
	bool chosen = ask->nominates || a->controlling;

	if (!s)
		return chosen;
	if (ask->generation != s->generation)
		return chosen && is_newer(ask->generation, s->generation);
	if (ask->nominates && !a->controlling)
		return nomination_wins(s, p, ask);
	if (a->controlling && p->priority > s->priority)
		return true;
	return ask->now_ms >= s->checked_ms + ICE_SILENT_MS;
}

static void pair_note(struct ice_agent *a, struct ice_pair *p, const struct ice_ask *ask)
{
	bool is_selected = p == ice_selected(a);

	p->checked_ms = ask->now_ms;
	p->priority = ask->priority;
	if (is_newer(ask->generation, p->generation)) {
		p->generation = ask->generation;
		p->nominated = p->again = false;
	}
	if (!ask->nominates)
		return;
	p->again = !is_selected && p->nominated && p->tid_hash != ask->tid_hash;
	p->nominated = true;
	p->nominated_ms = ask->now_ms;
	p->tid_hash = ask->tid_hash;
}

// The selected pair was nominated: the others' nominations from before count no more.
static void rivals_reset(struct ice_agent *a)
{
	for (int i = 0; i < ICE_PAIRS_MAX; i++)
		if (i != a->selected)
			a->pairs[i].nominated = a->pairs[i].again = false;
}

unsigned pair_check(struct ice_agent *a, const struct ice_ask *ask, struct ice_reply *reply)
{
	struct ice_pair *p = pair_find(a, ask->packet);
	unsigned events = ICE_VALID | ICE_CONSENT;

	if (!p)
		p = pair_make(a, ask, reply, &events);
	pair_note(a, p, ask);
	a->consent_ms = ask->now_ms;
	if (p != ice_selected(a) && pair_wins(a, ice_selected(a), p, ask)) {
		a->selected = (int8_t)(p - a->pairs);
		events |= ICE_SELECTED;
	}
	if (p != ice_selected(a) || !ask->nominates)
		return events;
	rivals_reset(a);
	if (a->old_until_ms && ask->generation == a->generation &&
	    ask->now_ms + ICE_OLD_LINGER_MS < a->old_until_ms)
		a->old_until_ms = ask->now_ms + ICE_OLD_LINGER_MS;
	return events;
}
