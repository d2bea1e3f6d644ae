// SPDX-License-Identifier: Apache-2.0
#ifndef SDP_SDP_H
#define SDP_SDP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/base.h"
#include "config/limits.h"
#include "net/net.h"

// Offer in, answer out (RFC 8866, 3264, 8829, 8843). Pure; any thread. The subset that a voice relay
// answers: Opus audio over UDP/TLS/RTP/SAVPF in one BUNDLE with rtcp-mux. Everything else in an offer
// is passed over, its m-lines are refused with port 0.

// A view into the offer's own copy of the text, or into the caller's where a function says so. Not
// terminated.
struct sdp_text {
	const char *at; // NULL when absent
	uint16_t len;
};

enum sdp_kind { SDP_AUDIO, SDP_VIDEO, SDP_DATA, SDP_OTHER };
// As the offerer sees it. Bit 0: it sends, bit 1: it receives.
enum sdp_direction { SDP_INACTIVE = 0, SDP_SENDONLY = 1, SDP_RECVONLY = 2, SDP_SENDRECV = 3 };
enum sdp_setup { SDP_SETUP_NONE, SDP_ACTPASS, SDP_ACTIVE, SDP_PASSIVE };
enum sdp_hash { SDP_SHA256, SDP_SHA384, SDP_SHA512 };

// Why a line is answered with port 0.
enum sdp_refusal {
	SDP_USABLE,
	SDP_NO_AUDIO, // video, data channel, whatever else
	SDP_NO_PORT, // refused or stopped by the offerer itself
	SDP_NO_PROFILE, // neither UDP/TLS/RTP/SAVPF nor one of its elder names
	SDP_NO_OPUS,
	SDP_NO_BUNDLE, // outside of the group, and not the first usable line either
	SDP_NO_SEAT, // a second sending line, or more receiving ones than are served
};

struct sdp_fingerprint {
	uint8_t hash; // enum sdp_hash
	uint8_t len; // bytes: 32, 48, 64
	uint8_t bytes[64];
};

// RFC 7587. 0 where the offer says nothing.
struct sdp_opus {
	uint8_t pt;
	uint8_t red_pt; // of opus/red (RFC 2198) whose fmtp names this payload type; 0: none
	bool stereo, fec, dtx, cbr, nack, transport_cc;
	uint16_t min_ptime_ms, ptime_ms, max_ptime_ms;
	uint32_t max_average_bps;
};

// Ids of header extensions (RFC 8285), 0 where not offered.
struct sdp_ext {
	uint8_t level; // RFC 6464
	uint8_t mid; // RFC 8843 section 15
	uint8_t twcc; // transport-wide sequence numbers
	bool level_vad; // the V bit means something (vad=on, which is the default)
	bool mixed; // a=extmap-allow-mixed
};

struct sdp_source {
	uint32_t ssrc;
	struct sdp_text cname, msid;
};

struct sdp_transport {
	struct sdp_text ufrag, pwd;
	uint8_t setup; // enum sdp_setup
	uint8_t fingerprint_count;
	struct sdp_fingerprint fingerprints[SDP_FINGERPRINTS_MAX];
};

struct sdp_line { // one m-line, in the offer's order
	uint8_t kind; // enum sdp_kind
	uint8_t direction; // enum sdp_direction
	uint8_t refusal; // enum sdp_refusal; SDP_USABLE: opus and a transport are there
	bool bundled, bundle_only, rtcp_mux, rtcp_rsize;
	uint16_t port;
	uint16_t line; // number in the text, from 1
	struct sdp_text media, proto, format; // words of the m-line; the first format only
	struct sdp_text mid, msid;
	struct sdp_opus opus;
	struct sdp_ext ext;
	uint8_t source_count;
	struct sdp_source sources[SDP_SOURCES_MAX];
	struct sdp_transport transport; // with what the session level says for all lines
};

