// SPDX-License-Identifier: Apache-2.0
#ifndef TURN_TURN_H
#define TURN_TURN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "net/net.h"
#include "stun/stun.h"

// The rules of TURN (RFC 8656): who may have what until when. One thread (the control lane); bytes
// in, bytes out; time is an argument (milliseconds, steady; seconds since 1970 where wall time is
// meant). What the packet path must know is told through `struct turn_sink`.

// --- Settings ------------------------------------------------------------------------------------

struct turn_user {
	const char *name;
	const char *password;
};

// A relay address that allocations may be made on.
struct turn_relay_address {
	struct net_addr addr;
};

// Rules for peers, applied to the address and to every IPv4 address within it.
struct turn_peer_rules {
	const struct net_prefix *allow; // wins over deny
	size_t allow_count;
	const struct net_prefix *deny;
	size_t deny_count;
};

struct turn_settings {
	const char *realm;
	const char *software; // SOFTWARE attribute, NULL: none
	const struct turn_user *users;
	size_t user_count;
	const char *const *shared_secrets;
	size_t shared_secret_count;
	const struct turn_relay_address *relays;
	size_t relay_count; // at most TURN_RELAYS_MAX
	uint16_t relay_port_min;
	uint16_t relay_port_max;
	struct turn_peer_rules peers;
	uint32_t allocations_max;
	uint32_t allocations_per_user_max; // 0: no bound
	uint64_t bits_per_second; // of one allocation, each way; 0: no bound
	bool legacy_channels; // RFC 5766's numbers 0x5000-0x7fff too, and coturn's code for a second family
	uint32_t life_default_s, life_max_s, permission_s, channel_s;
	uint8_t nonce_key[32]; // random, of this process
};

// The built-in list "default" of deny_peers: loopback, private, link-local, multicast, unspecified,
// broadcast, shared address space, documentation left out … Returns rows; *count of them.
const struct net_prefix *turn_deny_default(size_t *count);
// True when the rules let this peer be used. Any thread.
bool turn_peer_allowed(const struct turn_peer_rules *r, const struct net_addr *peer);

// --- Allocations ---------------------------------------------------------------------------------

enum turn_transport { TURN_UDP = 17, TURN_TCP = 6 };

struct turn_tuple { // RFC 8656's 5-tuple
	struct net_endpoint client;
	struct net_endpoint server; // where the client reached us
	uint8_t transport; // enum turn_transport, between client and us
};

struct turn_permission {
	struct net_addr peer;
	uint64_t due_ms;
};

struct turn_channel {
	struct net_endpoint peer;
	uint16_t number;
	uint64_t due_ms;
};

enum turn_end { // why an allocation ended
	TURN_END_EXPIRED,
	TURN_END_CLIENT, // a Refresh with a lifetime of 0
	TURN_END_DELETED, // turn_delete
	TURN_END_CLOSED, // turn_free
};

struct turn_allocation { // read by the app, written by lib/turn only
	uint64_t id; // never used again in this process; shown to people
	uint32_t index; // dense, below the greatest allocations_max so far; used again
	uint16_t permission_count, channel_count;
	struct turn_tuple tuple;
	// [0] first, [1] by ADDITIONAL-ADDRESS-FAMILY. Each may end before the other (RFC 8656 section
	// 8.1: a Refresh for one family) and is all zero then; `changed` tells.
	struct net_endpoint relay[2];
	struct turn_permission *permissions;
	struct turn_channel *channels;
	uint64_t created_ms, due_ms; // due: of the relayed address that ends last
	const char *user; // as the client gave it; for anonymous clients the name it stands for
	bool dont_fragment;
	uint8_t end; // enum turn_end, within `gone`
	struct { // lib/turn's own, here because there is a gap; more follows by embedding
		bool reserves; // the first answer held a token
		uint8_t address_error; // of the first answer
		uint8_t relay_at[2];
		uint8_t permission_room,
			channel_room; // what the arrays hold: 2^(n - 1), 0 for n = 0
	} own;
	void *owner; // for the app
};

struct turn_told { // what happened, besides what the path has to know
	enum turn_told_kind {
		TURN_TOLD_REFRESHED, // life_s
		TURN_TOLD_PERMITTED, // a new permission: peer.addr
		TURN_TOLD_BOUND, // a new channel: peer, channel
		TURN_TOLD_REFUSED, // credentials: failure, user
		TURN_TOLD_PERMISSION_EXPIRED, // or is denied since the settings changed: peer.addr
		TURN_TOLD_CHANNEL_EXPIRED, // so too: peer, channel
		TURN_TOLD_KINDS
	} kind;
	const struct turn_tuple *from;
	const struct turn_allocation *allocation; // NULL for REFUSED
	uint32_t life_s;
	uint16_t channel;
	struct net_endpoint peer;
	uint8_t failure; // enum turn_auth_failure
	const char *user; // as the client claims, "" when it claims none; not ended by NUL
	size_t user_len;
};

