// SPDX-License-Identifier: Apache-2.0
// The relay that a crowd of players meets: a worker without a thread, and what the control lane would publish.
#include "rooms_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>

#include "crypto/crypto.h"

#define MEGABYTES 256
#define HOPS 16 // gateways that players are behind

static void say(enum port_say level, const char *line)
{
	if (level <= PORT_SAY_WARN)
		fprintf(stderr, "%s\n", line);
}

static int worker_open(struct players *c)
{
	struct worker *w = rte_zmalloc("worker", sizeof *w, 64);

	if (!w)
		return -ENOMEM;
	w->flow = c->flow;
	w->ports = &c->port;
	w->port_count = 1;
	w->voice_ports[0] = VOICE_PORT;
	w->voice_port_count = 1;
	w->engine = (struct srtp_engine){crypto_driver(0), crypto_driver(0)->ctx_new(-1)};
	w->dscp = 46;
	w->tsc_hz = rte_get_tsc_hz();
	w->path.worker = w;
	w->queue_count = 1;
	w->tx[0].port_id = c->port.id;
	for (unsigned i = 0; i < PUNT_CLASSES; i++)
		w->punt[i] = rte_ring_create(punt_class_names[i], 64, SOCKET_ID_ANY, 0);
	c->worker = w;
	return w->engine.ctx ? 0 : -ENOTSUP;
}

static int flow_open(struct players *c)
{
	struct flow_local local = {.bits = 111};
	struct flow_settings f = {.locals = &local,
				  .local_count = 1,
				  .sessions_max = 64,
				  .players_max = VOICE_PLAYERS_MAX,
				  .rooms_max = VOICE_ROOMS_MAX,
				  .workers = 1,
				  .socket = SOCKET_ID_ANY};

	net_addr_parse(&local.addr, "198.18.0.1");
	c->flow = flow_new(&f);
	for (unsigned i = 0; c->flow && i < HOPS; i++) {
		union flow_hop value = {.mac = {{2, 0, 0, 0, 1, (uint8_t)i}},
					.state = FLOW_HOP_READY};
		uint32_t hop;

		if (flow_hop_new(c->flow, &hop))
			return -ENOSPC;
		flow_hop_set(c->flow, hop, value);
	}
	return c->flow ? 0 : -errno;
}

int players_start(struct players *c, unsigned cpu)
{
	const char *device = "net_null0,no-rx=1";
	unsigned other = cpu ? 0 : 1;
	struct port_env env = {&device, 1, cpu, &other, 1, true, MEGABYTES};
	struct port_request request = {.name = "wan",
				       .device = device,
				       .rx_queues = 1,
				       .tx_queues = 1,
				       .mtu = 1500,
				       .priv_bytes = RTE_ALIGN(sizeof(struct punt), 8),
				       .mbufs = 4095};
	int err;

	memset(c, 0, sizeof *c);
	c->payload = 120;
	if ((err = port_env_open(&env, say)) || (err = port_open(&c->port, &request, say)))
		return err;
	if (!rte_eth_add_rx_callback(c->port.id, 0, players_on_rx, c) ||
	    !rte_eth_add_tx_callback(c->port.id, 0, players_on_tx, c))
		return -ENOTSUP;
	if ((err = port_start(&c->port)) || (err = flow_open(c)))
		return err;
	return worker_open(c);
}

// --- Players and rooms -------------------------------------------------------------------------------------

static int sides_make(struct member *m, uint32_t player, enum srtp_profile profile)
{
	uint8_t block[SRTP_EXPORT_MAX];
	struct srtp_exported e = {block, srtp_export_len(profile), profile, true};
	int err;

	for (unsigned i = 0; i < sizeof block; i++)
		block[i] = (uint8_t)(i * 7 + (player >> (i % 3 * 8)) + 1);
	err = srtp_sides_new(&m->ours, crypto_driver(0), &e);
	e.server = false;
	return err ? err : srtp_sides_new(&m->theirs, crypto_driver(0), &e);
}

static int player_publish(struct players *c, const struct scene *s, uint32_t player)
{
	unsigned each = s->talkers + s->listeners;
	struct member *m = &c->members[player];
	struct voice_line lines[ROOMS_SLOTS_MAX];
	struct voice_player v = {
		.client = member_endpoint(player),
		.client_hop = FLOW_HOP_FIRST + player % HOPS,
		.index = player,
		.server_port = VOICE_PORT,
		.room = s->first_room + (player - s->first_player) / each,
		.seat = (player - s->first_player) % each,
		.voice_id = player,
		.pt = 111,
		.level_id = LEVEL_ID,
		.level_vad = true,
		.speaks = true,
		.line_count = (uint8_t)s->slots,
		.rx = m->ours.rx,
		.tx = m->ours.tx,
		.state = m->state,
	};

	m->room = v.room;
	for (unsigned i = 0; i < s->slots; i++) {
		struct rtp_line line = {.ssrc = (player + 1) << 5 | i,
					.pt = 111,
					.csrc = true,
					.level_id = LEVEL_ID,
					.mid_id = MID_ID,
					.mid = "10"};

		lines[i].ssrc = line.ssrc;
		if (rtp_mould_make(&lines[i].mould, &line))
			return -EINVAL;
	}
	return flow_player_publish(c->flow, &v, lines);
}

