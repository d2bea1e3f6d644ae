// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// From a seat to what workers see of it.

static void hop_take(struct voice_seat *s)
{
	uint32_t hop = neighbour_hop(s->node, &s->way.remote.addr);

	neighbour_hint(s->node, hop, &s->way.mac);
	if (s->hop_held)
		neighbour_release(s->node, s->hop);
	s->hop = hop;
	s->hop_held = true;
}

// The line of a slot: payload type, extensions and mid as that line of the offer has them. An id that does
// not fit the one-byte form, or serves twice, is left out.
static int line_make(const struct voice_leg *leg, struct voice_line *out)
{
	struct rtp_line want = {
		.ssrc = leg->ssrc,
		.pt = leg->pt,
		.csrc = true,
		.level_id = leg->level_id <= 14 ? leg->level_id : 0,
		.mid_id = leg->mid_id <= 14 ? leg->mid_id : 0,
		.mid = leg->mid,
	};

	if (want.mid_id == want.level_id)
		want.mid_id = 0;
	out->ssrc = want.ssrc;
	return rtp_mould_make(&out->mould, &want);
}

static struct voice_player player_of(const struct voice_seat *s)
{
	const struct voice_leg *any = s->has_voice ? &s->voice : &s->first;
	const struct room_player *p = s->player;
	const struct voice_hall *hall = p->room->user;
	struct voice_player out = {
		.client = s->way.remote,
		.client_hop = s->hop,
		.index = s->index,
		.server_local = (uint16_t)flow_local_find(s->node->flow, &s->way.local.addr, -1),
		.server_port = s->way.local.port,
		.room = hall->index,
		.seat = p->seat,
		.voice_id = p->id,
		.pt = any->pt,
		.red_pt = any->red_pt,
		.level_id = s->has_voice ? s->voice.level_id : 0,
		.level_vad = s->has_voice && s->voice.level_vad,
		.speaks =
			s->has_voice && s->may_speak && !(p->flags & (ROOM_MUTED | ROOM_LISTENER)),
		.priority = p->flags & ROOM_PRIORITY,
		.native = s->native,
		.state = s->state,
	};

	if (s->sides) {
		out.rx = s->sides->rx;
		out.tx = s->sides->tx;
	}
	return out;
}

void voice_publish(struct voice_seat *s)
{
	struct voice_line lines[ROOM_SLOTS_MAX];
	struct voice_player p;
	int err = 0;

	if (!s->reached || s->gone || s->moving)
		return;
	if (!s->state) // before the keys: it has to be there, nothing can come into it
		s->state = flow_voice_state_new(s->node->flow, 0, 0);
	if (!s->state)
		err = -ENOMEM;
	hop_take(s);
	p = player_of(s);
	if (s->sides && s->may_listen && !(s->player->flags & ROOM_DEAF))
		p.line_count = s->slot_count;
	for (unsigned i = 0; !err && i < p.line_count; i++)
		err = line_make(&s->legs[i], &lines[i]);
	if (!err)
		err = flow_player_publish(s->node->flow, &p, lines);
	s->published = s->published || !err;
	if (!err)
		return;
	host_log(LOG_LEVEL_ERROR, "player_not_published", "player", s->player->name, "error",
		 strerror(-err), NULL);
	// What workers see names the old next hop, and at a new handshake the old keys and state, which are
	// about to go: rather nothing. The next check tries again.
	voice_unpublish(s);
}

void voice_unpublish(struct voice_seat *s)
{
	if (s->published)
		flow_player_retire(s->node->flow, s->index);
	s->published = false;
	if (s->hop_held)
		neighbour_release(s->node, s->hop);
	s->hop_held = false;
}

// --- Keys --------------------------------------------------------------------------------------------------

static void sides_free(void *ctx, void *what)
{
	srtp_sides_free(what, ctx);
	free(what);
}

static int profile_of(const struct dtls_keys *k, enum srtp_profile *out)
{
	switch (k->profile) {
	case DTLS_SRTP_GCM_128:
		*out = SRTP_AEAD_AES_128_GCM;
		return 0;
	case DTLS_SRTP_GCM_256:
		*out = SRTP_AEAD_AES_256_GCM;
		return 0;
	case DTLS_SRTP_CM_SHA1_80:
		*out = SRTP_AES128_CM_SHA1_80;
		return 0;
	}
	return -EINVAL;
}

// As the exporter gives them, seen from the server (RFC 5764 section 4.2): the client's key comes first.
static int sides_make(const struct voice_seat *s, const struct dtls_keys *k, struct srtp_sides *out)
{
	uint8_t block[SRTP_EXPORT_MAX];
	struct srtp_exported e = {.bytes = block, .server = true};
	uint8_t *at = block;
	int err = profile_of(k, &e.profile);

	if (err)
		return err;
	e.len = srtp_export_len(e.profile);
	memcpy(at, k->rx_key, k->key_len);
	memcpy(at += k->key_len, k->tx_key, k->key_len);
	memcpy(at += k->key_len, k->rx_salt, k->salt_len);
	memcpy(at + k->salt_len, k->tx_salt, k->salt_len);
	err = srtp_sides_new(out, s->node->cipher, &e);
	base_wipe(block, sizeof block);
	return err;
}

int voice_keys_take(struct voice_seat *s)
{
	struct srtp_sides *fresh = calloc(1, sizeof *fresh), *old = s->sides;
	struct voice_state *state, *old_state = s->state;
	struct dtls_keys keys;
	uint64_t seed;
	int err;

	host_random(&seed, sizeof seed);
	state = flow_voice_state_new(s->node->flow, s->slot_count, seed);
	err = fresh && state ? dtls_seat_keys(&s->node->voice->door, &s->dtls, &keys) : -ENOMEM;
	if (!err)
		err = sides_make(s, &keys, fresh);
	base_wipe(&keys, sizeof keys);
	if (err) {
		free(fresh);
		if (state)
			flow_voice_state_retire(s->node->flow, state);
		return err;
	}
	s->sides = fresh;
	s->state = state;
	voice_rtcp_begin(s);
	voice_publish(s);
	// The fan names slots of the old state.
	((struct voice_hall *)s->player->room->user)->dirty = true;
	if (old_state)
		flow_voice_state_retire(s->node->flow, old_state);
	if (old)
		flow_later(s->node->flow, sides_free, (void *)(uintptr_t)s->node->cipher, old);
	return 0;
}

int voice_send(struct voice_seat *s, const uint8_t *bytes, size_t len)
{
	struct node *n = s->node;
	struct net_udp_header h = {
		.link = {.src = n->ports[s->way.port].mac, .dst = s->way.mac, .vlan = s->way.vlan},
		.src = s->way.local,
		.dst = s->way.remote,
		.tos = VOICE_TOS,
		.ttl = 64,
		.df = true,
	};
	size_t header_len = net_header_len(&h);
	struct rte_mbuf *m = punt_new(n, s->way.port, (unsigned)(header_len + len));
	uint8_t *frame;

	if (!m)
		return -ENOBUFS;
	frame = rte_pktmbuf_mtod(m, uint8_t *);
	memcpy(frame + header_len, bytes, len);
	net_header_write(frame, &h, len);
	punt_inject(n, m, s->way.port);
	return 0;
}
