// SPDX-License-Identifier: Apache-2.0
#include "vdev/crowd.h"

#include <rte_byteorder.h>
#include <rte_memcpy.h>
#include <string.h>

// The payload: RTP-shaped (RFC 3550), then a counter, the sender's clock, and bytes that are always the
// same.
struct voice {
	uint8_t version, type;
	uint16_t sequence;
	uint32_t timestamp;
	uint32_t ssrc; // the session's number
	uint32_t count; // of this session and way
	uint64_t tsc;
	uint8_t rest[];
} __attribute__((packed)); // it begins where the headers end: at any even address

#define VOICE_FIXED offsetof(struct voice, rest)

static uint8_t rest_byte(unsigned i)
{
	return (uint8_t)(i * 37 + 11);
}

static const uint8_t *rest_bytes(void)
{
	static uint8_t rest[CROWD_FRAME_MAX];

	if (!rest[0])
		for (unsigned i = 0; i < sizeof rest; i++)
			rest[i] = rest_byte(i);
	return rest;
}

static uint32_t sum_of(const void *bytes, size_t len)
{
	uint32_t sum = net_sum(bytes, len, 0);

	sum = (sum & 0xffff) + (sum >> 16);
	return (sum & 0xffff) + (sum >> 16);
}

// --- Templates -------------------------------------------------------------------------------------------------

// Writes the payload of a Send indication, ChannelData or bare datagram; returns where the voice begins.
static unsigned payload_make(const struct crowd *c, uint8_t *at, bool to_relay, unsigned *len)
{
	unsigned size = c->settings->payload, header = 0;
	static const uint8_t tid[STUN_TID_LEN];

	if (to_relay && c->settings->mode == LOAD_CHANNEL) {
		const uint8_t channel[4] = {CROWD_CHANNEL >> 8, CROWD_CHANNEL & 0xff,
					    (uint8_t)(size >> 8), (uint8_t)size};

		memcpy(at, channel, sizeof channel);
		header = sizeof channel;
	} else if (to_relay) {
		struct net_endpoint peer = {.addr = c->settings->peers};

		// Peer address and transaction are written over for each session.
		header = stun_data_header_len(&peer.addr);
		stun_data_header(at, &peer, (uint16_t)size, tid);
		at[1] = stun_type(STUN_SEND, STUN_INDICATION) & 0xff;
		memset(at + 26, 0, 6);
	}
	memset(at + header, 0, VOICE_FIXED);
	at[header] = 0x80;
	at[header + 1] = 111;
	memcpy(at + header + VOICE_FIXED, rest_bytes(), size - VOICE_FIXED);
	*len = header + size;
	if (to_relay && c->settings->mode == LOAD_INDICATION)
		while (*len & 3)
			at[(*len)++] = 0;
	return header;
}

static int template_make(struct crowd *c, struct crowd_template *t, const struct net_addr *src,
			 const struct net_addr *dst, bool to_relay)
{
	struct net_udp_header h = {
		.link = {.src = {{2, 0, 0, 0, 0, 0xc0}}, .dst = c->relay_mac},
		.src = {.addr = *src},
		.dst = {.addr = *dst, .port = to_relay ? 3478 : 0},
		.ttl = 64,
		.sum_later = true,
	};
	unsigned header_len = (unsigned)net_header_len(&h), len;
	bool ip4 = net_addr_is4(src);

	t->data = (uint16_t)(header_len + payload_make(c, t->bytes + header_len, to_relay, &len));
	if (header_len + len > CROWD_FRAME_MAX)
		return -1;
	net_header_write(t->bytes, &h, len);
	t->len = (uint16_t)(header_len + len);
	t->ip = 14;
	t->proto = ip4 ? 14 + 9 : 14 + 6;
	t->udp = (uint16_t)(header_len - 8);
	t->src_word = (uint16_t)(ip4 ? t->ip + 12 : t->ip + 8 + 12);
	t->dst_word = (uint16_t)(ip4 ? t->ip + 16 : t->ip + 24 + 12);
	memset(t->bytes + t->src_word, 0, 4);
	memset(t->bytes + t->dst_word, 0, 4);
	if (ip4)
		memset(t->bytes + t->ip + 10, 0, 2);
	memset(t->bytes + t->udp + 6, 0, 2);
	t->ip_sum = sum_of(t->bytes + t->ip, 20);
	// Pseudo-header: the addresses' fixed part, length, protocol; then header and payload.
	t->udp_sum = sum_of(t->bytes + t->udp, t->len - t->udp);
	t->udp_sum += ip4 ? 0 : sum_of(t->bytes + t->ip + 8, 32);
	t->udp_sum +=
		(uint32_t)rte_cpu_to_be_16((uint16_t)(t->len - t->udp)) + rte_cpu_to_be_16(17);
	return 0;
}

