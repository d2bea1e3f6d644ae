// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_HOST_H
#define HOST_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"

// The operating system, for the control lane: clock, log, event loop (libev), control socket,
// HTTP (libmicrohttpd), signals. One thread, but for host_log, which any thread but a worker may
// use.

// --- Clock ---
uint64_t host_now_ms(void); // steady
uint64_t host_wall_s(void); // since 1970
uint64_t host_wall_ms(void);
// RFC 3339 in UTC with milliseconds, into `out`, which is returned.
#define HOST_TIME_MAX 40
char *host_time_format(char out[HOST_TIME_MAX], uint64_t wall_ms);
void host_random(void *out, size_t len_bytes); // never fails (aborts)

// --- Log: one line an event, to standard error ---
enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
void host_log_setup(enum log_level level, bool json);
enum log_level host_log_level(void);
// `event` is a short stable word ("ready", "port_up"); then pairs of key and text value, ended by
// NULL: host_log(LOG_LEVEL_INFO, "port_up", "port", name, "speed", text, NULL). Values are escaped;
// a pair whose value is "" or NULL is left out. A line is HOST_LOG_LINE_MAX bytes at most, the rest
// is cut ("cut": true). Lines of the same event beyond HOST_LOG_PER_S a second are counted and said
// once ("repeated": N). Lines that standard error does not take in time are lost, counted, and said
// when it takes lines again ("log_lost"). errno is kept.
void host_log(enum log_level level, const char *event, ...) __attribute__((sentinel));
// What this thread logs from here on carries this as "trace", unless the pairs have one; "": nothing.
void host_log_trace(const char *trace);
const char *host_trace(void); // what was set so
// Formats a value for host_log: a ring of 16 buffers a thread, good until 16 calls later.
const char *host_text(const char *format, ...) __attribute__((format(printf, 1, 2)));

// --- Event loop ---
struct host_loop; // wraps struct ev_loop
struct host_loop *
host_loop_new(void); // NULL: out of memory or descriptors; SIGPIPE is off from here on
void host_loop_free(struct host_loop *l);
// Handles what is ready; waits at most wait_us for it (0: not at all), to some microseconds.
// Returns events handled.
unsigned host_loop_run(struct host_loop *l, unsigned wait_us);
struct host_watch;
struct host_watch *host_watch_fd(struct host_loop *l, int fd, bool read, bool write,
				 void (*ready)(void *ctx, bool read, bool write), void *ctx);
void host_watch_change(struct host_watch *w, bool read, bool write);
void host_watch_free(struct host_watch *w); // does not close fd
int host_watch_signal(struct host_loop *l, int signal, void (*fire)(void *ctx, int signal),
		      void *ctx); // until host_loop_free

// --- Control socket: whole lines in, whole lines out ---
struct host_peer { // who is on the other end (SO_PEERCRED)
	uint32_t uid, gid;
	bool may_change; // full socket and (root, our own user, or in the group); false: show only
};
struct host_conn;
struct host_socket;
struct host_socket_ops {
	// One line without newline; answer with host_conn_send, at once or later.
	void (*line)(void *ctx, struct host_conn *c, const char *line, size_t len);
	void (*closed)(void *ctx,
		       struct host_conn *c); // forget it; never called from host_conn_send
};
// NULL with errno. A stale socket file is replaced, a live one is EADDRINUSE; missing folders are
// made (0755). `full`: mode 0660, root and `group`, may_change; otherwise mode 0666, for everybody
// on the machine to look. An unknown group is logged and lets nobody in.
// Bounds: HOST_LINE_MAX bytes a line, HOST_BACKLOG_MAX bytes unsent: the connection that breaks one
// is closed (a line too long is answered first). HOST_CONNS_MAX connections: one more takes the place
// of one of the user's who has most, that asked nothing in HOST_GRACE_MS or was quiet longest; with
// none such it waits. HOST_HELD_MAX bytes in all buffers: the connection with most is closed.
// HOST_TURN_US of a connection and HOST_ROUND_US of all in a run of the loop: the others have their
// turn in the next, the first request of a connection excepted. Requests of a peer that does not read
// wait from HOST_PAUSE bytes unsent on; after HOST_STALL_S without a byte taken it is closed. A peer
// that ends its side is answered what it asked and then closed.
struct host_socket *host_socket_open(struct host_loop *l, const char *path, const char *group,
				     bool full, const struct host_socket_ops *ops, void *ctx);
void host_socket_close(struct host_socket *s); // not from `line`
// Another group for a full socket, for those who are connected already too.
void host_socket_group(struct host_socket *s, const char *group);
const struct host_peer *host_conn_peer(const struct host_conn *c);
// 0, or -ENOBUFS when the backlog is full (the connection is then closed).
int host_conn_send(struct host_conn *c, const char *bytes, size_t len);
size_t host_conn_unsent(const struct host_conn *c); // bytes that wait for the reader

// --- HTTP ---
struct host_http;
struct sockaddr;
struct host_http_reply {
	unsigned status;
	const char *content_type;
	char *body; // malloc'ed, taken over; NULL: empty
	size_t len;
	struct host_http_field {
		const char *name;
		char value[HOST_HTTP_FIELD_MAX + 1];
	} fields[HOST_HTTP_FIELDS_MAX]; // more headers
	unsigned field_count;
};
struct host_http_request {
	const char *method, *path, *accept, *authorization; // NULL when absent
	const char *content_type, *if_match, *origin;
	const struct sockaddr *from; // NULL when not known
	const char *body;
	size_t body_len;
};
// Runs on the loop's thread; answers at once. A reply that is left alone is a 500.
typedef void host_http_handler(void *ctx, const struct host_http_request *rq,
			       struct host_http_reply *rp);
// One more header, whose name lasts; what is too many or too long is left out.
void host_http_field(struct host_http_reply *rp, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
// "127.0.0.1:9478" or "[::1]:9478"; NULL with errno. Bounds: HOST_HTTP_CONNS_MAX connections,
// HOST_HTTP_MEMORY bytes of headers (431), HOST_HTTP_BODY_MAX bytes of body (413; without an
// announced length the connection ends), HOST_HTTP_WAIT_S for a whole request and between two.
struct host_http *host_http_open(struct host_loop *l, const char *listen, host_http_handler *handle,
				 void *ctx);
void host_http_close(struct host_http *h);

// --- systemd (sd_notify; nothing without NOTIFY_SOCKET) ---
void host_notify_ready(void);
void host_notify_stopping(void);
void host_notify_alive(void);
// How often systemd wants to hear host_notify_alive at least; 0: it does not watch.
uint64_t host_notify_watchdog_ms(void);

#endif
