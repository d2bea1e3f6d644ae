// SPDX-License-Identifier: Apache-2.0
#include "control/whip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/player.h"

// WebRTC-HTTP ingestion (RFC 9725): a token and an offer in, a seat out. Here the session plays as well
// as it records: the offer's receiving lines are slots.

#define SDP "application/sdp"
#define FRAGMENT "application/trickle-ice-sdpfrag"
#define RETRY_S 10 // a draining relay's players look for another one meanwhile

struct exchange {
	struct node *n;
	struct whip_guard *guard;
	const struct host_http_request *rq;
	struct host_http_reply *rp;
	struct whip_path path;
};

static void body_set(struct exchange *x, unsigned status, const char *type, char *text)
{
	x->rp->status = text ? status : 500;
	x->rp->content_type = text ? type : NULL;
	x->rp->body = text;
	x->rp->len = text ? strlen(text) : 0;
}

static void refuse(struct exchange *x, unsigned status, const char *text)
{
	char line[200];

	snprintf(line, sizeof line, "%s\n", text);
	body_set(x, status, "text/plain; charset=utf-8", strdup(line));
}

static bool is(const struct exchange *x, const char *method)
{
	return !strcmp(x->rq->method, method);
}

// --- CORS ----------------------------------------------------------------------------------------------------

// What a page may send is a token that it has anyway; cookies mean nothing here. So all may ask unless
// the operator says otherwise.
static void origin_add(struct exchange *x)
{
	const struct text_list *origins = &x->n->settings.voice.origins;
	const char *origin = x->rq->origin;

	for (size_t i = 0; i < origins->n; i++) {
		if (!strcmp(origins->at[i], "*")) {
			host_http_field(x->rp, "Access-Control-Allow-Origin", "*");
			break;
		}
		if (origin && !strcmp(origins->at[i], origin)) {
			host_http_field(x->rp, "Access-Control-Allow-Origin", "%s", origin);
			host_http_field(x->rp, "Vary", "Origin");
			break;
		}
	}
	host_http_field(x->rp, "Access-Control-Expose-Headers", "Location, ETag, Accept-Patch");
}

static const char *methods_of(const struct exchange *x)
{
	return x->path.session[0] ? "PATCH, DELETE, OPTIONS" : "POST, OPTIONS";
}

static void options(struct exchange *x)
{
	host_http_field(x->rp, "Allow", "%s", methods_of(x));
	host_http_field(x->rp, "Access-Control-Allow-Methods", "%s", methods_of(x));
	host_http_field(x->rp, "Access-Control-Allow-Headers",
			"Authorization, Content-Type, If-Match");
	host_http_field(x->rp, "Access-Control-Max-Age", "86400");
	if (!x->path.session[0])
		host_http_field(x->rp, "Accept-Post", SDP);
	else
		host_http_field(x->rp, "Accept-Patch", FRAGMENT);
	x->rp->status = 200;
}

// --- POST ----------------------------------------------------------------------------------------------------

static void etag_add(struct exchange *x, const struct voice_seat *s)
{
	host_http_field(x->rp, "ETag", "\"%s\"", s->ice.ours.ufrag);
}

static void denied(struct exchange *x, const struct api_error *error)
{
	bool token = !strcmp(error->field, "token"); // itself, not what it grants
	unsigned wait_s = token ? whip_guard_note(x->guard, x->rq->from, x->n->now_ms) : 0;

	if (wait_s) {
		host_http_field(x->rp, "Retry-After", "%u", wait_s);
		refuse(x, 429, "too many bad tokens came from this address");
		return;
	}
	host_http_field(x->rp, "WWW-Authenticate", "Bearer realm=\"turnpike\", error=\"%s\"",
			token ? "invalid_token" : "insufficient_scope");
	refuse(x, token ? 401 : 403, error->text);
}

static void error_tell(struct exchange *x, const struct api_error *error)
{
	switch (error->code) {
	case API_DENIED:
		denied(x, error);
		break;
	case API_PARAMS:
		refuse(x, 400, error->text);
		break;
	case API_REFUSED:
		host_http_field(x->rp, "Retry-After", "%d", RETRY_S);
		refuse(x, 503, error->text);
		break;
	default:
		refuse(x, 500, error->text);
		break;
	}
}

