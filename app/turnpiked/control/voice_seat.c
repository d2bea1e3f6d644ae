// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_hash.h>

#include "control/events.h"

// In and out: an offer becomes a seat, and a seat is left.

static enum api_code refuse(struct api_error *e, enum api_code code, const char *field,
			    const char *text)
{
	snprintf(e->field, sizeof e->field, "%s", field);
	snprintf(e->text, sizeof e->text, "%s", text);
	return code;
}

// --- Rooms -------------------------------------------------------------------------------------------------

struct room *voice_room_make(struct node *n, const char *name, bool kept, struct api_error *error)
{
	struct room *room = NULL;
	struct voice_hall *h;
	int err = room_new(&room, n->voice->rooms, name);

	if (err) {
		refuse(error, err == -EINVAL ? API_PARAMS : API_REFUSED, "room",
		       err == -EINVAL   ? "a room's name is 1 to 63 printable characters without "
					  "blank and slash"
		       : err == -EEXIST ? "there is a room of that name"
		       : err == -ENOSPC ? "as many rooms as the node may have"
					: strerror(-err));
		return NULL;
	}
	h = voice_hall_new(n);
	if (!h) {
		room_free(room);
		refuse(error, API_REFUSED, "room", "no memory for a room");
		return NULL;
	}
	h->kept = kept;
	room->user = h;
	event_emit(n, EVENT_ROOM_OPENED, json_pack("{s:s}", "room", room->name));
	return room;
}

void voice_room_end(struct room *room)
{
	struct voice_hall *h = room->user;
	struct node *n = h->node;

	h->kept = true; // until all are out
	for (uint32_t i = 0; i < room->seat_count; i++)
		if (room->seats[i])
			voice_leave(room->seats[i]->user, "deleted");
	event_emit(n, EVENT_ROOM_CLOSED, json_pack("{s:s}", "room", room->name));
	room_free(room);
	voice_hall_free(n, h);
}

static void room_end_when_empty(struct room *room)
{
	const struct voice_hall *h = room->user;

	if (!room->player_count && !h->kept && !h->entering)
		voice_room_end(room);
}

// --- Leaving -----------------------------------------------------------------------------------------------

static json_t *seat_facts(const struct voice_seat *s)
{
	return json_pack("{s:s, s:s, s:s}", "room", s->player->room->name, "player",
			 s->player->name, "session", s->session);
}

// No worker looks at it any more.
static void seat_free(void *ctx, void *what)
{
	struct node *n = ctx;
	struct voice_seat *s = what;

	if (n->voice)
		n->voice->free[n->voice->free_count++] = s->index;
	if (s->sides) {
		srtp_sides_free(s->sides, n->cipher);
		free(s->sides);
	}
	free(s->audience);
	base_wipe(s, sizeof *s);
	free(s);
}

static void ways_in_close(struct voice_seat *s)
{
	voice_ufrags_set(s, false);
	if (s->ice.old.ufrag[0])
		rte_hash_del_key(s->node->voice->ufrags, s->ice.old.ufrag);
	for (unsigned i = 0; i < ICE_PAIRS_MAX; i++)
		if (s->ice.pairs[i].used)
			voice_tuple_set(s, &s->ice.pairs[i].remote, &s->ice.pairs[i].local, false);
}

static void seat_end(struct voice_seat *s)
{
	struct node *n = s->node;

	s->gone = true;
	timer_stop(&s->timer);
	ways_in_close(s);
	voice_unpublish(s);
	if (s->state)
		flow_voice_state_retire(n->flow, s->state);
	s->state = NULL;
	dtls_seat_fini(&n->voice->door, &s->dtls);
	ice_agent_fini(&s->ice);
	tls_identity_unref(s->identity);
	sdp_offer_free(s->offer);
	n->voice->seats[s->index] = NULL;
	n->voice->count--;
	// Without memory for the list the seat stays where it is, and its index with it.
	flow_later(n->flow, seat_free, n, s);
}