// What the packet path has to know. Called within turn_request, turn_advance, turn_delete.
struct turn_sink {
	int (*made)(void *ctx, struct turn_allocation *a); // -errno refuses: 508
	void (*changed)(void *ctx, struct turn_allocation *a); // permissions, channels, relays
	void (*gone)(void *ctx, struct turn_allocation *a); // about to be freed
	void (*told)(void *ctx, const struct turn_told *told); // may be NULL
	// Whether this user, whose password is right, may not in all the same (401); may be NULL.
	bool (*refused)(void *ctx, const char *user, size_t user_len);
};

enum turn_auth_failure {
	TURN_AUTH_MISSING, // no credentials: the first round, not counted as failure
	TURN_AUTH_STALE, // nonce
	TURN_AUTH_USER, // unknown
	TURN_AUTH_EXPIRED, // time-limited credential
	TURN_AUTH_INTEGRITY, // wrong password
	TURN_AUTH_MISMATCH, // another user's allocation (441)
	TURN_AUTH_MALFORMED,
	TURN_AUTH_REVOKED, // the sink refused
	TURN_AUTH_LIMITED, // not looked at: too many wrong passwords from there; no answer
	TURN_AUTH_FAILURES
};
extern const char *const turn_auth_failure_names[TURN_AUTH_FAILURES];

struct turn_counters {
	// by method (turn_counter_methods) and by code: 0 is success, then turn_counter_codes
	uint64_t requests[6][16];
	uint64_t auth_failures[TURN_AUTH_FAILURES];
	uint64_t indications_dropped;
	uint64_t ignored; // malformed, FINGERPRINT wrong, an answer, a method that is not served
};
extern const char *const
	turn_counter_methods[6]; // allocate refresh create_permission channel_bind binding other
extern const uint16_t turn_counter_codes
	[16]; // 0 200-like, 300, 400, 401, 403, 405, 420, 437, 438, 440, 441, 442, 443, 486, 508, 500

struct turn;

// NULL with errno. The settings are copied.
struct turn *turn_new(const struct turn_settings *s, const struct turn_sink *sink, void *ctx,
		      uint64_t now_ms);
void turn_free(struct turn *t); // tells `gone` for each allocation
// Takes new users, secrets, limits, peers, lifetimes; 0 or -errno and nothing changed. Permissions and
// channels of peers that are now denied end. Relay addresses may be added; one in use is kept until its
// allocations end.
int turn_reconfigure(struct turn *t, const struct turn_settings *s);

struct turn_now {
	uint64_t ms; // steady
	uint64_t wall_s; // since 1970
};

// One message that a client sent to a listener. Writes the answer to `out` and returns its bytes; 0:
// none is to be sent. An answer is never longer than cap. Unauthenticated requests change nothing.
size_t turn_request(struct turn *t, const struct turn_tuple *from, const uint8_t *bytes,
		    size_t len_bytes, struct turn_now now, uint8_t *out, size_t cap_bytes);

// Ends what is over; at most `budget` timers. Returns how many fired.
unsigned turn_advance(struct turn *t, struct turn_now now, unsigned budget);

// Draining: new allocations get 508 (or 300 with `alternate`, when not NULL).
void turn_drain(struct turn *t, bool on, const struct net_endpoint *alternate);

struct turn_allocation *turn_find(struct turn *t, const struct turn_tuple *tuple);
struct turn_allocation *turn_find_id(struct turn *t, uint64_t id);
struct turn_allocation *turn_find_relay(struct turn *t, const struct net_endpoint *relay);
// NULL starts; NULL ends. Not across changes.
struct turn_allocation *turn_next(struct turn *t, const struct turn_allocation *a);
void turn_delete(struct turn *t, struct turn_allocation *a);
uint32_t turn_count(const struct turn *t);
uint32_t turn_relayed(const struct turn *t, enum net_family family); // addresses that are given out
const struct turn_counters *turn_counters(const struct turn *t);

// An ICMP error came for a datagram that we sent for this allocation (RFC 8656 section 11.5): writes
// the Data indication with ICMP for the client; 0 when none is due.
size_t turn_icmp(struct turn *t, const struct turn_allocation *a, const struct net_icmp_error *e,
		 uint8_t *out, size_t cap_bytes, const uint8_t tid[STUN_TID_LEN]);

// A time-limited credential (username "EXPIRY:NAME", password base64 of HMAC-SHA1). 0, -ENOENT when
// no shared secret is configured, -EINVAL, -ENOSPC.
int turn_credential_issue(const struct turn *t, const char *name, uint32_t life_s, uint64_t wall_s,
			  char *username, size_t username_cap, char *password, size_t password_cap);

// What a user name says: "NAME", "EXPIRY:NAME", or "EXPIRY:NAME~TAG" with TURN_TAG_LEN hex digits for the
// issuer's use. Quotas are those of NAME. The pointers are into `username`; `tag` NULL: none.
#define TURN_TAG_LEN 32
struct turn_credential {
	bool timed;
	uint64_t expiry_s;
	const char *name, *tag;
	size_t name_len;
};
void turn_credential_parse(const char *username, size_t len, struct turn_credential *out);

// The first message byte that is neither STUN nor ChannelData (RFC 7983): 64 to 79 are channels.
#define TURN_CHANNEL_HEADER_LEN 4
#define TURN_CHANNEL_MIN 0x4000
#define TURN_CHANNEL_MAX 0x4fff

#endif
