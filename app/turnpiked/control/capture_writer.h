// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_CAPTURE_WRITER_H
#define CONTROL_CAPTURE_WRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "path/tap.h"
#include "port/port.h"

// The thread that writes a capture's file. Not the control lane, whose loop a slow disk may not hold up,
// and no worker. It inherits the control lane's CPU and gives way to it (nice).

enum capture_end { // why it ended; the order of capture_end_names
	CAPTURE_GOES_ON,
	CAPTURE_STOPPED,
	CAPTURE_FULL_PACKETS,
	CAPTURE_FULL_BYTES,
	CAPTURE_FULL_SECONDS,
	CAPTURE_SESSION_OVER,
	CAPTURE_WRITE_FAILED,
	CAPTURE_SHUTDOWN,
	CAPTURE_ENDS
};
extern const char *const capture_end_names[CAPTURE_ENDS];

struct capture_limits {
	uint64_t packets, bytes, seconds;
};

struct capture_writer;

struct capture_job { // kept by the caller as long as the writer lives
	int fd; // closed by the writer
	struct capture_lane *const *lanes;
	unsigned lane_count;
	const struct port *ports;
	unsigned port_count;
	struct capture_limits limits;
	const char *about; // comment of the file
};

// 0 or -errno, and then fd is the caller's still.
int capture_writer_open(struct capture_writer **out, const struct capture_job *job);
// No worker puts anything on the lanes any more: write what is there, close.
void capture_writer_finish(struct capture_writer *w);
bool capture_writer_done(const struct capture_writer *w); // the file is closed
struct capture_counts {
	uint64_t packets, bytes, seen, lost;
	uint8_t end; // enum capture_end: why nothing more is written; CAPTURE_GOES_ON
	int err; // errno of CAPTURE_WRITE_FAILED
};
struct capture_counts capture_writer_counts(const struct capture_writer *w);
// Waits for the file to be closed (after finish) and frees. What it came to.
struct capture_counts capture_writer_close(struct capture_writer *w);

#endif
