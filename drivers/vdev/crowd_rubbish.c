// SPDX-License-Identifier: Apache-2.0
#include "vdev/crowd.h"

#include <rte_byteorder.h>
#include <rte_memcpy.h>
#include <string.h>

#define NOISE_MAX 120

// Of all kinds that a stranger can send: requests without credentials, data without an allocation, noise.
static size_t noise_make(struct crowd *c, unsigned kind, uint8_t noise[NOISE_MAX])
{
	uint32_t r = crowd_random(c), tid[3] = {r, kind, 0};
	struct stun_writer w;

	memset(noise, (int)r, NOISE_MAX);
	if (kind & 1) {
		w = stun_begin(noise, NOISE_MAX, STUN_REQUEST, STUN_ALLOCATE, (const uint8_t *)tid);
		stun_put_u32(&w, STUN_REQUESTED_TRANSPORT, 17u << 24);
		return stun_end(&w);
	}
	noise[0] = kind & 2 ? CROWD_CHANNEL >> 8 : (uint8_t)(r >> 8);
	return 20 + r % (NOISE_MAX - 20);
}

// Without a UDP checksum, which IPv4 allows and costs the crowd nothing.
void crowd_rubbish_make(struct crowd *c)
{
	for (unsigned i = 0; i < CROWD_RUBBISH; i++) {
		struct crowd_rubbish *b = &c->rubbish[i];
		struct net_udp_header h = {.link = {.src = {{2, 0, 0, 0, 0, 0xc0}},
						    .dst = c->relay_mac},
					   .src = {.addr = c->settings->clients},
					   .dst = crowd_server(c, 0),
					   .ttl = 64,
					   .sum_later = true};
		size_t header_len = net_header_len(&h);
		size_t len = noise_make(c, i, b->bytes + header_len);

		net_header_write(b->bytes, &h, len);
		b->len = (uint16_t)(header_len + len);
		memset(b->bytes + c->up.src_word, 0, 4);
		memset(b->bytes + c->up.udp + 6, 0, 2);
		memset(b->bytes + 24, 0, c->up.proto == 23 ? 2 : 0);
		b->ip_sum = net_sum(b->bytes + 14, 20, 0);
	}
}

struct rte_mbuf *crowd_rubbish(struct crowd *c)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(c->pool);
	uint32_t r = crowd_random(c), src;
	const struct crowd_rubbish *b = &c->rubbish[r >> 16 & (CROWD_RUBBISH - 1)];
	uint16_t port = (uint16_t)(1024 + (r & 0x3fff)), sum;
	uint8_t *f;

	if (!m)
		return NULL;
	f = rte_pktmbuf_mtod(m, uint8_t *);
	rte_memcpy(f, b->bytes, CROWD_RUBBISH_MAX);
	src = rte_cpu_to_be_32(c->base_client + CROWD_STRANGER + r % CROWD_STRANGERS);
	port = rte_cpu_to_be_16(port);
	memcpy(f + c->up.src_word, &src, sizeof src);
	memcpy(f + c->up.udp, &port, sizeof port);
	sum = net_sum_fold(net_sum(&src, sizeof src, b->ip_sum));
	if (c->up.proto == 23)
		memcpy(f + 24, &sum, sizeof sum);
	m->data_len = b->len;
	m->pkt_len = b->len;
	c->counts.rubbish++;
	return m;
}
