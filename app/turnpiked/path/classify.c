// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include "path/tap.h"
#include "worker.h"

// The listener of this port as the worker has it, 0: none.
static inline uint32_t listener_of(const struct worker *w, uint16_t port)
{
	unsigned count = __atomic_load_n(&w->listener_count, __ATOMIC_RELAXED);

	for (unsigned i = 0; i < count; i++) {
		uint32_t listener = __atomic_load_n(&w->listeners[i], __ATOMIC_RELAXED);

		if (worker_listener_port(listener) == port)
			return listener;
	}
	return 0;
}

// To relayed ports, or to none at all.
static void classify_peers(struct path *p, const struct path_list *l)
{
	const struct worker *w = p->worker;
	struct flow_session *sessions[BURST_MAX];
	int64_t at[BURST_MAX];

	for (unsigned i = 0; i < l->n; i++) {
		const struct slot *s = &p->slots[l->at[i]];

		at[i] = flow_relay_slot(w->flow, s->local, s->facts.dst.port);
	}
	flow_sessions_load(w->flow, at, l->n, w->id, sessions);
	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];

		s->session = sessions[i];
		s->turn_mode = PATH_FROM_PEER;
		if (sessions[i])
			path_to(p, PATH_TURN, l->at[i]);
		else
			path_punt(p, l->at[i], PUNT_CLOSED);
	}
}

// RFC 7983 by first byte; 80 to 127 are the channels of RFC 5766 that may be allowed.
static inline void classify_client(struct path *p, unsigned slot)
{
	struct slot *s = &p->slots[slot];
	uint8_t first = s->facts.payload_len ? s->frame[s->facts.payload] : 255;

	if (!s->session && listener_of(p->worker, s->facts.dst.port) & WORKER_LISTENER_CLOSING) {
		path_punt(p, slot, PUNT_CLOSED); // to new clients it is no listener any more
	} else if (first < 4) {
		path_to(p, PATH_STUN, slot);
	} else if (first < 64 || first > 127) {
		path_drop(p, slot, PATH_DROP_NOT_TURN);
	} else if (!s->session) {
		path_drop(p, slot, PATH_DROP_NO_ALLOCATION);
	} else {
		s->turn_mode = PATH_FROM_CHANNEL;
		path_to(p, PATH_TURN, slot);
	}
}

static inline bool is_voice(const struct worker *w, uint16_t port)
{
	for (unsigned i = 0; i < w->voice_port_count; i++)
		if (w->voice_ports[i] == port)
			return true;
	return false;
}

// RFC 7983 and RFC 5761: checks, handshakes and RTCP are for the control lane, RTP for the owner of the
// player's room.
static inline void classify_player(struct path *p, unsigned slot)
{
	struct slot *s = &p->slots[slot];
	const uint8_t *payload = s->frame + s->facts.payload;
	uint8_t first = s->facts.payload_len >= RTP_HEADER_LEN ? payload[0] : 255;

	s->player = (const struct voice_player *)s->session;
	s->session = NULL;
	if (first < 4 || (first >= 20 && first < 64))
		path_punt(p, slot, s->player ? PUNT_PLAYER : PUNT_NEW);
	else if (first >> 6 != 2)
		path_drop(p, slot, PATH_DROP_NOT_VOICE);
	else if (!s->player)
		path_drop(p, slot, PATH_DROP_NO_PLAYER);
	else if (!rtp_is_rtp(payload, s->facts.payload_len))
		path_punt(p, slot, PUNT_PLAYER);
	else
		path_to(p, PATH_SRTP, slot);
}

static void classify_clients(struct path *p, const struct path_list *l)
{
	struct flow_key keys[BURST_MAX];
	struct flow_session *sessions[BURST_MAX];

	if (!l->n)
		return;
	for (unsigned i = 0; i < l->n; i++) {
		const struct slot *s = &p->slots[l->at[i]];

		keys[i] = (struct flow_key){
			.addr = s->facts.src.addr,
			.port = s->facts.src.port,
			.server_local = s->local,
			.server_port = s->facts.dst.port,
		};
	}
	flow_sessions_find(p->worker->flow, keys, l->n, p->worker->id, sessions);
	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];

		s->session = sessions[i];
		if (is_voice(p->worker, s->facts.dst.port))
			classify_player(p, l->at[i]);
		else
			classify_client(p, l->at[i]);
	}
}

void path_classify(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_CLASSIFY];
	const struct worker *w = p->worker;
	struct path_list *clients = &p->clients, *peers = &p->peers;
	const struct tap *tap = worker_tap(w);

	if (tap)
		tap_in(p, tap, l);
	clients->n = peers->n = 0;
	for (unsigned i = 0; i < l->n; i++) {
		struct slot *s = &p->slots[l->at[i]];

		s->session = NULL;
		s->local = flow_local_of(w->flow, &s->facts.dst.addr, p->port);
		if (s->facts.kind == NET_ARP)
			path_punt(p, l->at[i], PUNT_NEIGHBOUR);
		else if (s->facts.kind == NET_ICMP6 && s->facts.ttl == 255)
			path_punt(p, l->at[i], PUNT_NEIGHBOUR); // discovery has a hop limit of 255
		else if (s->local == FLOW_LOCAL_NONE)
			path_drop(p, l->at[i], PATH_DROP_NOT_OURS);
		else if (s->facts.kind != NET_UDP)
			path_punt(p, l->at[i], PUNT_ICMP);
		else if (listener_of(w, s->facts.dst.port) || is_voice(w, s->facts.dst.port))
			clients->at[clients->n++] = l->at[i];
		else
			peers->at[peers->n++] = l->at[i];
	}
	classify_clients(p, clients);
	classify_peers(p, peers);
}
