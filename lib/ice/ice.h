// SPDX-License-Identifier: Apache-2.0
#ifndef ICE_ICE_H
#define ICE_ICE_H

#include "net/net.h"
#include "stun/stun.h"

// An ICE-lite agent (RFC 8445): it answers checks and makes none. Consent (RFC 7675) is a peer that
// goes on checking. Pure: bytes and a time in, bytes and events out; one thread an agent.

// --- Credentials ---------------------------------------------------------------------------------

#define ICE_UFRAG_LEN 8 // characters of ours, 6 bits each
#define ICE_PWD_LEN 24
#define ICE_RANDOM_LEN (ICE_UFRAG_LEN + ICE_PWD_LEN + 8) // bytes: credentials and tie-breaker

struct ice_credentials { // text with NUL; the password is a secret, wiped by ice_agent_fini
	char ufrag[ICE_UFRAG_LEN + 1];
	char pwd[ICE_PWD_LEN + 1];
};

// True for 4 to ICE_PEER_UFRAG_MAX ice-chars (RFC 8839 section 5.4).
bool ice_ufrag_ok(const char *text, size_t len);

// The session key of a Binding request: our part of its USERNAME "ours:theirs", a view into the
// packet. Returns its length, 0 when there is none. Nothing is authenticated yet.
size_t ice_ufrag_of(const uint8_t *bytes, size_t len_bytes, const char **ufrag);

// --- The agent -----------------------------------------------------------------------------------

struct ice_pair {
	struct net_endpoint local, remote;
	uint64_t checked_ms; // the last authenticated check
	uint64_t nominated_ms; // the last one with USE-CANDIDATE, 0 when none
	uint64_t tid_hash; // of the last nominating check: a retransmission counts once
	uint32_t priority; // of the peer's candidate
	uint8_t generation; // the credentials that it was checked with
	bool used;
	bool nominated;
	bool again; // nominated since the selected pair was
};

struct ice_agent {
	struct ice_credentials ours, old; // old: accepted until old_until_ms
	char theirs[ICE_PEER_UFRAG_MAX + 1], theirs_old[ICE_PEER_UFRAG_MAX + 1];
	uint64_t old_until_ms; // 0: there are none
	uint64_t tie_breaker;
	uint64_t born_ms;
	uint64_t consent_ms; // last authenticated check, 0 before the first
	uint8_t generation;
	bool controlling; // only after a role conflict
	int8_t selected; // index of a pair, -1 when none
	struct ice_pair pairs[ICE_PAIRS_MAX];
};

// `theirs`: the ufrag of the offer (NUL-terminated; "" takes any). The peer's password is of no use
// to an agent that makes no checks. 0 or -EINVAL.
int ice_agent_init(struct ice_agent *a, const uint8_t random[ICE_RANDOM_LEN], const char *theirs,
		   uint64_t now_ms);
void ice_agent_fini(struct ice_agent *a); // wipes

// ICE restart (RFC 8445 section 9): new credentials. The selected pair stays until one is nominated
// with the new ones; the old are accepted ICE_RESTART_GRACE_MS more, until ICE_OLD_GONE, so a
// caller's table of ufrags keeps both till then. A second restart meanwhile drops the oldest.
int ice_restart(struct ice_agent *a, const uint8_t random[ICE_RANDOM_LEN], const char *theirs,
		uint64_t now_ms);

enum ice_event { // bits
	ICE_VALID = 1, // an authenticated check came over this pair (DTLS may come from there)
	ICE_NEW = 2, // … and it was not known yet
	ICE_SELECTED = 4, // the selected pair is another one, the first, or gone (by ice_tick)
	ICE_CONSENT = 8, // consent refreshed
	ICE_OLD_GONE = 16, // the ufrag from before the restart is no longer ours (ice_tick)
	ICE_EXPIRED = 32, // no consent, or never connected: the seat is to be reaped (ice_tick)
	ICE_LOST = 64, // a pair made room for the new one: it is in the reply, and no longer valid
};

enum ice_verdict {
	ICE_ANSWERED, // success
	ICE_IGNORED, // an indication or a response: no need of either
	ICE_BAD, // not a check at all: malformed, no or a wrong FINGERPRINT
	ICE_BAD_REQUEST, // answered 400: no credentials, or no PRIORITY
	ICE_UNAUTHENTICATED, // answered 401: another ufrag, wrong integrity
	ICE_UNKNOWN_ATTRIBUTE, // answered 420
	ICE_ROLE_CONFLICT, // answered 487
	ICE_VERDICTS
};

struct ice_packet {
	struct net_endpoint from, to; // theirs, ours
	const uint8_t *bytes;
	size_t len_bytes;
};

struct ice_reply { // goes from `to` to `from`
	uint16_t len; // 0: none
	uint16_t events; // of enum ice_event
	uint8_t verdict; // enum ice_verdict
	struct net_endpoint lost_remote, lost_local; // with ICE_LOST
	uint8_t bytes[ICE_REPLY_MAX];
};

// Takes one check. State moves only when it is authentic. Returns the events (also in `reply`).
unsigned ice_check(struct ice_agent *a, const struct ice_packet *p, uint64_t now_ms,
		   struct ice_reply *reply);

// Times that passed: returns ICE_EXPIRED, ICE_OLD_GONE, ICE_SELECTED (the selected pair lost consent
// and is gone), or 0. Also forgets other pairs gone silent.
unsigned ice_tick(struct ice_agent *a, uint64_t now_ms);
uint64_t ice_due_ms(const struct ice_agent *a); // when ice_tick next has something to do

// The pair that media goes over, or NULL.
const struct ice_pair *ice_selected(const struct ice_agent *a);
// Whether an authenticated check came over this pair within consent: the gate of DTLS and media.
bool ice_is_valid(const struct ice_agent *a, const struct net_endpoint *from,
		  const struct net_endpoint *to, uint64_t now_ms);

// --- Candidates ----------------------------------------------------------------------------------

struct ice_local {
	struct net_endpoint at; // where we listen
	struct net_addr outside; // of a 1:1 NAT in front of it; unspecified (all 0) when none
};

struct ice_candidate { // type host, component 1, UDP
	struct net_endpoint at; // as to be told: the address outside where there is one
};

// Host candidates in order of falling priority (order of RFC 6724), as lib/sdp tells them; an
// address told twice is listed once. Returns how many, at most `cap`.
unsigned ice_candidates_make(struct ice_candidate *out, unsigned cap, const struct ice_local *from,
			     unsigned n);

#endif
