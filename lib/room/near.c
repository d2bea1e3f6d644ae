// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "room/private.h"

void room_near_free(struct room_near *near)
{
	if (!near)
		return;
	free(near->lists);
	free(near->counts);
	free(near->starts);
	free(near->heard);
	free(near->points);
	free(near->sorted);
	free(near->talkers);
	free(near->cells);
	free(near);
}

static struct room_near *near_new(uint32_t cap, unsigned k)
{
	struct room_near *n = calloc(1, sizeof *n);
	size_t cells = cap < ROOM_CELLS_MAX ? cap : ROOM_CELLS_MAX;

	if (!n)
		return NULL;
	n->cap = cap;
	n->k = k;
	n->lists = calloc((size_t)cap * k, sizeof *n->lists);
	n->counts = calloc(cap, sizeof *n->counts);
	n->starts = calloc((size_t)cap + 1, sizeof *n->starts);
	n->heard = calloc((size_t)cap * k, sizeof *n->heard);
	n->points = calloc(cap, sizeof *n->points);
	n->sorted = calloc(cap, sizeof *n->sorted);
	n->talkers = calloc(cap, sizeof *n->talkers);
	n->cells = calloc(cells + 1, sizeof *n->cells);
	if (n->lists && n->counts && n->starts && n->heard && n->points && n->sorted &&
	    n->talkers && n->cells)
		return n;
	room_near_free(n);
	return NULL;
}

static void near_copy(struct room_near *to, const struct room_near *from)
{
	uint32_t seats = from->cap < to->cap ? from->cap : to->cap;

	memcpy(to->lists, from->lists, (size_t)seats * to->k * sizeof *to->lists);
	memcpy(to->counts, from->counts, seats * sizeof *to->counts);
	memcpy(to->starts, from->starts, seats * sizeof *to->starts);
	for (uint32_t i = seats; i <= to->cap; i++)
		to->starts[i] = from->starts[seats];
	memcpy(to->heard, from->heard, from->starts[seats] * sizeof *to->heard);
}

int room_near_fit(struct room *room, uint32_t cap, unsigned k)
{
	struct room_near *near = near_new(cap, k);

	if (!near)
		return -ENOMEM;
	if (room->near && room->near->k == k)
		near_copy(near, room->near);
	room_near_free(room->near);
	room->near = near;
	room->moved = true;
	return 0;
}

static int seat_find(const struct room_near *near, uint32_t hearer, uint32_t talker)
{
	const uint32_t *list = near->lists + (size_t)hearer * near->k;

	for (unsigned i = 0; i < near->counts[hearer]; i++)
		if (list[i] == talker)
			return (int)i;
	return -1;
}

bool room_near_holds(const struct room *room, uint32_t hearer, uint32_t talker)
{
	return seat_find(room->near, hearer, talker) >= 0;
}

static void talker_changed(struct room *room, uint32_t seat)
{
	if (room->seats[seat])
		room_change_talker(room->seats[seat]);
}

// Both lists are ascending: whoever is in one of them only has another audience now.
static void list_store(struct room *room, uint32_t hearer, const uint32_t *new, unsigned count)
{
	struct room_near *near = room->near;
	uint32_t *old = near->lists + (size_t)hearer * near->k;
	unsigned i = 0, j = 0, had = near->counts[hearer];

	if (had == count && !memcmp(old, new, count * sizeof *new))
		return;
	while (i < had || j < count) {
		if (j == count || (i < had && old[i] < new[j])) {
			talker_changed(room, old[i++]);
		} else if (i == had || new[j] < old[i]) {
			talker_changed(room, new[j++]);
		} else {
			i++;
			j++;
		}
	}
	memcpy(old, new, count * sizeof *new);
	near->counts[hearer] = (uint8_t)count;
}

// Somebody else may take the seat before the next tick.
void room_near_forget(struct room *room, uint32_t seat)
{
	struct room_near *near = room->near;

	if (!near)
		return;
	list_store(room, seat, &seat, 0);
	for (uint32_t i = near->starts[seat]; i < near->starts[seat + 1]; i++) {
		uint32_t hearer = near->heard[i], *list = near->lists + (size_t)hearer * near->k;
		int at = seat_find(near, hearer, seat);

		if (at < 0)
			continue;
		near->counts[hearer]--;
		memmove(&list[at], &list[at + 1],
			(near->counts[hearer] - (unsigned)at) * sizeof *list);
	}
	room->moved = true;
}

static void seats_sort(uint32_t *seats, unsigned count)
{
	for (unsigned i = 1; i < count; i++) {
		uint32_t seat = seats[i];
		unsigned at = i;

		for (; at > 0 && seats[at - 1] > seat; at--)
			seats[at] = seats[at - 1];
		seats[at] = seat;
	}
}

static bool hears_near(const struct room_player *p)
{
	return p && p->placed && !(p->flags & (ROOM_DEAF | ROOM_ALL_TEAMS));
}

static bool talks_near(const struct room_player *p)
{
	return !(p->flags & (ROOM_MUTED | ROOM_LISTENER)) && !p->whisper_count;
}

struct group { // players of one team, by place in near->points
	struct room *room;
	uint32_t first, end;
	unsigned leader_count;
	uint32_t leaders[ROOM_NEAREST_MAX]; // priority speakers: in range, they are always near
};

