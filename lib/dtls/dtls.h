// SPDX-License-Identifier: Apache-2.0
#ifndef DTLS_DTLS_H
#define DTLS_DTLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"

// DTLS-SRTP handshakes (RFC 5763, 5764): who may start one, how many, what replaces what. The
// protocol itself is behind dtls_ops (drivers/tls). Pure; one thread.

// --- What the offer says (read by lib/sdp) -------------------------------------------------------

enum dtls_role { DTLS_SERVER, DTLS_CLIENT };

enum dtls_hash { DTLS_SHA1, DTLS_SHA224, DTLS_SHA256, DTLS_SHA384, DTLS_SHA512 }; // by strength

struct dtls_fingerprint {
	uint8_t hash; // enum dtls_hash
	uint8_t len;
	uint8_t bytes[DTLS_HASH_MAX];
};

struct dtls_peer { // what the offer says of the peer's certificate
	uint8_t n; // 0: none matches
	struct dtls_fingerprint prints[DTLS_FINGERPRINTS_MAX];
};
// False when full and `f` is no stronger than any: the strongest are kept.
bool dtls_peer_add(struct dtls_peer *p, const struct dtls_fingerprint *f);
// The strongest hash that is listed: only its prints count (RFC 8122 section 5).
int dtls_peer_hash(const struct dtls_peer *p, enum dtls_hash *out); // 0 or -ENOENT
bool dtls_peer_matches(const struct dtls_peer *p, const struct dtls_fingerprint *f);
bool dtls_peer_equal(const struct dtls_peer *a, const struct dtls_peer *b);

// --- Result --------------------------------------------------------------------------------------

enum dtls_srtp { // numbers of IANA
	DTLS_SRTP_CM_SHA1_80 = 0x0001,
	DTLS_SRTP_GCM_128 = 0x0007,
	DTLS_SRTP_GCM_256 = 0x0008,
};

struct dtls_keys { // secret; wiped by whoever holds it
	uint16_t profile; // enum dtls_srtp
	uint8_t key_len, salt_len; // 16 and 14, 16 and 12, or 32 and 12
	uint8_t rx_key[32], rx_salt[14]; // what the peer seals with
	uint8_t tx_key[32], tx_salt[14]; // what we seal with
};
// Lengths of a profile: 0 or -EINVAL.
int dtls_srtp_lengths(unsigned profile, uint8_t *key_len, uint8_t *salt_len);
// Takes the exporter's bytes apart (RFC 5764 section 4.2): client key, server key, client salt,
// server salt; 2 * (key_len + salt_len) bytes. 0 or -EINVAL.
int dtls_keys_split(struct dtls_keys *out, unsigned profile, const uint8_t *bytes,
		    enum dtls_role ours);

enum dtls_state { DTLS_RUNNING, DTLS_DONE, DTLS_FAILED };

enum dtls_failure {
	DTLS_FAIL_NONE,
	DTLS_FAIL_FINGERPRINT, // the certificate is not the one of the offer
	DTLS_FAIL_NO_SRTP, // no common protection profile
	DTLS_FAIL_ALERT, // the peer gave up
	DTLS_FAIL_PROTOCOL, // rubbish, no common cipher or version
	DTLS_FAIL_TIMEOUT,
	DTLS_FAIL_MEMORY,
	DTLS_FAIL_CLOSED, // close_notify after it was done
	DTLS_FAIL_REPLACED, // by a newer handshake
	DTLS_FAILURES
};
const char *dtls_failure_name(enum dtls_failure f); // "fingerprint", …

// --- What a driver offers ------------------------------------------------------------------------

struct dtls_session; // the driver's

struct dtls_start {
	void *identity; // the driver's; a reference is taken
	const struct dtls_peer *peer; // copied
	enum dtls_role role; // a client writes its first flight at once
};

struct dtls_ops {
	const char *name;
	// 0 or -ENOMEM.
	int (*start)(struct dtls_session **out, const struct dtls_start *s, uint64_t now_ms);
	// One datagram of the peer's; bad ones are passed over.
	enum dtls_state (*input)(struct dtls_session *s, const uint8_t *bytes, size_t len_bytes,
				 uint64_t now_ms);
	// The next datagram to send, at most DTLS_MTU bytes; 0 when there is none.
	size_t (*output)(struct dtls_session *s, uint8_t *bytes, size_t cap_bytes);
	enum dtls_state (*tick)(struct dtls_session *s, uint64_t now_ms); // retransmits
	uint64_t (*due_ms)(const struct dtls_session *s); // UINT64_MAX: nothing is waited for
	int (*keys)(const struct dtls_session *s, struct dtls_keys *out); // 0 or -EAGAIN
	enum dtls_failure (*failure)(const struct dtls_session *s);
	bool (*begun)(const struct dtls_session *s); // the peer answered our first flight
	void (*close)(struct dtls_session *s); // writes close_notify where it can
	void (*free)(struct dtls_session *s); // NULL is nothing
};

// --- Records -------------------------------------------------------------------------------------

#define DTLS_RANDOM_LEN 32

