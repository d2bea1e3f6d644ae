// SPDX-License-Identifier: Apache-2.0
#ifndef FLOW_VOICE_H
#define FLOW_VOICE_H

#include "flow/flow.h"
#include "room/room.h"
#include "rtp/rtp.h"
#include "srtp/srtp.h"

// Voice: what workers read of players and rooms, and the memory of theirs that hangs on it. The control
// lane publishes whole snapshots, replaces and retires them like sessions (flow.h); states are made by it,
// then belong to the worker that owns the room until a grace period after they were retired.

// --- A player ------------------------------------------------------------------------------------------

// One line on which the player hears: a voice slot.
struct voice_line {
	struct rtp_mould mould;
	uint32_t ssrc; // what the mould says
};

// What goes out through one slot. Counters only grow; the control lane reads them for sender reports.
struct voice_slot {
	struct room_out out;
	uint32_t packets, octets; // as RTCP counts: payload
	uint32_t last_ts, last_ms; // of the last packet: RTP time and path time
};
_Static_assert(sizeof(struct voice_slot) == 64, "one cache line");

// What a worker keeps of a player. Written by the owner of its room only.
struct voice_state {
	struct srtp_stream stream_memory[VOICE_STREAMS_MAX];
	struct srtp_streams streams;
	uint32_t ssrc; // of the stream that is heard, 0: none yet
	// Its own at native hearers: a new one with each voice, of this process alone.
	uint32_t native_ssrc;
	uint32_t skipped; // packets in a row that nobody would have heard: not opened
	struct rtp_reception reception; // of that stream
	struct room_voice voice;
	uint32_t last_ms; // path time of the last packet that was authentic
	uint8_t level; // 0 loudest to 127, of the last packet; 127 without
	uint64_t packets, bytes; // authentic ones, payload
	uint64_t bad[5]; // by enum srtp_verdict
	uint32_t sent_packets; // to the player
	uint64_t sent_bytes;
	uint16_t slot_count;
	uint64_t seat_of; // whose `voice` is: room's serial and seat, 0: none yet
	uint32_t heard_room; // serial of the room that `places` are about
	struct voice_slot *slots; // slot_count, behind `places`
	struct room_slot places[]; // slot_count
};

// A player as workers see it: never changed once published, replaced as a whole.
struct voice_player {
	// As struct flow_session begins, so that one look-up of a client serves both.
	struct net_endpoint client;
	uint32_t client_hop;
	uint32_t index; // of the node, below players_max
	uint16_t server_local; // where the client reaches us: index of a local address …
	uint16_t server_port; // … and port
	uint32_t room; // index of its room
	uint32_t seat; // in the room
	uint32_t voice_id; // told to hearers as CSRC
	uint8_t pt, red_pt; // of Opus, and RED (0: none), both ways
	uint8_t level_id; // header extension with the audio level, 0: none
	bool level_vad;
	bool speaks; // may send voice
	bool priority; // ranks first
	bool native; // hears each voice under an SSRC of that voice's own, not the slots'
	uint8_t line_count; // slots; 0: hears nobody
	struct srtp_side rx, tx; // keys: live as long as this is published
	uint8_t head[48]; // IP and UDP header, made by flow: all but lengths and checksums
	uint8_t head_len; // 28 or 48
	// Of the IPv4 header with length 0; of IPv6: of the pseudo-header and ports.
	uint16_t head_sum;
	struct voice_state *state;
	struct voice_line lines[]; // line_count
};

// --- A room --------------------------------------------------------------------------------------------

// What a worker keeps of a room: one for the room's life.
struct voice_room_state {
	struct room_speakers speakers;
	uint32_t serial; // not 0; a room that comes again under the same id has another one
	uint64_t ranked; // of the ranked talkers then: who matters to hearers
	uint32_t built_ms;
	uint32_t epochs; // of voices: each that begins gets a number of its own
};

