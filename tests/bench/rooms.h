// SPDX-License-Identifier: Apache-2.0
#ifndef BENCH_ROOMS_H
#define BENCH_ROOMS_H

#include "metric/latency.h"
#include "worker.h"

// A crowd of SRTP players with keys that the bench knows, on a port of the relay's own process: what it
// sends and takes is counted in cycles of its own, which are not the relay's.

#define ROOMS_FRAME_MAX 256
#define ROOMS_SLOTS_MAX 10
#define ROOMS_OPENED_EACH 61 // one player in so many opens all that it hears

struct scene { // rooms alike
	const char *name;
	unsigned rooms, talkers, listeners, slots;
	enum srtp_profile profile;
	unsigned first_room, first_player; // indices of flow; by players_open
};

struct member { // a player, as it is outside of the relay
	struct srtp_sides theirs, ours;
	struct voice_state *state;
	uint64_t index, due_tsc;
	uint32_t ts, room;
	uint16_t expected[ROOMS_SLOTS_MAX]; // sequence numbers
	uint16_t heard_of; // bits of slots that something came by
	uint8_t loud, level; // now and then drawn anew; what was sent last
	struct srtp_streams streams; // of those who open
};

struct shot { // a frame to send
	uint16_t len;
	uint32_t player;
	uint8_t bytes[ROOMS_FRAME_MAX];
};

struct players_counts {
	uint64_t sent, received, opened, wrong, gaps, behind_most;
	uint64_t generate_cycles, check_cycles;
};

struct players {
	struct worker *worker;
	struct flow *flow;
	struct port port;
	struct member *members;
	unsigned count;
	struct voice_room_state **rooms;
	unsigned room_count;
	const struct scene *scene; // whose talkers talk
	uint32_t *order; // of its talkers
	unsigned order_count, next; // the next in order to talk
	struct shot *shots; // made ahead, NULL: each is made when it is due
	uint64_t start_tsc, period_tsc; // where they are not made ahead: between two
	uint64_t turn; // so many shots were due
	unsigned payload;
	uint32_t seed;
	struct players_counts counts;
	struct latency latency;
};

// DPDK, a port, a relay of one worker that runs on this cpu in the calling thread. 0 or -errno.
int players_start(struct players *c, unsigned cpu);
// Players and rooms, published. 0 or -errno.
int players_open(struct players *c, struct scene scenes[], unsigned n);
void players_stop(struct players *c);
// From now on this scene talks; `period_tsc` between two packets, 0: made ahead, by players_round.
int players_talk(struct players *c, const struct scene *s, uint64_t period_tsc);
// One packet of each talker, sealed.
void players_round(struct players *c);
// Copies that leave when each talker who is heard says one thing.
unsigned scene_copies(const struct scene *s);

#endif
