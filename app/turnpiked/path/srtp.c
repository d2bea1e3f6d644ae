// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_ring.h>
#include <stddef.h>

#include "worker.h"

// Media of players is opened in a batch, by the worker that owns the player's room, unless it is known
// before that nobody would hear it.

static const uint8_t reason_of[] = {
	[SRTP_MALFORMED] = PATH_DROP_RTP_MALFORMED,
	[SRTP_REPLAYED] = PATH_DROP_SRTP_REPLAYED,
	[SRTP_FORGED] = PATH_DROP_SRTP_FORGED,
	[SRTP_CROWDED] = PATH_DROP_SRTP_CROWDED,
};

// True when another worker has it now.
static bool cross(struct path *p, const struct slot *s, const struct voice_room *room)
{
	struct worker *w = p->worker;

	if (room->owner == w->id)
		return false;
	s->m->port = p->port;
	if (rte_ring_mp_enqueue(w->crossing[room->owner], s->m))
		return false;
	w->crossed_out++;
	return true;
}

// RFC 6464: readable before decryption. Without it any packet may be loud.
static void level_read(struct slot *s)
{
	bool voice = false;
	int level = rtp_audio_level(&s->rtp, s->player->level_id, &voice);

	s->level = level < 0 ? 127 : (uint8_t)(level | voice << 7);
	s->loudness = level < 0 ? UINT8_MAX
				: (uint8_t)room_loudness((unsigned)level,
							 s->player->level_vad ? voice : -1);
}

static bool is_heard(const struct voice_room *room, uint32_t seat)
{
	const uint32_t *from = room->fan->from;

	return !room->fan->built || from[seat + 1] > from[seat];
}

// What is passed over is counted only: now and then one is opened, so that the roll-over counter keeps up.
static bool is_wanted(const struct slot *s, const struct voice_room *room)
{
	struct voice_state *state = s->player->state;
	const struct room_speakers *speakers = &room->state->speakers;

	if (s->loudness == UINT8_MAX || s->player->seat >= room->seat_count ||
	    room_voice_wanted(&state->voice, s->loudness, is_heard(room, s->player->seat),
			      room->near ? 0 : speakers->floor))
		return true;
	// What follows the silence begins a talk spurt: that this packet is missing is no loss.
	if (!s->loudness)
		state->voice.gap = true;
	return ++state->skipped % VOICE_SKIP_MAX == 0;
}

static int media_read(struct path *p, struct slot *s, const struct voice_room *room)
{
	const struct voice_player *player = s->player;

	if (!player->rx.key || !room)
		return PATH_DROP_NO_KEYS;
	if (rtp_decode(&s->rtp, s->frame + s->facts.payload, s->facts.payload_len))
		return PATH_DROP_RTP_MALFORMED;
	if (s->rtp.pt != player->pt && (!player->red_pt || s->rtp.pt != player->red_pt))
		return PATH_DROP_RTP_FOREIGN;
	if (room->owner != p->worker->id)
		return PATH_DROP_TX_FULL; // it could not be handed over
	if (!player->speaks) {
		player->state->voice.gap = true; // being muted is no loss
		return PATH_DROP_MAY_NOT_SPEAK;
	}
	level_read(s);
	return is_wanted(s, room) ? -1 : PATH_DROP_VOICE_UNHEARD;
}

static struct srtp_arriving arriving_of(const struct slot *s)
{
	return (struct srtp_arriving){
		.side = &s->player->rx,
		.streams = &s->player->state->streams,
		.bytes = s->frame + s->facts.payload,
		.ssrc = s->rtp.ssrc,
		.seq = s->rtp.seq,
		.header_len = s->rtp.header_len,
		.len = s->facts.payload_len,
	};
}

static void opened(struct path *p, unsigned slot, const struct srtp_arriving *a)
{
	struct slot *s = &p->slots[slot];

	p->worker->opened[a->side->profile][a->verdict]++;
	if (a->verdict != SRTP_OK) {
		s->player->state->bad[a->verdict]++;
		path_drop(p, slot, reason_of[a->verdict]);
		return;
	}
	s->rtp_index = a->index;
	s->rtp.payload_len = (uint16_t)(s->rtp.payload_len - (s->rtp.len - a->len));
	s->rtp.len = a->len;
	if (rtp_unpad(&s->rtp))
		path_drop(p, slot, PATH_DROP_RTP_MALFORMED);
	else
		path_to(p, PATH_RTP, slot);
}

// With many rooms each of these is a miss: fetched for all packets at once, one look after the other.
static void fetch(const struct path *p, const struct path_list *l)
{
	const struct flow *f = p->worker->flow;
	const struct voice_room *rooms[BURST_MAX];

	for (unsigned i = 0; i < l->n; i++) {
		const struct voice_player *player = p->slots[l->at[i]].player;

		rte_prefetch0(&f->rooms[player->room]);
		rte_prefetch0(&player->state);
	}
	for (unsigned i = 0; i < l->n; i++) {
		const struct voice_player *player = p->slots[l->at[i]].player;

		rooms[i] = voice_room_at(f, player->room);
		if (rooms[i]) {
			rte_prefetch0(rooms[i]);
			rte_prefetch0((const uint8_t *)(rooms[i] + 1) - 1);
		}
		for (unsigned at = 0; at < offsetof(struct voice_state, places); at += 64)
			rte_prefetch0((const uint8_t *)player->state + at);
	}
	for (unsigned i = 0; i < l->n; i++) {
		if (!rooms[i])
			continue;
		rte_prefetch0(rooms[i]->fan);
		rte_prefetch0(rooms[i]->players);
		rte_prefetch0(&rooms[i]->state->speakers.floor);
		rte_prefetch0(&rooms[i]->state->serial);
	}
	for (unsigned i = 0; i < l->n; i++)
		if (rooms[i])
			rte_prefetch0(&rooms[i]->fan->from[p->slots[l->at[i]].player->seat]);
}

void path_srtp(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_SRTP];
	struct srtp_arriving packets[BURST_MAX];
	uint8_t of[BURST_MAX];
	unsigned n = 0;

	fetch(p, l);
	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];
		const struct voice_room *room = voice_room_at(p->worker->flow, s->player->room);
		int reason;

		if (room && cross(p, s, room))
			continue;
		reason = media_read(p, s, room);
		if (reason >= 0) {
			path_drop(p, l->at[i], (enum path_reason)reason);
			continue;
		}
		packets[n] = arriving_of(s);
		of[n++] = l->at[i];
	}
	if (n)
		srtp_open_burst(&p->worker->engine, packets, n);
	for (unsigned i = 0; i < n; i++)
		opened(p, of[i], &packets[i]);
}
