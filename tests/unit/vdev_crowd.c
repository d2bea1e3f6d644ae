// SPDX-License-Identifier: Apache-2.0
// The crowd's checks are honest: what a relay does wrong is counted, each kind in its own counter, and
// what it does right is not.
#include "kit/kit.h"

#include <rte_cycles.h>
#include <rte_eal.h>
#include <string.h>

#include "vdev/crowd.h"

#define SESSIONS 300 // more than one row of hosts
#define BURST 32

static struct rte_mempool *pool;
static const struct net_mac mac = {{2, 0, 0, 0, 0, 1}};

struct world {
	struct load_settings settings;
	struct crowd *crowd;
	struct rte_mbuf *out[BURST]; // what the crowd sent, turned into what a relay sends
	unsigned n;
};

static struct net_endpoint end_of(const struct net_addr *base, unsigned host, unsigned port)
{
	struct net_endpoint e = {.addr = *base, .port = (uint16_t)port};

	e.addr.b[15] = (uint8_t)(e.addr.b[15] + host);
	return e;
}

// Relays a frame by the table, in place, as the relay under test would.
static void relay(const struct world *w, struct rte_mbuf *m)
{
	uint8_t *f = rte_pktmbuf_mtod(m, uint8_t *), data[CROWD_FRAME_MAX];
	struct net_udp_header h = {.ttl = 63};
	struct net_facts facts;
	size_t len, header_len;
	unsigned id;

	assert_int_equal(net_frame_parse(&facts, f, m->data_len), NET_UDP);
	assert_true(net_udp_checksum_ok(&facts, f));
	h.src = end_of(&w->settings.server, 0, 3478);
	if (facts.dst.port == 3478) { // up
		id = (facts.src.port - CROWD_CLIENT_PORT) * CROWD_HOSTS + facts.src.addr.b[15];
		h.src.port = (uint16_t)(LOAD_TABLE_PORT + id);
		h.dst = end_of(&w->settings.peers, id % CROWD_HOSTS,
			       CROWD_PEER_PORT + id / CROWD_HOSTS);
		len = facts.payload_len - 4u;
		memcpy(data, f + facts.payload + 4, len);
	} else {
		id = facts.dst.port - LOAD_TABLE_PORT;
		h.dst = end_of(&w->settings.clients, id % CROWD_HOSTS,
			       CROWD_CLIENT_PORT + id / CROWD_HOSTS);
		len = facts.payload_len + 4u;
		memcpy(data, (uint8_t[]){0x40, 0, 0, (uint8_t)facts.payload_len}, 4);
		memcpy(data + 4, f + facts.payload, facts.payload_len);
	}
	header_len = net_header_len(&h);
	memcpy(f + header_len, data, len);
	m->data_len = (uint16_t)net_header_write(f, &h, len);
}

static void world_open(struct world *w, const char *device)
{
	memset(w, 0, sizeof *w);
	assert_int_equal(load_settings_read(&w->settings, device), 0);
	w->crowd = crowd_new(&w->settings, 0, 1, pool, &mac);
	assert_non_null(w->crowd);
}

static void world_close(struct world *w)
{
	rte_pktmbuf_free_bulk(w->out, w->n);
	crowd_free(w->crowd);
}

static void world_talk(struct world *w)
{
	rte_pktmbuf_free_bulk(w->out, w->n);
	w->n = crowd_generate(w->crowd, w->out, BURST);
	for (unsigned i = 0; i < w->n; i++)
		relay(w, w->out[i]);
}

static uint8_t *byte_of(struct world *w, unsigned i, int offset)
{
	uint8_t *f = rte_pktmbuf_mtod(w->out[i], uint8_t *);

	return offset < 0 ? f + w->out[i]->data_len + offset : f + offset;
}

#define DEVICE "load0,sessions=300,payload=100,served=table,way="

static void good_frames_are_heard(void **state)
{
	static const char *const devices[] = {DEVICE "up", DEVICE "down", DEVICE "both"};

	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(devices); i++) {
		struct world w;

		world_open(&w, devices[i]);
		for (unsigned round = 0; round < 100; round++) {
			world_talk(&w);
			assert_int_equal(w.n, BURST);
			crowd_check(w.crowd, w.out, w.n);
		}
		assert_int_equal(w.crowd->counts.sent, 100 * BURST);
		assert_int_equal(w.crowd->counts.received, 100 * BURST);
		assert_int_equal(w.crowd->counts.lost + w.crowd->counts.reordered, 0);
		assert_int_equal(w.crowd->counts.damaged + w.crowd->counts.misdirected, 0);
		assert_true(w.crowd->counts.generate_cycles && w.crowd->counts.check_cycles);
		world_close(&w);
	}
}

struct fault {
	const char *what, *way;
	int offset; // of the byte that is changed: from the end when negative
	uint8_t change;
	bool misdirected; // else damaged
};

