// SPDX-License-Identifier: Apache-2.0
// What a worker may still look at is not used again before it said that it let go.
#include "kit/kit.h"

#include <rte_rcu_qsbr.h>

#include "kit/eal.h"

static struct kit_relay relay;

static struct flow_publish one(uint32_t slot, struct flow_peer *peer)
{
	struct flow_publish p = {.peers = peer, .peer_count = 1};

	*peer = (struct flow_peer){.port = 7, .channel = 0x4000};
	assert_int_equal(net_addr_parse(&peer->addr, "198.18.0.3"), 0);
	assert_int_equal(net_endpoint_parse(&p.session.client, "198.18.0.2:4000"), 0);
	p.session.client.port = (uint16_t)(1000 + slot);
	p.session.index = slot;
	p.session.server_port = 3478;
	p.session.relay_port[0] = (uint16_t)(50000 + slot);
	return p;
}

static void a_reader_keeps_its_session(void **state)
{
	struct flow_peer peer;
	struct flow_publish p = one(0, &peer);
	struct rte_rcu_qsbr *qsbr = relay.flow->qsbr;
	const struct flow_session *held;

	(void)state;
	rte_rcu_qsbr_thread_register(qsbr, 0);
	rte_rcu_qsbr_thread_online(qsbr, 0);
	assert_int_equal(flow_session_publish(relay.flow, &p), 0);
	held = flow_session_at(relay.flow, 0);
	peer.channel = 0x4001;
	assert_int_equal(flow_session_replace(relay.flow, &p), 0);
	flow_reclaim(relay.flow);
	// As long as the reader is silent, nothing that is published afresh takes the old one's place.
	for (unsigned i = 1; i < 200; i++) {
		struct flow_publish q = one(i, &peer);

		assert_int_equal(flow_session_publish(relay.flow, &q), 0);
		assert_int_equal(flow_reclaim(relay.flow), 0);
		assert_ptr_not_equal(flow_session_at(relay.flow, i), held);
	}
	assert_int_equal(held->peers[0].channel, 0x4000);
	rte_rcu_qsbr_quiescent(qsbr, 0);
	assert_int_equal(flow_reclaim(relay.flow), 1);
	for (unsigned i = 0; i < 200; i++)
		flow_session_retire(relay.flow, i);
	flow_reclaim(relay.flow);
	rte_rcu_qsbr_quiescent(qsbr, 0);
	assert_int_equal(flow_reclaim(relay.flow), 200);
	rte_rcu_qsbr_thread_offline(qsbr, 0);
	rte_rcu_qsbr_thread_unregister(qsbr, 0);
}

static void a_lookup_finds_each_and_only_those(void **state)
{
	struct flow_session *found[BURST_MAX];
	struct flow_key keys[BURST_MAX];
	struct flow_peer peer;

	(void)state;
	for (unsigned i = 0; i < 1000; i += 2) {
		struct flow_publish p = one(i, &peer);

		assert_int_equal(flow_session_publish(relay.flow, &p), 0);
	}
	for (unsigned base = 0; base < 960; base += BURST_MAX) {
		for (unsigned i = 0; i < BURST_MAX; i++) {
			struct flow_publish p = one(base + i, &peer);

			keys[i] = (struct flow_key){.addr = p.session.client.addr,
						    .port = p.session.client.port,
						    .server_port = 3478};
		}
		flow_sessions_find(relay.flow, keys, BURST_MAX, 0, found);
		for (unsigned i = 0; i < BURST_MAX; i++) {
			if (i % 2)
				assert_null(found[i]);
			else
				assert_int_equal(found[i]->index, base + i);
		}
	}
	for (unsigned i = 0; i < 1000; i += 2)
		flow_session_retire(relay.flow, i);
	assert_int_equal(flow_relay_slot(relay.flow, 0, 50000), -1);
}

