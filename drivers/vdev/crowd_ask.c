// SPDX-License-Identifier: Apache-2.0
#include "vdev/crowd.h"

#include <rte_byteorder.h>
#include <string.h>

#define RETRY_DIVISOR 4 // a request is repeated after a quarter of a second

static struct net_endpoint endpoint_of(const struct net_addr *base, uint32_t word, uint16_t port)
{
	struct net_endpoint e = {.addr = *base, .port = port};

	e.addr.w[3] = word;
	return e;
}

struct net_endpoint crowd_client(const struct crowd *c, unsigned k)
{
	unsigned id = crowd_id(c, k);

	return endpoint_of(&c->settings->clients,
			   rte_cpu_to_be_32(c->base_client + id % CROWD_HOSTS),
			   (uint16_t)(CROWD_CLIENT_PORT + id / CROWD_HOSTS));
}

struct net_endpoint crowd_server(const struct crowd *c, unsigned k)
{
	return endpoint_of(&c->settings->server,
			   rte_cpu_to_be_32(c->base_server + crowd_id(c, k) % c->settings->servers),
			   3478);
}

static struct net_endpoint peer_of(const struct crowd *c, unsigned k)
{
	unsigned id = crowd_id(c, k);

	if (c->settings->way == LOAD_HAIRPIN)
		return endpoint_of(&c->settings->server, c->sessions[k ^ 1].relay_addr,
				   c->sessions[k ^ 1].relay_port);
	return endpoint_of(&c->settings->peers, rte_cpu_to_be_32(c->base_peer + id % CROWD_HOSTS),
			   (uint16_t)(CROWD_PEER_PORT + id / CROWD_HOSTS));
}

// --- Asking ------------------------------------------------------------------------------------------------------

static void sign(const struct crowd *c, const struct crowd_nonce *nonce, struct stun_writer *w)
{
	if (!nonce->len)
		return;
	stun_put(w, STUN_USERNAME, c->settings->user, strlen(c->settings->user));
	stun_put(w, STUN_REALM, c->realm, strlen(c->realm));
	stun_put(w, STUN_NONCE, nonce->text, nonce->len);
	stun_put_integrity(w, STUN_INTEGRITY_SHA1, c->key.bytes, c->key.len);
}

// Who is bound renews the allocation and the binding in turns.
static bool renews(const struct crowd *c, unsigned k)
{
	return k < c->count && c->sessions[k].state == CROWD_BOUND && c->nonces[k].requests % 2;
}

static unsigned method_of(const struct crowd *c, unsigned k)
{
	if (c->sessions[k].state < CROWD_ALLOCATED)
		return STUN_ALLOCATE;
	if (k >= c->count || renews(c, k))
		return STUN_REFRESH;
	return c->settings->mode == LOAD_CHANNEL ? STUN_CHANNEL_BIND : STUN_CREATE_PERMISSION;
}

static size_t request_make(struct crowd *c, unsigned k, uint8_t *out, size_t cap)
{
	uint32_t tid[3] = {(uint32_t)c->tsc_hz, c->nonces[k].requests, crowd_id(c, k)};
	unsigned method = method_of(c, k);
	struct stun_writer w = stun_begin(out, cap, STUN_REQUEST, method, (const uint8_t *)tid);

	if (method == STUN_ALLOCATE) {
		stun_put_u32(&w, STUN_REQUESTED_TRANSPORT, 17u << 24);
		if (!net_addr_is4(&c->settings->server)) // without it, IPv4 is meant
			stun_put_u32(&w, STUN_REQUESTED_ADDRESS_FAMILY, 2u << 24);
	} else if (method == STUN_REFRESH) {
		// Without LIFETIME it is for the server's default; a churner wants to be rid of it.
		if (k >= c->count)
			stun_put_u32(&w, STUN_LIFETIME, 0);
	} else {
		struct net_endpoint peer = peer_of(c, k);

		if (method == STUN_CHANNEL_BIND)
			stun_put_u32(&w, STUN_CHANNEL_NUMBER, (uint32_t)CROWD_CHANNEL << 16);
		stun_put_endpoint(&w, STUN_XOR_PEER_ADDRESS, &peer);
	}
	sign(c, &c->nonces[k], &w);
	return stun_end(&w);
}

