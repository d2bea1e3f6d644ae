// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

const char *const turn_auth_failure_names[TURN_AUTH_FAILURES] = {
	[TURN_AUTH_MISSING] = "missing",     [TURN_AUTH_STALE] = "stale",
	[TURN_AUTH_USER] = "user",           [TURN_AUTH_EXPIRED] = "expired",
	[TURN_AUTH_INTEGRITY] = "integrity", [TURN_AUTH_MISMATCH] = "mismatch",
	[TURN_AUTH_MALFORMED] = "malformed", [TURN_AUTH_REVOKED] = "revoked",
	[TURN_AUTH_LIMITED] = "limited",
};

const char *const turn_counter_methods[6] = {
	"allocate", "refresh", "create_permission", "channel_bind", "binding", "other",
};

const uint16_t turn_counter_codes[16] = {
	0, 300, 400, 401, 403, 405, 420, 437, 438, 440, 441, 442, 443, 486, 508, 500,
};

static unsigned method_row(unsigned method)
{
	switch (method) {
	case STUN_ALLOCATE:
		return 0;
	case STUN_REFRESH:
		return 1;
	case STUN_CREATE_PERMISSION:
		return 2;
	case STUN_CHANNEL_BIND:
		return 3;
	case STUN_BINDING:
		return 4;
	default:
		return 5;
	}
}

void turn_count_answer(struct turn *t, unsigned method, unsigned code)
{
	for (unsigned i = 0; i < BASE_COUNT(turn_counter_codes); i++)
		if (turn_counter_codes[i] == code)
			t->counters.requests[method_row(method)][i]++;
}

const struct turn_counters *turn_counters(const struct turn *t)
{
	return &t->counters;
}
