// SPDX-License-Identifier: Apache-2.0
#ifndef ROOM_PRIVATE_H
#define ROOM_PRIVATE_H

#include "room/room.h"

// A hash table of links that live in their owners; doubles as it fills.
struct room_table {
	struct room_link **buckets;
	uint32_t mask, count;
};

struct rooms {
	struct room_limits limits;
	struct room *all, *changed;
	struct room_table rooms_by_id, rooms_by_name, players_by_id, players_by_name;
};

#define ROOM_OF(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

int room_table_init(struct room_table *t);
void room_table_put(struct room_table *t, struct room_link *link, uint32_t hash);
void room_table_drop(struct room_table *t, struct room_link *link);
static inline struct room_link *room_table_first(const struct room_table *t, uint32_t hash)
{
	return t->buckets[hash & t->mask];
}
uint32_t room_hash(uint32_t seed, const char *name);
struct room *room_by_id(const struct rooms *rooms, uint32_t id);

// Ascending lists of voice ids.
bool room_ids_hold(const uint32_t *ids, unsigned count, uint32_t id);

// All rules but distance; whispers not considered.
bool room_may_hear(const struct room_player *hearer, const struct room_player *talker);

// --- change.c
void room_change_members(struct room *room);
void room_change_talker(struct room_player *talker);
void room_change_audiences(struct room *room); // of all talkers
void room_change_forget(struct room *room);

// --- near.c: who is near whom, as of the last tick. Nothing is allocated in between.
struct room_point {
	float at[3];
	uint32_t seat, cell;
};

struct room_near {
	uint32_t cap; // seats
	unsigned k;
	uint32_t *lists; // k seats for each hearer, ascending
	uint8_t *counts;
	uint32_t *starts, *heard; // for each talker its hearers: heard[starts[seat]] …
	struct room_point *points, *sorted;
	struct room_point *talkers; // by seat; `cell` is the group's number in this update, or 0
	uint32_t groups; // numbers given so far
	uint32_t *cells; // where a cell's points begin in `sorted`
};

// Room for `cap` seats and k neighbours; 0 or -ENOMEM, then nothing has changed.
int room_near_fit(struct room *room, uint32_t cap, unsigned k);
void room_near_free(struct room_near *near);
void room_near_forget(struct room *room, uint32_t seat);
void room_near_update(struct room *room);
bool room_near_holds(const struct room *room, uint32_t hearer, uint32_t talker);

// --- grid.c: the points of one team
struct room_grid {
	struct room_near *near;
	struct room_point *points; // sorted by cell
	uint32_t count;
	unsigned wide, high; // cells
	unsigned axis[2]; // the two widest
	float origin[2], cell; // least corner, length of a side
};

struct room_best { // the nearest so far, nearest first
	unsigned count, k;
	float worst; // squared distance beyond which nobody comes in
	float far[ROOM_NEAREST_MAX];
	uint32_t seats[ROOM_NEAREST_MAX];
};

void room_grid_build(struct room_grid *g, struct room_near *near, struct room_point *points,
		     uint32_t count);
void room_grid_nearest(const struct room_grid *g, const struct room *room,
		       const struct room_player *hearer, struct room_best *best);
void room_best_add(struct room_best *best, float far, uint32_t seat);

#endif
