// SPDX-License-Identifier: Apache-2.0
// DTLS-SRTP handshakes a second of the server's side alone: both ends run in this thread, the clock
// runs in the server's calls only. Prints one line of JSON.
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tls/tls.h"

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t); // another program may share the core
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

struct side {
	struct dtls_session *session;
	struct tls_identity *identity;
	struct dtls_peer peer;
	enum dtls_role role;
	uint64_t spent_ns; // in its calls
};

static int side_start(struct side *s)
{
	struct dtls_start start = {s->identity, &s->peer, s->role};
	uint64_t from = now_ns();
	int err = tls_session_new(&s->session, &start, 1);

	s->spent_ns += now_ns() - from;
	return err;
}

// All that `from` has to say is taken by `to`; returns to's state.
static enum dtls_state pass_on(struct side *from, struct side *to)
{
	uint8_t bytes[DTLS_MTU];
	enum dtls_state state = DTLS_RUNNING;
	uint64_t at = now_ns(), then;
	size_t len;

	while ((len = tls_session_output(from->session, bytes, sizeof bytes))) {
		then = now_ns();
		from->spent_ns += then - at;
		state = tls_session_input(to->session, bytes, len, 1);
		at = now_ns();
		to->spent_ns += at - then;
	}
	return state;
}

static void side_end(struct side *s)
{
	uint64_t from = now_ns();

	tls_session_free(s->session);
	s->spent_ns += now_ns() - from;
}

static int handshake(struct side *client, struct side *server)
{
	if (side_start(client) || side_start(server))
		return -1;
	pass_on(client, server);
	pass_on(server, client);
	if (pass_on(client, server) != DTLS_DONE || pass_on(server, client) != DTLS_DONE)
		return -1;
	side_end(client);
	side_end(server);
	return 0;
}

int main(int argc, char **argv)
{
	struct side client = {.role = DTLS_CLIENT}, server = {.role = DTLS_SERVER};
	unsigned n = argc > 1 ? (unsigned)atoi(argv[1]) : 2000;

	if (tls_identity_new(&client.identity) || tls_identity_new(&server.identity))
		return 1;
	dtls_peer_add(&client.peer, tls_identity_fingerprint(server.identity));
	dtls_peer_add(&server.peer, tls_identity_fingerprint(client.identity));
	for (unsigned i = 0; i < n; i++)
		if (handshake(&client, &server))
			return 1;
	printf("{\"handshakes\": %u, \"server_per_s\": %.0f, \"client_per_s\": %.0f}\n", n,
	       n * 1e9 / (double)server.spent_ns, n * 1e9 / (double)client.spent_ns);
	tls_identity_unref(client.identity);
	tls_identity_unref(server.identity);
	return 0;
}
