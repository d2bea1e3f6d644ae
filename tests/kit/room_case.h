// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_ROOM_CASE_H
#define KIT_ROOM_CASE_H

#include <stdio.h>

#include "kit/kit.h"
#include "room/room.h"

// Rooms of a test, made anew for each case, and numbers that are random but the same each time.
// Static: each test file is a program of its own.

static struct rooms *cased __attribute__((unused));
static uint64_t case_seed;

static inline uint32_t case_below(uint32_t n)
{
	case_seed ^= case_seed << 13;
	case_seed ^= case_seed >> 7;
	case_seed ^= case_seed << 17;
	return (uint32_t)((case_seed >> 32) * n >> 32);
}

static inline float case_random(void)
{
	return (float)case_below(1 << 24) / (float)(1 << 24);
}

static inline int case_open(void **state)
{
	static const struct room_limits limits = {.rooms = 100,
						  .players = 20000,
						  .players_per_room = 10000};

	(void)state;
	case_seed = 0x9e3779b97f4a7c15u;
	return rooms_new(&cased, &limits);
}

static inline int case_close(void **state)
{
	(void)state;
	rooms_free(cased);
	return 0;
}

static inline struct room *case_room(const char *name)
{
	struct room *room = NULL;

	assert_int_equal(room_new(&room, cased, name), 0);
	return room;
}

static inline struct room_player *case_join(struct room *room, unsigned number)
{
	struct room_player *p = NULL;
	char name[16];

	snprintf(name, sizeof name, "p%u", number);
	assert_int_equal(room_join(&p, room, name, NULL), 0);
	return p;
}

#endif
