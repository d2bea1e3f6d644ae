// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

#include <string.h>

static bool random_is(const struct dtls_facts *f, bool known, const uint8_t *random)
{
	return f->random && known && !memcmp(f->random, random, DTLS_RANDOM_LEN);
}

// Whether a ClientHello of another handshake puts an end to the pending one. Whoever can forge an
// address may have begun it, and then its peer never answers, while the player goes on asking; so
// it gives way, but not before the player's own answer had its time.
static bool pending_yields(const struct dtls_door *d, const struct dtls_seat *seat, uint64_t now_ms)
{
	if (!d->ops->begun(seat->pending))
		return now_ms >= seat->began_ms + DTLS_YIELD_MS;
	return now_ms >= seat->heard_ms + DTLS_REPLACE_MS;
}

static enum dtls_gate gate_begin(const struct dtls_door *d, const struct dtls_seat *seat,
				 uint64_t now_ms)
{
	bool replaces = seat_pending(seat);

	if (seat->began_ms && now_ms < seat->began_ms + DTLS_AGAIN_MS)
		return DTLS_DROP_BUSY;
	// Until then the peer may repeat its last flight, which would land in the new handshake.
	if (seat->live && now_ms < seat->live_ms + DTLS_SETTLE_MS)
		return DTLS_DROP_BUSY;
	if (replaces && !pending_yields(d, seat, now_ms))
		return DTLS_DROP_BUSY;
	return replaces || d->in_flight < d->in_flight_max ? DTLS_BEGIN : DTLS_DROP_BUSY;
}

static enum dtls_gate gate_hello(const struct dtls_door *d, const struct dtls_seat *seat,
				 const struct dtls_facts *f, uint64_t now_ms)
{
	bool pending = seat_pending(seat);

	if (seat->role == DTLS_CLIENT)
		return DTLS_DROP_STRAY;
	if (random_is(f, seat->live && seat->live_known, seat->live_random))
		return DTLS_DROP_REPEATED;
	if (pending && (!f->random || !seat->pending_known))
		return DTLS_TO_PENDING; // pieces, in any order
	if (random_is(f, pending, seat->pending_random))
		return DTLS_TO_PENDING;
	if (!f->random && seat->live)
		return DTLS_DROP_STRAY; // may be a late piece of the live one's
	return gate_begin(d, seat, now_ms);
}

enum dtls_gate dtls_gate(const struct dtls_door *d, const struct dtls_seat *seat,
			 const struct dtls_facts *f, bool checked, uint64_t now_ms)
{
	bool pending = seat_pending(seat);

	if (!checked)
		return DTLS_DROP_UNCHECKED;
	if (!f->records)
		return DTLS_DROP_MALFORMED;
	if (f->hello)
		return gate_hello(d, seat, f, now_ms);
	if (f->alert && f->plain)
		return pending ? DTLS_HELD : DTLS_DROP_STRAY;
	// What is not of a handshake is the live one's while there is one.
	if (pending && (f->handshake || !seat->live))
		return DTLS_TO_PENDING;
	return seat->live ? DTLS_TO_LIVE : DTLS_DROP_STRAY;
}

void dtls_door_init(struct dtls_door *d, const struct dtls_ops *ops)
{
	*d = (struct dtls_door){.ops = ops, .in_flight_max = DTLS_IN_FLIGHT_MAX};
}
