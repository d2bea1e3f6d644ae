// SPDX-License-Identifier: Apache-2.0
// What one player takes: the seat, what it keeps of its offer, keys, DTLS session, and what workers see and keep. Prints a line
// of JSON. Usage: seat OFFER, a file with a browser's.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#include "control/voice.h"
#include "crypto/crypto.h"

#define PLAYERS 4000 // of keys: many of one allocation
#define SESSIONS 50
#define BLOCK 128 // of DPDK's heap, before each piece

static size_t heap(void)
{
	struct mallinfo2 m = mallinfo2();

	return m.uordblks + m.hblkhd;
}

// Keys have pages of their own, so these are counted by what is touched.
static size_t resident(void)
{
	FILE *f = fopen("/proc/self/statm", "r");
	size_t all, pages = 0;

	if (!f || fscanf(f, "%zu %zu", &all, &pages) != 2)
		exit(1);
	fclose(f);
	return pages * 4096;
}

static size_t keys_size(void)
{
	static struct srtp_sides sides[PLAYERS];
	size_t before = resident();

	for (unsigned i = 0; i < PLAYERS; i++) {
		uint8_t block[SRTP_EXPORT_MAX] = {(uint8_t)i, (uint8_t)(i >> 8)};
		struct srtp_exported e = {block, srtp_export_len(SRTP_AEAD_AES_128_GCM),
					  SRTP_AEAD_AES_128_GCM, true};

		if (srtp_sides_new(&sides[i], crypto_driver(0), &e))
			exit(1);
	}
	return (resident() - before) / PLAYERS;
}

static enum dtls_state pass_on(struct dtls_session *from, struct dtls_session *to)
{
	enum dtls_state state = DTLS_RUNNING;
	uint8_t bytes[DTLS_MTU];
	size_t len;

	while ((len = tls_session_output(from, bytes, sizeof bytes)))
		state = tls_session_input(to, bytes, len, 1);
	return state;
}

static void shake(struct dtls_session *ends[2])
{
	for (unsigned i = 0; i < 4; i++)
		if (pass_on(ends[i & 1], ends[~i & 1]) == DTLS_DONE && i == 3)
			return;
	exit(1);
}

static size_t session_size(void)
{
	static struct dtls_session *all[SESSIONS][2];
	struct tls_identity *identity;
	struct dtls_peer peer = {0};
	size_t before;

	if (tls_identity_new(&identity))
		exit(1);
	dtls_peer_add(&peer, tls_identity_fingerprint(identity));
	for (unsigned i = 0, warm = 1; i < SESSIONS; warm ? (void)(warm = 0) : (void)i++) {
		if (!i)
			before = heap();
		for (unsigned end = 0; end < 2; end++) {
			struct dtls_start start = {identity, &peer,
						   end ? DTLS_SERVER : DTLS_CLIENT};

			if (tls_session_new(&all[i][end], &start, 1))
				exit(1);
		}
		shake(all[i]);
	}
	return (heap() - before) / SESSIONS / 2;
}

// Of an offer the seat keeps a leg for each slot: the lines but the one that is sent on.
static unsigned slots_of(const char *file)
{
	static char text[SDP_TEXT_MAX];
	FILE *f = fopen(file, "r");
	size_t len = f ? fread(text, 1, sizeof text, f) : 0;
	struct sdp_offer *offer;
	struct sdp_error error;
	unsigned slots;

	if (!len || sdp_offer_decode(&offer, text, len, &error))
		exit(1);
	fclose(f);
	slots = offer->line_count - 1;
	sdp_offer_free(offer);
	return slots;
}

int main(int argc, char **argv)
{
	unsigned slots = argc == 2 ? slots_of(argv[1]) : 0;
	size_t legs = (slots + 1) * sizeof(struct voice_leg) + BLOCK;
	size_t keys = keys_size(), session = session_size();
	size_t seat = sizeof(struct voice_seat) + sizeof(struct room_player);
	size_t view = sizeof(struct voice_player) + slots * sizeof(struct voice_line) + BLOCK;
	size_t state = sizeof(struct voice_state) +
		       slots * (sizeof(struct room_slot) + sizeof(struct voice_slot)) + BLOCK;

	printf("{\"slots\": %u, \"player\": %zu, \"parts\": {\"seat\": %zu, \"lines\": %zu, "
	       "\"snapshot\": %zu, "
	       "\"state\": %zu, \"keys\": %zu, \"DTLS\": %zu}}\n",
	       slots, seat + legs + view + state + keys + session, seat, legs, view, state, keys,
	       session);
	return 0;
}
