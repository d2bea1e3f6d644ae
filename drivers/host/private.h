// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_PRIVATE_H
#define HOST_PRIVATE_H

#include <ev.h>

#include "host/host.h"

struct host_loop {
	struct ev_loop *ev;
	struct ev_io alarm; // a timerfd: libev by itself waits in whole milliseconds
	bool armed; // it may be ready
	unsigned handled; // events of this run
	// Turns of the control connections: bounds.c
	uint64_t pass; // grows when all that were ready have been served
	uint64_t began_us; // the first turn of this run
	bool spent; // this run's time is
	struct host_signal *signals;
};

// --- log.c: says what was held back of events that are quiet again; cheap when nothing is ---
void host_log_flush(void);

// --- conn.c: one accepted connection ---

struct host_socket {
	struct host_loop *loop;
	struct host_socket_ops ops;
	void *ctx;
	bool full;
	uint32_t gid; // of the group; UINT32_MAX: none
	char *path;
	int fd;
	uint64_t inode; // of the file that we made
	struct host_watch *watch;
	struct ev_timer pause; // no file descriptors were left: accepting rests
	struct host_conn *conns;
	unsigned conn_count;
	size_t held; // bytes of all buffers
	double stall_s; // HOST_STALL_S, unless a test is in a hurry
};

// --- buffer.c: bytes in at the end, out at the start ---

struct host_buffer {
	char *bytes;
	size_t start, end, cap;
};

static inline size_t host_buffer_len(const struct host_buffer *b)
{
	return b->end - b->start;
}

// Room for `more` bytes at bytes + end; NULL: out of memory, or more than `most` bytes in all.
char *host_buffer_room(struct host_buffer *b, size_t more, size_t most);
void host_buffer_drop(struct host_buffer *b, size_t n); // from the start
void host_buffer_free(struct host_buffer *b);

struct host_conn {
	struct host_conn *next;
	struct host_conn **link;
	struct host_socket *socket;
	struct host_peer peer;
	int fd;
	struct host_watch *watch;
	struct ev_timer stall; // runs while the peer keeps us waiting
	struct host_buffer in, out;
	size_t seen; // bytes of `in` that hold no newline
	size_t held; // of both buffers, as the socket counts them
	uint64_t pass, turn_us; // of the last turn
	uint64_t opened_ms;
	uint64_t active; // pass of the last whole line, or of bytes that the peer took
	bool asked; // a whole line at least
	bool ended; // nothing more comes in
	bool broken; // to be closed without a further word
};

// --- bounds.c: what all connections together may take ---

bool host_conns_evict(struct host_socket *s); // makes room for one more; false: all are new
void host_conn_held(struct host_conn *c); // its buffers have changed; may break it, or another
void host_turns_begin(struct host_loop *l); // of a run of the loop
bool host_turn_take(struct host_conn *c); // false: it waits for the next round
bool host_turn_over(const struct host_conn *c); // it had its time
void host_turn_end(struct host_loop *l);
void host_conn_break(struct host_conn *c); // closed by the loop, when no one is inside

// Takes fd over, and closes it on failure.
void host_conn_open(struct host_socket *s, int fd);
void host_conn_close(struct host_conn *c); // calls ops.closed, frees
void host_conn_recheck(struct host_conn *c); // its rights, by another group
// False where the other end cannot be told.
bool host_peer_read(struct host_peer *out, int fd, const struct host_socket *s);

#endif
