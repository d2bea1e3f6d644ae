// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_TAP_H
#define PATH_TAP_H

#include "capture/capture.h"
#include "path/path.h"

// In-service capture: copies of what matches go on the worker's lane. No step of the walk: classify, send
// and drop look once a burst whether there is a tap (worker.h), which costs a branch that is never taken.

struct worker_tx;

struct tap { // made by the control lane, fixed while workers see it
	struct capture_filter filter;
	struct capture_lane *lanes[WORKERS_MAX]; // of each worker
};

// What came in, as it came: slots that were parsed, before anything in them is changed.
void tap_in(const struct path *p, const struct tap *t, const struct path_list *l);
// Slots that are dropped, as they stand; a session's and a peer's are in the capture as they came, too.
void tap_dropped(const struct path *p, const struct tap *t, const struct path_list *l);
// Frames that are about to go to this queue.
void tap_out(const struct worker *w, const struct tap *t, const struct worker_tx *tx);
// Of these, the ones from `from` on, which it did not take.
void tap_unsent(const struct worker *w, const struct tap *t, const struct worker_tx *tx,
		unsigned from);

#endif