struct dtls_facts { // of one datagram, unauthenticated
	bool records; // whole records of DTLS from end to end
	bool hello; // holds (a piece of) a ClientHello in epoch 0
	bool handshake; // holds handshake or change-cipher-spec records
	bool plain; // begins with a record of epoch 0
	bool alert; // alerts only
	const uint8_t *random; // of the ClientHello where its first piece is here, or NULL
};
struct dtls_facts dtls_look(const uint8_t *bytes, size_t len_bytes);

// --- The gate ------------------------------------------------------------------------------------

enum dtls_gate {
	DTLS_TO_LIVE,
	DTLS_TO_PENDING,
	DTLS_BEGIN, // a new pending handshake, in place of one that is there
	// Drops from here on.
	DTLS_DROP_UNCHECKED, // no authenticated ICE check came from there
	DTLS_DROP_MALFORMED,
	DTLS_DROP_STRAY, // no handshake that it could belong to
	DTLS_DROP_BUSY, // as many handshakes in flight as may be, or too soon again
	DTLS_DROP_REPEATED, // the ClientHello of the session that is live
	DTLS_DROP_MEMORY,
	DTLS_HELD, // an alert in plain text: believed DTLS_ALERT_MS later, if all else is silent
	DTLS_GATES
};
const char *dtls_gate_name(enum dtls_gate g);

struct dtls_door { // one a process; the caller's memory
	const struct dtls_ops *ops;
	unsigned in_flight, in_flight_max; // handshakes that are not done
	uint64_t done, failed; // counted
	uint64_t gates[DTLS_GATES];
	uint64_t failures[DTLS_FAILURES];
};
void dtls_door_init(struct dtls_door *d, const struct dtls_ops *ops); // DTLS_IN_FLIGHT_MAX

struct dtls_seat { // one a player; zeroed and given role, peer and identity by dtls_seat_init
	struct dtls_session *live, *pending;
	void *identity; // of the driver, for new handshakes; the caller holds a reference meanwhile
	struct dtls_peer peer;
	enum dtls_role role;
	uint8_t live_random[DTLS_RANDOM_LEN], pending_random[DTLS_RANDOM_LEN];
	bool live_known, pending_known; // whether the random is there
	bool pending_failed; // kept only until its alert is out
	uint64_t began_ms; // of the last one begun, 0 before the first
	uint64_t live_ms; // since when the live one is
	uint64_t alert_ms; // when an alert that nothing vouches for is believed, 0: none came
	uint64_t heard_ms; // the last datagram that the pending one took
};

// The rule alone: what becomes of a datagram. `checked`: its 5-tuple passed an authenticated ICE
// check (ice_is_valid).
enum dtls_gate dtls_gate(const struct dtls_door *d, const struct dtls_seat *seat,
			 const struct dtls_facts *f, bool checked, uint64_t now_ms);

enum dtls_event { // bits
	DTLS_EVENT_KEYS = 1, // a handshake was done and is now live: dtls_seat_keys has new keys
	DTLS_EVENT_FAILED = 2, // the pending one failed; the live one, if any, goes on
	DTLS_EVENT_CLOSED = 4, // the peer closed the live one
	DTLS_EVENT_OUTPUT = 8, // dtls_seat_output may have datagrams
};

struct dtls_result {
	unsigned events;
	enum dtls_gate gate;
	enum dtls_failure failure; // with DTLS_EVENT_FAILED
};

void dtls_seat_init(struct dtls_seat *seat, enum dtls_role role, const struct dtls_peer *peer,
		    void *identity);
// Ends both without a word to the peer; dtls_seat_close writes close_notify first (then output).
void dtls_seat_fini(struct dtls_door *d, struct dtls_seat *seat);
void dtls_seat_close(struct dtls_door *d, struct dtls_seat *seat);
// A newer offer: another role or peer (new certificate) holds for handshakes to come. The live one
// goes on until one is done.
void dtls_seat_expect(struct dtls_door *d, struct dtls_seat *seat, const struct dtls_start *next);
// Client role: begins the handshake, once a pair is valid. 0, -EBUSY, -EALREADY, -ENOMEM.
int dtls_seat_connect(struct dtls_door *d, struct dtls_seat *seat, uint64_t now_ms);

struct dtls_packet {
	const uint8_t *bytes;
	size_t len_bytes;
	bool checked;
};
struct dtls_result dtls_seat_input(struct dtls_door *d, struct dtls_seat *seat,
				   const struct dtls_packet *p, uint64_t now_ms);
struct dtls_result dtls_seat_tick(struct dtls_door *d, struct dtls_seat *seat, uint64_t now_ms);
uint64_t dtls_seat_due_ms(const struct dtls_door *d, const struct dtls_seat *seat);
// The next datagram for the peer, 0 when there is none; to be drained after every call with
// DTLS_EVENT_OUTPUT. It goes to where the peer's last datagram or check came from: Chromium begins
// its handshake before it nominates, so there may be no selected pair yet.
size_t dtls_seat_output(struct dtls_door *d, struct dtls_seat *seat, uint8_t *bytes,
			size_t cap_bytes);
int dtls_seat_keys(const struct dtls_door *d, const struct dtls_seat *seat,
		   struct dtls_keys *out); // of the live one: 0 or -EAGAIN

#endif
