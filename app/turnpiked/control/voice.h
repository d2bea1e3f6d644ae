// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_VOICE_H
#define CONTROL_VOICE_H

#include "dtls/dtls.h"
#include "flow/voice.h"
#include "ice/ice.h"
#include "node.h"
#include "room/room.h"
#include "sdp/sdp.h"
#include "srtp/srtp.h"
#include "tls/tls.h"
#include "token/token.h"

// Voice rooms on the control lane: who is in, how they got here, what workers are told. Control lane only.

struct rte_hash;

// Where the player is reached: the pair that media goes over, or that a handshake runs over before.
struct voice_way {
	struct net_endpoint local, remote;
	struct net_mac mac; // of the next hop, as its last frame said
	uint16_t vlan;
	uint8_t port; // index in node's ports
};

// RTCP of one player: control/voice_rtcp.c.
struct voice_rtcp {
	struct srtp_stream memory[VOICE_RTCP_STREAMS_MAX];
	struct srtp_streams streams; // of SRTCP that came
	uint32_t index; // of the next packet that goes out
	uint64_t due_ms;
	struct rtp_reception seen; // the worker's, as of the last report …
	uint32_t ssrc; // … about this stream
	uint32_t lsr; // middle of the last sender report's NTP time …
	uint64_t lsr_ms; // … and when it came
	double round_trip_ms; // 0: not known yet
	double loss_in, loss_out; // shares of the last interval: from the player, to it
	uint32_t jitter_in_us;
};

// Quality as it was told last: control/voice_quality.c.
struct voice_told {
	uint64_t at_ms;
	double loss_in, loss_out, jitter_ms, round_trip_ms;
};

// A line of the offer, as packets on it need it.
struct voice_leg {
	uint32_t ssrc; // ours, of a slot
	uint8_t pt, red_pt, level_id, mid_id;
	bool level_vad;
	char mid[RTP_MID_MAX + 1];
};

// A player's session, from offer to leaving. `player->user` is this.
struct voice_seat {
	struct node *node;
	uint32_t index; // of flow's players
	char session
		[17]; // hex, not to be guessed: it is all that a DELETE has to know, so nobody else is told
	uint64_t number; // of the seat, one more with each: what everybody may know
	struct room_player *player;
	struct voice_leg *legs; // slot_count: lines on which it hears
	uint8_t slot_count;
	bool has_voice, native;
	struct voice_leg first, voice; // the line that carries the transport, the one it speaks on
	char proto[24]; // of the first
	uint32_t sdp_version;
	bool may_speak, may_listen; // by token
	uint64_t until_ms; // of the token, 0: no end
	char token[TOKEN_ID_MAX + 1]; // its id

	struct ice_agent ice;
	struct dtls_seat dtls;
	struct tls_identity *identity;
	struct voice_way way;
	bool reached; // an authenticated check came: `way` is good
	struct timer timer; // next look at ice, dtls, rtcp

	struct srtp_sides *sides; // keys, NULL before the handshake is done
	struct voice_state *state; // the worker's, with the keys
	uint32_t hop;
	bool published, hop_held;
	bool gone; // waits for its grace period
	unsigned moving; // to another room: so many grace periods until workers may see it again
	uint64_t *audience; // bits, NULL: all …
	uint32_t audience_words; // … and how many words of them
	bool audience_none; // nobody
	uint64_t joined_ms, connected_ms; // connected: keys are there
	bool speaking;
	struct voice_rtcp rtcp;
	struct voice_told told;
};

struct voice_control {
	struct rooms *rooms;
	struct dtls_door door;
	struct tls_wallet wallet;
	struct srtp_engine engine; // for RTCP
	struct voice_seat **seats; // by index
	uint32_t *free; // stack of indices
	uint32_t free_count, count;
	struct rte_hash *ufrags; // ufrag of ours → index
	struct rte_hash *tuples; // flow_key of a pair → index
	uint32_t *room_free;
	uint32_t room_free_count;
	uint64_t tick_ms, speaking_ms, quality_ms;
	uint64_t handshakes[DTLS_FAILURES]; // [0] done
	uint64_t checks[ICE_VERDICTS];
	uint64_t rtcp[SRTP_CROWDED + 1]; // by enum srtp_verdict
	uint64_t joined, left;
};

