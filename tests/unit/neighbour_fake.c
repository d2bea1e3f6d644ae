// SPDX-License-Identifier: Apache-2.0
#include "unit/neighbour_fake.h"

#include <rte_eal.h>
#include <rte_mempool.h>
#include <stdlib.h>
#include <string.h>

#define POOL_SIZE 4095

extern const struct module neighbour_module, icmp_module;

struct fake fake;

static struct rte_mempool *pool;
static struct port_settings port_settings[2];
static struct net_addr gateways[2];
static char logged[256][32];
static unsigned logged_count;

// --- What the code under test calls ----------------------------------------------------------------------

void punt_inject(struct node *n, struct rte_mbuf *m, unsigned port)
{
	assert_ptr_equal(n, &fake.node);
	assert_true(fake.sent_count < BASE_COUNT(fake.sent));
	fake.sent[fake.sent_count].m = m;
	fake.sent[fake.sent_count++].port = port;
}

void punt_drop(struct node *n, struct rte_mbuf *m, enum punt_drop reason)
{
	assert_ptr_equal(n, &fake.node);
	fake.drops[reason]++;
	rte_pktmbuf_free(m);
}

struct rte_mbuf *punt_new(struct node *n, unsigned port, unsigned len_bytes)
{
	struct rte_mbuf *m = fake.no_packets ? NULL : rte_pktmbuf_alloc(n->ports[port].pool);

	if (m)
		assert_non_null(rte_pktmbuf_append(m, (uint16_t)len_bytes));
	return m;
}

void host_log(enum log_level level, const char *event, ...)
{
	(void)level;
	if (logged_count < BASE_COUNT(logged))
		strncpy(logged[logged_count++], event, sizeof logged[0] - 1);
}

void host_random(void *out, size_t len_bytes)
{
	memset(out, 0xa5, len_bytes);
}

struct turn_allocation *turn_find_relay(struct turn *t, const struct net_endpoint *relay)
{
	assert_ptr_equal(t, fake.node.turn);
	return net_endpoint_equal(&fake.allocation.relay[0], relay) ? &fake.allocation : NULL;
}

size_t turn_icmp(struct turn *t, const struct turn_allocation *a, const struct net_icmp_error *e,
		 uint8_t *out, size_t cap_bytes, const uint8_t tid[STUN_TID_LEN])
{
	assert_ptr_equal(t, fake.node.turn);
	assert_ptr_equal(a, &fake.allocation);
	assert_int_equal(tid[0], 0xa5);
	assert_true(fake.indication_len <= cap_bytes);
	fake.error = *e;
	memset(out, 0x5a, fake.indication_len);
	return fake.indication_len;
}

// --- Set-up ----------------------------------------------------------------------------------------------

struct net_addr fake_addr(const char *text)
{
	struct net_addr a;

	assert_int_equal(net_addr_parse(&a, text), 0);
	return a;
}

struct net_mac fake_mac(uint8_t last)
{
	return (struct net_mac){{2, 0, 0, 0, 0, last}};
}

int fake_group_setup(void **state)
{
	char *args[] = {"test", "--no-huge", "--no-pci",      "--no-shconf", "--no-telemetry",
			"-m",   "96",        "--log-level=4", "-l",          "0"};

	(void)state;
	if (rte_eal_init(BASE_COUNT(args), args) < 0)
		return -1;
	pool = rte_pktmbuf_pool_create("test", POOL_SIZE, 0,
				       RTE_ALIGN(sizeof(struct punt), RTE_MBUF_PRIV_ALIGN), 2176,
				       -1);
	return pool ? 0 : -1;
}

static void ports_setup(struct node *n)
{
	gateways[0] = fake_addr("198.18.0.254");
	gateways[1] = fake_addr("2001:2::fe");
	memset(port_settings, 0, sizeof port_settings);
	port_settings[WAN].gateways.at = gateways;
	port_settings[WAN].gateways.n = 2;
	port_settings[LAN].vlan = 42;
	n->settings.ports.at = port_settings;
	n->settings.ports.n = 2;
	n->port_count = 2;
	for (unsigned i = 0; i < 2; i++) {
		n->ports[i].name = i == WAN ? "wan" : "lan";
		n->ports[i].pool = pool;
		n->ports[i].mtu = 1500;
		n->ports[i].mac = fake_mac((uint8_t)(0xf0 + i));
	}
}

static void locals_setup(struct node *n)
{
	static const struct {
		const char *addr;
		uint8_t bits, port;
	} rows[] = {{"198.18.0.1", 112, WAN},
		    {"2001:2::1", 64, WAN},
		    {"10.0.0.1", 120, LAN},
		    {"198.18.7.1", 120, LAN}};
	struct flow_local locals[BASE_COUNT(rows)];
	struct flow_settings s = {.locals = locals,
				  .local_count = BASE_COUNT(rows),
				  .sessions_max = 16,
				  .workers = 1,
				  .socket = -1};

	for (unsigned i = 0; i < BASE_COUNT(rows); i++)
		locals[i] =
			(struct flow_local){fake_addr(rows[i].addr), rows[i].bits, rows[i].port};
	n->flow = flow_new(&s);
	assert_non_null(n->flow);
}

int fake_setup(void **state)
{
	struct node *n = &fake.node;

	(void)state;
	memset(&fake, 0, sizeof fake);
	logged_count = 0;
	memset(logged, 0, sizeof logged);
	n->now_ms = 1000000;
	timer_wheel_init(&n->timers, n->now_ms);
	ports_setup(n);
	locals_setup(n);
	if (icmp_module.open(n))
		return -1;
	return neighbour_module.open(n);
}

