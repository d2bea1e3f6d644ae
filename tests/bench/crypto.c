// SPDX-License-Identifier: Apache-2.0
// What sealing and opening one voice packet costs, with a different key each: every driver of ours,
// and libsrtp2 on the same job in the same run. Pin it: taskset -c 1 tests/bench/crypto [KEYS].
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <x86intrin.h>

#include <srtp2/srtp.h>

#include "base/base.h"
#include "crypto/crypto.h"
#include "rtp/rtp.h"

#define KEYS_DEFAULT 3000
#define HEADER_LEN 24 // a CSRC and an audio level
#define PAYLOAD_LEN 120
#define SSRC 1
#define ROUNDS 25
#define ROOM 256

static const struct {
	enum srtp_profile ours;
	srtp_profile_t theirs;
} profiles[] = {
	{SRTP_AEAD_AES_128_GCM, srtp_profile_aead_aes_128_gcm},
	{SRTP_AEAD_AES_256_GCM, srtp_profile_aead_aes_256_gcm},
	{SRTP_AES128_CM_SHA1_80, srtp_profile_aes128_cm_sha1_80},
};

struct hearer {
	struct srtp_sides sides;
	srtp_t session;
	struct srtp_stream stream;
	struct srtp_streams streams;
};

struct bench {
	struct srtp_engine engine;
	struct hearer *hearers;
	unsigned keys;
	unsigned profile;
	unsigned burst;
	uint64_t index;
	uint8_t (*packets)[ROOM]; // one for each hearer, as mbufs would be
	uint8_t payload[PAYLOAD_LEN];
};

static void header_write(uint8_t *out, uint64_t index)
{
	static const struct rtp_line line = {.ssrc = SSRC, .pt = 111, .csrc = true, .level_id = 1};
	static struct rtp_mould mould;
	struct rtp_stamp stamp = {.seq = (uint16_t)index, .level = 20};

	if (!mould.len)
		rtp_mould_make(&mould, &line);
	rtp_mould_cast(out, &mould, &stamp);
}

static srtp_t session_new(unsigned profile, uint8_t *key)
{
	srtp_policy_t p = {.key = key, .window_size = 128, .ssrc = {.type = ssrc_any_outbound}};
	srtp_t session = NULL;

	srtp_crypto_policy_set_from_profile_for_rtp(&p.rtp, profiles[profile].theirs);
	srtp_crypto_policy_set_from_profile_for_rtcp(&p.rtcp, profiles[profile].theirs);
	if (srtp_create(&session, &p))
		abort();
	return session;
}

static void hearers_open(struct bench *b, bool theirs)
{
	enum srtp_profile profile = profiles[b->profile].ours;

	for (unsigned i = 0; i < b->keys; i++) {
		struct hearer *h = &b->hearers[i];
		uint8_t block[SRTP_EXPORT_MAX] = {(uint8_t)i, (uint8_t)(i >> 8), 7};
		struct srtp_exported e = {block, srtp_export_len(profile), profile, false};

		memset(h, 0, sizeof *h);
		if (theirs)
			h->session = session_new(b->profile, block);
		else if (srtp_sides_new(&h->sides, b->engine.ops, &e))
			abort();
		h->streams = (struct srtp_streams){&h->stream, 0, 1};
	}
}

static void hearers_close(struct bench *b, bool theirs)
{
	for (unsigned i = 0; i < b->keys; i++) {
		if (theirs)
			srtp_dealloc(b->hearers[i].session);
		else
			srtp_sides_free(&b->hearers[i].sides, b->engine.ops);
	}
}

// One packet to every hearer; returns cycles for each.
static double ours_seal(struct bench *b)
{
	struct srtp_leaving out[SRTP_BURST_MAX];
	uint64_t start = __rdtsc();

	for (unsigned i = 0; i < b->keys; i += b->burst) {
		unsigned n = b->keys - i < b->burst ? b->keys - i : b->burst;

		for (unsigned k = 0; k < n; k++) {
			uint8_t *packet = b->packets[i + k];

			header_write(packet, b->index);
			out[k] = (struct srtp_leaving){.side = &b->hearers[i + k].sides.tx,
						       .src = b->payload,
						       .packet = packet,
						       .index = b->index,
						       .ssrc = SSRC,
						       .header_len = HEADER_LEN,
						       .len = PAYLOAD_LEN};
		}
		srtp_seal_burst(&b->engine, out, n);
	}
	return (double)(__rdtsc() - start) / b->keys;
}

