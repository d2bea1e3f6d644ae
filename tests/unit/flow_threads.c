// SPDX-License-Identifier: Apache-2.0
// One writer and two readers at once. Built with -Db_sanitize=thread this is the proof that a reader never
// sees memory that is being written: what a session's readers check is written before it is published,
// and its block is used again only after a grace period.
#include "kit/kit.h"

#include <pthread.h>
#include <rte_rcu_qsbr.h>
#include <sched.h>

#include "flow/private.h"
#include "kit/eal.h"

#define SLOTS 64
#define ROUNDS 20000

static struct kit_relay relay;
static bool stop;
static pthread_barrier_t
	online; // going online is ordered by a fence, which ThreadSanitizer cannot see

struct reader {
	unsigned id;
	uint64_t seen, wrong;
};

static struct flow_publish made(uint32_t slot, struct flow_peer *peers, unsigned count,
				uint16_t stamp)
{
	struct flow_publish p = {.peers = peers, .peer_count = count};

	for (unsigned i = 0; i < count; i++) {
		peers[i] = (struct flow_peer){.port = 7,
					      .channel = (uint16_t)(0x4000 + i),
					      .hop = stamp};
		peers[i].addr.b[15] = (uint8_t)i;
	}
	p.session.client.port = (uint16_t)(1000 + slot);
	p.session.index = slot;
	p.session.client_hop = stamp;
	p.session.server_port = 3478;
	p.session.relay_port[0] = (uint16_t)(50000 + slot);
	return p;
}

// All parts of a session carry one stamp.
static bool whole(const struct flow_session *s)
{
	for (unsigned i = 0; i < s->peer_count; i++) {
		const struct flow_peer *p = flow_peer_by_channel(s, (uint16_t)(0x4000 + i));

		if (!p || p->hop != s->client_hop)
			return false;
	}
	return true;
}

static void *read_all(void *arg)
{
	struct rte_rcu_qsbr *qsbr = relay.flow->qsbr;
	struct reader *r = arg;

	rte_rcu_qsbr_thread_register(qsbr, r->id);
	rte_rcu_qsbr_thread_online(qsbr, r->id);
	pthread_barrier_wait(&online);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (unsigned i = 0; i < SLOTS; i++) {
			int64_t slot = flow_relay_slot(relay.flow, 0, (uint16_t)(50000 + i));
			const struct flow_session *s =
				slot < 0 ? NULL : flow_session_at(relay.flow, (uint32_t)slot);

			r->seen += s != NULL;
			r->wrong += s && !whole(s);
		}
		rte_rcu_qsbr_quiescent(qsbr, r->id);
	}
	rte_rcu_qsbr_thread_offline(qsbr, r->id);
	rte_rcu_qsbr_thread_unregister(qsbr, r->id);
	return NULL;
}

static void write_all(void)
{
	struct flow_peer peers[12];
	bool live[SLOTS] = {false};

	for (unsigned round = 0; round < ROUNDS; round++) {
		unsigned slot = round * 7 % SLOTS;
		struct flow_publish p = made(slot, peers, round % 12, (uint16_t)round);

		if (live[slot] && round % 3 == 0) {
			flow_session_retire(relay.flow, slot);
			live[slot] = false;
		} else if (live[slot]) {
			assert_int_equal(flow_session_replace(relay.flow, &p), 0);
		} else {
			assert_int_equal(flow_session_publish(relay.flow, &p), 0);
			live[slot] = true;
		}
		// Readers that do not get to run, on a busy machine, must not be left behind without end.
		do
			flow_reclaim(relay.flow);
		while (relay.flow->private_->keys.count > 1000 && !sched_yield());
	}
	for (unsigned i = 0; i < SLOTS; i++)
		if (live[i])
			flow_session_retire(relay.flow, i);
}

static void readers_see_whole_sessions_only(void **state)
{
	struct reader readers[2] = {{.id = 0}, {.id = 1}};
	pthread_t threads[2];

	(void)state;
	pthread_barrier_init(&online, NULL, 3);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_all, &readers[i]), 0);
	pthread_barrier_wait(&online);
	write_all();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readers[i].seen > 0);
		assert_int_equal(readers[i].wrong, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readers_see_whole_sessions_only),
	};
	int failed;

	kit_relay_open(&relay);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	kit_relay_close(&relay);
	return failed;
}