int crowd_templates(struct crowd *c)
{
	const struct load_settings *s = c->settings;

	if (template_make(c, &c->up, &s->clients, &s->server, true))
		return -1;
	return template_make(c, &c->down, &s->peers, &s->server, false);
}

// --- Talking ---------------------------------------------------------------------------------------------------

static inline uint32_t words(const void *at, unsigned count)
{
	const uint8_t *p = at;
	uint32_t sum = 0;
	uint16_t word;

	for (unsigned i = 0; i < count; i++) {
		memcpy(&word, p + 2 * i, 2);
		sum += word;
	}
	return sum;
}

static inline uint16_t folded(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline void ends_write(const struct crowd_template *t, uint8_t *f, const uint32_t word[2],
			      const uint16_t port[2])
{
	memcpy(f + t->src_word, &word[0], 4);
	memcpy(f + t->dst_word, &word[1], 4);
	memcpy(f + t->udp, port, 4);
}

static inline void voice_write(struct crowd *c, uint8_t *at, unsigned k, unsigned way, uint64_t now)
{
	struct crowd_session *s = &c->sessions[k];
	struct voice v = {.version = 0x80, .type = 111};

	v.sequence = rte_cpu_to_be_16((uint16_t)s->sent[way]);
	v.timestamp = rte_cpu_to_be_32(s->sent[way] * 960);
	v.ssrc = rte_cpu_to_be_32(crowd_id(c, k));
	v.count = s->sent[way]++;
	v.tsc = now;
	memcpy(at, &v, VOICE_FIXED);
}

static inline void checksums_write(const struct crowd *c, const struct crowd_template *t,
				   uint8_t *f)
{
	uint32_t ends = words(f + t->src_word, 2) + words(f + t->dst_word, 2);
	uint32_t sum = t->udp_sum + ends + words(f + t->udp, 2);
	uint16_t checksum;

	// The template's ports (0 and 3478 or 0) are in its sum already: destination is the same or was 0.
	if (t == &c->up)
		sum -= words(f + t->udp + 2, 1);
	sum += words(f + t->data + 2, VOICE_FIXED / 2 - 1);
	if (t == &c->up && c->settings->mode == LOAD_INDICATION)
		sum += words(f + t->udp + 8 + 8, 6) + words(f + t->udp + 8 + 26, 3);
	checksum = folded(sum);
	checksum = checksum ? checksum : 0xffff;
	memcpy(f + t->udp + 6, &checksum, 2);
	if (net_addr_is4(&c->settings->clients)) {
		checksum = folded(t->ip_sum + ends);
		memcpy(f + t->ip + 10, &checksum, 2);
	}
}

// The peer's address within a Send indication (IPv4 alone is patched; see load_check_settings).
static inline void send_write(struct crowd *c, uint8_t *message, uint32_t peer, uint16_t port,
			      uint64_t now)
{
	uint16_t x_port = port ^ rte_cpu_to_be_16(STUN_MAGIC >> 16);
	uint32_t x_addr = peer ^ rte_cpu_to_be_32(STUN_MAGIC);
	uint32_t id = crowd_random(c);

	memcpy(message + 8, &now, 8);
	memcpy(message + 16, &id, 4);
	memcpy(message + 26, &x_port, 2);
	memcpy(message + 28, &x_addr, 4);
}

struct rte_mbuf *crowd_talk(struct crowd *c, unsigned k, unsigned way, uint64_t now)
{
	const struct crowd_template *t = way ? &c->down : &c->up;
	const struct crowd_session *s = &c->sessions[k];
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->pool);
	unsigned id = crowd_id(c, k);
	uint32_t host = id % CROWD_HOSTS, row = id / CROWD_HOSTS;
	uint32_t client = rte_cpu_to_be_32(c->base_client + host),
		 peer = rte_cpu_to_be_32(c->base_peer + host);
	uint16_t peer_port = rte_cpu_to_be_16((uint16_t)(CROWD_PEER_PORT + row));
	uint8_t *f;

	if (!m)
		return NULL;
	f = rte_pktmbuf_mtod(m, uint8_t *);
	rte_memcpy(f, t->bytes, t->len);
	if (way) {
		ends_write(t, f, (uint32_t[2]){peer, s->relay_addr},
			   (uint16_t[2]){peer_port, rte_cpu_to_be_16(s->relay_port)});
	} else {
		ends_write(t, f,
			   (uint32_t[2]){client, rte_cpu_to_be_32(c->base_server +
								  id % c->settings->servers)},
			   (uint16_t[2]){rte_cpu_to_be_16((uint16_t)(CROWD_CLIENT_PORT + row)),
					 rte_cpu_to_be_16(3478)});
		if (c->settings->mode == LOAD_INDICATION)
			send_write(c, f + t->udp + 8, peer, peer_port, now);
	}
	voice_write(c, f + t->data, k, way, now);
	checksums_write(c, t, f);
	m->data_len = t->len;
	m->pkt_len = t->len;
	c->counts.sent++;
	return m;
}

