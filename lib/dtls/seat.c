// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

#include <errno.h>
#include <string.h>

void dtls_seat_init(struct dtls_seat *seat, enum dtls_role role, const struct dtls_peer *peer,
		    void *identity)
{
	*seat = (struct dtls_seat){.role = role, .peer = *peer, .identity = identity};
}

static void failure_count(struct dtls_door *d, enum dtls_failure why)
{
	d->in_flight--;
	d->failed++;
	d->failures[why]++;
}

static void pending_drop(struct dtls_door *d, struct dtls_seat *seat, enum dtls_failure why)
{
	if (seat_pending(seat))
		failure_count(d, why);
	d->ops->free(seat->pending);
	seat->pending = NULL;
	seat->pending_failed = seat->pending_known = false;
	seat->alert_ms = 0;
}

void dtls_seat_fini(struct dtls_door *d, struct dtls_seat *seat)
{
	pending_drop(d, seat, DTLS_FAIL_CLOSED);
	d->ops->free(seat->live);
	memset(seat, 0, sizeof *seat);
}

void dtls_seat_close(struct dtls_door *d, struct dtls_seat *seat)
{
	if (seat->live)
		d->ops->close(seat->live);
}

void dtls_seat_expect(struct dtls_door *d, struct dtls_seat *seat, const struct dtls_start *next)
{
	bool same = seat->role == next->role && dtls_peer_equal(&seat->peer, next->peer);

	seat->identity = next->identity;
	if (same)
		return;
	pending_drop(d, seat, DTLS_FAIL_REPLACED);
	seat->role = next->role;
	seat->peer = *next->peer;
}

static int pending_begin(struct dtls_door *d, struct dtls_seat *seat, uint64_t now_ms)
{
	struct dtls_start start = {.identity = seat->identity,
				   .peer = &seat->peer,
				   .role = seat->role};
	int err;

	pending_drop(d, seat, DTLS_FAIL_REPLACED);
	seat->began_ms = now_ms;
	err = d->ops->start(&seat->pending, &start, now_ms);
	if (!err)
		d->in_flight++;
	return err;
}

int dtls_seat_connect(struct dtls_door *d, struct dtls_seat *seat, uint64_t now_ms)
{
	if (seat_pending(seat))
		return -EALREADY;
	if (d->in_flight >= d->in_flight_max)
		return -EBUSY;
	return pending_begin(d, seat, now_ms);
}

static void pending_promote(struct dtls_door *d, struct dtls_seat *seat, uint64_t now_ms)
{
	d->in_flight--;
	d->done++;
	d->ops->free(seat->live);
	seat->live = seat->pending;
	seat->live_ms = now_ms;
	seat->live_known = seat->pending_known;
	memcpy(seat->live_random, seat->pending_random, sizeof seat->live_random);
	seat->pending = NULL;
	seat->pending_known = false;
	seat->alert_ms = 0;
}

// The state it is in after input or tick, given as `state`.
static void pending_settle(struct dtls_door *d, struct dtls_seat *seat, enum dtls_state state,
			   uint64_t now_ms, struct dtls_result *r)
{
	r->events |= DTLS_EVENT_OUTPUT;
	if (state == DTLS_DONE) {
		pending_promote(d, seat, now_ms);
		r->events |= DTLS_EVENT_KEYS;
	} else if (state == DTLS_FAILED) {
		r->failure = d->ops->failure(seat->pending);
		r->events |= DTLS_EVENT_FAILED;
		failure_count(d, r->failure);
		seat->pending_failed = true; // until its alert is drained
	}
}

static void pending_input(struct dtls_door *d, struct dtls_seat *seat, const struct dtls_packet *p,
			  uint64_t now_ms, struct dtls_result *r)
{
	struct dtls_facts f = dtls_look(p->bytes, p->len_bytes);

	seat->heard_ms = now_ms;
	if (f.random && !seat->pending_known) {
		memcpy(seat->pending_random, f.random, DTLS_RANDOM_LEN);
		seat->pending_known = true;
	}
	pending_settle(d, seat, d->ops->input(seat->pending, p->bytes, p->len_bytes, now_ms),
		       now_ms, r);
}

static void live_input(struct dtls_door *d, struct dtls_seat *seat, const struct dtls_packet *p,
		       uint64_t now_ms, struct dtls_result *r)
{
	r->events |= DTLS_EVENT_OUTPUT;
	if (d->ops->input(seat->live, p->bytes, p->len_bytes, now_ms) != DTLS_FAILED)
		return;
	d->failures[DTLS_FAIL_CLOSED]++;
	d->ops->free(seat->live);
	seat->live = NULL;
	seat->live_known = false;
	r->events |= DTLS_EVENT_CLOSED;
}

struct dtls_result dtls_seat_input(struct dtls_door *d, struct dtls_seat *seat,
				   const struct dtls_packet *p, uint64_t now_ms)
{
	struct dtls_facts f = dtls_look(p->bytes, p->len_bytes);
	struct dtls_result r = {.gate = dtls_gate(d, seat, &f, p->checked, now_ms)};

	if (r.gate == DTLS_BEGIN && pending_begin(d, seat, now_ms))
		r.gate = DTLS_DROP_MEMORY;
	d->gates[r.gate]++;
	if (r.gate == DTLS_BEGIN || r.gate == DTLS_TO_PENDING)
		pending_input(d, seat, p, now_ms, &r);
	else if (r.gate == DTLS_TO_LIVE)
		live_input(d, seat, p, now_ms, &r);
	else if (r.gate == DTLS_HELD && !seat->alert_ms)
		seat->alert_ms = now_ms + DTLS_ALERT_MS;
	return r;
}

struct dtls_result dtls_seat_tick(struct dtls_door *d, struct dtls_seat *seat, uint64_t now_ms)
{
	struct dtls_result r = {.gate = DTLS_TO_PENDING};

	if (!seat_pending(seat))
		return r;
	if (seat->alert_ms && now_ms >= seat->alert_ms) {
		pending_drop(d, seat, DTLS_FAIL_ALERT);
		r.failure = DTLS_FAIL_ALERT;
		r.events = DTLS_EVENT_FAILED;
		return r;
	}
	pending_settle(d, seat, d->ops->tick(seat->pending, now_ms), now_ms, &r);
	return r;
}

uint64_t dtls_seat_due_ms(const struct dtls_door *d, const struct dtls_seat *seat)
{
	uint64_t due = UINT64_MAX;

	if (!seat_pending(seat))
		return due;
	due = d->ops->due_ms(seat->pending);
	return seat->alert_ms && seat->alert_ms < due ? seat->alert_ms : due;
}

size_t dtls_seat_output(struct dtls_door *d, struct dtls_seat *seat, uint8_t *bytes,
			size_t cap_bytes)
{
	// With a live one, an alert in plain text would say to its peer more than is meant.
	bool silent = !seat->pending || (seat->pending_failed && seat->live);
	size_t len = silent ? 0 : d->ops->output(seat->pending, bytes, cap_bytes);

	if (len)
		return len;
	if (seat->pending_failed)
		pending_drop(d, seat, DTLS_FAIL_NONE);
	return seat->live ? d->ops->output(seat->live, bytes, cap_bytes) : 0;
}

int dtls_seat_keys(const struct dtls_door *d, const struct dtls_seat *seat, struct dtls_keys *out)
{
	return seat->live ? d->ops->keys(seat->live, out) : -EAGAIN;
}
