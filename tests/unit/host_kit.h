// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_KIT_H
#define HOST_KIT_H

#include "kit/kit.h"

#include "host/host.h"

// A loop with a control socket in a folder of its own, and clients in the same thread: a client's
// call runs the loop until it has what it wants.
struct host_kit {
	struct host_loop *loop;
	struct host_socket *socket;
	char folder[64];
	char path[100];
	const char *group; // NULL: none
	unsigned lines, closed; // calls of the ops
	unsigned made; // connections
	size_t last_len;
	struct host_conn *last; // that sent a line
	int send_err; // of the last answer
};

// The socket answers a line by what it says: "echo …" with the same line, "big N" with N bytes and a
// newline, "hush" not at all, "slow" with the same after a millisecond.
void host_kit_open(struct host_kit *k);
void host_kit_close(struct host_kit *k);
void host_kit_socket(struct host_kit *k, bool full); // the socket; open has not made it

int host_kit_connect(struct host_kit *k); // a client's descriptor, non-blocking
void host_kit_send(struct host_kit *k, int fd, const void *bytes, size_t len); // all of it
void host_kit_say(struct host_kit *k, int fd, const char *text);
// Bytes that came until a newline, the end (*ended) or the cap; fails the test after 5 s.
size_t host_kit_read(struct host_kit *k, int fd, char *out, size_t cap, bool *ended);
void host_kit_expect(struct host_kit *k, int fd, const char *line); // newline included
void host_kit_expect_end(struct host_kit *k, int fd); // whatever comes before it
void host_kit_run(struct host_kit *k, unsigned ms);
// Until all but so many connections are closed; fails the test after 20 s.
void host_kit_expect_left(struct host_kit *k, unsigned left);
void host_kit_hang_up(struct host_kit *k, const int *fds, unsigned n); // all that are left

#endif
