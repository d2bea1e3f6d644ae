// SPDX-License-Identifier: Apache-2.0
#include "kit/tls_wire.h"

#include <string.h>

#include "kit/kit.h"

void wire_init(struct wire *w, uint64_t seed)
{
	memset(w, 0, sizeof *w);
	w->now_ms = 1000000;
	w->random = seed * 0x9e3779b97f4a7c15u + 1;
	w->delay_ms = 5;
}

void wire_fini(struct wire *w)
{
	tls_session_free(w->ends[0]);
	tls_session_free(w->ends[1]);
	w->ends[0] = w->ends[1] = NULL;
}

uint32_t wire_random(struct wire *w)
{
	w->random = w->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(w->random >> 33);
}

struct dtls_peer wire_peer(const struct tls_identity *i)
{
	struct dtls_peer peer = {0};

	assert_true(dtls_peer_add(&peer, tls_identity_fingerprint(i)));
	return peer;
}

void wire_start(struct wire *w, struct tls_identity *client, struct tls_identity *server)
{
	struct dtls_peer of_client = wire_peer(client), of_server = wire_peer(server);
	struct dtls_start starts[2] = {{client, &of_server, DTLS_CLIENT},
				       {server, &of_client, DTLS_SERVER}};

	for (unsigned end = 0; end < 2; end++)
		assert_int_equal(tls_session_new(&w->ends[end], &starts[end], w->now_ms), 0);
	wire_drain(w, 0);
}

static void wire_put(struct wire *w, unsigned to, const uint8_t *bytes, size_t len)
{
	for (unsigned i = 0; i < WIRE_SLOTS; i++) {
		struct wire_datagram *d = &w->slots[i];

		if (d->len)
			continue;
		d->at_ms = w->now_ms + w->delay_ms +
			   (w->jitter_ms ? wire_random(w) % w->jitter_ms : 0);
		d->to = (uint8_t)to;
		d->len = (uint16_t)len;
		memcpy(d->bytes, bytes, len);
		return;
	}
	// No slot: lost, as on a full link.
}

void wire_send(struct wire *w, unsigned to, const uint8_t *bytes, size_t len)
{
	w->sent[!to]++;
	if (len > w->largest)
		w->largest = (unsigned)len;
	if (wire_random(w) % 100 >= w->loss)
		wire_put(w, to, bytes, len);
	if (wire_random(w) % 100 < w->repeat)
		wire_put(w, to, bytes, len);
}

void wire_drain(struct wire *w, unsigned end)
{
	uint8_t bytes[DTLS_MTU];
	size_t len;

	while ((len = tls_session_output(w->ends[end], bytes, sizeof bytes)))
		wire_send(w, !end, bytes, len);
}

static void wire_deliver(struct wire *w)
{
	for (unsigned i = 0; i < WIRE_SLOTS; i++) {
		struct wire_datagram *d = &w->slots[i];
		unsigned to = d->to;

		if (!d->len || d->at_ms > w->now_ms)
			continue;
		w->states[to] = tls_session_input(w->ends[to], d->bytes, d->len, w->now_ms);
		d->len = 0;
		wire_drain(w, to);
	}
}

bool wire_run(struct wire *w, uint64_t until_ms)
{
	for (; w->now_ms < until_ms; w->now_ms++) {
		wire_deliver(w);
		for (unsigned end = 0; end < 2; end++) {
			w->states[end] = tls_session_tick(w->ends[end], w->now_ms);
			wire_drain(w, end);
		}
		if (w->states[0] != DTLS_RUNNING && w->states[1] != DTLS_RUNNING)
			break;
	}
	return w->states[0] == DTLS_DONE && w->states[1] == DTLS_DONE;
}