void fake_forget(void)
{
	for (unsigned i = 0; i < fake.sent_count; i++)
		rte_pktmbuf_free(fake.sent[i].m);
	fake.sent_count = 0;
}

int fake_teardown(void **state)
{
	(void)state;
	neighbour_module.close(&fake.node);
	flow_free(fake.node.flow);
	fake_forget();
	assert_int_equal(rte_mempool_avail_count(pool), POOL_SIZE);
	return 0;
}

void fake_run(unsigned ms)
{
	for (unsigned i = 0; i < ms; i += TIMER_TICK_MS) {
		fake.node.now_ms += TIMER_TICK_MS;
		timer_wheel_advance(&fake.node.timers, fake.node.now_ms, UINT32_MAX);
		flow_reclaim(fake.node.flow);
	}
}

unsigned fake_logged(const char *event)
{
	unsigned n = 0;

	for (unsigned i = 0; i < logged_count; i++)
		n += !strcmp(logged[i], event);
	return n;
}

// --- Packets ---------------------------------------------------------------------------------------------

static struct rte_mbuf *packet(unsigned port, enum punt_class class_, const uint8_t *frame,
			       size_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	struct punt *p = punt_of(m);
	int local;

	memset(p, 0, sizeof *p);
	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	net_frame_parse(&p->facts, frame, len);
	p->class_ = (uint8_t)class_;
	p->port = (uint8_t)port;
	p->mtu = 1400;
	local = flow_local_find(fake.node.flow, &p->facts.dst.addr, (int)port);
	p->local = local < 0 ? 255 : (uint8_t)local;
	return m;
}

static bool give(struct rte_mbuf *m)
{
	struct punt *p = punt_of(m);

	if (neighbour_module.punt(&fake.node, p, m) || icmp_module.punt(&fake.node, p, m))
		return true;
	rte_pktmbuf_free(m);
	return false;
}

bool fake_receive(unsigned port, enum punt_class class_, const uint8_t *frame, size_t len)
{
	return give(packet(port, class_, frame, len));
}

void fake_relay(uint32_t hop, uint8_t mark)
{
	uint8_t frame[60] = {[12] = 0x08, [59] = mark};
	struct rte_mbuf *m = packet(WAN, PUNT_HOP, frame, sizeof frame);

	punt_of(m)->hop = hop;
	assert_true(give(m));
}

static struct net_link link_from(unsigned port, struct net_mac mac)
{
	return (struct net_link){.src = mac, .vlan = (uint16_t)port_settings[port].vlan};
}

void fake_tell(unsigned port, const char *addr, struct net_mac mac)
{
	uint8_t frame[128];
	struct net_link l = link_from(port, mac);
	struct net_addr a = fake_addr(addr);
	struct net_neigh asked = {.op = NET_NEIGH_ASK, .target = a, .has_mac = true};

	l.dst = fake.node.ports[port].mac;
	asked.mac = l.dst;
	asked.sender = fake_addr(!net_addr_is4(&a) ? "2001:2::1"
				 : port == WAN     ? "198.18.0.1"
						   : "10.0.0.1");
	assert_true(fake_receive(port, PUNT_NEIGHBOUR, frame, net_neigh_tell(frame, &l, &asked)));
}

void fake_ask(unsigned port, const char *sender, const char *target, struct net_mac mac)
{
	uint8_t frame[128];
	struct net_link l = link_from(port, mac);
	struct net_addr from = fake_addr(sender), to = fake_addr(target);

	assert_true(
		fake_receive(port, PUNT_NEIGHBOUR, frame, net_neigh_ask(frame, &l, &from, &to)));
}

struct fake_heard fake_heard(unsigned i)
{
	struct fake_heard h = {0};
	const uint8_t *frame;

	assert_true(i < fake.sent_count);
	frame = rte_pktmbuf_mtod(fake.sent[i].m, const uint8_t *);
	h.port = fake.sent[i].port;
	memcpy(h.dst.b, frame, 6);
	memcpy(h.src.b, frame + 6, 6);
	net_frame_parse(&h.facts, frame, fake.sent[i].m->data_len);
	if (net_neigh_parse(&h.neigh, &h.facts, frame))
		h.neigh.op = NET_NEIGH_NONE;
	return h;
}

unsigned fake_asked(const char *addr)
{
	struct net_addr a = fake_addr(addr);
	unsigned n = 0;

	for (unsigned i = 0; i < fake.sent_count; i++) {
		struct fake_heard h = fake_heard(i);

		n += h.neigh.op == NET_NEIGH_ASK && net_addr_equal(&h.neigh.target, &a);
	}
	return n;
}

union flow_hop fake_hop(uint32_t hop)
{
	return flow_hop_get(fake.node.flow, hop);
}

void assert_ready(uint32_t hop, struct net_mac mac, unsigned port)
{
	union flow_hop h = fake_hop(hop);

	assert_int_equal(h.state, FLOW_HOP_READY);
	assert_int_equal(h.port, port);
	assert_memory_equal(h.mac.b, mac.b, 6);
}

uint32_t hop_to(const char *text)
{
	struct net_addr a = fake_addr(text);

	fake_forget();
	return neighbour_hop(&fake.node, &a);
}

uint32_t hop_known(const char *text, uint8_t mac)
{
	uint32_t hop = hop_to(text);

	fake_tell(fake_hop(hop).port, text, fake_mac(mac));
	assert_ready(hop, fake_mac(mac), fake_hop(hop).port);
	fake_forget();
	return hop;
}

void assert_unresolved(uint32_t hop)
{
	assert_int_equal(fake_hop(hop).state, FLOW_HOP_UNRESOLVED);
}
