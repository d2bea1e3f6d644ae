// SPDX-License-Identifier: Apache-2.0
#include "capture/capture.h"

struct capture_record *capture_lane_room(struct capture_lane *l)
{
	uint64_t tail = __atomic_load_n(&l->tail, __ATOMIC_ACQUIRE);

	// Words that another thread may read while they change.
	__atomic_store_n(&l->seen, l->seen + 1, __ATOMIC_RELAXED);
	if (l->head - tail < CAPTURE_RECORDS)
		return &l->records[l->head % CAPTURE_RECORDS];
	__atomic_store_n(&l->lost, l->lost + 1, __ATOMIC_RELAXED);
	return NULL;
}

void capture_lane_put(struct capture_lane *l)
{
	__atomic_store_n(&l->head, l->head + 1, __ATOMIC_RELEASE);
}

const struct capture_record *capture_lane_first(const struct capture_lane *l)
{
	uint64_t head = __atomic_load_n(&l->head, __ATOMIC_ACQUIRE);

	return head == l->tail ? NULL : &l->records[l->tail % CAPTURE_RECORDS];
}

void capture_lane_taken(struct capture_lane *l)
{
	__atomic_store_n(&l->tail, l->tail + 1, __ATOMIC_RELEASE);
}

struct capture_lane *capture_lanes_oldest(struct capture_lane *const *lanes, unsigned n)
{
	struct capture_lane *oldest = NULL;
	uint64_t least = 0;

	for (unsigned i = 0; i < n; i++) {
		const struct capture_record *r = capture_lane_first(lanes[i]);

		if (!r || (oldest && r->tsc >= least))
			continue;
		oldest = lanes[i];
		least = r->tsc;
	}
	return oldest;
}
