// SPDX-License-Identifier: Apache-2.0
// One writer and two workers at once: players come, go, turn deaf and change rooms while voice walks. Built
// with -Db_sanitize=thread this is the proof that states have one writer at a time, and that lists of
// hearers are never built from two different sights of a room.
#include "kit/kit.h"

#include <pthread.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>
#include <sched.h>

#include "crypto/crypto.h"
#include "kit/voice.h"

#define PLAYERS 48
#define ROOMS 4
#define ROUNDS 6000
#define SLOTS 3

static struct kit_room room;
static bool stop;
static pthread_barrier_t online;

struct reader {
	struct worker *worker;
	struct rte_mempool *pool;
	struct rte_ring *sink;
	struct port port;
	uint64_t index[PLAYERS]; // of packets from each talker
	uint64_t now_ms, spoken, wrong;
};

static struct reader readers[2];

struct seated { // the writer's
	uint32_t room;
	bool in, waits; // for its grace period
};
static struct seated seated[PLAYERS];
static struct voice_room_state *states[ROOMS];

// --- Workers -------------------------------------------------------------------------------------------

static void reader_open(unsigned id)
{
	struct reader *r = &readers[id];
	struct worker *w = rte_zmalloc("worker", sizeof *w, 64);

	*w = *room.relay.worker;
	w->id = id;
	w->path = (struct path){.worker = w};
	w->engine.ctx = crypto_driver(0)->ctx_new(-1);
	// Of its own, so that threads share nothing here but flow's tables.
	r->pool = rte_pktmbuf_pool_create(id ? "pool1" : "pool0", 1023, 0, 0, 2048, SOCKET_ID_ANY);
	r->sink = rte_ring_create(id ? "sink1" : "sink0", 1024, SOCKET_ID_ANY, 0);
	assert_non_null(r->pool);
	r->port = room.relay.port;
	r->port.pool = r->pool;
	w->ports = &r->port;
	w->tx[0].hand_over = r->sink;
	r->worker = w;
	r->now_ms = 1000;
}

static void reader_close(struct reader *r)
{
	r->worker->engine.ops->ctx_free(r->worker->engine.ctx);
	rte_free(r->worker);
	rte_ring_free(r->sink);
	rte_mempool_free(r->pool);
}

// As srtp hands it on.
static void packet_put(struct reader *r, const struct voice_player *player, unsigned slot)
{
	struct path *p = &r->worker->path;
	struct slot *s = &p->slots[slot];

	s->m = rte_pktmbuf_alloc(r->pool);
	s->frame = (uint8_t *)rte_pktmbuf_append(s->m, 100);
	memset(s->frame, 0, 100);
	s->player = player;
	s->rtp = (struct rtp_facts){.bytes = s->frame,
				    .header_len = 12,
				    .payload_len = 60,
				    .len = 72,
				    .ssrc = 7 + player->index,
				    .pt = player->pt};
	s->rtp_index = ++r->index[player->index];
	s->rtp.seq = (uint16_t)s->rtp_index;
	s->loudness = (uint8_t)(40 + (s->rtp_index * 7 + player->index * 13) % 80);
	path_to(p, PATH_RTP, slot);
}

static void lists_look(struct reader *r, const struct voice_room *at)
{
	if (!at->fan->built)
		return;
	for (uint32_t seat = 0; seat < at->seat_count; seat++)
		r->wrong += at->fan->from[seat] > at->fan->from[seat + 1];
	r->wrong += at->fan->from[at->seat_count] > at->fan_cap;
}

static void burst_walk(struct reader *r)
{
	struct path *p = &r->worker->path;
	void *m;

	p->now_tsc = r->now_ms * (r->worker->tsc_hz / 1000);
	path_rtp(p);
	for (unsigned i = 0; i < p->lists[PATH_DROP].n; i++)
		rte_pktmbuf_free(p->slots[p->lists[PATH_DROP].at[i]].m);
	p->lists[PATH_RTP].n = p->lists[PATH_DROP].n = 0;
	while (!rte_ring_dequeue(r->sink, &m))
		rte_pktmbuf_free(m);
}

static void room_speak(struct reader *r, unsigned index)
{
	const struct voice_room *at = voice_room_at(room.relay.flow, index);
	unsigned n = 0;

	if (!at || at->owner != r->worker->id)
		return;
	for (uint32_t seat = 0; seat < at->seat_count && n < 8; seat++) {
		uint32_t player = at->players[(seat + r->now_ms / 20) % at->seat_count];
		const struct voice_player *v =
			player == VOICE_NOBODY ? NULL : voice_player_at(room.relay.flow, player);

		if (v && v->room == index)
			packet_put(r, v, n++);
	}
	r->spoken += n;
	if (n)
		burst_walk(r);
	lists_look(r, at);
}

