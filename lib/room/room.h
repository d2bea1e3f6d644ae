// SPDX-License-Identifier: Apache-2.0
#ifndef ROOM_ROOM_H
#define ROOM_ROOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "config/limits.h"
#include "room/out.h" // worker: sequence and time of one slot of one hearer
#include "room/slots.h" // worker: which voice sits in which slot
#include "room/speakers.h" // worker: who of a room is loudest
#include "room/voice.h" // worker: one talker's level, silence and index

// Rooms, players, who hears whom. Control lane only (one thread), except for the four headers above.
// Structs are read by callers and written by functions here, `user` excepted.

struct rooms;
struct room_near;

struct room_link { // in a hash table
	struct room_link *next;
	uint32_t hash;
};

enum room_flag {
	ROOM_MUTED = 1, // for all
	ROOM_DEAF = 2, // hears nobody
	ROOM_LISTENER = 4, // has no voice
	ROOM_PRIORITY = 8, // ranks first
	ROOM_ALL_TEAMS = 16, // hears every team, at any distance: a referee
};

struct room_player {
	struct room *room;
	void *user; // the caller's
	// Voice id: not 0, of this node alone, the same again for the same names; told as CSRC.
	uint32_t id;
	uint32_t seat; // index in the room, below room->seat_count, while the player is in
	uint16_t team; // players hear their own team; all begin in 0
	uint16_t flags; // enum room_flag
	bool placed; // has a position
	float at[3];
	uint16_t whisper_count; // 0: talks to the team
	uint32_t *whispers; // voice ids, ascending
	char name[ROOM_NAME_MAX + 1];
	// private
	struct room_link by_id, by_name;
	uint16_t mute_count;
	uint32_t *mutes; // voice ids, ascending
	bool changed;
};

struct room {
	struct rooms *rooms;
	void *user; // the caller's
	uint32_t id; // of this node alone, not 0; hashed to find the worker
	uint32_t player_count;
	uint32_t seat_count; // seats ever used, the length of bitmaps in bits
	uint32_t seat_cap;
	struct room_player **seats; // NULL where nobody sits
	uint16_t nearest; // K; 0: distance does not matter in this room
	float range;
	char name[ROOM_NAME_MAX + 1];
	// private
	struct room_link by_id, by_name;
	struct room_near *near;
	struct room *next_all, **link_all;
	struct room *next_changed, **link_changed;
	uint32_t referees, whisperers; // how many there are
	uint32_t free_seat; // none below it is free
	uint32_t scan; // seat where room_change_next goes on
	bool members_changed, audiences_changed, again, moved;
};

struct room_limits {
	uint32_t rooms, players; // of the node
	uint32_t players_per_room;
};

int rooms_new(struct rooms **out, const struct room_limits *limits); // 0 or -ENOMEM
void rooms_free(struct rooms *rooms); // with all in it
uint32_t rooms_count(const struct rooms *rooms);
uint32_t rooms_player_count(const struct rooms *rooms);
struct room *rooms_first(const struct rooms *rooms); // then ->next_all

// Names are 1 to ROOM_NAME_MAX bytes of printable ASCII without blank and slash.
bool room_name_ok(const char *name);
// 0, -EINVAL (name), -EEXIST, -ENOSPC (limit), -ENOMEM.
int room_new(struct room **out, struct rooms *rooms, const char *name);
void room_free(struct room *room); // its players leave
struct room *room_find(const struct rooms *rooms, const char *name);
// Positions count from now on: hearers hear the `nearest` talkers within `range`. 0 turns it off.
// 0, -EINVAL (more than ROOM_NEAREST_MAX, range not finite or ≤ 0), -ENOMEM.
int room_space_set(struct room *room, unsigned nearest, float range);

struct room_wish { // how a player comes in: from a token's grants
	uint16_t team, flags;
};
// As room_new; the name is the player's, unique in the room. `wish` may be NULL.
int room_join(struct room_player **out, struct room *room, const char *name,
	      const struct room_wish *wish);
void room_leave(struct room_player *player);
struct room_player *room_player_find(const struct room *room, const char *name);
struct room_player *room_player_by_id(const struct rooms *rooms, uint32_t id);

// --- Rules ---------------------------------------------------------------------------------------

void room_team_set(struct room_player *player, uint16_t team);
void room_flag_set(struct room_player *player, enum room_flag flag, bool on);
// From now on only those voice ids hear the player, whatever their team and place; 0 of them ends it.
// Unknown ids are kept: they may come later. 0, -ENOSPC (ROOM_WHISPERS_MAX), -ENOMEM.
int room_whisper_set(struct room_player *player, const uint32_t *ids, unsigned count);
// The hearer will not hear the voice id. 0, -ENOSPC (ROOM_MUTES_MAX), -ENOMEM.
int room_mute_for(struct room_player *hearer, uint32_t talker_id, bool on);
bool room_is_muted_for(const struct room_player *hearer, uint32_t talker_id);
// 0 or -EINVAL where a number is not finite or beyond ±ROOM_COORD_MAX. Takes effect in rooms_tick.
int room_position_set(struct room_player *player, const float at[3]);

// --- Who hears whom ------------------------------------------------------------------------------

// All rules, distance as of the last rooms_tick.
bool room_hears(const struct room_player *hearer, const struct room_player *talker);
// Seats of those who hear the talker, at most `cap`; returns how many there are.
uint32_t room_audience(const struct room_player *talker, uint32_t seats[], uint32_t cap);
// The same as bits; `bits` holds (seat_count + 63) / 64 words and is overwritten.
void room_audience_bits(const struct room_player *talker, uint64_t bits[]);
// The other way round: whom the hearer hears. In a room with distance at most K, and the whisperers.
uint32_t room_talkers(const struct room_player *hearer, uint32_t seats[], uint32_t cap);

// --- Changes -------------------------------------------------------------------------------------

enum room_change_kind {
	ROOM_CHANGED_MEMBERS, // joined or left; seats, flags
	ROOM_CHANGED_AUDIENCE, // of the talker named
};
struct room_change {
	enum room_change_kind kind;
	struct room *room;
	struct room_player *talker; // NULL for ROOM_CHANGED_MEMBERS
};

// Recomputes the nearest in rooms where somebody moved. Call every 20 to 50 ms.
void rooms_tick(struct rooms *rooms);
// Takes the next change off the list; false when there is none. The first of a room is about its
// members, where they changed. Whoever left or was freed meanwhile is not named.
bool room_change_next(struct rooms *rooms, struct room_change *out);

#endif
