// SPDX-License-Identifier: Apache-2.0
#include "control/voice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

// An offer becomes an answer. Of the offer a seat keeps what packets need of its lines, and no more: ten
// lines of a browser's are 16 KB.

struct talk { // while it is answered
	struct sdp_offer *offer;
	struct sdp_plan plan;
};

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

static enum api_code offer_read(struct talk *t, const struct voice_seat *s,
				const struct voice_wish *w, struct api_error *error)
{
	struct sdp_error e = {0};
	int err = sdp_offer_decode(&t->offer, w->offer, w->offer_len, &e);

	if (err == -ENOMEM)
		return api_refuse(error, API_INTERNAL, "offer", "out of memory");
	if (err) {
		api_refuse(error, API_PARAMS, "offer", "line %u of the offer: expected %s", e.line,
			   e.expected);
		return api_expect(error, "%s", e.expected);
	}
	if (sdp_plan(&t->plan, t->offer, w->native ? 1 : s->node->settings.voice.speakers))
		return api_refuse(error, API_PARAMS, "offer",
				  "no line that could be used: Opus audio over UDP/TLS/RTP/SAVPF");
	// No SSRC is announced of a native client's line: many will come on it.
	for (unsigned i = 0; !w->native && i < t->plan.slot_count; i++)
		do
			host_random(&t->plan.slots[i].ssrc, sizeof t->plan.slots[i].ssrc);
		while (!ssrc_ok(&t->plan, i));
	return API_OK;
}

static enum api_code transport_make(struct voice_seat *s, const struct talk *t,
				    struct api_error *error)
{
	uint8_t random[ICE_RANDOM_LEN];
	char theirs[ICE_PEER_UFRAG_MAX + 1];
	struct dtls_peer peer;
	int err;

	host_random(random, sizeof random);
	if (!sdp_text_copy(theirs, sizeof theirs, t->offer->transport.ufrag))
		return api_refuse(error, API_PARAMS, "offer",
				  "an ice-ufrag of 4 to 256 characters");
	err = ice_agent_init(&s->ice, random, theirs, s->node->now_ms);
	base_wipe(random, sizeof random);
	if (!err)
		err = voice_ufrags_set(s, true);
	if (err)
		return api_refuse(error, err == -EINVAL ? API_PARAMS : API_REFUSED, "offer", "%s",
				  err == -EINVAL ? "ice-ufrag and ice-pwd of ice-chars"
						 : strerror(-err));
	peer_of(&t->offer->transport, &peer);
	s->identity = tls_identity_ref(s->node->voice->wallet.identity);
	dtls_seat_init(&s->dtls, sdp_setup_ours(t->offer) == SDP_ACTIVE ? DTLS_CLIENT : DTLS_SERVER,
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

static char *answer_make(const struct voice_seat *s, const struct talk *t)
{
	char *text = malloc(SDP_ANSWER_MAX);
	struct answer_facts a;

	facts_make(s, &a);
	if (text && sdp_answer_encode(text, SDP_ANSWER_MAX, t->offer, &t->plan, &a.facts) < 0) {
		free(text);
		text = NULL;
	}
	return text;
}

// --- What is kept --------------------------------------------------------------------------------------------

static void leg_make(struct voice_leg *leg, const struct sdp_line *line, uint32_t ssrc)
{
	*leg = (struct voice_leg){
		.ssrc = ssrc,
		.pt = line->opus.pt,
		.red_pt = line->opus.red_pt,
		.level_id = line->ext.level,
		.level_vad = line->ext.level_vad,
		.mid_id = line->ext.mid,
	};
	// A mid that is too long for a packet's header is left out there: the SSRC tells the line as well.
	if (!sdp_text_copy(leg->mid, sizeof leg->mid, line->mid) || !leg->mid[0])
		leg->mid_id = 0;
}

static int legs_keep(struct voice_seat *s, const struct talk *t)
{
	const struct sdp_line *lines = t->offer->lines;

	unsigned lines_heard = t->plan.slot_count;

	s->slot_count = (uint8_t)(s->native && lines_heard ? ROOM_SLOTS_MAX : lines_heard);
	s->legs = calloc(s->slot_count + 1u, sizeof *s->legs);
	if (!s->legs)
		return -ENOMEM;
	for (unsigned i = 0; i < s->slot_count; i++) {
		const struct sdp_slot *slot = &t->plan.slots[i < lines_heard ? i : 0];

		leg_make(&s->legs[i], &lines[slot->line], slot->ssrc);
	}
	leg_make(&s->first, &lines[t->plan.first], 0);
	sdp_text_copy(s->proto, sizeof s->proto, lines[t->plan.first].proto);
	s->has_voice = t->plan.voice != SDP_NO_LINE;
	if (s->has_voice)
		leg_make(&s->voice, &lines[t->plan.voice], 0);
	return 0;
}

enum api_code voice_offer_take(struct voice_seat *s, const struct voice_wish *w, char **answer,
			       struct api_error *error)
{
	struct talk t = {0};
	enum api_code code = offer_read(&t, s, w, error);

	*answer = NULL;
	if (!code)
		code = transport_make(s, &t, error);
	if (!code)
		*answer = answer_make(s, &t);
	if (!code && (!*answer || legs_keep(s, &t)))
		code = api_refuse(error, API_INTERNAL, "offer", "out of memory");
	sdp_offer_free(t.offer);
	return code;
}

// --- ICE restart ---------------------------------------------------------------------------------------------

// The fragment is about the line that carries the transport.
static int fragment_make(const struct voice_seat *s, char *out)
{
	struct sdp_line line = {
		.proto = {s->proto, (uint16_t)strlen(s->proto)},
		.mid = {s->first.mid[0] ? s->first.mid : NULL, (uint16_t)strlen(s->first.mid)},
		.opus.pt = s->first.pt,
	};
	struct sdp_offer offer = {.line_count = 1, .lines = &line};
	struct sdp_plan plan = {.first = 0};
	struct answer_facts a;

	facts_make(s, &a);
	return sdp_fragment_encode(out, SDP_ANSWER_MAX, &offer, &plan, &a.facts);
}

enum api_code voice_restart(struct voice_seat *s, const char *text, size_t len, char **fragment,
			    struct api_error *error)
{
	struct sdp_fragment f;
	struct sdp_error e = {0};
	uint8_t random[ICE_RANDOM_LEN];
	char theirs[ICE_PEER_UFRAG_MAX + 1];
	int err;

	*fragment = NULL;
	if (sdp_fragment_decode(&f, text, len, &e))
		return api_refuse(error, API_PARAMS, "fragment", "%s",
				  e.expected ? e.expected : "an SDP fragment");
	if (!f.ufrag.at || sdp_text_equal(f.ufrag, s->ice.theirs))
		return API_OK; // candidates only, which an ICE-lite agent does not need
	if (!sdp_text_copy(theirs, sizeof theirs, f.ufrag))
		return api_refuse(error, API_PARAMS, "fragment",
				  "an ice-ufrag of 4 to 256 characters");
	host_random(random, sizeof random);
	voice_ufrag_forget(s->node, s->ice.old.ufrag);
	err = ice_restart(&s->ice, random, theirs, s->node->now_ms);
	base_wipe(random, sizeof random);
	if (err || voice_ufrags_set(s, true))
		return api_refuse(error, API_REFUSED, "fragment", "ice-ufrag of ice-chars");
	*fragment = malloc(SDP_ANSWER_MAX);
	if (!*fragment || fragment_make(s, *fragment) < 0)
		return api_refuse(error, API_INTERNAL, "fragment", "out of memory");
	voice_timer_set(s);
	return API_OK;
}
