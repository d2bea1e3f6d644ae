// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <stdio.h>

#include "sdp/private.h"

#define TEXT(t) (int)(t).len, (t).at // for "%.*s"

struct answer {
	const struct sdp_offer *offer;
	const struct sdp_plan *plan;
	const struct sdp_facts *facts;
	char host[NET_TEXT_MAX];
	uint16_t port;
	char family; // '4' or '6'
};

static const struct sdp_slot *slot_of(const struct sdp_plan *plan, unsigned index)
{
	for (unsigned i = 0; i < plan->slot_count; i++)
		if (plan->slots[i].line == index)
			return &plan->slots[i];
	return NULL;
}

// As we see it: what the offerer sends we receive.
static const char *direction_of(const struct sdp_plan *plan, unsigned index)
{
	static const char *const words[] = {"inactive", "sendonly", "recvonly", "sendrecv"};

	return words[(slot_of(plan, index) ? 1 : 0) | (plan->voice == index ? 2 : 0)];
}

static void put_fingerprint(struct writer *w, const struct sdp_fingerprint *f)
{
	static const char *const names[] = {"sha-256", "sha-384", "sha-512"};

	sdp_put(w, "a=fingerprint:%s ", names[f->hash]);
	for (unsigned i = 0; i < f->len; i++)
		sdp_put(w, "%02X%s", f->bytes[i], i + 1u < f->len ? ":" : "\r\n");
}

static void put_transport(struct writer *w, const struct answer *a)
{
	const struct sdp_facts *f = a->facts;

	sdp_put(w, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", f->ufrag, f->pwd);
	put_fingerprint(w, &f->fingerprint);
	sdp_put(w, "a=setup:%s\r\n", sdp_setup_ours(a->offer) == SDP_ACTIVE ? "active" : "passive");
}

// RFC 7587: what we like to receive. In-band FEC is worth its bits wherever packets may be lost.
static void put_codec(struct writer *w, const struct answer *a, const struct sdp_opus *o)
{
	sdp_put(w, "a=rtpmap:%u opus/48000/2\r\n", o->pt);
	sdp_put(w, "a=fmtp:%u minptime=%u;useinbandfec=1", o->pt,
		o->min_ptime_ms ? o->min_ptime_ms : 10);
	if (a->facts->stereo && o->stereo)
		sdp_put(w, ";stereo=1");
	if (o->dtx)
		sdp_put(w, ";usedtx=1");
	if (a->facts->max_average_bps)
		sdp_put(w, ";maxaveragebitrate=%u", a->facts->max_average_bps);
	sdp_put(w, "\r\n");
	if (o->transport_cc)
		sdp_put(w, "a=rtcp-fb:%u transport-cc\r\n", o->pt);
	if (o->nack)
		sdp_put(w, "a=rtcp-fb:%u nack\r\n", o->pt);
	if (o->red_pt)
		sdp_put(w, "a=rtpmap:%u red/48000/2\r\na=fmtp:%u %u/%u\r\n", o->red_pt, o->red_pt,
			o->pt, o->pt);
}

static void put_extensions(struct writer *w, const struct sdp_ext *e, bool twcc)
{
	if (e->level)
		sdp_put(w, "a=extmap:%u urn:ietf:params:rtp-hdrext:ssrc-audio-level%s\r\n",
			e->level, e->level_vad ? "" : " vad=off");
	if (e->mid)
		sdp_put(w, "a=extmap:%u urn:ietf:params:rtp-hdrext:sdes:mid\r\n", e->mid);
	if (e->twcc && twcc)
		sdp_put(w,
			"a=extmap:%u http://www.ietf.org/id/"
			"draft-holmer-rmcat-transport-wide-cc-extensions-01\r\n",
			e->twcc);
	if (e->mixed)
		sdp_put(w, "a=extmap-allow-mixed\r\n");
}

static void put_source(struct writer *w, const struct sdp_slot *s, const char *cname)
{
	if (!s || !s->ssrc)
		return;
	sdp_put(w, "a=msid:%s %s\r\na=ssrc:%u cname:%s\r\na=ssrc:%u msid:%s %s\r\n", s->track,
		s->track, s->ssrc, cname, s->ssrc, s->track, s->track);
}

static void put_used(struct writer *w, const struct answer *a, unsigned index)
{
	const struct sdp_line *l = &a->offer->lines[index];

	sdp_put(w, "m=audio %u %.*s %u", a->port, TEXT(l->proto), l->opus.pt);
	if (l->opus.red_pt)
		sdp_put(w, " %u", l->opus.red_pt);
	sdp_put(w, "\r\nc=IN IP%c %s\r\n", a->family, a->host);
	if (l->mid.at)
		sdp_put(w, "a=mid:%.*s\r\n", TEXT(l->mid));
	sdp_put(w, "a=%s\r\na=rtcp-mux\r\n%s", direction_of(a->plan, index),
		l->rtcp_rsize ? "a=rtcp-rsize\r\n" : "");
	put_transport(w, a);
	put_codec(w, a, &l->opus);
	put_extensions(w, &l->ext, l->opus.transport_cc);
	put_source(w, slot_of(a->plan, index), a->facts->cname);
	if (index == a->plan->first)
		sdp_put_candidates(w, a->facts);
}

static void put_refused(struct writer *w, const struct sdp_line *l)
{
	sdp_put(w, "m=%.*s 0 %.*s %.*s\r\nc=IN IP4 0.0.0.0\r\n", TEXT(l->media), TEXT(l->proto),
		TEXT(l->format));
	if (l->mid.at)
		sdp_put(w, "a=mid:%.*s\r\n", TEXT(l->mid));
	sdp_put(w, "a=inactive\r\n");
}

static void put_session(struct writer *w, const struct answer *a)
{
	const struct sdp_offer *o = a->offer;

	sdp_put(w, "v=0\r\no=- %llu %u IN IP%c %s\r\ns=-\r\nt=0 0\r\na=ice-lite\r\n",
		(unsigned long long)a->facts->session_id, a->facts->session_version, a->family,
		a->host);
	if (o->ice_trickle)
		sdp_put(w, "a=ice-options:trickle\r\n");
	if (!o->bundle)
		return;
	sdp_put(w, "a=group:BUNDLE");
	for (unsigned i = 0; i < o->line_count; i++)
		if (o->lines[i].refusal == SDP_USABLE)
			sdp_put(w, " %.*s", TEXT(o->lines[i].mid));
	sdp_put(w, "\r\n");
}

int sdp_answer_encode(char *out, size_t cap, const struct sdp_offer *offer,
		      const struct sdp_plan *plan, const struct sdp_facts *facts)
{
	struct answer a = {.offer = offer, .plan = plan, .facts = facts, .port = 9, .family = '4'};
	struct writer w = writer_of(out, cap);

	snprintf(a.host, sizeof a.host, "0.0.0.0");
	if (facts->host_count) {
		net_addr_format(&facts->hosts[0].addr, a.host);
		a.port = facts->hosts[0].port;
		a.family = net_addr_is4(&facts->hosts[0].addr) ? '4' : '6';
	}
	put_session(&w, &a);
	for (unsigned i = 0; i < offer->line_count; i++) {
		if (offer->lines[i].refusal == SDP_USABLE)
			put_used(&w, &a, i);
		else
			put_refused(&w, &offer->lines[i]);
	}
	return w.full ? -ENOSPC : (int)writer_len(&w);
}