// Who hears a talker: VOICE_FANs of player and slot, hearers[from[seat]] to hearers[from[seat + 1]].
// Written by the room's owner, built anew from the players' slots when ranking or snapshot change.
struct voice_fan {
	uint32_t *from; // seat_count + 1
	uint32_t *hearers; // fan_cap
	const struct voice_player **present; // seat_count: who was in when it was built
	bool built; // not yet where the snapshot is new
};
#define VOICE_FAN(index, slot) ((index) << 5 | (slot))
#define VOICE_FAN_PLAYER(hearer) ((hearer) >> 5)
#define VOICE_FAN_SLOT(hearer) ((hearer)&31)
#define VOICE_NOBODY UINT32_MAX

// Whom a hearer may hear, in a room with distance.
struct voice_near {
	uint32_t count;
	uint32_t seats[];
};

struct voice_room {
	uint32_t index; // of the node, below rooms_max
	uint32_t id;
	uint8_t owner; // the worker
	uint8_t slots; // voices that a hearer gets at most (voice.speakers)
	bool near; // hearers have talkers of their own: `talkers`
	bool uneven; // not all hear all, or with more or fewer than `slots` slots
	uint32_t seat_count;
	uint32_t fan_cap;
	const uint32_t *players; // [seat]: a player's index, or VOICE_NOBODY
	// [seat]: bits of seats that may hear it; NULL: all. NULL: all of all.
	const uint64_t *const *audience;
	const struct voice_near *const *talkers; // [seat], where `near`; NULL: nobody
	struct voice_fan *fan; // the worker's
	struct voice_room_state *state;
};

// --- Control lane --------------------------------------------------------------------------------------

// States start empty, their slots at sequence numbers and times that follow from `seed` (random). NULL: out
// of memory. Retired ones are freed after a grace period. New keys want a new state, and only they.
struct voice_state *flow_voice_state_new(struct flow *f, unsigned slot_count, uint64_t seed);
void flow_voice_state_retire(struct flow *f, struct voice_state *s);
// Between two rooms, where no worker holds it: what it says of the old one is forgotten; keys' indices go on.
void flow_voice_state_moved(struct voice_state *s);
struct voice_room_state *flow_voice_room_state_new(struct flow *f, unsigned slots);
void flow_voice_room_state_retire(struct flow *f, struct voice_room_state *s);
// Anything else that workers may still look at (keys): `free_it` is called after a grace period.
int flow_later(struct flow *f, void (*free_it)(void *ctx, void *what), void *ctx, void *what);

// `player` without lines is copied, `lines` (player->line_count) too. The first time 0 or -errno and nothing
// is visible; later (same index) replaces what is there, at another address as well. What was published
// before is freed after a grace period, its keys and state are the caller's business.
int flow_player_publish(struct flow *f, const struct voice_player *player,
			const struct voice_line *lines);
void flow_player_retire(struct flow *f, uint32_t index);

// What a room snapshot is made from; all is copied.
struct flow_room_publish {
	uint32_t index, id;
	uint8_t slots;
	bool near;
	bool uneven; // see voice_room
	bool native; // somebody in it hears natively: up to ROOM_SLOTS_MAX at a time
	uint32_t seat_count;
	const uint32_t *players; // [seat]
	const uint64_t *const *audience; // [seat] or NULL
	const uint32_t *const *talkers; // [seat] lists of `talker_counts`, where near
	const uint32_t *talker_counts;
	struct voice_room_state *state;
};
int flow_room_publish(struct flow *f, const struct flow_room_publish *p); // 0 or -ENOMEM
void flow_room_retire(struct flow *f, uint32_t index);
// The worker that owns a room of this id.
unsigned flow_room_owner(const struct flow *f, uint32_t id);

// --- Workers -------------------------------------------------------------------------------------------

// What flow_sessions_find gave: a player, or NULL where it is a session.
static inline const struct voice_player *voice_player_at(const struct flow *f, uint32_t index)
{
	return (const struct voice_player *)flow_session_at(f, f->sessions_max + index);
}

static inline const struct voice_room *voice_room_at(const struct flow *f, uint32_t index)
{
	return __atomic_load_n(&f->rooms[index], __ATOMIC_ACQUIRE);
}

#endif
