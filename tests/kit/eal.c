// SPDX-License-Identifier: Apache-2.0
#include "kit/eal.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/crypto.h"
#include "kit/kit.h"
#include "node.h"

static void say(enum port_say level, const char *line)
{
	if (level == PORT_SAY_ERROR)
		fail_msg("%s", line);
}

static void eal_open(void)
{
	static char *argv[] = {"kit",           "--no-shconf", "--no-huge",   "-m",
			       "256",           "--no-pci",    "-l",          "0",
			       "--vdev",        "net_ring0",   "--log-level", "4",
			       "--no-telemetry"};

	assert_true(rte_eal_init(BASE_COUNT(argv), argv) >= 0);
}

static void worker_open(struct kit_relay *r)
{
	struct worker *w = rte_zmalloc("worker", sizeof *w, 64);

	assert_non_null(w);
	w->flow = r->flow;
	w->ports = &r->port;
	w->port_count = 1;
	w->listeners[0] = 3478;
	w->listener_count = 1;
	w->voice_ports[0] = 5004;
	w->voice_port_count = 1;
	w->engine = (struct srtp_engine){crypto_driver(0), crypto_driver(0)->ctx_new(-1)};
	assert_non_null(w->engine.ctx);
	w->dscp = 46;
	w->tsc_hz = rte_get_tsc_hz();
	w->path.worker = w;
	w->queue_count = 1;
	w->tx[0].port_id = r->port.id;
	w->inject = rte_ring_create("inject", 64, SOCKET_ID_ANY, RING_F_SC_DEQ);
	for (unsigned i = 0; i < PUNT_CLASSES; i++) {
		w->budgets[i].period_tsc = w->tsc_hz / 1000000;
		w->punt[i] = rte_ring_create(punt_class_names[i], 64, SOCKET_ID_ANY, 0);
		assert_non_null(w->punt[i]);
	}
	r->worker = w;
}

void kit_relay_open(struct kit_relay *r)
{
	struct port_request request = {.name = "wan",
				       .device = "net_ring0",
				       .rx_queues = 1,
				       .tx_queues = 1,
				       .mtu = 1500,
				       .priv_bytes = RTE_ALIGN(sizeof(struct punt), 8),
				       .mbufs = 4095};
	struct flow_local locals[2] = {{.bits = 112}, {.bits = 64}};
	struct flow_settings f = {.locals = locals,
				  .local_count = 2,
				  .sessions_max = 1024,
				  .players_max = 256,
				  .rooms_max = 8,
				  .workers = 2,
				  .socket = SOCKET_ID_ANY};

	memset(r, 0, sizeof *r);
	eal_open();
	assert_int_equal(net_addr_parse(&locals[0].addr, KIT_SERVER), 0);
	assert_int_equal(net_addr_parse(&locals[1].addr, KIT_SERVER6), 0);
	assert_int_equal(port_open(&r->port, &request, say), 0);
	assert_int_equal(port_start(&r->port), 0);
	r->flow = flow_new(&f);
	assert_non_null(r->flow);
	worker_open(r);
}

void kit_relay_close(struct kit_relay *r)
{
	rte_ring_free(r->worker->inject);
	r->worker->engine.ops->ctx_free(r->worker->engine.ctx);
	for (unsigned i = 0; i < PUNT_CLASSES; i++)
		rte_ring_free(r->worker->punt[i]);
	rte_free(r->worker);
	flow_free(r->flow);
	port_close(&r->port);
	rte_eal_cleanup();
}

unsigned kit_relay_walk(struct kit_relay *r, const uint8_t *frame, size_t len_bytes, uint8_t *out,
			size_t *out_len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->port.pool);
	unsigned n;

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)len_bytes), frame, len_bytes);
	assert_int_equal(rte_eth_tx_burst(r->port.id, 0, &m, 1), 1);
	r->worker->path.now_tsc = rte_rdtsc();
	assert_int_equal(path_walk(&r->worker->path, 0, 0), 1);
	n = rte_eth_rx_burst(r->port.id, 0, &m, 1);
	if (n) {
		memcpy(out, rte_pktmbuf_mtod(m, uint8_t *), m->data_len);
		*out_len = m->data_len;
		rte_pktmbuf_free(m);
	}
	return n;
}

size_t kit_frame(const struct kit_relay *r, uint8_t *frame, const char *src, const char *dst,
		 const void *payload, size_t len_bytes)
{
	struct net_udp_header h = {.link = {.src = {{2, 0, 0, 0, 0, 9}}, .dst = r->port.mac},
				   .ttl = 64};
	size_t header_len;

	assert_int_equal(net_endpoint_parse(&h.src, src), 0);
	assert_int_equal(net_endpoint_parse(&h.dst, dst), 0);
	header_len = net_header_len(&h);
	memcpy(frame + header_len, payload, len_bytes);
	return net_header_write(frame, &h, len_bytes);
}

uint32_t kit_hop(struct kit_relay *r, uint8_t last_mac_byte)
{
	union flow_hop value = {.mac = {{2, 0, 0, 0, 0, last_mac_byte}}, .state = FLOW_HOP_READY};
	uint32_t hop;

	assert_int_equal(flow_hop_new(r->flow, &hop), 0);
	flow_hop_set(r->flow, hop, value);
	return hop;
}
