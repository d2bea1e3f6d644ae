// SPDX-License-Identifier: Apache-2.0
// A run of datagrams for a seat with OpenSSL behind it: handshakes in flight, datagrams out and the
// seat's state stay within their bounds, and no handshake is ever done.
#include "fuzz.h"

#include "tls/tls.h"

#define STEP_MS 60

static void look_check(const uint8_t *bytes, size_t len)
{
	struct dtls_facts f = dtls_look(bytes, len);

	require(f.records || !(f.hello || f.handshake || f.alert || f.random));
	require(!f.random || (f.hello && f.random + DTLS_RANDOM_LEN <= bytes + len));
	require(!f.hello || f.handshake);
	require(!(f.alert && f.handshake));
}

static void seat_drain(struct dtls_door *door, struct dtls_seat *seat)
{
	uint8_t out[DTLS_MTU];
	unsigned n = 0;
	size_t len;

	while ((len = dtls_seat_output(door, seat, out, sizeof out))) {
		require(dtls_look(out, len).records);
		require(++n < 16);
	}
	require(!seat->pending_failed);
	require(door->in_flight == !!seat->pending && !seat->live);
}

static void seat_take(struct dtls_door *door, struct dtls_seat *seat, const struct dtls_packet *p,
		      uint64_t now_ms)
{
	struct dtls_result r = dtls_seat_input(door, seat, p, now_ms);

	require((unsigned)r.gate < DTLS_GATES && !(r.events & DTLS_EVENT_KEYS));
	require(!(r.events & DTLS_EVENT_FAILED) == !r.failure);
	seat_drain(door, seat);
	dtls_seat_tick(door, seat, now_ms);
	seat_drain(door, seat);
	require(!seat->pending || dtls_seat_due_ms(door, seat) > now_ms);
}

// The first byte: bit 0, client; each datagram stands behind two bytes of length.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct tls_identity *identity; // once a process
	struct dtls_peer peer = {0};
	struct dtls_door door;
	struct dtls_seat seat;
	uint64_t now_ms = 1;

	if (!size || (!identity && tls_identity_new(&identity)))
		return 0;
	dtls_peer_add(&peer, tls_identity_fingerprint(identity));
	dtls_door_init(&door, &tls_dtls_ops);
	dtls_seat_init(&seat, data[0] & 1 ? DTLS_CLIENT : DTLS_SERVER, &peer, identity);
	if (seat.role == DTLS_CLIENT)
		require(!dtls_seat_connect(&door, &seat, now_ms));
	seat_drain(&door, &seat);
	for (data++, size--; size >= 2; now_ms += STEP_MS) {
		size_t len = (size_t)data[0] << 8 | data[1];
		struct dtls_packet p = {data + 2, len < size - 2 ? len : size - 2, true};

		look_check(p.bytes, p.len_bytes);
		seat_take(&door, &seat, &p, now_ms);
		data += 2 + p.len_bytes;
		size -= 2 + p.len_bytes;
	}
	dtls_seat_fini(&door, &seat);
	require(!door.in_flight);
	return 0;
}
