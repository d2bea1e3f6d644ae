// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_cycles.h>
#include <rte_ring.h>

#include "worker.h"

#define TO(step) (1u << PATH_##step)

// The table of contents of the data lane.
const struct path_info path_steps[PATH_STEPS] = {
	[PATH_RX] = {"rx", "a burst from a queue, one clock reading", TO(PARSE), path_rx},
	[PATH_PARSE] = {"parse", "Ethernet, VLAN, IP, UDP into facts",
			TO(CLASSIFY) | TO(PUNT) | TO(DROP), path_parse},
	[PATH_CLASSIFY] = {"classify", "first byte, bulk look-up of sessions, relayed ports",
			   TO(STUN) | TO(TURN) | TO(SRTP) | TO(PUNT) | TO(DROP), path_classify},
	[PATH_STUN] = {"stun", "Binding answered, Send read, the rest punted",
		       TO(TURN) | TO(ROUTE) | TO(PUNT) | TO(DROP), path_stun},
	[PATH_TURN] = {"turn",
		       "ChannelData and indications to and from peers: permission, new framing",
		       TO(ROUTE) | TO(DROP), path_turn},
	[PATH_SRTP] = {"srtp", "media of players opened in a batch", TO(RTP) | TO(DROP), path_srtp},
	[PATH_RTP] = {"rtp", "room, hearers; rewritten and sealed for each", TO(TX) | TO(DROP),
		      path_rtp},
	[PATH_ROUTE] = {"route", "next hop, headers, checksum", TO(TX) | TO(PUNT) | TO(DROP),
			path_route},
	[PATH_TX] = {"tx", "one burst a queue", TO(DROP), path_tx},
	[PATH_PUNT] = {"punt", "budgets, then the ring to the control lane", TO(DROP),
		       path_punt_step},
	[PATH_DROP] = {"drop", "counted by reason and freed", 0, path_drop_step},
};

static inline uint64_t step_run(struct path *p, enum path_step step, uint64_t since)
{
	struct worker_step *count = &p->worker->steps[step];
	unsigned n = p->lists[step].n;
	uint64_t now;

	path_steps[step].run(p);
	now = rte_rdtsc();
	count->packets += n;
	count->batches++;
	count->cycles += now - since;
	// One sample a burst, by a clock reading that is there anyway: its packets wait for one another.
	if (step == PATH_TX)
		latency_add(&p->worker->queues[p->queue].latency, now - p->now_tsc);
	p->lists[step].n = 0;
	return now;
}

static void steps_run(struct path *p, uint64_t since)
{
	for (unsigned step = PATH_PARSE; step < PATH_STEPS; step++)
		if (p->lists[step].n)
			since = step_run(p, step, since);
	p->now_tsc = since;
}

unsigned path_walk(struct path *p, unsigned port, unsigned queue)
{
	uint64_t since = p->now_tsc;
	unsigned received;

	p->port = (uint8_t)port;
	p->queue = (uint8_t)queue;
	p->crossed = false;
	path_rx(p);
	received = p->lists[PATH_PARSE].n;
	if (!received)
		return 0;
	p->lists[PATH_RX].n = 0;
	p->now_tsc = rte_rdtsc();
	p->worker->steps[PATH_RX].packets += received;
	p->worker->steps[PATH_RX].batches++;
	p->worker->steps[PATH_RX].cycles += p->now_tsc - since;
	steps_run(p, p->now_tsc);
	return received;
}

// The ones from the front that came in by one port, as if they had just come.
static unsigned cross_run(struct path *p, struct rte_mbuf *const packets[], unsigned n)
{
	unsigned i;

	p->port = (uint8_t)packets[0]->port;
	for (i = 0; i < n && packets[i]->port == p->port; i++) {
		p->slots[i].m = packets[i];
		p->slots[i].frame = rte_pktmbuf_mtod(packets[i], uint8_t *);
		path_to(p, PATH_PARSE, i);
	}
	steps_run(p, p->now_tsc);
	return i;
}

unsigned path_cross(struct path *p)
{
	struct worker *w = p->worker;
	struct rte_mbuf *packets[BURST_MAX];
	unsigned n =
		rte_ring_sc_dequeue_burst(w->crossing[w->id], (void **)packets, BURST_MAX, NULL);

	p->queue = 0;
	p->crossed = true;
	for (unsigned i = 0; i < n;)
		i += cross_run(p, packets + i, n - i);
	w->crossed_in += n;
	return n;
}