// --- Hearing ---------------------------------------------------------------------------------------------------

// Where a frame to the crowd came from and goes to.
struct ends {
	uint32_t src, dst; // the addresses' last words, host order
	uint16_t src_port, dst_port;
	const uint8_t *at; // payload
	unsigned len;
};

static inline struct ends ends_read(const struct crowd_template *t, const uint8_t *f, unsigned len)
{
	struct ends e = {.at = f + t->udp + 8, .len = len - t->udp - 8u};

	memcpy(&e.src, f + t->src_word, 4);
	memcpy(&e.dst, f + t->dst_word, 4);
	memcpy(&e.src_port, f + t->udp, 2);
	memcpy(&e.dst_port, f + t->udp + 2, 2);
	e.src = rte_be_to_cpu_32(e.src);
	e.dst = rte_be_to_cpu_32(e.dst);
	e.src_port = rte_be_to_cpu_16(e.src_port);
	e.dst_port = rte_be_to_cpu_16(e.dst_port);
	return e;
}

static inline void voice_check(struct crowd *c, unsigned k, unsigned way, const struct voice *v,
			       uint64_t now)
{
	struct crowd_session *s = &c->sessions[k];

	c->counts.received++;
	if (v->version != 0x80 || v->type != 111 ||
	    v->sequence != rte_cpu_to_be_16((uint16_t)v->count) ||
	    memcmp(v->rest, rest_bytes(), c->settings->payload - VOICE_FIXED))
		c->counts.damaged++;
	if (v->count == s->expected[way]) {
		s->expected[way]++;
	} else if (v->count - s->expected[way] < 1u << 31) {
		c->counts.lost += v->count - s->expected[way];
		s->expected[way] = v->count + 1;
	} else {
		c->counts.reordered++;
	}
	latency_add(&c->counts.latency, now - v->tsc);
}

// The peer that a Data indication names.
static inline bool data_is_from(const struct crowd *c, const uint8_t *at, unsigned id)
{
	uint16_t port = (uint16_t)(CROWD_PEER_PORT + id / CROWD_HOSTS);
	uint16_t x_port = rte_cpu_to_be_16((uint16_t)(port ^ STUN_MAGIC >> 16));
	uint32_t x_addr = rte_cpu_to_be_32((c->base_peer + id % CROWD_HOSTS) ^ STUN_MAGIC);

	return c->settings->way == LOAD_HAIRPIN ||
	       (!memcmp(at + 26, &x_port, 2) && !memcmp(at + 28, &x_addr, 4));
}