// A room of ours; `room->user` is this.
struct voice_hall {
	uint32_t index; // of flow's rooms
	struct voice_room_state *state;
	bool dirty; // to be published
	bool kept; // made by room.create: stays when the last player leaves
	bool entering; // somebody is about to join: stays as well
	struct node *node;
};

// --- control/voice_seat.c, voice_move.c: in and out --------------------------------------------------------

struct voice_wish {
	const char *room, *player;
	const char *offer;
	size_t offer_len;
	bool speak, listen;
	uint64_t until_ms; // 0: no end
	bool native; // each voice under an SSRC of its own, on one line
	uint16_t team, flags; // as room_wish
	const char *token_id; // "" without
};
// Seats a player: makes the room where it is new. *answer is malloc'd text. A player of that name who is in
// already is replaced. API_OK, or the error's code with `error` filled.
enum api_code voice_join(struct node *n, const struct voice_wish *w, struct voice_seat **out,
			 char **answer, struct api_error *error);
// `reason`: of the event, a word such as "left", "expired", "replaced", "revoked", "timeout".
void voice_leave(struct voice_seat *s, const char *reason);
// To another room, where a seat for that name must be free; media pauses for some milliseconds.
enum api_code voice_move(struct voice_seat *s, const char *room, struct api_error *error);
struct voice_seat *voice_by_session(struct node *n, const char *session); // or NULL
// NULL with `error` filled. `kept`: stays when the last player leaves.
struct room *voice_room_make(struct node *n, const char *name, bool kept, struct api_error *error);
void voice_room_end(struct room *room); // its players leave
void voice_room_end_empty(struct room *room); // where nobody is in it, comes, or wants it kept
// When to look at the seat again.
void voice_timer_set(struct voice_seat *s);

// --- control/voice_offer.c: SDP ---------------------------------------------------------------------------

// Reads the wish's offer, gives the seat its ways in, and answers: *answer is malloc'd text.
enum api_code voice_offer_take(struct voice_seat *s, const struct voice_wish *w, char **answer,
			       struct api_error *error);
// ICE restart (WHIP PATCH): *fragment is malloc'd text, or NULL where there is nothing to say.
enum api_code voice_restart(struct voice_seat *s, const char *text, size_t len, char **fragment,
			    struct api_error *error);

// --- control/voice_ice.c, voice_dtls.c: on the way to media ---------------------------------------------------

void voice_ice_punt(struct node *n, struct punt *p, struct rte_mbuf *m);
// The seat is reached from where this packet came.
void voice_way_take(struct voice_seat *s, const struct punt *p, const uint8_t *frame);
void voice_dtls_punt(struct node *n, struct punt *p, struct rte_mbuf *m);
// What is due by time of both; false when the seat has left.
bool voice_ice_due(struct voice_seat *s);
void voice_dtls_due(struct voice_seat *s);
void voice_dtls_begin(struct voice_seat *s); // where we are the client
void voice_dtls_send(struct voice_seat *s); // what a handshake has to say
int voice_ufrags_set(struct voice_seat *s, bool there);
void voice_ufrag_forget(struct node *n, const char *ufrag); // "" is none
struct voice_seat *voice_by_tuple(struct node *n, const struct net_endpoint *remote,
				  const struct net_endpoint *local);
void voice_tuple_set(struct voice_seat *s, const struct net_endpoint *remote,
		     const struct net_endpoint *local, bool there);

// --- control/voice_rtcp.c -------------------------------------------------------------------------------------

void voice_rtcp_begin(struct voice_seat *s);
void voice_rtcp_punt(struct node *n, struct punt *p, struct rte_mbuf *m);
void voice_rtcp_due(struct voice_seat *s); // reports, once a second
void voice_rtcp_bye(struct voice_seat *s); // the last one

// --- control/voice_publish.c, voice_hall.c: what workers see ----------------------------------------------------

// The seat with its address and keys as they are now; logs what goes wrong.
void voice_publish(struct voice_seat *s);
void voice_unpublish(struct voice_seat *s);
// Keys of a handshake that was done. 0 or -errno.
int voice_keys_take(struct voice_seat *s);
// Sends a datagram over the seat's way. 0 or -ENOBUFS.
int voice_send(struct voice_seat *s, const uint8_t *bytes, size_t len);
void voice_halls_publish(struct node *n); // rooms that changed
struct voice_hall *voice_hall_new(struct node *n);
void voice_hall_free(struct node *n, struct voice_hall *h);

#endif
