// SPDX-License-Identifier: Apache-2.0
#include <math.h>
#include <string.h>

#include "room/private.h"

static void axes_choose(struct room_grid *g, const struct room_point *points, uint32_t count,
			float size[2])
{
	float low[3], high[3];
	unsigned thin = 0;

	memcpy(low, points[0].at, sizeof low);
	memcpy(high, points[0].at, sizeof high);
	for (uint32_t i = 1; i < count; i++)
		for (unsigned a = 0; a < 3; a++) {
			low[a] = fminf(low[a], points[i].at[a]);
			high[a] = fmaxf(high[a], points[i].at[a]);
		}
	for (unsigned a = 1; a < 3; a++)
		if (high[a] - low[a] <= high[thin] - low[thin])
			thin = a;
	g->axis[0] = thin == 0;
	g->axis[1] = thin == 2 ? 1 : 2;
	for (unsigned i = 0; i < 2; i++) {
		g->origin[i] = low[g->axis[i]];
		size[i] = high[g->axis[i]] - low[g->axis[i]];
	}
}

// Four points a cell: 3 to 6 are the fastest for 20 neighbours, 2 costs a tenth more. In
// crowds a cell holds many; ROOM_LOOKS_MAX bounds what that may cost.
static void cells_choose(struct room_grid *g, const float size[2])
{
	uint32_t most = g->near->cap < ROOM_CELLS_MAX ? g->near->cap : ROOM_CELLS_MAX;
	float least = fmaxf(fmaxf(size[0], size[1]) / (float)most, 1e-3f);

	g->cell = fmaxf(sqrtf(size[0] * size[1] * 4 / (float)g->count), least);
	do {
		g->wide = (unsigned)(size[0] / g->cell) + 1;
		g->high = (unsigned)(size[1] / g->cell) + 1;
		g->cell *= 1.25f;
	} while ((uint64_t)g->wide * g->high > most);
	g->cell /= 1.25f;
}

static unsigned cell_at(float at, float origin, float cell, unsigned count)
{
	float n = (at - origin) / cell;

	if (!(n > 0))
		return 0;
	return n >= (float)count ? count - 1 : (unsigned)n;
}

void room_grid_build(struct room_grid *g, struct room_near *near, struct room_point *points,
		     uint32_t count)
{
	uint32_t *cells = near->cells, sum = 0;
	float size[2];

	*g = (struct room_grid){.near = near, .points = near->sorted, .count = count};
	if (!count)
		return;
	axes_choose(g, points, count, size);
	cells_choose(g, size);
	memset(cells, 0, ((size_t)g->wide * g->high + 1) * sizeof *cells);
	for (uint32_t i = 0; i < count; i++) {
		unsigned x = cell_at(points[i].at[g->axis[0]], g->origin[0], g->cell, g->wide);
		unsigned y = cell_at(points[i].at[g->axis[1]], g->origin[1], g->cell, g->high);

		points[i].cell = y * g->wide + x;
		cells[points[i].cell]++;
	}
	for (uint32_t i = 0; i < g->wide * g->high; i++) {
		sum += cells[i];
		cells[i] = sum;
	}
	cells[g->wide * g->high] = sum;
	for (uint32_t i = count; i-- > 0;)
		g->points[--cells[points[i].cell]] = points[i];
}

void room_best_add(struct room_best *best, float far, uint32_t seat)
{
	unsigned at = best->count;

	if (best->count < best->k)
		best->count++;
	else
		at--;
	for (; at > 0 && best->far[at - 1] > far; at--) {
		best->far[at] = best->far[at - 1];
		best->seats[at] = best->seats[at - 1];
	}
	best->far[at] = far;
	best->seats[at] = seat;
	if (best->count == best->k)
		best->worst = best->far[best->k - 1];
}

struct search {
	const struct room_grid *grid;
	const struct room *room;
	const struct room_player *hearer;
	struct room_best *best;
	unsigned looks;
	int x, y; // cell
};

static void points_look(struct search *s, uint32_t first, uint32_t end)
{
	const struct room_player *hearer = s->hearer;
	const float *at = hearer->at;

	s->looks += end - first;
	for (uint32_t i = first; i < end; i++) {
		const struct room_point *p = &s->grid->points[i];
		float x = p->at[0] - at[0], y = p->at[1] - at[1], z = p->at[2] - at[2];
		float far = x * x + y * y + z * z;

		if (far >= s->best->worst || p->seat == hearer->seat)
			continue;
		if (hearer->mute_count && room_is_muted_for(hearer, s->room->seats[p->seat]->id))
			continue;
		room_best_add(s->best, far, p->seat);
	}
}

// Cells x0 to x1 of a row; those that lie outside are none.
static void row_look(struct search *s, int y, int x0, int x1)
{
	const struct room_grid *g = s->grid;
	const uint32_t *row = g->near->cells + (size_t)y * g->wide;

	x0 = x0 < 0 ? 0 : x0;
	x1 = x1 >= (int)g->wide ? (int)g->wide - 1 : x1;
	if (x0 <= x1)
		points_look(s, row[x0], row[x1 + 1]);
}

static void ring_look(struct search *s, int r)
{
	for (int y = s->y - r; y <= s->y + r && s->looks < ROOM_LOOKS_MAX; y++) {
		if (y < 0 || y >= (int)s->grid->high)
			continue;
		if (y == s->y - r || y == s->y + r) {
			row_look(s, y, s->x - r, s->x + r);
			continue;
		}
		row_look(s, y, s->x - r, s->x - r);
		row_look(s, y, s->x + r, s->x + r);
	}
}

// How far from the hearer the first point may be that no ring up to r has; infinite where none is left.
static float ring_reach(const struct search *s, int r)
{
	const struct room_grid *g = s->grid;
	const int at[2] = {s->x, s->y}, count[2] = {(int)g->wide, (int)g->high};
	float reach = INFINITY;

	for (unsigned i = 0; i < 2; i++) {
		float here = s->hearer->at[g->axis[i]] - g->origin[i];

		if (at[i] - r > 0)
			reach = fminf(reach, here - (float)(at[i] - r) * g->cell);
		if (at[i] + r < count[i] - 1)
			reach = fminf(reach, (float)(at[i] + r + 1) * g->cell - here);
	}
	return reach;
}

void room_grid_nearest(const struct room_grid *g, const struct room *room,
		       const struct room_player *hearer, struct room_best *best)
{
	struct search s = {.grid = g, .room = room, .hearer = hearer, .best = best};

	if (!g->count)
		return;
	s.x = (int)cell_at(hearer->at[g->axis[0]], g->origin[0], g->cell, g->wide);
	s.y = (int)cell_at(hearer->at[g->axis[1]], g->origin[1], g->cell, g->high);
	for (int r = 0; s.looks < ROOM_LOOKS_MAX; r++) {
		float reach;

		ring_look(&s, r);
		reach = ring_reach(&s, r);
		if (reach == INFINITY || (reach > 0 && reach * reach >= best->worst))
			break;
	}
}
