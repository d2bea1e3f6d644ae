// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_HTTP_H
#define HOST_HTTP_H

#include <microhttpd.h>

#include "host/private.h"

struct host_http {
	struct host_loop *loop;
	host_http_handler *handle;
	void *ctx;
	int fd; // listening, until the daemon has it
	struct MHD_Daemon *daemon;
	struct host_watch *watch; // of the daemon's epoll
	struct ev_timer timer; // when the daemon wants to run by itself
	double wait_s; // HOST_HTTP_WAIT_S, unless a test is in a hurry
	unsigned conns;
	bool reopen; // a place came free: the daemon listens again only when it runs once more
};

// --- http_request.c: libmicrohttpd's callbacks; `ctx` is the struct host_http ---

enum MHD_Result http_request(void *ctx, struct MHD_Connection *c, const char *url,
			     const char *method, const char *version, const char *body,
			     size_t *body_len, void **state);
void http_completed(void *ctx, struct MHD_Connection *c, void **state,
		    enum MHD_RequestTerminationCode why);
// Keeps the time: a connection that brings no whole request within HOST_HTTP_WAIT_S is shut,
// however busily it drips.
void http_connection(void *ctx, struct MHD_Connection *c, void **state,
		     enum MHD_ConnectionNotificationCode what);

#endif
