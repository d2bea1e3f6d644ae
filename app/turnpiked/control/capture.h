// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_CAPTURE_H
#define CONTROL_CAPTURE_H

#include "control/capture_writer.h"
#include "node.h"

// In-service capture, as the control lane has it.

#define CAPTURE_FILE_MAX 512 // bytes of a path, with NUL

struct capture_state {
	enum { CAPTURE_NONE, CAPTURE_RUNNING, CAPTURE_CLOSING, CAPTURE_CLOSED } state;
	struct tap tap; // workers hold it while it runs, and a grace period longer
	char file[CAPTURE_FILE_MAX]; // the whole path
	char about[CAPTURE_COMMENT_MAX]; // what is captured, for people
	char since[HOST_TIME_MAX];
	struct capture_limits limits;
	uint64_t session; // id, of CAPTURE_SESSION
	uint64_t started_ms, ended_ms, due_ms;
	uint64_t grace; // token of the grace period
	bool finishing; // it has passed
	uint8_t end; // enum capture_end
	struct capture_writer *writer; // NULL: not running
	struct capture_counts counts; // of one that is over
};

// --- capture_wanted.c: what capture.start asks for ---------------------------------------------------------

// Fills filter, session, limits, about. API_OK or an error's code.
enum api_code capture_wanted(const struct node *n, const json_t *params, struct capture_state *out,
			     struct api_error *error);
// Makes the file that `params` named (s->file holds the name, then the path). API_OK or an error's code.
enum api_code capture_file_open(const struct node *n, struct capture_state *s, int *fd,
				struct api_error *error);
void capture_file_drop(const struct capture_state *s, int fd); // nothing came of it

#endif