static int member_open(struct players *c, const struct scene *s, uint32_t player)
{
	struct member *m = &c->members[player];
	int err = sides_make(m, player, s->profile);

	if (err)
		return err;
	m->index = 100 + player * 7 % 50; // not all change their voices at once
	m->loud = 30;
	m->state = flow_voice_state_new(c->flow, s->slots, player);
	if (player % ROOMS_OPENED_EACH == 0)
		m->streams =
			(struct srtp_streams){calloc(ROOMS_SLOTS_MAX, sizeof(struct srtp_stream)),
					      0, ROOMS_SLOTS_MAX};
	return m->state ? player_publish(c, s, player) : -ENOMEM;
}

static int room_publish(struct players *c, const struct scene *s, unsigned room)
{
	unsigned each = s->talkers + s->listeners;
	uint32_t *players = calloc(each, sizeof *players);
	struct flow_room_publish p = {.index = s->first_room + room,
				      .id = s->first_room + room + 1,
				      .slots = (uint8_t)s->slots,
				      .seat_count = each,
				      .players = players};
	int err;

	for (unsigned i = 0; players && i < each; i++)
		players[i] = s->first_player + room * each + i;
	p.state = c->rooms[p.index] = flow_voice_room_state_new(c->flow, s->slots);
	err = players && p.state ? flow_room_publish(c->flow, &p) : -ENOMEM;
	free(players);
	return err;
}

int players_open(struct players *c, struct scene scenes[], unsigned n)
{
	unsigned players = 0, rooms = 0;
	int err = 0;

	for (unsigned i = 0; i < n; i++) {
		scenes[i].first_room = rooms;
		scenes[i].first_player = players;
		rooms += scenes[i].rooms;
		players += scenes[i].rooms * (scenes[i].talkers + scenes[i].listeners);
	}
	c->members = calloc(players, sizeof *c->members);
	c->rooms = calloc(rooms, sizeof *c->rooms);
	c->order = calloc(players, sizeof *c->order);
	if (!c->members || !c->rooms || !c->order)
		return -ENOMEM;
	c->count = players;
	c->room_count = rooms;
	for (unsigned i = 0, at = 0; i < n; i++) {
		unsigned end = at + scenes[i].rooms * (scenes[i].talkers + scenes[i].listeners);

		for (; !err && at < end; at++)
			err = member_open(c, &scenes[i], at);
		for (unsigned r = 0; !err && r < scenes[i].rooms; r++)
			err = room_publish(c, &scenes[i], r);
	}
	return err;
}

unsigned scene_copies(const struct scene *s)
{
	unsigned heard = s->talkers < s->slots ? s->talkers : s->slots;
	unsigned by_talkers = s->talkers - 1 < s->slots ? s->talkers - 1 : s->slots;

	return s->rooms * (s->listeners * heard + s->talkers * by_talkers);
}

int players_talk(struct players *c, const struct scene *s, uint64_t period_tsc)
{
	unsigned each = s->talkers + s->listeners;

	c->scene = s;
	c->order_count = c->next = 0;
	c->turn = 0;
	c->period_tsc = period_tsc;
	for (unsigned i = 0; i < s->rooms * s->talkers; i++)
		c->order[c->order_count++] =
			s->first_player + i / s->talkers * each + i % s->talkers;
	srand(7); // phases of a scene stay
	for (unsigned i = c->order_count - 1; i; i--) {
		unsigned k = (unsigned)rand() % (i + 1);
		uint32_t at = c->order[i];

		c->order[i] = c->order[k];
		c->order[k] = at;
	}
	free(c->shots);
	c->shots = period_tsc ? NULL : calloc(c->order_count, sizeof *c->shots);
	c->start_tsc = rte_rdtsc();
	return period_tsc || c->shots ? 0 : -ENOMEM;
}

void players_stop(struct players *c)
{
	for (unsigned i = 0; i < c->room_count; i++)
		flow_room_retire(c->flow, i);
	for (unsigned i = 0; i < c->count; i++) {
		struct member *m = &c->members[i];

		flow_player_retire(c->flow, i);
		srtp_sides_free(&m->ours, crypto_driver(0));
		srtp_sides_free(&m->theirs, crypto_driver(0));
		free(m->streams.at);
	}
	while (flow_reclaim(c->flow))
		;
	flow_free(c->flow);
	free(c->members);
	free(c->rooms);
	free(c->order);
	free(c->shots);
	port_close(&c->port);
	port_env_close();
}