// Voice within what the relay sent to a client, or NULL.
static inline const struct voice *unframed(const struct crowd *c, const uint8_t *at, unsigned len,
					   unsigned id)
{
	bool channel = c->settings->mode == LOAD_CHANNEL;
	unsigned header = channel ? 4 : stun_data_header_len(&c->settings->peers);

	if (len < header + c->settings->payload)
		return NULL;
	if ((at[header - 2] << 8 | at[header - 1]) != (int)c->settings->payload)
		return NULL;
	if (channel ? (at[0] << 8 | at[1]) != CROWD_CHANNEL : !data_is_from(c, at, id))
		return NULL;
	return (const void *)(at + header);
}

static void heard_client(struct crowd *c, unsigned k, const struct ends *e, uint64_t now)
{
	bool hairpin = c->settings->way == LOAD_HAIRPIN;
	unsigned from = hairpin ? k ^ 1 : k;
	const struct voice *v;

	if (e->len >= STUN_HEADER_LEN && e->at[0] < 4 && e->at[1] != 0x17) {
		crowd_answered(c, k, e->at, e->len);
		return;
	}
	v = k < c->count ? unframed(c, e->at, e->len, crowd_id(c, k)) : NULL;
	if (!v || rte_be_to_cpu_32(v->ssrc) != crowd_id(c, from))
		c->counts.misdirected++;
	else
		voice_check(c, from, hairpin ? 0 : 1, v, now);
}

static void heard_peer(struct crowd *c, unsigned k, const struct ends *e, uint64_t now)
{
	const struct crowd_session *s = &c->sessions[k];
	const struct voice *v = (const void *)e->at;

	if (k >= c->count || e->len != c->settings->payload ||
	    rte_be_to_cpu_32(v->ssrc) != crowd_id(c, k) ||
	    e->src != rte_be_to_cpu_32(s->relay_addr) || e->src_port != s->relay_port)
		c->counts.misdirected++;
	else
		voice_check(c, k, 0, v, now);
}

// Only a sample: a sum over every byte costs as much as the rest of the check.
static inline bool sums_wrong(struct crowd *c, const uint8_t *frame, unsigned len)
{
	struct net_facts f;

	if (++c->heard % CROWD_SAMPLE)
		return false;
	return net_frame_parse(&f, frame, len) != NET_UDP || !net_udp_checksum_ok(&f, frame);
}

// A frame of ours, back as it was.
static void heard_echo(struct crowd *c, const uint8_t *f, unsigned len, uint64_t now)
{
	const struct voice *v = (const void *)(f + c->up.data);
	uint32_t id = rte_be_to_cpu_32(v->ssrc);

	if (len != c->up.len || id % c->queues != c->queue || id / c->queues >= c->count)
		c->counts.misdirected++;
	else
		voice_check(c, id / c->queues, 0, v, now);
}

void crowd_hear(struct crowd *c, const uint8_t *f, unsigned len, uint64_t now)
{
	const struct crowd_template *t = &c->up;
	struct ends e = ends_read(t, f, len);
	bool client = e.dst - c->base_client < CROWD_HOSTS;
	uint32_t host = e.dst - (client ? c->base_client : c->base_peer);
	unsigned id = (unsigned)(e.dst_port - (client ? CROWD_CLIENT_PORT : CROWD_PEER_PORT)) *
			      CROWD_HOSTS +
		      host;
	unsigned k = id / c->queues;

	if (e.dst - c->base_client - CROWD_STRANGER < CROWD_STRANGERS)
		return; // told a stranger off: nobody waits for it
	if (sums_wrong(c, f, len))
		c->counts.damaged++;
	if (c->settings->served == LOAD_ECHO) {
		heard_echo(c, f, len, now);
		return;
	}
	if (host >= CROWD_HOSTS || id % c->queues != c->queue || k >= c->count + c->churners)
		c->counts.misdirected++;
	else if (!client)
		heard_peer(c, k, &e, now);
	else if (e.src - c->base_server >= c->settings->servers || e.src_port != 3478)
		c->counts.misdirected++;
	else
		heard_client(c, k, &e, now);
}