static void addresses_that_share_a_hint_are_told_apart(void **state)
{
	struct flow_local locals[3] = {{.bits = 112}, {.bits = 112}, {.bits = 112, .port = 1}};
	struct flow_settings s = {.locals = locals,
				  .local_count = 3,
				  .sessions_max = 64,
				  .workers = 1,
				  .socket = SOCKET_ID_ANY};
	struct net_addr stranger;
	struct flow *f;

	(void)state;
	// 7 and 0 sum up like 0 and 1 times 7 do.
	assert_int_equal(net_addr_parse(&locals[0].addr, "198.18.0.7"), 0);
	assert_int_equal(net_addr_parse(&locals[1].addr, "198.18.1.0"), 0);
	assert_int_equal(net_addr_parse(&locals[2].addr, "198.18.0.9"), 0);
	assert_int_equal(net_addr_parse(&stranger, "198.19.0.7"), 0);
	assert_int_equal(flow_local_hash(&locals[0].addr), flow_local_hash(&locals[1].addr));
	f = flow_new(&s);
	assert_non_null(f);
	assert_int_equal(flow_local_of(f, &locals[0].addr, 0), 0);
	assert_int_equal(flow_local_of(f, &locals[1].addr, 0), 1);
	assert_int_equal(flow_local_of(f, &stranger, 0), FLOW_LOCAL_NONE);
	assert_int_equal(flow_local_of(f, &locals[2].addr, 0), FLOW_LOCAL_NONE);
	assert_int_equal(flow_local_of(f, &locals[2].addr, 1), 2);
	flow_free(f);
}

// 64 sessions on 128 hints: many share one. Ports come and go; each is found as long as it is there.
static void clients_that_share_a_hint_are_told_apart(void **state)
{
	struct flow_local local = {.bits = 112};
	struct flow_settings s = {.locals = &local,
				  .local_count = 1,
				  .sessions_max = 64,
				  .workers = 1,
				  .socket = SOCKET_ID_ANY};
	struct flow *f = flow_new(&s);
	uint16_t ports[64] = {0};
	struct flow_peer peer;
	uint32_t draw = 1;

	(void)state;
	assert_non_null(f);
	for (unsigned round = 0; round < 20000; round++) {
		unsigned slot = (draw = draw * 1664525u + 1013904223u) >> 26;
		struct flow_publish p = one(slot, &peer);
		struct flow_key key = {.addr = p.session.client.addr, .server_port = 3478};
		struct flow_session *found;

		if (ports[slot]) {
			flow_session_retire(f, slot);
			flow_reclaim(f);
		}
		key.port = ports[slot];
		flow_sessions_find(f, &key, 1, 0, &found);
		assert_null(found);
		p.session.client.port = ports[slot] = (uint16_t)(1 + slot + 64 * (round % 1000));
		assert_int_equal(flow_session_publish(f, &p), 0);
		slot = (draw >> 8) % 64;
		key.port = ports[slot];
		flow_sessions_find(f, &key, 1, 0, &found);
		assert_true(ports[slot] ? found && found->index == slot : !found);
	}
	for (unsigned slot = 0; slot < 64; slot++)
		if (ports[slot])
			flow_session_retire(f, slot);
	flow_free(f);
}

static void hops_are_not_given_out_again_too_soon(void **state)
{
	uint32_t hop, next;

	(void)state;
	assert_int_equal(flow_hop_new(relay.flow, &hop), 0);
	flow_hop_retire(relay.flow, hop);
	assert_int_equal(flow_hop_new(relay.flow, &next), 0);
	assert_int_not_equal(hop, next);
	flow_hop_retire(relay.flow, next);
	while (flow_reclaim(relay.flow) || flow_reclaim(relay.flow))
		;
	assert_int_equal(flow_hop_new(relay.flow, &next), 0);
	assert_true(next <= hop + 1);
}

static void a_relay_may_go_before_its_session(void **state)
{
	struct flow_peer peer;
	struct flow_publish p = one(0, &peer);

	(void)state;
	p.session.relay_local[1] = 1;
	p.session.relay_port[1] = 50001;
	assert_int_equal(flow_session_publish(relay.flow, &p), 0);
	assert_int_equal(flow_relay_slot(relay.flow, 1, 50001), 0);
	p.session.relay_port[1] = 0;
	assert_int_equal(flow_session_replace(relay.flow, &p), 0);
	assert_int_equal(flow_relay_slot(relay.flow, 1, 50001), -1);
	assert_int_equal(flow_relay_slot(relay.flow, 0, 50000), 0);
	flow_session_retire(relay.flow, 0);
}

static int open_relay(void **state)
{
	(void)state;
	kit_relay_open(&relay);
	return 0;
}

static int close_relay(void **state)
{
	(void)state;
	kit_relay_close(&relay);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_keeps_its_session),
		cmocka_unit_test(a_lookup_finds_each_and_only_those),
		cmocka_unit_test(a_relay_may_go_before_its_session),
		cmocka_unit_test(addresses_that_share_a_hint_are_told_apart),
		cmocka_unit_test(clients_that_share_a_hint_are_told_apart),
		cmocka_unit_test(hops_are_not_given_out_again_too_soon),
	};

	return cmocka_run_group_tests(tests, open_relay, close_relay);
}