// Those of the last update are a good first guess: K talkers are known to be as near as the farthest of
// them, so that few others have to be sorted in: 15 instead of 18 ms a tick of 10,000.
static float list_reach(const struct group *t, const struct room_player *p, float range)
{
	const struct room_near *near = t->room->near;
	const uint32_t *list = near->lists + (size_t)p->seat * near->k;
	float farthest = 0;

	if (near->counts[p->seat] < near->k || p->mute_count || t->leader_count)
		return range;
	for (unsigned i = 0; i < near->k; i++) {
		const struct room_point *l = &near->talkers[list[i]];
		float x = l->at[0] - p->at[0], y = l->at[1] - p->at[1], z = l->at[2] - p->at[2];

		if (l->cell != near->groups)
			return range;
		farthest = fmaxf(farthest, x * x + y * y + z * z);
	}
	farthest = nextafterf(farthest, INFINITY);
	return farthest < range ? farthest : range;
}

static void group_hearer(const struct group *t, const struct room_grid *grid, struct room_player *p)
{
	struct room *room = t->room;
	float range = nextafterf(room->range * room->range, INFINITY);
	struct room_best best;

	best.count = 0;
	best.k = room->near->k;
	best.worst = list_reach(t, p, range);
	for (unsigned i = 0; i < t->leader_count; i++) {
		const struct room_player *l = room->seats[t->leaders[i]];
		float x = l->at[0] - p->at[0], y = l->at[1] - p->at[1], z = l->at[2] - p->at[2];

		if (x * x + y * y + z * z < range && best.count < best.k && room_may_hear(p, l))
			room_best_add(&best, -1, l->seat);
	}
	room_grid_nearest(grid, room, p, &best);
	seats_sort(best.seats, best.count);
	list_store(room, p->seat, best.seats, best.count);
}

// Talkers first, so that the grid takes them as they lie.
static uint32_t group_split(struct group *t)
{
	struct room_near *near = t->room->near;
	struct room_point *points = near->points;
	uint32_t talkers = t->first;

	for (uint32_t i = t->first; i < t->end; i++) {
		const struct room_player *p = t->room->seats[points[i].seat];
		struct room_point swap = points[i];

		if (!talks_near(p))
			continue;
		if (p->flags & ROOM_PRIORITY && t->leader_count < t->room->near->k) {
			t->leaders[t->leader_count++] = p->seat;
			continue;
		}
		points[i] = points[talkers];
		points[talkers++] = swap;
		near->talkers[swap.seat] = swap;
		near->talkers[swap.seat].cell = near->groups;
	}
	return talkers - t->first;
}

static void group_update(struct room *room, uint32_t first, uint32_t end)
{
	struct group t = {.room = room, .first = first, .end = end};
	struct room_point *points = room->near->points;
	struct room_grid grid;
	uint32_t talkers;

	room->near->groups++;
	talkers = group_split(&t);
	room_grid_build(&grid, room->near, points + first, talkers);
	for (uint32_t i = first; i < end; i++) {
		struct room_player *p = room->seats[points[i].seat];

		if (hears_near(p))
			group_hearer(&t, &grid, p);
	}
}

static int team_compare(const void *a, const void *b)
{
	const struct room_point *p = (const struct room_point *)a,
				*q = (const struct room_point *)b;

	if (p->cell != q->cell)
		return p->cell < q->cell ? -1 : 1;
	return (p->seat > q->seat) - (p->seat < q->seat);
}

// Whoever has a place, by team; those who hear nobody by place lose their list.
static uint32_t points_gather(struct room *room)
{
	struct room_point *points = room->near->points;
	uint32_t count = 0;
	bool teams = false;

	for (uint32_t i = 0; i < room->seat_count; i++) {
		const struct room_player *p = room->seats[i];

		if (!hears_near(p))
			list_store(room, i, &i, 0);
		if (!p || !p->placed)
			continue;
		memcpy(points[count].at, p->at, sizeof p->at);
		points[count].seat = i;
		points[count].cell = p->team;
		teams |= points[count].cell != points[0].cell;
		count++;
	}
	if (teams)
		qsort(points, count, sizeof *points, team_compare);
	return count;
}

static void hearers_invert(struct room *room)
{
	struct room_near *near = room->near;
	uint32_t sum = 0;

	memset(near->starts, 0, ((size_t)near->cap + 1) * sizeof *near->starts);
	for (uint32_t i = 0; i < room->seat_count; i++)
		for (unsigned j = 0; j < near->counts[i]; j++)
			near->starts[near->lists[(size_t)i * near->k + j]]++;
	for (uint32_t i = 0; i <= near->cap; i++) {
		sum += near->starts[i];
		near->starts[i] = sum;
	}
	for (uint32_t i = room->seat_count; i-- > 0;)
		for (unsigned j = near->counts[i]; j-- > 0;)
			near->heard[--near->starts[near->lists[(size_t)i * near->k + j]]] = i;
}

void room_near_update(struct room *room)
{
	const struct room_point *points = room->near->points;
	uint32_t count = points_gather(room), first = 0;

	while (first < count) {
		uint32_t end = first + 1;

		while (end < count && points[end].cell == points[first].cell)
			end++;
		group_update(room, first, end);
		first = end;
	}
	hearers_invert(room);
}
