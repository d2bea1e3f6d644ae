// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_WHIP_H
#define CONTROL_WHIP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include "config/limits.h"

struct node;
struct host_http_request;
struct host_http_reply;

// --- control/whip_guard.c: who brings bad tokens. Pure. ---------------------------------------------------

#define WHIP_GUARD_SOURCE 16 // bytes: an IPv6 address, an IPv4 one as mapped
struct whip_guard_row {
	uint8_t source[WHIP_GUARD_SOURCE];
	uint64_t since_ms; // of a window
	uint32_t count; // 0: free
};
struct whip_guard {
	struct whip_guard_row rows[WHIP_GUARD_ROWS];
};
// A bad token came from there (NULL: not known). Where that was one too many within the window: seconds
// until it ends; else 0. Good tokens are not asked about: whoever shares an address, as behind a proxy,
// may come in whatever the others bring.
unsigned whip_guard_note(struct whip_guard *g, const struct sockaddr *from, uint64_t now_ms);

// --- control/whip.c ---------------------------------------------------------------------------------------

// The HTTP door (RFC 9725), for a path that begins with "/whip/". Control lane.
void whip_request(struct node *n, struct whip_guard *g, const struct host_http_request *rq,
		  struct host_http_reply *rp);

// --- control/whip_words.c: what headers say. Pure. --------------------------------------------------------

struct whip_path {
	char room[ROOM_NAME_MAX + 1];
	char session[17]; // "" where the path ends with the room
};
// "/whip/ROOM" or "/whip/ROOM/SESSION", unescaped; false for anything else.
bool whip_path_read(const char *path, struct whip_path *out);
#define WHIP_ESCAPED_MAX (3 * ROOM_NAME_MAX + 1)
char *whip_escape(char out[WHIP_ESCAPED_MAX], const char *room); // for a path; returns `out`

const char *whip_bearer(const char *authorization); // the token, or NULL
// Whether a Content-Type is this type, whatever its parameters. NULL is none.
bool whip_type_is(const char *content_type, const char *type);
// Whether an Accept header lets us answer with it; without a header (NULL) anything goes.
bool whip_accepts(const char *accept, const char *type);
// Strong comparison (RFC 9110 section 8.8.3.2); `etag` with its quotes. "*" fits all.
bool whip_etag_fits(const char *if_match, const char *etag);

#endif
