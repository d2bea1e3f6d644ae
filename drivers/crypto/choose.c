// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "crypto/crypto.h"

#define KEYS 16
#define ROUNDS 20 // the best of them: what an interrupt costs is no driver's
#define REPEATS 8
#define HEADER_LEN 12

static const struct cipher_ops *const drivers[] = {
#ifdef CRYPTO_IPSEC_MB
	&crypto_ipsec_mb,
#endif
	&crypto_openssl,
};

struct sample {
	struct srtp_side sides[KEYS];
	struct srtp_leaving packets[SRTP_BURST_MAX];
	uint8_t bytes[SRTP_BURST_MAX][HEADER_LEN + CRYPTO_SAMPLE_LEN + SRTP_TAG_MAX];
	uint8_t payload[CRYPTO_SAMPLE_LEN];
};

const struct cipher_ops *crypto_driver(unsigned i)
{
	return i < BASE_COUNT(drivers) ? drivers[i] : NULL;
}

static bool driver_runs(const struct cipher_ops *ops)
{
	void *ctx = ops->ctx_new(-1);

	if (!ctx)
		return false;
	ops->ctx_free(ctx);
	return true;
}

const struct cipher_ops *crypto_find(const char *name)
{
	for (unsigned i = 0; i < BASE_COUNT(drivers); i++)
		if (!strcmp(drivers[i]->name, name))
			return driver_runs(drivers[i]) ? drivers[i] : NULL;
	return NULL;
}

static uint64_t ticks(void)
{
#if defined(__x86_64__)
	return __builtin_ia32_rdtsc();
#else
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
#endif
}

static bool sample_keys(struct sample *s, const struct cipher_ops *ops, enum srtp_profile profile)
{
	for (unsigned i = 0; i < KEYS; i++) {
		struct srtp_secrets secrets = {.profile = profile, .cipher = {(uint8_t)i, 1}};
		struct srtp_key *key;

		if (ops->key_new(&key, &secrets))
			return false;
		s->sides[i].key = key;
		s->sides[i].profile = (uint8_t)profile;
	}
	for (unsigned i = 0; i < SRTP_BURST_MAX; i++)
		s->packets[i] = (struct srtp_leaving){.side = &s->sides[i % KEYS],
						      .src = s->payload,
						      .packet = s->bytes[i],
						      .index = i,
						      .header_len = HEADER_LEN,
						      .len = CRYPTO_SAMPLE_LEN};
	return true;
}

static uint32_t sample_cost(const struct srtp_engine *engine, struct sample *s)
{
	uint64_t best = UINT64_MAX;

	for (unsigned i = 0; i < ROUNDS; i++) {
		uint64_t start = ticks(), spent;

		for (unsigned k = 0; k < REPEATS; k++)
			srtp_seal_burst(engine, s->packets, SRTP_BURST_MAX);
		spent = ticks() - start;
		best = spent < best ? spent : best;
	}
	return (uint32_t)(best / (REPEATS * SRTP_BURST_MAX));
}

static void driver_measure(const struct cipher_ops *ops, struct crypto_cost *cost)
{
	struct srtp_engine engine = {.ops = ops, .ctx = ops->ctx_new(-1)};
	struct sample *s = calloc(1, sizeof *s);

	for (unsigned p = 0; engine.ctx && s && p < SRTP_PROFILES; p++) {
		memset(s->sides, 0, sizeof s->sides);
		if (sample_keys(s, ops, (enum srtp_profile)p))
			cost->cycles[p] = sample_cost(&engine, s);
		for (unsigned i = 0; i < KEYS; i++)
			ops->key_free((struct srtp_key *)(uintptr_t)s->sides[i].key);
	}
	free(s);
	ops->ctx_free(engine.ctx);
}

const struct cipher_ops *crypto_choose(const char *name, struct crypto_cost *cost)
{
	const struct cipher_ops *ops = NULL;

	if (name && strcmp(name, "auto") != 0)
		ops = crypto_find(name);
	else
		for (unsigned i = 0; i < BASE_COUNT(drivers) && !ops; i++)
			ops = driver_runs(drivers[i]) ? drivers[i] : NULL;
	memset(cost, 0, sizeof *cost);
	if (ops)
		driver_measure(ops, cost);
	return ops;
}
