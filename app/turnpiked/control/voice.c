// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_hash.h>
#include <rte_hash_crc.h>

#include "control/events.h"
#include "control/player.h"

#define TICK_MS 20 // what changes takes effect within 50
#define SPEAKING_TICK_MS 100

static struct rte_hash *table_new(const char *name, unsigned entries, unsigned key_len)
{
	struct rte_hash_parameters p = {
		.name = name,
		.entries = entries,
		.key_len = key_len,
		.hash_func = rte_hash_crc,
		.socket_id = SOCKET_ID_ANY,
		.extra_flag = RTE_HASH_EXTRA_FLAGS_EXT_TABLE,
	};

	return rte_hash_create(&p);
}

static uint32_t *stack_new(uint32_t n)
{
	uint32_t *s = malloc(n * sizeof *s);

	for (uint32_t i = 0; s && i < n; i++)
		s[i] = n - 1 - i;
	return s;
}

static int tables_open(struct voice_control *v, const struct flow *f)
{
	v->seats = calloc(f->players_max, sizeof(struct voice_seat *));
	v->free = stack_new(f->players_max);
	v->free_count = f->players_max;
	v->room_free = stack_new(f->rooms_max);
	v->room_free_count = f->rooms_max;
	// A seat has two ufrags while it restarts.
	v->ufrags = table_new("ufrags", 2 * f->players_max, ICE_UFRAG_LEN);
	// Each of some addresses that it is reached at, for as long as they are checked.
	v->tuples = table_new("tuples", 4 * f->players_max, sizeof(struct flow_key));
	return v->seats && v->free && v->room_free && v->ufrags && v->tuples ? 0 : -ENOMEM;
}

static int voice_open(struct node *n)
{
	struct voice_control *v = calloc(1, sizeof *v);
	struct room_limits limits = {
		.rooms = n->flow->rooms_max,
		.players = n->flow->players_max,
		.players_per_room = n->flow->players_max,
	};
	int err;

	if (!v)
		return -ENOMEM;
	n->voice = v;
	err = tables_open(v, n->flow);
	if (!err)
		err = rooms_new(&v->rooms, &limits);
	if (!err)
		err = tls_wallet_init(&v->wallet, n->now_ms);
	dtls_door_init(&v->door, &tls_dtls_ops);
	v->engine = (struct srtp_engine){n->cipher, n->cipher->ctx_new(-1)};
	return err ? err : v->engine.ctx ? 0 : -ENOMEM;
}

static void voice_close(struct node *n)
{
	struct voice_control *v = n->voice;

	if (!v)
		return;
	for (uint32_t i = 0; v->seats && i < n->flow->players_max; i++)
		if (v->seats[i])
			voice_leave(v->seats[i], "stopped");
	while (v->rooms && rooms_first(v->rooms))
		voice_room_end(rooms_first(v->rooms));
	// No worker looks any more by now, or soon: what is retired is freed with the tables.
	rooms_free(v->rooms);
	tls_wallet_fini(&v->wallet);
	if (v->engine.ctx)
		v->engine.ops->ctx_free(v->engine.ctx);
	rte_hash_free(v->ufrags);
	rte_hash_free(v->tuples);
	free(v->seats);
	free(v->free);
	free(v->room_free);
	free(v);
	n->voice = NULL;
}

static bool is_voice_port(const struct node *n, uint16_t port)
{
	for (size_t i = 0; i < n->settings.voice.listen.n; i++)
		if (n->settings.voice.listen.at[i].port == port)
			return true;
	return false;
}

// RFC 7983.
static bool voice_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	uint8_t first = p->facts.payload_len ? frame[p->facts.payload] : 255;

	if ((p->class_ != PUNT_PLAYER && p->class_ != PUNT_NEW) ||
	    !is_voice_port(n, p->facts.dst.port))
		return false;
	if (!net_udp_checksum_ok(&p->facts, frame))
		punt_drop(n, m, PUNT_DROP_CHECKSUM);
	else if (first < 4)
		voice_ice_punt(n, p, m);
	else if (first >= 20 && first < 64)
		voice_dtls_punt(n, p, m);
	else
		voice_rtcp_punt(n, p, m);
	return true;
}

static void speaking_tell(struct voice_seat *s, bool speaking)
{
	s->speaking = speaking;
	event_emit(s->node, EVENT_SPEAKING,
		   json_pack("{s:s, s:s, s:b, s:i}", "room", s->player->room->name, "player",
			     s->player->name, "speaking", speaking, "level_dbov",
			     -(int)s->state->level));
}

// Workers keep the time of the last loud packet; what is told here may be a tick late.
static void speaking_look(struct node *n)
{
	for (uint32_t i = 0; i < n->flow->players_max && n->voice->count; i++) {
		struct voice_seat *s = n->voice->seats[i];
		bool speaking;

		if (!s || !s->state || s->gone)
			continue;
		speaking = player_speaks(s);
		if (speaking != s->speaking)
			speaking_tell(s, speaking);
	}
}

static unsigned voice_tick(struct node *n, uint64_t now_ms)
{
	struct voice_control *v = n->voice;

	if (now_ms < v->tick_ms)
		return 0;
	v->tick_ms = now_ms + TICK_MS;
	tls_wallet_tick(&v->wallet, now_ms);
	if (!rooms_first(v->rooms))
		return 0;
	rooms_tick(v->rooms);
	voice_halls_publish(n);
	if (now_ms >= v->speaking_ms && event_wanted(n, EVENT_SPEAKING)) {
		v->speaking_ms = now_ms + SPEAKING_TICK_MS;
		speaking_look(n);
	}
	return 0;
}

const struct module voice_module = {
	.name = "voice",
	.open = voice_open,
	.close = voice_close,
	.tick = voice_tick,
	.punt = voice_punt,
};
