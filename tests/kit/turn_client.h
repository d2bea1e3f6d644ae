// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_TURN_CLIENT_H
#define KIT_TURN_CLIENT_H

#include "turn/turn.h"

// A TURN server in memory with a clock that tests turn, and clients that speak to it by function
// call. Not for threads.

#define CLIENT_SILENCE 999 // no answer came
#define CLIENT_REALM "turnpike.test"

struct turn_world {
	struct turn_settings settings;
	struct turn *turn;
	struct turn_now now;
	unsigned made, changed, gone;
	int refuse; // what `made` returns
	const char *revoked; // a user that `refused` is to refuse
	enum turn_end end; // of the last that went
	unsigned told[TURN_TOLD_KINDS];
	struct turn_told last; // its pointers may be gone
	char last_user[32];
};

// Defaults: users alice/secret and bob/hunter2, shared secret "s3cret", relays 198.18.0.1 and
// 2001:2::1, ports 49152 to 65535, default peer rules. `world_open` starts with `settings` as it is.
void world_init(struct turn_world *w);
void world_open(struct turn_world *w);
void world_close(struct turn_world *w); // all must be gone by its end
void world_wait(struct turn_world *w, uint64_t ms); // turns the clock, then advances

enum client_style {
	CLIENT_MD5, // MESSAGE-INTEGRITY, no PASSWORD-ALGORITHM
	CLIENT_SHA256, // MESSAGE-INTEGRITY-SHA256, PASSWORD-ALGORITHM SHA-256
};

struct turn_client {
	struct turn_world *world;
	struct turn_tuple tuple;
	const char *user, *password, *realm;
	enum client_style style;
	bool userhash, fingerprint;
	char nonce[STUN_NONCE_MAX];
	size_t nonce_len;
	uint32_t transactions;
	struct stun_writer w; // the request being written
	uint8_t request[STUN_MESSAGE_MAX], answer[STUN_MESSAGE_MAX];
	size_t request_len, answer_len;
	struct stun_message reply;
};

struct net_endpoint client_endpoint(const char *text);
void client_init(struct turn_client *c, struct turn_world *w, const char *from, const char *user,
		 const char *password);
void client_login(struct turn_client *c); // gets a nonce
void client_begin(struct turn_client *c, unsigned method);
void client_put_u8(struct turn_client *c, uint16_t type, uint8_t first); // 4 bytes, 3 of them 0
void client_put_peer(struct turn_client *c, const char *peer);
void client_sign(struct turn_client *c); // credentials and integrity
// Sends what was written. 0 for success, an error code, or CLIENT_SILENCE. The answer's class,
// method, transaction and (where there is one) integrity have been checked.
unsigned client_send_plain(struct turn_client *c);
unsigned client_send(struct turn_client *c); // signs first
unsigned client_repeat(struct turn_client *c); // the same bytes again

// Whole requests.
unsigned client_allocate(struct turn_client *c);
unsigned client_refresh(struct turn_client *c, uint32_t life_s);
unsigned client_permit(struct turn_client *c, const char *peer);
unsigned client_bind(struct turn_client *c, uint16_t number, const char *peer);

struct turn_allocation *client_allocation(const struct turn_client *c); // or NULL
uint32_t client_reply_u32(const struct turn_client *c, uint16_t type); // must be there
struct net_endpoint client_reply_endpoint(const struct turn_client *c, uint16_t type);
bool client_reply_has(const struct turn_client *c, uint16_t type);
unsigned client_reply_count(const struct turn_client *c, uint16_t type);

#endif
