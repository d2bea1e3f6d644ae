// SPDX-License-Identifier: Apache-2.0
#ifndef TURN_PRIVATE_H
#define TURN_PRIVATE_H

#include "base/base.h"
#include "net/net.h"
#include "stun/stun.h"
#include "turn/turn.h"

// --- Keyed hash (SipHash-2-4): tables, port choice, nonces, tokens --------------------------------

struct turn_hash_key {
	uint64_t k[2];
};
uint64_t turn_hash(const struct turn_hash_key *key, const void *bytes, size_t len_bytes);

// Open addressing over indices, linear probing, never more than half full. The owner of the indices
// compares; `hash` of an index that is in the table serves removal.
struct turn_table {
	uint32_t *cells; // index + 1, 0: empty
	uint32_t mask;
};
typedef uint64_t turn_hash_fn(const void *ctx, uint32_t index);
int turn_table_init(struct turn_table *tab, uint32_t count); // 0 or -ENOMEM
void turn_table_fini(struct turn_table *tab);
void turn_table_put(struct turn_table *tab, uint64_t hash, uint32_t index);
void turn_table_drop(struct turn_table *tab, turn_hash_fn *hash, const void *ctx, uint32_t index);
#define TURN_TABLE_EACH(tab, hash, at)                                                             \
	for (uint32_t at = (uint32_t)(hash) & (tab)->mask; (tab)->cells[at];                       \
	     at = (at + 1) & (tab)->mask)

// --- Rules: the settings as we keep them, replaced as a whole --------------------------------------

struct turn_login { // a static user; the password itself is not kept
	char *name;
	size_t name_len;
	struct stun_key md5, sha256;
	uint8_t userhash[32];
};

struct turn_rules {
	struct turn_settings s; // pointers are owned copies; users is NULL
	size_t realm_len, software_len;
	struct turn_hash_key hash_key;
	struct turn_login *logins;
	struct turn_table by_name, by_userhash;
};
struct turn_rules *turn_rules_new(const struct turn_settings *s); // NULL with errno
void turn_rules_free(struct turn_rules *r);
int turn_logins_init(struct turn_rules *r, const struct turn_settings *s);
void turn_logins_fini(struct turn_rules *r);
const struct turn_login *turn_login_find(const struct turn_rules *r, const void *name, size_t len);
const struct turn_login *turn_login_find_hash(const struct turn_rules *r, const uint8_t hash[32]);

// --- Accounts: who holds allocations and reservations ----------------------------------------------

// Lives as long as something refers to it. The name is as the client gave it. The key is kept for
// time-limited credentials only (len 0: none), so that it is derived once. The quota of "EXPIRY:NAME"
// is that of NAME, or each new credential would come with a new quota.
struct turn_account {
	struct turn_account *next;
	struct turn_account *base; // of NAME, where there is a quota; held as often as this one
	uint32_t refs; // allocations and reservations
	uint16_t name_len;
	struct stun_key key;
	char name[];
};
struct turn_account *turn_account_find(const struct turn *t, const char *name, size_t len);
struct turn_account *turn_account_hold(struct turn *t, const char *name, size_t len); // or NULL
void turn_account_hold_again(struct turn_account *a);
void turn_account_release(struct turn *t, struct turn_account *a);
void turn_accounts_forget_keys(struct turn *t);
int turn_accounts_resize(struct turn *t, uint32_t count); // 0 or -ENOMEM and nothing changed

// --- Relay ports -----------------------------------------------------------------------------------

enum turn_port_kind { TURN_PORT_ANY, TURN_PORT_EVEN, TURN_PORT_PAIR };

struct turn_relay {
	struct net_addr addr;
	uint64_t *used; // bitmap by port; NULL: this row is free
	uint32_t *owners; // allocation's index + 1, by port
	uint32_t taken;
	bool retired; // not for new allocations
	bool wanted; // while new settings are taken
};

struct turn_place { // a relayed transport address
	uint16_t port;
	uint8_t relay; // row in turn->relays
};
// 0, -EAFNOSUPPORT (no address of that family), -ENOSPC. PAIR takes port and port + 1. The address
// `prefer` goes first.
int turn_ports_take(struct turn *t, enum net_family family, const struct net_addr *prefer,
		    enum turn_port_kind kind, struct turn_place *out);
void turn_ports_give(struct turn *t, struct turn_place p);
bool turn_ports_serve(const struct turn *t, enum net_family family);
int turn_relays_set(struct turn *t, const struct turn_settings *s); // 0, -ENOMEM, -ENOSPC
void turn_relays_fini(struct turn *t);