// What was sealed is opened with the sender's own keys.
static double ours_open(struct bench *b)
{
	struct srtp_arriving in[SRTP_BURST_MAX];
	unsigned tag = srtp_tag_len(profiles[b->profile].ours), good = 0;
	uint64_t start = __rdtsc(), spent;

	for (unsigned i = 0; i < b->keys; i += b->burst) {
		unsigned n = b->keys - i < b->burst ? b->keys - i : b->burst;

		for (unsigned k = 0; k < n; k++)
			in[k] = (struct srtp_arriving){.side = &b->hearers[i + k].sides.tx,
						       .streams = &b->hearers[i + k].streams,
						       .bytes = b->packets[i + k],
						       .ssrc = SSRC,
						       .seq = (uint16_t)b->index,
						       .header_len = HEADER_LEN,
						       .len = (uint16_t)(HEADER_LEN + PAYLOAD_LEN +
									 tag)};
		good += srtp_open_burst(&b->engine, in, n);
	}
	spent = __rdtsc() - start;
	if (good != b->keys)
		abort();
	return (double)spent / b->keys;
}

static double theirs_seal(struct bench *b)
{
	uint64_t start = __rdtsc();

	for (unsigned i = 0; i < b->keys; i++) {
		int len = HEADER_LEN + PAYLOAD_LEN;

		header_write(b->packets[i], b->index);
		memcpy(b->packets[i] + HEADER_LEN, b->payload, PAYLOAD_LEN);
		if (srtp_protect(b->hearers[i].session, b->packets[i], &len))
			abort();
	}
	return (double)(__rdtsc() - start) / b->keys;
}

struct result {
	double seal, open;
};

static struct result best_of(struct bench *b, bool theirs)
{
	struct result best = {1e12, 1e12};

	hearers_open(b, theirs);
	for (unsigned i = 0; i < ROUNDS; i++, b->index++) {
		double seal = theirs ? theirs_seal(b) : ours_seal(b);
		double open = theirs ? 0 : ours_open(b);

		best.seal = seal < best.seal ? seal : best.seal;
		best.open = open < best.open ? open : best.open;
	}
	hearers_close(b, theirs);
	return best;
}

static void driver_row(struct bench *b, const struct cipher_ops *ops, double theirs)
{
	struct result r;

	b->engine = (struct srtp_engine){ops, ops->ctx_new(-1)};
	if (!b->engine.ctx)
		return;
	r = best_of(b, false);
	printf("%-18s %-9s %5u %10.0f %10.0f %9.1f\n", srtp_profile_name(profiles[b->profile].ours),
	       ops->name, b->burst, r.seal, r.open, theirs / r.seal);
	ops->ctx_free(b->engine.ctx);
}

static void profile_rows(struct bench *b)
{
	static const unsigned bursts[] = {64, 32, 10, 4, 1};
	const struct cipher_ops *ops;
	double theirs = best_of(b, true).seal;

	printf("%-18s %-9s %5u %10.0f\n", srtp_profile_name(profiles[b->profile].ours), "libsrtp2",
	       1, theirs);
	for (unsigned i = 0; (ops = crypto_driver(i)); i++)
		for (unsigned k = 0; k < BASE_COUNT(bursts); k++) {
			b->burst = bursts[k];
			driver_row(b, ops, theirs);
		}
}

int main(int argc, char **argv)
{
	struct bench b = {.keys = argc > 1 ? (unsigned)atoi(argv[1]) : KEYS_DEFAULT, .index = 1};

	if (b.keys < 1 || b.keys > 100000) {
		fprintf(stderr, "usage: %s [KEYS], 1 to 100000\n", argv[0]);
		return 2;
	}
	b.hearers = calloc(b.keys, sizeof *b.hearers);
	b.packets = calloc(b.keys, sizeof *b.packets);
	if (!b.hearers || !b.packets || srtp_init())
		return 1;
	printf("%u keys, %u-byte header, %u-byte payload, cycles of the time stamp counter\n",
	       b.keys, HEADER_LEN, PAYLOAD_LEN);
	printf("%-18s %-9s %5s %10s %10s %9s\n", "profile", "driver", "burst", "seal", "open",
	       "x libsrtp2");
	for (b.profile = 0; b.profile < BASE_COUNT(profiles); b.profile++)
		profile_rows(&b);
	free(b.hearers);
	free(b.packets);
	srtp_shutdown();
	return 0;
}