void voice_leave(struct voice_seat *s, const char *reason)
{
	struct node *n = s->node;
	struct room *room = s->player->room;
	json_t *facts = seat_facts(s);

	if (s->sides)
		voice_rtcp_bye(s);
	dtls_seat_close(&n->voice->door, &s->dtls);
	if (s->reached)
		voice_dtls_send(s);
	json_object_set_new(facts, "reason", json_string(reason));
	json_object_set_new(facts, "seconds",
			    json_integer((json_int_t)(n->now_ms - s->joined_ms) / 1000));
	if (s->state)
		json_object_set_new(facts, "packets_in",
				    json_integer((json_int_t)s->state->packets));
	event_emit(n, EVENT_LEFT, facts);
	host_log(LOG_LEVEL_INFO, "player_left", "room", room->name, "player", s->player->name,
		 "reason", reason, NULL);
	n->voice->left++;
	room_leave(s->player);
	seat_end(s);
	room_end_when_empty(room);
}

// --- Time --------------------------------------------------------------------------------------------------

static void seat_fire(struct timer *t, uint64_t now_ms)
{
	struct voice_seat *s =
		(struct voice_seat *)((uint8_t *)t - offsetof(struct voice_seat, timer));

	if (s->until_ms && now_ms >= s->until_ms) {
		voice_leave(s, "expired");
		return;
	}
	if (!voice_ice_due(s))
		return;
	if (s->sides && now_ms >= s->rtcp.due_ms)
		voice_rtcp_due(s);
	voice_dtls_due(s);
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

void voice_timer_set(struct voice_seat *s)
{
	uint64_t due =
		earlier(ice_due_ms(&s->ice), dtls_seat_due_ms(&s->node->voice->door, &s->dtls));

	if (s->until_ms)
		due = earlier(due, s->until_ms);
	if (s->sides)
		due = earlier(due, s->rtcp.due_ms);
	s->timer.fire = seat_fire;
	timer_start(&s->node->timers, &s->timer, due);
}

// --- Joining -----------------------------------------------------------------------------------------------

static void peer_of(const struct sdp_transport *t, struct dtls_peer *out)
{
	static const uint8_t hashes[] = {
		[SDP_SHA256] = DTLS_SHA256, [SDP_SHA384] = DTLS_SHA384, [SDP_SHA512] = DTLS_SHA512};

	*out = (struct dtls_peer){0};
	for (unsigned i = 0; i < t->fingerprint_count; i++) {
		struct dtls_fingerprint f = {.hash = hashes[t->fingerprints[i].hash],
					     .len = t->fingerprints[i].len};

		memcpy(f.bytes, t->fingerprints[i].bytes, f.len);
		dtls_peer_add(out, &f);
	}
}

// Two slots of one SSRC would be sealed with the same key and index.
static bool ssrc_ok(const struct sdp_plan *plan, unsigned slot)
{
	for (unsigned i = 0; i < slot; i++)
		if (plan->slots[i].ssrc == plan->slots[slot].ssrc)
			return false;
	return plan->slots[slot].ssrc != 0;
}

static enum api_code offer_read(struct voice_seat *s, const struct voice_wish *w,
				struct api_error *error)
{
	struct sdp_error e = {0};
	int err = sdp_offer_decode(&s->offer, w->offer, w->offer_len, &e);

	if (err == -ENOMEM)
		return refuse(error, API_INTERNAL, "offer", "out of memory");
	if (err) {
		snprintf(error->expected, sizeof error->expected, "%s", e.expected);
		snprintf(error->text, sizeof error->text, "line %u of the offer: expected %s",
			 e.line, e.expected);
		snprintf(error->field, sizeof error->field, "offer");
		return API_PARAMS;
	}
	if (sdp_plan(&s->plan, s->offer, s->node->settings.voice.speakers))
		return refuse(error, API_PARAMS, "offer",
			      "no line that could be used: Opus audio over UDP/TLS/RTP/SAVPF");
	for (unsigned i = 0; i < s->plan.slot_count; i++)
		do
			host_random(&s->plan.slots[i].ssrc, sizeof s->plan.slots[i].ssrc);
		while (!ssrc_ok(&s->plan, i));
	return API_OK;
}

static enum api_code transport_make(struct voice_seat *s, struct api_error *error)
{
	uint8_t random[ICE_RANDOM_LEN];
	char theirs[ICE_PEER_UFRAG_MAX + 1];
	struct dtls_peer peer;
	int err;

	host_random(random, sizeof random);
	if (!sdp_text_copy(theirs, sizeof theirs, s->offer->transport.ufrag))
		return refuse(error, API_PARAMS, "offer", "an ice-ufrag of 4 to 256 characters");
	err = ice_agent_init(&s->ice, random, theirs, s->node->now_ms);
	base_wipe(random, sizeof random);
	if (!err)
		err = voice_ufrags_set(s, true);
	if (err)
		return refuse(error, err == -EINVAL ? API_PARAMS : API_REFUSED, "offer",
			      err == -EINVAL ? "ice-ufrag and ice-pwd of ice-chars"
					     : strerror(-err));
	peer_of(&s->offer->transport, &peer);
	s->identity = tls_identity_ref(s->node->voice->wallet.identity);
	dtls_seat_init(&s->dtls, sdp_setup_ours(s->offer) == SDP_ACTIVE ? DTLS_CLIENT : DTLS_SERVER,
		       &peer, s->identity);
	return API_OK;
}

// Addresses that we may be reached at, best first.
static unsigned hosts_of(const struct node *n, struct net_endpoint out[ICE_CANDIDATES_MAX])
{
	struct ice_local from[ICE_CANDIDATES_MAX];
	struct ice_candidate found[ICE_CANDIDATES_MAX];
	const struct settings *s = &n->settings;
	unsigned count = 0;

	for (unsigned i = 0; i < n->flow->local_count; i++)
		for (size_t l = 0; l < s->voice.listen.n && count < ICE_CANDIDATES_MAX; l++) {
			const struct net_addr *addr = &n->flow->locals[i].addr;

			from[count] = (struct ice_local){
				.at = {*addr, (uint16_t)s->voice.listen.at[l].port}};
			for (size_t o = 0; o < s->voice.public_addresses.n; o++)
				if (net_addr_is4(&s->voice.public_addresses.at[o]) ==
				    net_addr_is4(addr))
					from[count].outside = s->voice.public_addresses.at[o];
			count++;
		}
	count = ice_candidates_make(found, ICE_CANDIDATES_MAX, from, count);
	for (unsigned i = 0; i < count; i++)
		out[i] = found[i].at;
	return count;
}

struct answer_facts {
	struct sdp_facts facts;
	struct net_endpoint hosts[ICE_CANDIDATES_MAX];
};

static void facts_make(const struct voice_seat *s, struct answer_facts *out)
{
	const struct dtls_fingerprint *f = tls_identity_fingerprint(s->identity);

	out->facts = (struct sdp_facts){
		.session_id = strtoull(s->session, NULL, 16) >> 1,
		.session_version = s->sdp_version,
		.ufrag = s->ice.ours.ufrag,
		.pwd = s->ice.ours.pwd,
		.cname = s->session,
		.fingerprint = {.hash = SDP_SHA256, .len = f->len},
		.hosts = out->hosts,
		.host_count = hosts_of(s->node, out->hosts),
	};
	memcpy(out->facts.fingerprint.bytes, f->bytes, f->len);
}

static char *answer_make(const struct voice_seat *s)
{
	char *text = malloc(SDP_ANSWER_MAX);
	struct answer_facts a;

	facts_make(s, &a);
	if (text && sdp_answer_encode(text, SDP_ANSWER_MAX, s->offer, &s->plan, &a.facts) < 0) {
		free(text);
		text = NULL;
	}
	return text;
}

static struct voice_seat *seat_new(struct node *n, const struct voice_wish *w)
{
	struct voice_control *v = n->voice;
	struct voice_seat *s = v->free_count ? calloc(1, sizeof *s) : NULL;
	uint64_t random;

	if (!s)
		return NULL;
	host_random(&random, sizeof random);
	snprintf(s->session, sizeof s->session, "%016llx", (unsigned long long)random);
	snprintf(s->token, sizeof s->token, "%s", w->token_id);
	s->node = n;
	s->index = v->free[--v->free_count];
	s->may_speak = w->speak;
	s->may_listen = w->listen;
	s->until_ms = w->until_ms;
	s->sdp_version = 1;
	s->joined_ms = n->now_ms;
	return s;
}

// A seat that never was seen by workers or the room.
static void seat_undo(struct voice_seat *s)
{
	struct voice_control *v = s->node->voice;

	if (s->identity) {
		voice_ufrags_set(s, false);
		tls_identity_unref(s->identity);
	}
	sdp_offer_free(s->offer);
	v->free[v->free_count++] = s->index;
	base_wipe(s, sizeof *s);
	free(s);
}

static enum api_code room_enter(struct voice_seat *s, const struct voice_wish *w,
				struct api_error *error)
{
	struct node *n = s->node;
	struct room *room = room_find(n->voice->rooms, w->room);
	struct room_wish wish = {.team = w->team,
				 .flags = (uint16_t)(w->flags | (w->speak ? 0 : ROOM_LISTENER) |
						     (w->listen ? 0 : ROOM_DEAF))};
	struct room_player *there = room ? room_player_find(room, w->player) : NULL;
	int err;

	if (there) {
		((struct voice_hall *)room->user)->entering = true;
		voice_leave(there->user, "replaced");
	}
	if (!room)
		room = voice_room_make(n, w->room, false, error);
	if (!room)
		return error->code ? error->code : API_REFUSED;
	((struct voice_hall *)room->user)->entering = false;
	err = room_join(&s->player, room, w->player, &wish);
	if (!err) {
		s->player->user = s;
		return API_OK;
	}
	room_end_when_empty(room);
	return refuse(error, err == -EINVAL ? API_PARAMS : API_REFUSED, "player",
		      err == -EINVAL
			      ? "a player's name is 1 to 63 printable characters without blank "
				"and slash"
		      : err == -ENOSPC ? "as many players as may be"
				       : strerror(-err));
}

enum api_code voice_join(struct node *n, const struct voice_wish *w, struct voice_seat **out,
			 char **answer, struct api_error *error)
{
	struct voice_seat *s = seat_new(n, w);
	enum api_code code;

	if (!s)
		return refuse(error, API_REFUSED, "player", "as many players as the node may have");
	code = offer_read(s, w, error);
	if (!code)
		code = transport_make(s, error);
	*answer = code ? NULL : answer_make(s);
	if (!code && !*answer)
		code = refuse(error, API_INTERNAL, "offer", "out of memory");
	if (!code)
		code = room_enter(s, w, error);
	if (code) {
		free(*answer);
		*answer = NULL;
		seat_undo(s);
		return code;
	}
	n->voice->seats[s->index] = s;
	n->voice->count++;
	n->voice->joined++;
	voice_timer_set(s);
	event_emit(n, EVENT_JOINED, seat_facts(s));
	*out = s;
	return API_OK;
}

// --- Later -------------------------------------------------------------------------------------------------

struct voice_seat *voice_by_session(struct node *n, const char *session)
{
	struct voice_seat *found = NULL;
	size_t len = strlen(session);

	for (uint32_t i = 0; i < n->flow->players_max; i++) {
		struct voice_seat *s = n->voice->seats[i];

		if (s && len == sizeof s->session - 1 &&
		    base_equal_secret(s->session, session, len))
			found = s;
	}
	return found;
}

enum api_code voice_restart(struct voice_seat *s, const char *text, size_t len, char **fragment,
			    struct api_error *error)
{
	struct sdp_fragment f;
	struct sdp_error e = {0};
	uint8_t random[ICE_RANDOM_LEN];
	char theirs[ICE_PEER_UFRAG_MAX + 1];
	struct answer_facts a;

	*fragment = NULL;
	if (sdp_fragment_decode(&f, text, len, &e))
		return refuse(error, API_PARAMS, "fragment",
			      e.expected ? e.expected : "an SDP fragment");
	if (!f.ufrag.at || sdp_text_equal(f.ufrag, s->ice.theirs))
		return API_OK; // candidates only, which an ICE-lite agent does not need
	if (!sdp_text_copy(theirs, sizeof theirs, f.ufrag))
		return refuse(error, API_PARAMS, "fragment", "an ice-ufrag of 4 to 256 characters");
	host_random(random, sizeof random);
	if (s->ice.old.ufrag[0])
		rte_hash_del_key(s->node->voice->ufrags, s->ice.old.ufrag);
	if (ice_restart(&s->ice, random, theirs, s->node->now_ms) || voice_ufrags_set(s, true))
		return refuse(error, API_REFUSED, "fragment", "ice-ufrag of ice-chars");
	facts_make(s, &a);
	*fragment = malloc(SDP_ANSWER_MAX);
	if (!*fragment ||
	    sdp_fragment_encode(*fragment, SDP_ANSWER_MAX, s->offer, &s->plan, &a.facts) < 0)
		return refuse(error, API_INTERNAL, "fragment", "out of memory");
	voice_timer_set(s);
	return API_OK;
}
