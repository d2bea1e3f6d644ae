// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <string.h>

#include "control/events.h"

// Handshakes of players, over pairs that an authenticated check came by.

void voice_dtls_send(struct voice_seat *s)
{
	uint8_t bytes[DTLS_MTU];
	size_t len;

	while ((len = dtls_seat_output(&s->node->voice->door, &s->dtls, bytes, sizeof bytes)))
		voice_send(s, bytes, len);
}

static void failure_tell(struct voice_seat *s, enum dtls_failure why)
{
	s->node->voice->handshakes[why]++;
	host_log(LOG_LEVEL_INFO, "handshake_failed", "room", s->player->room->name, "player",
		 s->player->name, "reason", dtls_failure_name(why), NULL);
}

static void keys_told(struct voice_seat *s)
{
	struct node *n = s->node;
	bool first = !s->sides;
	int err = voice_keys_take(s);

	if (err) {
		failure_tell(s, DTLS_FAIL_MEMORY);
		return;
	}
	n->voice->handshakes[DTLS_FAIL_NONE]++;
	if (!first)
		return;
	s->connected_ms = n->now_ms;
	host_log(LOG_LEVEL_INFO, "player_connected", "room", s->player->room->name, "player",
		 s->player->name, "after_ms",
		 host_text("%llu", (unsigned long long)(n->now_ms - s->joined_ms)), "cipher",
		 srtp_profile_name((enum srtp_profile)s->sides->rx.profile), NULL);
}

// Returns false when the seat has left.
static bool result_take(struct voice_seat *s, const struct dtls_result *r)
{
	if (r->events & DTLS_EVENT_OUTPUT)
		voice_dtls_send(s);
	if (r->events & DTLS_EVENT_KEYS)
		keys_told(s);
	if (r->events & DTLS_EVENT_FAILED)
		failure_tell(s, r->failure);
	if (r->events & DTLS_EVENT_CLOSED) {
		voice_leave(s, "closed");
		return false;
	}
	return true;
}

void voice_dtls_begin(struct voice_seat *s)
{
	if (s->dtls.role != DTLS_CLIENT)
		return;
	if (!dtls_seat_connect(&s->node->voice->door, &s->dtls, s->node->now_ms))
		voice_dtls_send(s);
}

void voice_dtls_due(struct voice_seat *s)
{
	struct dtls_result r = dtls_seat_tick(&s->node->voice->door, &s->dtls, s->node->now_ms);

	if (result_take(s, &r))
		voice_timer_set(s);
}

void voice_dtls_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	struct voice_seat *s = voice_by_tuple(n, &p->facts.src, &p->facts.dst);
	struct dtls_packet packet = {
		.bytes = rte_pktmbuf_mtod(m, const uint8_t *) + p->facts.payload,
		.len_bytes = p->facts.payload_len,
	};
	struct dtls_result r;

	if (!s || s->gone) {
		n->voice->door.gates[DTLS_DROP_UNCHECKED]++;
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
		return;
	}
	packet.checked = ice_is_valid(&s->ice, &p->facts.src, &p->facts.dst, n->now_ms);
	// A browser shakes hands before it nominates: answers go where it comes from. Afterwards a record that
	// was overtaken must not turn the way back to a pair that no media comes by.
	if (packet.checked && !ice_selected(&s->ice))
		voice_way_take(s, p, rte_pktmbuf_mtod(m, const uint8_t *));
	r = dtls_seat_input(&n->voice->door, &s->dtls, &packet, n->now_ms);
	if (r.gate >= DTLS_DROP_UNCHECKED)
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
	else
		rte_pktmbuf_free(m);
	if (result_take(s, &r))
		voice_timer_set(s);
}