static struct rte_mbuf *frame_make(struct crowd *c, const struct net_endpoint *src,
				   const struct net_endpoint *dst, const uint8_t *payload,
				   size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->pool);
	struct net_udp_header h = {.link = {.src = {{2, 0, 0, 0, 0, 0xc0}}, .dst = c->relay_mac},
				   .src = *src,
				   .dst = *dst,
				   .ttl = 64};
	size_t header_len = net_header_len(&h);
	uint8_t *f;

	if (!m)
		return NULL;
	f = rte_pktmbuf_mtod(m, uint8_t *);
	memcpy(f + header_len, payload, len);
	net_header_write(f, &h, len);
	m->data_len = (uint16_t)(header_len + len);
	m->pkt_len = m->data_len;
	return m;
}

struct rte_mbuf *crowd_ask(struct crowd *c, unsigned k, uint64_t now)
{
	struct net_endpoint src = crowd_client(c, k), dst = crowd_server(c, k);
	uint8_t request[512];
	size_t len = request_make(c, k, request, sizeof request);

	struct rte_mbuf *m = frame_make(c, &src, &dst, request, len);

	if (!m)
		return NULL;
	c->sessions[k].due_tsc = now + c->tsc_hz / RETRY_DIVISOR;
	if (c->sessions[k].state == CROWD_IDLE)
		c->sessions[k].state = CROWD_ASKED;
	c->asked += !c->sessions[k].waiting;
	c->sessions[k].waiting = true;
	return m;
}

// --- Answers -----------------------------------------------------------------------------------------------------

static void challenged(struct crowd *c, unsigned k, const struct stun_message *m)
{
	struct crowd_nonce *kept = &c->nonces[k];
	const struct stun_attr *nonce = stun_find(m, STUN_NONCE), *realm = stun_find(m, STUN_REALM);

	if (!nonce || nonce->len > sizeof kept->text)
		return;
	memcpy(kept->text, nonce->value, nonce->len);
	kept->len = (uint8_t)nonce->len;
	c->sessions[k].due_tsc = 0;
	if (!realm || c->realm[0] || realm->len >= sizeof c->realm)
		return;
	memcpy(c->realm, realm->value, realm->len);
	stun_key_derive(&c->key, STUN_MD5, c->settings->user, strlen(c->settings->user), c->realm,
			c->settings->password);
}

static void allocated(struct crowd *c, struct crowd_session *s, const struct stun_message *m)
{
	const struct stun_attr *a = stun_find(m, STUN_XOR_RELAYED_ADDRESS);
	struct net_endpoint relay;
	enum net_family family;

	if (s->state >= CROWD_ALLOCATED || !a || stun_endpoint_decode(m, a, &relay, &family))
		return;
	s->relay_addr = relay.addr.w[3];
	s->relay_port = relay.port;
	s->state = CROWD_ALLOCATED;
	s->due_tsc = 0;
	c->counts.allocated++;
}

// A churner's allocation is deleted: it begins again when its turn comes.
static void deleted(struct crowd_session *s)
{
	if (s->state == CROWD_ALLOCATED)
		s->state = CROWD_IDLE;
	s->due_tsc = 0;
}

static void bound(struct crowd *c, struct crowd_session *s)
{
	if (s->state != CROWD_BOUND)
		c->counts.bound++;
	s->state = CROWD_BOUND;
	s->due_tsc = rte_rdtsc() + c->tsc_hz * c->settings->refresh_s;
}

static void refused(struct crowd *c, unsigned k, const struct stun_message *m)
{
	const struct stun_attr *a = stun_find(m, STUN_ERROR_CODE);
	unsigned code = a && a->len >= 4 ? (a->value[2] & 7u) * 100 + a->value[3] : 0;

	if (code == 438 || (code == 401 && !c->nonces[k].len))
		challenged(c, k, m);
	else if (code == 437 && m->method == STUN_REFRESH && k >= c->count)
		deleted(&c->sessions[k]); // the answer to the first was lost
	else
		c->counts.refused++;
}

void crowd_answered(struct crowd *c, unsigned k, const uint8_t *message, unsigned len)
{
	struct crowd_session *s = &c->sessions[k];
	struct stun_message m;

	if (stun_decode(&m, message, len)) {
		c->counts.damaged++;
		return;
	}
	c->asked -= s->waiting;
	s->waiting = false;
	c->nonces[k].requests++;
	if (m.class_ == STUN_ERROR)
		refused(c, k, &m);
	else if (m.class_ == STUN_SUCCESS && m.method == STUN_ALLOCATE)
		allocated(c, s, &m);
	else if (m.class_ == STUN_SUCCESS && m.method == STUN_REFRESH && k >= c->count)
		deleted(s);
	else if (m.class_ == STUN_SUCCESS)
		bound(c, s);
}
