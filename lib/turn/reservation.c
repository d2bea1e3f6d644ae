// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>

// RFC 8656 section 7.2: the upper port of an even pair is kept for whoever brings the token.

static struct turn_reservation **bucket_of(struct turn *t, uint64_t token)
{
	return &t->reservations[token % TURN_RESERVATION_BUCKETS];
}

static void reservation_fire(struct timer *timer, uint64_t now_ms)
{
	struct turn_reservation *r =
		(void *)((char *)timer - offsetof(struct turn_reservation, timer));

	(void)now_ms;
	turn_reservation_end(r->turn, r, true);
}

int turn_reserve(struct turn *t, struct turn_account *account, struct turn_place p, uint64_t token,
		 uint64_t now_ms)
{
	struct turn_reservation **bucket = bucket_of(t, token);
	struct turn_reservation *r;

	if (t->reservation_count >= TURN_RESERVATIONS_MAX)
		return -ENOSPC;
	r = calloc(1, sizeof *r);
	if (!r)
		return -ENOMEM;
	r->next = *bucket;
	*bucket = r;
	r->turn = t;
	r->account = account;
	turn_account_hold_again(account);
	r->token = token;
	r->place = p;
	r->due_ms = now_ms + TURN_RESERVATION_LIFE_S * UINT64_C(1000);
	r->timer.fire = reservation_fire;
	timer_start(&t->wheel, &r->timer, r->due_ms);
	t->reservation_count++;
	return 0;
}

struct turn_reservation *turn_reservation_find(struct turn *t, uint64_t token, uint64_t now_ms)
{
	struct turn_reservation *r = *bucket_of(t, token);

	while (r && r->token != token)
		r = r->next;
	return r && r->due_ms > now_ms ? r : NULL;
}

void turn_reservation_end(struct turn *t, struct turn_reservation *r, bool give)
{
	struct turn_reservation **link = bucket_of(t, r->token);

	while (*link != r)
		link = &(*link)->next;
	*link = r->next;
	timer_stop(&r->timer);
	if (give)
		turn_ports_give(t, r->place);
	turn_account_release(t, r->account);
	t->reservation_count--;
	free(r);
}

void turn_reservations_fini(struct turn *t)
{
	for (unsigned i = 0; i < TURN_RESERVATION_BUCKETS; i++)
		while (t->reservations[i])
			turn_reservation_end(t, t->reservations[i], true);
}