static const struct fault faults[] = {
	{"the last byte of the payload", "up", -1, 1, false},
	{"the first byte behind what varies", "up", -76, 0x80, false},
	{"the RTP header", "up", 14 + 20 + 8 + 1, 1, false},
	{"the payload to a client", "down", -30, 0xff, false},
	{"whose voice it is", "up", 14 + 20 + 8 + 11, 1, true},
	{"whose voice a client hears", "down", 14 + 20 + 8 + 4 + 11, 1, true},
	{"the peer's port", "up", 14 + 20 + 3, 1, true},
	{"the peer's address", "up", 14 + 19, 1, true},
	{"the client's port", "down", 14 + 20 + 3, 1, true},
	{"the relayed port", "up", 14 + 20 + 1, 1, true},
	{"the relayed address", "up", 14 + 15, 1, true},
	{"the server's port", "down", 14 + 20 + 1, 1, true},
	{"the channel", "down", 14 + 20 + 8 + 1, 1, true},
	{"the length in ChannelData", "down", 14 + 20 + 8 + 3, 1, true},
};

static void each_fault_is_counted(void **state)
{
	(void)state;
	for (unsigned i = 0; i < BASE_COUNT(faults); i++) {
		const struct load_counts *c;
		char device[80];
		struct world w;

		snprintf(device, sizeof device, DEVICE "%s", faults[i].way);
		world_open(&w, device);
		c = &w.crowd->counts;
		world_talk(&w);
		*byte_of(&w, 3, faults[i].offset) ^= faults[i].change;
		crowd_check(w.crowd, w.out, 8);
		if (faults[i].misdirected ? c->misdirected != 1 || c->damaged
					  : c->damaged != 1 || c->misdirected)
			fail_msg("%s: %lu damaged, %lu misdirected", faults[i].what, c->damaged,
				 c->misdirected);
		assert_int_equal(c->received, faults[i].misdirected ? 7 : 8);
		world_close(&w);
	}
}

static void wrong_checksums_are_found(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, DEVICE "up");
	world_talk(&w);
	for (unsigned i = 0; i < w.n; i++)
		*byte_of(&w, i, 14 + 20 + 7) ^= 1;
	crowd_check(w.crowd, w.out, w.n);
	assert_int_equal(w.crowd->counts.damaged, BURST / CROWD_SAMPLE);
	world_close(&w);
}

// One session, so that the sequence is that of the frames.
static void loss_and_order_are_counted(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "load0,sessions=1,payload=100,served=table,way=up");
	world_talk(&w);
	crowd_check(w.crowd, w.out, 4);
	crowd_check(w.crowd, w.out + 7, 3); // three are missing …
	assert_int_equal(w.crowd->counts.lost, 3);
	crowd_check(w.crowd, w.out + 5, 1); // … of which one comes late
	assert_int_equal(w.crowd->counts.reordered, 1);
	crowd_check(w.crowd, w.out + 10, 2);
	assert_int_equal(w.crowd->counts.lost, 3);
	assert_int_equal(w.crowd->counts.damaged + w.crowd->counts.misdirected, 0);
	world_close(&w);
}

// A relay that polls too seldom: frames beyond a receive queue are missed, which is not the relay's loss, and
// those that wait are late.
static void waiting_is_counted(void **state)
{
	uint64_t hz = rte_get_tsc_hz();
	struct world w;

	(void)state;
	world_open(&w, "load0,sessions=1,payload=100,served=table,way=up,pps=1000000");
	world_talk(&w);
	crowd_check(w.crowd, w.out, w.n);
	w.crowd->next_tsc -= hz / 100; // as if nobody had polled for so long
	for (unsigned i = 0; i < 3; i++) {
		world_talk(&w);
		crowd_check(w.crowd, w.out, w.n);
	}
	assert_true(w.crowd->counts.missed >= 7000); // of 10,000 less the queue
	assert_int_equal(w.crowd->counts.lost, 0);
	assert_in_range(w.crowd->counts.sent, 3 * BURST, 4 * BURST);
	assert_true(latency_quantile(&w.crowd->counts.latency, 0.5) > (double)hz / 1000);
	world_close(&w);
}

static void short_frames_are_survived(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, DEVICE "both");
	world_talk(&w);
	for (unsigned i = 0; i < w.n; i++) {
		w.out[i]->data_len = (uint16_t)(i * 3);
		crowd_check(w.crowd, &w.out[i], 1);
	}
	assert_int_equal(w.crowd->counts.received, 0);
	world_close(&w);
}

int main(void)
{
	static char *argv[] = {"vdev_crowd",    "--no-shconf", "--no-huge", "-m",          "64",
			       "--no-pci",      "-l",          "0",         "--log-level", "4",
			       "--no-telemetry"};
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_frames_are_heard),
		cmocka_unit_test(each_fault_is_counted),
		cmocka_unit_test(wrong_checksums_are_found),
		cmocka_unit_test(loss_and_order_are_counted),
		cmocka_unit_test(waiting_is_counted),
		cmocka_unit_test(short_frames_are_survived),
	};

	if (rte_eal_init(BASE_COUNT(argv), argv) < 0)
		return 1;
	pool = rte_pktmbuf_pool_create("crowd", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return pool ? cmocka_run_group_tests(tests, NULL, NULL) : 1;
}