struct turn_reservation {
	struct turn_reservation *next;
	struct turn *turn;
	struct turn_account *account;
	uint64_t token;
	uint64_t due_ms;
	struct timer timer;
	struct turn_place place;
};
int turn_reserve(struct turn *t, struct turn_account *account, struct turn_place p, uint64_t token,
		 uint64_t now_ms); // 0 or -errno; takes its own hold of the account
struct turn_reservation *turn_reservation_find(struct turn *t, uint64_t token, uint64_t now_ms);
// Ends it; the port is free again when `give`.
void turn_reservation_end(struct turn *t, struct turn_reservation *r, bool give);
void turn_reservations_fini(struct turn *t);

// --- Allocations -----------------------------------------------------------------------------------

enum turn_address_error { // turn_allocation.own.address_error
	TURN_ADDRESS_FINE,
	TURN_ADDRESS_UNSERVED,
	TURN_ADDRESS_FULL
};

struct turn_entry {
	struct turn_allocation pub; // first: one address for both
	struct turn *turn;
	struct timer timer; // never later than what ends first
	uint64_t relay_due_ms[2];
	uint8_t tid[STUN_TID_LEN]; // of the Allocate that made it
	uint32_t life_s; // as its answer said
};
// 248 bytes make a chunk of 256; one word more costs a million allocations 16 MB.
_Static_assert(sizeof(struct turn_entry) <= 248, "see above");

static inline struct turn_entry *turn_entry_of(const struct turn_allocation *a)
{
	return (struct turn_entry *)(uintptr_t)a;
}
static inline bool turn_relay_live(const struct turn_allocation *a, unsigned i)
{
	return a->relay[i].port != 0;
}
struct turn_entry *turn_entry_at(const struct turn *t, uint32_t index); // below entry_top, or NULL
struct turn_account *turn_entry_account(const struct turn_entry *e);
struct turn_entry *turn_entry_new(struct turn *t, struct turn_account *account); // NULL: no memory
void turn_entry_place(struct turn_entry *e, unsigned i, struct turn_place p, uint64_t due_ms);
void turn_entry_unplace(struct turn_entry *e, unsigned i, bool give);
void turn_entry_free(struct turn_entry *e); // not told to the sink
void turn_entry_end(struct turn_entry *e); // told
// Puts into the tables and tells the sink; 0 or what the sink said, then as if it had not been.
int turn_entry_publish(struct turn_entry *e);
void turn_entry_arm(struct turn_entry *e, uint64_t due_ms); // brings the timer forward if needed
// Ends what is over; false when the whole allocation was.
bool turn_entry_settle(struct turn_entry *e, uint64_t now_ms);
void turn_entry_changed(struct turn_entry *e);
bool turn_entry_serves(const struct turn_entry *e, enum net_family family);
uint64_t turn_entry_token(const struct turn_entry *e);
int turn_entries_resize(struct turn *t, uint32_t count); // 0 or -ENOMEM and nothing changed

struct turn_permission *turn_permission_find(const struct turn_allocation *a,
					     const struct net_addr *peer);
int turn_permission_room(struct turn_entry *e, unsigned more); // 0, -ENOMEM, -ENOSPC
// The room (see own) that holds `need`, from `room` up by doubling.
static inline uint8_t turn_room_for(uint8_t room, unsigned need)
{
	while (!room || 1u << (room - 1) < need)
		room++;
	return room;
}
bool turn_permission_set(struct turn_entry *e, const struct net_addr *peer,
			 uint64_t due_ms); // new?
int turn_channel_room(struct turn_entry *e, unsigned more);
void turn_entry_tell(struct turn_entry *e, struct turn_told told); // outside of a request, too
bool turn_permissions_expire(struct turn_entry *e, uint64_t now_ms); // true when any went
bool turn_channels_expire(struct turn_entry *e, uint64_t now_ms);

void turn_recheck(struct turn *t); // ends permissions and channels that the rules forbid now

// --- Guard: who tries passwords ---------------------------------------------------------------------

// Wrong names and passwords are counted by source (an IPv4 address, an IPv6 /64) and by source and name,
// and only when the nonce shows that the source got our challenge: nobody can be locked out by forged
// addresses. A name is never closed for all sources: or whoever knows a name could lock its owner out.
struct turn_guard_row {
	uint64_t key; // keyed hash
	uint32_t since_s, count; // of a window; count 0: free
};
#define TURN_GUARD_WAYS 4 // a set is as large as a cache line
// What is full forgets the row that matters least: a flood from many sources makes the guard forget, never
// close where it should not.
struct turn_guard {
	uint64_t due_ms; // none is closed from then on
	struct turn_guard_row rows[TURN_GUARD_ROWS / TURN_GUARD_WAYS][TURN_GUARD_WAYS];
};

