// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_TURN_CASE_H
#define KIT_TURN_CASE_H

#include "kit/kit.h"
#include "kit/turn_client.h"

// What most test files of lib/turn begin with: a world `w`, made anew for each case, and a client `c` in
// it that knows the nonce. Static: each file is a program of its own.

static struct turn_world w;
static struct turn_client c;

static int setup(void **state)
{
	(void)state;
	world_init(&w);
	world_open(&w);
	assert_non_null(w.turn);
	client_init(&c, &w, "198.18.0.10:5000", "alice", "secret");
	client_login(&c);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	world_close(&w);
	return 0;
}

#endif
