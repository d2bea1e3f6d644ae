// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_cycles.h>

#include "path/copies.h"
#include "path/fan.h"
#include "worker.h"

// An opened packet of a talker goes to all who hear it: silence, ranking, hearers, a copy for each.

// The indices of a voice begin anew with it, so they may meet a hearer's key under a new SSRC only: numbers
// of this process alone, spread over 32 bits.
static uint32_t native_ssrc(struct worker *w)
{
	uint32_t n = ++w->voices * WORKERS_MAX + w->id;

	return (n ^ w->voice_salt) * 2654435761u;
}

// Another SSRC is another stream of the same voice; another seat is another voice.
static void voice_follow(struct worker *w, struct voice_room_state *room_state,
			 const struct slot *s)
{
	struct voice_state *state = s->player->state;
	uint64_t seat_of = (uint64_t)room_state->serial << 32 | s->player->seat;

	if (state->seat_of != seat_of) {
		room_voice_init(&state->voice, s->player->seat);
		state->native_ssrc = native_ssrc(w);
		// Who sat here before may be ranked still, and each seat is ranked once.
		room_speakers_leave(&room_state->speakers, s->player->seat);
	} else if (state->ssrc != s->rtp.ssrc) {
		room_voice_restart(&state->voice);
	} else {
		return;
	}
	if (state->ssrc != s->rtp.ssrc)
		state->reception = (struct rtp_reception){0};
	state->seat_of = seat_of;
	state->ssrc = s->rtp.ssrc;
	state->voice.epoch = ++room_state->epochs;
}

// Packets that were passed over unopened did arrive: believed as far as the sequence has room for them.
static void reception_count(struct voice_state *state, const struct slot *s, uint32_t now_ms)
{
	struct rtp_reception *r = &state->reception;
	int gap = rtp_seq_after(s->rtp.seq, (uint16_t)r->highest) - 1;

	if (r->started && gap > 0)
		r->received += state->skipped < (uint32_t)gap ? state->skipped : (uint32_t)gap;
	state->skipped = 0;
	rtp_reception_seen(r, s->rtp.seq, s->rtp.ts, now_ms * ROOM_TS_PER_MS);
	state->last_ms = now_ms;
	state->level = s->level & 127;
	state->packets++;
	state->bytes += s->rtp.payload_len;
}

// Snapshots of players and rooms come one after the other, so a seat may be another's in the room's: its
// audience is not for this one then. And a room's number may be that of another worker's by now.
static bool sits_in(const struct worker *w, const struct voice_player *player,
		    const struct voice_room *room)
{
	return room && room->owner == w->id && player->seat < room->seat_count &&
	       room->players[player->seat] == player->index;
}

// One packet to all its hearers; a reason to drop it, or -1.
static int voice_one(struct path *p, struct slot *s, struct copies *c, struct room_packet *packet)
{
	struct worker *w = p->worker;
	const struct voice_room *room = voice_room_at(w->flow, s->player->room);
	uint32_t now_ms = packet->now_ms;
	struct voice_state *state = s->player->state;
	enum room_verdict verdict;

	if (!sits_in(w, s->player, room))
		return PATH_DROP_NO_PLAYER; // it has left, or is not in yet
	voice_follow(w, room->state, s);
	reception_count(state, s, now_ms);
	state->voice.priority = s->player->priority;
	if (s->loudness == UINT8_MAX)
		s->loudness = (uint8_t)room_loudness_guess(&state->voice, s->rtp.payload_len);
	verdict = room_voice_step(&state->voice, packet, s->rtp_index, s->loudness);
	if (verdict != ROOM_FORWARD)
		return verdict == ROOM_SILENT ? PATH_DROP_VOICE_SILENT : PATH_DROP_VOICE_LATE;
	fan_heard(w, room, &state->voice, now_ms);
	if (room->fan->from[s->player->seat] == room->fan->from[s->player->seat + 1])
		return PATH_DROP_VOICE_UNHEARD;
	copies_make(c, room, s, packet);
	return -1;
}

void path_rtp(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_RTP];
	struct worker *w = p->worker;
	struct room_packet packets[BURST_MAX]; // for as long as copies are made of them
	struct rte_mbuf *done[BURST_MAX];
	struct copies copies;
	uint32_t now_ms = (uint32_t)(p->now_tsc / (w->tsc_hz / 1000));
	unsigned n = 0;

	copies_begin(&copies, w);
	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];
		int reason;

		packets[i] = (struct room_packet){.ts = s->rtp.ts,
						  .now_ms = now_ms,
						  .marker = s->rtp.marker};
		reason = voice_one(p, s, &copies, &packets[i]);
		if (reason >= 0)
			path_drop(p, l->at[i], (enum path_reason)reason);
		else
			done[n++] = s->m;
	}
	copies_seal(&copies);
	path_send_all(w);
	// Only now: copies are sealed straight from what came in.
	rte_pktmbuf_free_bulk(done, n);
	w->voiced += n;
}
