// SPDX-License-Identifier: Apache-2.0
#include "ice/private.h"

#include <errno.h>

static bool theirs_ok(const char *theirs)
{
	return !*theirs || ice_ufrag_ok(theirs, strlen(theirs));
}

int ice_agent_init(struct ice_agent *a, const uint8_t random[ICE_RANDOM_LEN], const char *theirs,
		   uint64_t now_ms)
{
	if (!theirs_ok(theirs))
		return -EINVAL;
	memset(a, 0, sizeof *a);
	credentials_make(&a->ours, random);
	memcpy(&a->tie_breaker, random + ICE_UFRAG_LEN + ICE_PWD_LEN, sizeof a->tie_breaker);
	strcpy(a->theirs, theirs);
	a->born_ms = now_ms;
	a->selected = -1;
	return 0;
}

void ice_agent_fini(struct ice_agent *a)
{
	base_wipe(a, sizeof *a);
	a->selected = -1;
}

int ice_restart(struct ice_agent *a, const uint8_t random[ICE_RANDOM_LEN], const char *theirs,
		uint64_t now_ms)
{
	if (!theirs_ok(theirs))
		return -EINVAL;
	a->old = a->ours;
	strcpy(a->theirs_old, a->theirs);
	a->old_until_ms = now_ms + ICE_RESTART_GRACE_MS;
	credentials_make(&a->ours, random);
	strcpy(a->theirs, theirs);
	a->generation++;
	return 0;
}

static uint64_t consent_until(const struct ice_agent *a)
{
	return a->consent_ms ? a->consent_ms + ICE_CONSENT_MS : a->born_ms + ICE_CONNECT_MS;
}

// Consent is a pair's: the selected one ends too, even while others are checked.
static unsigned pairs_forget(struct ice_agent *a, uint64_t now_ms)
{
	unsigned events = 0;

	for (int i = 0; i < ICE_PAIRS_MAX; i++) {
		struct ice_pair *p = &a->pairs[i];

		if (!p->used || now_ms < p->checked_ms + ICE_CONSENT_MS)
			continue;
		p->used = false;
		if (i != a->selected)
			continue;
		a->selected = -1;
		events = ICE_SELECTED;
	}
	return events;
}

unsigned ice_tick(struct ice_agent *a, uint64_t now_ms)
{
	unsigned events = 0;

	if (a->old_until_ms && now_ms >= a->old_until_ms) {
		base_wipe(&a->old, sizeof a->old);
		a->theirs_old[0] = 0;
		a->old_until_ms = 0;
		events |= ICE_OLD_GONE;
	}
	if (now_ms >= consent_until(a))
		events |= ICE_EXPIRED;
	return events | pairs_forget(a, now_ms);
}

static uint64_t sooner(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t ice_due_ms(const struct ice_agent *a)
{
	const struct ice_pair *s = ice_selected(a);
	uint64_t due = consent_until(a);

	if (s)
		due = sooner(due, s->checked_ms + ICE_CONSENT_MS);
	return a->old_until_ms ? sooner(due, a->old_until_ms) : due;
}

const struct ice_pair *ice_selected(const struct ice_agent *a)
{
	return a->selected < 0 ? NULL : &a->pairs[a->selected];
}

bool ice_is_valid(const struct ice_agent *a, const struct net_endpoint *from,
		  const struct net_endpoint *to, uint64_t now_ms)
{
	for (unsigned i = 0; i < ICE_PAIRS_MAX; i++) {
		const struct ice_pair *p = &a->pairs[i];

		if (p->used && net_endpoint_equal(&p->remote, from) &&
		    net_endpoint_equal(&p->local, to))
			return now_ms < p->checked_ms + ICE_CONSENT_MS;
	}
	return false;
}