struct sdp_offer {
	struct sdp_text origin_user, session_id, session_version;
	struct sdp_transport transport; // of the first line that is used: the player's ICE and DTLS
	bool ice_lite; // two lite agents never check each other: refuse such a player
	bool ice_trickle, ice_renomination, bundle, end_of_candidates;
	uint8_t candidate_count;
	// Of all lines; an ICE-lite agent needs none.
	struct sdp_text candidates[SDP_CANDIDATES_MAX];
	unsigned line_count;
	struct sdp_line *lines;
	char *text; // the copy that views point into
	uint16_t text_len;
};

struct sdp_error {
	unsigned line; // from 1; 0: the whole
	const char *expected; // static text: "32 hexadecimal bytes after sha-256"
};

// Reads `len` bytes. 0, -EINVAL with `error` filled, or -ENOMEM. `*out` is one allocation with a copy
// of the text; free with sdp_offer_free, which wipes the password. An offer with a line that we would
// use but without rtcp-mux, ICE credentials, a fingerprint or a=setup is an error; one with no line to
// use is not (line_count tells, every `refusal` says why).
int sdp_offer_decode(struct sdp_offer **out, const char *text, size_t len, struct sdp_error *error);
void sdp_offer_free(struct sdp_offer *offer);

// --- Plan: who speaks on which line --------------------------------------------------------------

#define SDP_NO_LINE 0xff

struct sdp_slot { // a line on which we send
	uint8_t line;
	uint32_t ssrc; // ours, for the session; 0: native client, sources are not announced
	char track[SDP_TRACK_MAX]; // both words of msid: "slot-0"
};

struct sdp_plan {
	uint8_t first; // index of the line that carries the transport, or SDP_NO_LINE
	uint8_t voice; // index of the line on which the player sends, or SDP_NO_LINE
	uint8_t slot_count;
	struct sdp_slot slots[ROOM_SLOTS_MAX];
};

// The first usable line that sends is the voice; every usable one that receives is a slot, in the
// offer's order, up to `slots_max`. Tracks are named; the caller fills in the SSRCs. Lines left over get
// the refusal SDP_NO_SEAT. Returns 0, or -ENOENT where no line is used at all.
int sdp_plan(struct sdp_plan *plan, struct sdp_offer *offer, unsigned slots_max);

// --- Answer --------------------------------------------------------------------------------------

struct sdp_facts { // ours; texts of the caller
	uint64_t session_id;
	uint32_t session_version; // one more each time an answer changes
	const char *ufrag, *pwd;
	const char *cname; // for all slots
	struct sdp_fingerprint fingerprint;
	const struct net_endpoint *hosts; // candidates, best first
	unsigned host_count;
	uint32_t max_average_bps; // told to the offerer; 0: nothing is said
	bool stereo; // told to the offerer: stereo is welcome
};

// SDP_ACTIVE where the offer says passive, else SDP_PASSIVE.
enum sdp_setup sdp_setup_ours(const struct sdp_offer *offer);

// Writes the answer, CRLF lines and a NUL. Its length without NUL, or -ENOSPC (cap SDP_ANSWER_MAX
// holds every one).
int sdp_answer_encode(char *out, size_t cap, const struct sdp_offer *offer,
		      const struct sdp_plan *plan, const struct sdp_facts *facts);

// --- Fragments (RFC 8840, of PATCH requests; RFC 9725 section 4.3) -------------------------------

struct sdp_fragment { // views into the caller's text
	struct sdp_text ufrag, pwd; // absent where only candidates came
	bool end_of_candidates;
	uint8_t candidate_count;
	struct sdp_text candidates[SDP_CANDIDATES_MAX];
};

int sdp_fragment_decode(struct sdp_fragment *out, const char *text, size_t len,
			struct sdp_error *error);
// Our side of an ICE restart: credentials and candidates for the mid of the first line.
int sdp_fragment_encode(char *out, size_t cap, const struct sdp_offer *offer,
			const struct sdp_plan *plan, const struct sdp_facts *facts);

// --- Small helpers -------------------------------------------------------------------------------

static inline bool sdp_text_equal(struct sdp_text a, const char *b)
{
	return a.at && strlen(b) == a.len && !memcmp(a.at, b, a.len);
}
// Copies and terminates; false and an empty `out` where it does not fit or is absent.
bool sdp_text_copy(char *out, size_t cap, struct sdp_text text);

#endif
