// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_VOICE_H
#define KIT_VOICE_H

#include "kit/eal.h"

// A room of players whose keys both ends know, for tests of the walk: player i speaks from 198.18.0.(10 + i),
// port 6000, with the SSRC 1000 + i; its slots have the SSRCs
// 100 * (i + 1) + slot.

#define VOICE_KIT_PLAYERS 64

struct kit_heard { // a copy that came out, opened
	unsigned player, slot; // hearer, and where
	uint32_t ssrc;
	uint32_t talker; // CSRC less VOICE_KIT_ID
	uint16_t seq;
	uint32_t ts;
	uint8_t level; // 255: no extension
	bool marker;
	uint16_t len;
	uint8_t payload[1500];
};
#define VOICE_KIT_ID 5000

struct kit_player {
	struct srtp_sides sides; // the relay's
	struct srtp_sides theirs; // the player's
	struct srtp_stream memory[40];
	struct srtp_streams streams; // of what it hears
	struct voice_state *state;
	uint64_t index; // of the next packet it sends
	uint32_t ts;
	bool six; // speaks IPv6
	uint32_t room, seat; // where it is published; kit_player_publish takes changes over
	uint8_t lines;
	uint32_t hop;
	unsigned at; // whose address it has: its own
};

struct kit_room {
	struct kit_relay relay;
	unsigned players, slots;
	enum srtp_profile profile;
	bool native; // set before: all hear natively, in a room of three slots
	struct kit_player player[VOICE_KIT_PLAYERS];
	struct voice_room_state *state;
	uint64_t now_ms; // path time
	unsigned owner; // worker of rooms that are published
	struct kit_heard heard[VOICE_KIT_PLAYERS * 4];
	unsigned heard_count;
};

// Players and a published room.
void kit_room_open(struct kit_room *r, unsigned players, unsigned slots, enum srtp_profile profile);
// Others in their place, on the same relay: DPDK starts once a process.
void kit_room_again(struct kit_room *r, unsigned players, unsigned slots,
		    enum srtp_profile profile);
void kit_room_close(struct kit_room *r);
// One player anew, with the same keys and state.
void kit_player_publish(struct kit_room *r, unsigned player);
// … and with a state of its own: what it was is forgotten.
void kit_player_again(struct kit_room *r, unsigned player);
// Another room of this id: seat i is that of players[i], a player's number or VOICE_NOBODY.
void kit_seats_publish(struct kit_room *r, uint32_t index, const uint32_t players[], unsigned count,
		       struct voice_room_state *state);
// Publishes the room anew; `audience` as in flow_room_publish.
void kit_room_publish(struct kit_room *r, const uint64_t *const *audience);
// 20 ms of one player's voice: sealed, walked, and what came out is opened into `heard`. `level` as RFC 6464
// sends it; payload is `len` bytes of `fill`. Returns how many heard it.
unsigned kit_talk(struct kit_room *r, unsigned player, uint8_t level, uint8_t fill, uint16_t len);
// The same with a sealed packet at hand.
size_t kit_seal(struct kit_room *r, unsigned player, uint8_t level, uint8_t fill, uint16_t len,
		uint8_t *out);
unsigned kit_walk_voice(struct kit_room *r, unsigned player, const uint8_t *packet, size_t len);
// Its two halves: in and through the first worker's walk; what came out, opened.
void kit_arrive(struct kit_room *r, unsigned player, const uint8_t *packet, size_t len);
unsigned kit_collect(struct kit_room *r);
// The copy that this player got, NULL: none.
const struct kit_heard *kit_heard_by(const struct kit_room *r, unsigned player);

#endif