static void seated(struct exchange *x, const struct voice_seat *s, char *answer)
{
	char room[WHIP_ESCAPED_MAX];

	host_http_field(x->rp, "Location", "/whip/%s/%s", whip_escape(room, s->player->room->name),
			s->session);
	host_http_field(x->rp, "Accept-Patch", FRAGMENT);
	etag_add(x, s);
	body_set(x, 201, SDP, answer);
}

static void post(struct exchange *x)
{
	struct player_ask ask = {
		.room = x->path.room,
		.token = whip_bearer(x->rq->authorization),
		.offer = x->rq->body,
		.offer_len = x->rq->body_len,
	};
	struct api_error error = {0};
	struct voice_seat *s;
	char *answer;

	if (!ask.token) {
		host_http_field(x->rp, "WWW-Authenticate", "Bearer realm=\"turnpike\"");
		refuse(x, 401, "Authorization: Bearer TOKEN is wanted");
	} else if (!whip_type_is(x->rq->content_type, SDP)) {
		host_http_field(x->rp, "Accept-Post", SDP);
		refuse(x, 415, "the body ought to be " SDP);
	} else if (!whip_accepts(x->rq->accept, SDP)) {
		refuse(x, 406, "the answer is " SDP ", which Accept does not name");
	} else if (player_admit(x->n, &ask, &s, &answer, &error)) {
		error_tell(x, &error);
	} else {
		seated(x, s, answer);
	}
}

// --- PATCH, DELETE -------------------------------------------------------------------------------------------

// The session's name is not to be guessed: who knows it needs no token, which may have expired by now.
static struct voice_seat *seat_find(const struct exchange *x)
{
	struct voice_seat *s = voice_by_session(x->n, x->path.session);

	return s && !strcmp(s->player->room->name, x->path.room) ? s : NULL;
}

static void restart(struct exchange *x, struct voice_seat *s)
{
	struct api_error error = {0};
	char *fragment = NULL;

	error.code = voice_restart(s, x->rq->body, x->rq->body_len, &fragment, &error);
	if (error.code) {
		free(fragment);
		error_tell(x, &error);
	} else if (fragment) {
		etag_add(x, s);
		body_set(x, 200, FRAGMENT, fragment);
	} else {
		x->rp->status = 204; // an ICE-lite agent has no use for candidates
	}
}

static void patch(struct exchange *x, struct voice_seat *s)
{
	char etag[sizeof s->ice.ours.ufrag + 2];

	snprintf(etag, sizeof etag, "\"%s\"", s->ice.ours.ufrag);
	if (!whip_type_is(x->rq->content_type, FRAGMENT)) {
		host_http_field(x->rp, "Accept-Patch", FRAGMENT);
		refuse(x, 415, "the body ought to be " FRAGMENT);
	} else if (!x->rq->if_match) {
		refuse(x, 428, "If-Match is wanted: the ETag, or * to restart ICE");
	} else if (!whip_etag_fits(x->rq->if_match, etag)) {
		refuse(x, 412, "If-Match names an ICE session that is no more");
	} else {
		restart(x, s);
	}
}

static void session(struct exchange *x)
{
	struct voice_seat *s = seat_find(x);

	if (!s) {
		refuse(x, 404, "there is no such session");
	} else if (is(x, "PATCH")) {
		patch(x, s);
	} else {
		voice_leave(s, "left");
		x->rp->status = 200;
	}
}

// What is there takes other methods.
static void method_refuse(struct exchange *x)
{
	host_http_field(x->rp, "Allow", "%s", methods_of(x));
	refuse(x, 405,
	       x->path.session[0] ? "a session takes PATCH and DELETE"
				  : "a room takes POST of an offer");
}

void whip_request(struct node *n, struct whip_guard *g, const struct host_http_request *rq,
		  struct host_http_reply *rp)
{
	struct exchange x = {.n = n, .guard = g, .rq = rq, .rp = rp};

	origin_add(&x);
	if (!whip_path_read(rq->path, &x.path))
		refuse(&x, 404, "/whip/ROOM or /whip/ROOM/SESSION is expected");
	else if (is(&x, "OPTIONS"))
		options(&x);
	else if (!x.path.session[0] && is(&x, "POST"))
		post(&x);
	else if (x.path.session[0] && (is(&x, "PATCH") || is(&x, "DELETE")))
		session(&x);
	else
		method_refuse(&x);
}