static void *work(void *arg)
{
	struct reader *r = arg;
	struct rte_rcu_qsbr *qsbr = room.relay.flow->qsbr;

	rte_rcu_qsbr_thread_register(qsbr, r->worker->id);
	rte_rcu_qsbr_thread_online(qsbr, r->worker->id);
	pthread_barrier_wait(&online);
	while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
		for (unsigned i = 0; i < ROOMS; i++)
			room_speak(r, i);
		r->now_ms += 20;
		rte_rcu_qsbr_quiescent(qsbr, r->worker->id);
	}
	rte_rcu_qsbr_thread_offline(qsbr, r->worker->id);
	rte_rcu_qsbr_thread_unregister(qsbr, r->worker->id);
	return NULL;
}

// --- The writer ------------------------------------------------------------------------------------------

// Seats are the players' own numbers: nobody sits on another's.
static void room_publish(uint32_t index)
{
	uint32_t players[PLAYERS], id = 1;
	struct flow_room_publish p = {.index = index,
				      .slots = SLOTS,
				      .seat_count = PLAYERS,
				      .players = players,
				      .uneven = true,
				      .state = states[index]};

	while (flow_room_owner(room.relay.flow, id) != index % 2)
		id++;
	p.id = id;
	for (unsigned i = 0; i < PLAYERS; i++)
		players[i] = seated[i].in && seated[i].room == index ? i : VOICE_NOBODY;
	assert_int_equal(flow_room_publish(room.relay.flow, &p), 0);
}

static void let_go(void *ctx, void *what)
{
	(void)ctx;
	((struct seated *)what)->waits = false;
}

static void leave(unsigned i)
{
	flow_player_retire(room.relay.flow, i);
	seated[i].in = false;
	seated[i].waits = true;
	assert_int_equal(flow_later(room.relay.flow, let_go, NULL, &seated[i]), 0);
}

static void enter(unsigned i, uint32_t into)
{
	room.player[i].room = seated[i].room = into;
	seated[i].in = true;
	kit_player_publish(&room, i);
}

static void change(unsigned draw)
{
	unsigned i = draw % PLAYERS;
	struct seated *s = &seated[i];

	if (s->waits)
		return;
	if (!s->in) {
		enter(i, draw >> 8 & (ROOMS - 1));
	} else if (draw >> 16 & 1) {
		leave(i);
	} else {
		room.player[i].lines = room.player[i].lines ? 0 : SLOTS;
		kit_player_publish(&room, i);
	}
	if (draw >> 17 & 1)
		room_publish(s->room);
}

static void write_all(void)
{
	uint32_t draw = 1;

	for (unsigned round = 0; round < ROUNDS; round++) {
		draw = draw * 1664525u + 1013904223u;
		change(draw >> 4);
		flow_reclaim(room.relay.flow);
		if (!(round & 15))
			sched_yield();
	}
}

static void workers_see_one_room_each(void **state)
{
	pthread_t threads[2];

	(void)state;
	pthread_barrier_init(&online, NULL, 3);
	for (unsigned i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, work, &readers[i]), 0);
	pthread_barrier_wait(&online);
	write_all();
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	for (unsigned i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		assert_true(readers[i].spoken > 0);
		assert_true(readers[i].worker->copies > 0);
		assert_int_equal(readers[i].wrong, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(workers_see_one_room_each),
	};
	int failed;

	kit_room_open(&room, PLAYERS, SLOTS, SRTP_AEAD_AES_128_GCM);
	for (unsigned i = 0; i < ROOMS; i++)
		states[i] = flow_voice_room_state_new(room.relay.flow, SLOTS);
	for (unsigned i = 0; i < PLAYERS; i++)
		flow_player_retire(room.relay.flow, i);
	for (unsigned i = 0; i < 2; i++)
		reader_open(i);
	for (unsigned i = 0; i < ROOMS; i++)
		room_publish(i);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	for (unsigned i = 0; i < ROOMS; i++) {
		flow_room_retire(room.relay.flow, i);
		flow_voice_room_state_retire(room.relay.flow, states[i]);
	}
	for (unsigned i = 0; i < 2; i++)
		reader_close(&readers[i]);
	kit_room_close(&room);
	return failed;
}
