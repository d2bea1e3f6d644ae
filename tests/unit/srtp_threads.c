// SPDX-License-Identifier: Apache-2.0
// Keys are shared by workers, contexts are not: two threads seal with the same keys and read the same
// payload at once, and must write what one alone writes.
#include "kit/kit.h"
#include "kit/srtp.h"

#include <pthread.h>

#define PACKETS 48
#define ROUNDS 300
#define ROOM 160

struct worker {
	const struct srtp_side *sides[SRTP_PROFILES];
	const struct cipher_ops *ops;
	const uint8_t *payload;
	uint8_t bytes[PACKETS][ROOM];
	bool failed;
};

static void burst_seal(struct worker *w, const struct srtp_engine *engine)
{
	struct srtp_leaving out[PACKETS];

	for (unsigned i = 0; i < PACKETS; i++) {
		memset(w->bytes[i], 0, ROOM);
		w->bytes[i][0] = 0x80;
		out[i] = (struct srtp_leaving){.side = w->sides[i % SRTP_PROFILES],
					       .src = w->payload,
					       .packet = w->bytes[i],
					       .index = i,
					       .header_len = 12,
					       .len = (uint16_t)(60 + i)};
	}
	srtp_seal_burst(engine, out, PACKETS);
}

static void *worker_run(void *arg)
{
	struct worker *w = arg;
	struct srtp_engine engine = {w->ops, w->ops->ctx_new(-1)};

	for (unsigned i = 0; engine.ctx && i < ROUNDS; i++)
		burst_seal(w, &engine);
	w->failed = !engine.ctx;
	w->ops->ctx_free(engine.ctx);
	return NULL;
}

static void threads_with(const struct srtp_engine *engine)
{
	static struct worker w[3];
	struct kit_pair pairs[SRTP_PROFILES];
	uint8_t payload[128] = "voice";
	pthread_t id[2];

	for (unsigned p = 0; p < SRTP_PROFILES; p++) {
		kit_pair_open(&pairs[p], engine, (enum srtp_profile)p, 1);
		w[0].sides[p] = w[1].sides[p] = w[2].sides[p] = &pairs[p].server.tx;
	}
	for (unsigned i = 0; i < 3; i++) {
		w[i].ops = engine->ops;
		w[i].payload = payload;
	}
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&id[i], NULL, worker_run, &w[i]), 0);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_join(id[i], NULL), 0);
	burst_seal(&w[2], engine);
	for (unsigned i = 0; i < 2; i++) {
		assert_false(w[i].failed);
		assert_memory_equal(w[i].bytes, w[2].bytes, sizeof w[2].bytes);
	}
	for (unsigned p = 0; p < SRTP_PROFILES; p++)
		kit_pair_close(&pairs[p], engine);
}

static void threads(void **state)
{
	(void)state;
	kit_each_driver(threads_with);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(threads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