#define TURN_RESERVATION_BUCKETS 1024

struct turn {
	struct turn_rules *rules;
	struct turn_sink sink;
	void *ctx;
	struct timer_wheel wheel;
	struct turn_hash_key hash_key, nonce_key, token_key, random_key;
	uint64_t random_count;
	uint64_t next_id;
	struct turn_entry **entries; // by index; free ones hold the next free index × 2 + 1
	uint32_t entry_cap, entry_top, entry_free,
		count; // top: first never used; free: head, or cap
	uint32_t relayed[2]; // IPv4, IPv6: relayed addresses in use
	struct turn_table by_tuple, by_id;
	struct turn_account **accounts;
	uint32_t account_mask;
	struct turn_relay relays[TURN_RELAYS_MAX];
	struct turn_reservation *reservations[TURN_RESERVATION_BUCKETS];
	uint32_t reservation_count;
	bool draining, has_alternate;
	struct net_endpoint alternate;
	struct turn_counters counters;
	struct turn_guard guard;
};
uint64_t turn_random(struct turn *t);

// --- One request -----------------------------------------------------------------------------------

struct turn_exchange {
	struct turn *t;
	const struct turn_tuple *from;
	struct turn_now now;
	struct stun_message m;
	struct stun_writer w;
	uint8_t *out;
	size_t cap;
	struct turn_entry *e; // the 5-tuple's allocation, or NULL
	// after authentication:
	bool authenticated;
	bool derived; // the key comes from a shared secret
	enum stun_integrity integrity; // of the answer
	struct stun_key key;
	const char *user;
	size_t user_len;
};

// True when the request is not to be looked at: its source, or its source with that name, failed too often
// and has no allocation by that name on this 5-tuple.
bool turn_guard_closed(const struct turn_exchange *x);
void turn_guard_note(const struct turn_exchange *x); // a wrong name or password

// Each returns 0 or an error code; on 0 the success answer's attributes were written.
unsigned turn_auth(struct turn_exchange *x);
unsigned turn_allocate(struct turn_exchange *x);
unsigned turn_refresh(struct turn_exchange *x);
unsigned turn_create_permission(struct turn_exchange *x);
unsigned turn_channel_bind(struct turn_exchange *x);
// The allocation of a request other than Allocate: 0, 437, 441.
unsigned turn_owner_check(const struct turn_exchange *x);
// A peer's attribute: 0, 400, or, by turn_peer_check, 443, 403.
unsigned turn_peer_decode(const struct turn_exchange *x, const struct stun_attr *a,
			  struct net_endpoint *out, enum net_family *family);
unsigned turn_peer_check(const struct turn_exchange *x, const struct net_endpoint *peer,
			 enum net_family family);
// LIFETIME, bounded: 0 or 400. Zero asked for is given as 0.
unsigned turn_life(const struct turn_exchange *x, uint32_t *out);

unsigned turn_unknown_check(const struct turn_exchange *x); // 0 or 420
void turn_reply_begin(struct turn_exchange *x);
size_t turn_reply_success(struct turn_exchange *x);
size_t turn_reply_error(struct turn_exchange *x, unsigned code);

#define TURN_NONCE_LEN 28
extern const uint8_t turn_password_algorithms[8]; // the attribute's value
void turn_nonce_make(const struct turn *t, const struct net_endpoint *client, uint64_t now_ms,
		     char out[TURN_NONCE_LEN]);
bool turn_nonce_fresh(const struct turn *t, const struct net_endpoint *client, uint64_t now_ms,
		      const struct stun_attr *nonce);

#define TURN_PASSWORD_LEN 28 // base64 of 20 bytes
void turn_credential_password(const char *secret, const char *username, size_t len,
			      char out[TURN_PASSWORD_LEN + 1]);
// The time in "EXPIRY:NAME"; 0 or -EINVAL.
int turn_credential_expiry(const char *username, size_t len, uint64_t *out);
size_t turn_base64(char *out, const uint8_t *bytes, size_t len_bytes); // no padding, no NUL

// Tells the sink; `told` needs no `from` and no `allocation`.
void turn_tell(const struct turn_exchange *x, struct turn_told told);
void turn_count_answer(struct turn *t, unsigned method, unsigned code);

#endif
