// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>
#include <string.h>

#include "stats.h"

struct port_sum {
	uint64_t rx_packets, rx_bytes, tx_packets, tx_bytes;
};

static void port_cells(struct table *t, const struct port_sum *s)
{
	table_count(t, s->rx_packets);
	table_bytes(t, s->rx_bytes);
	table_count(t, s->tx_packets);
	table_bytes(t, s->tx_bytes);
}

static void missed_cell(struct table *t, uint64_t missed)
{
	table_count(t, missed);
	table_tone(t, missed ? TABLE_BAD : TABLE_PLAIN);
}

static void latency_cells(struct table *t, const json_t *latency)
{
	static const char *const quantiles[] = {"p50", "p99", "p99_9"};

	for (size_t i = 0; i < 3; i++)
		if (json_is_object(latency))
			table_real(t, member_real(latency, quantiles[i]), 1);
		else
			table_text(t, NULL);
}

static void queue_line(struct table *t, const json_t *port, const json_t *queue,
		       struct port_sum *sum, bool only)
{
	struct port_sum s = {member_count(queue, "rx_packets"), member_count(queue, "rx_bytes"),
			     member_count(queue, "tx_packets"), member_count(queue, "tx_bytes")};

	table_line(t);
	table_text(t, member_text(port, "name"));
	table_count(t, member_count(queue, "queue"));
	port_cells(t, &s);
	if (only)
		missed_cell(t, member_count(port, "rx_missed"));
	else
		table_text(t, ""); // the device counts for all queues together
	latency_cells(t, json_object_get(queue, "latency_us"));
	sum->rx_packets += s.rx_packets;
	sum->rx_bytes += s.rx_bytes;
	sum->tx_packets += s.tx_packets;
	sum->tx_bytes += s.tx_bytes;
}

static void port_lines(struct table *t, const json_t *port)
{
	const json_t *queues = member_list(port, "queues"), *q;
	bool only = json_array_size(queues) == 1;
	struct port_sum sum = {0};
	size_t i;

	json_array_foreach(queues, i, q) {
		queue_line(t, port, q, &sum, only);
	}
	if (only)
		return;
	table_line(t);
	table_text(t, member_text(port, "name"));
	table_text(t, "all");
	port_cells(t, &sum);
	missed_cell(t, member_count(port, "rx_missed"));
	latency_cells(t, NULL);
}

static void ports_print(const struct ctl *c, const json_t *r)
{
	static const char *const totals[] = {"PORT",        ">QUEUE",    ">RX PACKETS", ">RX BYTES",
					     ">TX PACKETS", ">TX BYTES", ">MISSED",     ">P50 µs",
					     ">P99 µs",     ">P99.9 µs", NULL};
	static const char *const rates[] = {
		"PORT",        ">QUEUE",    ">RX PACKETS/S", ">RX BYTES/S", ">TX PACKETS/S",
		">TX BYTES/S", ">MISSED/S", ">P50 µs",       ">P99 µs",     ">P99.9 µs",
		NULL};
	struct table *t = table_new(c, c->rates ? rates : totals);
	const json_t *p;
	size_t i;

	json_array_foreach(member_list(r, "ports"), i, p) {
		port_lines(t, p);
	}
	table_print(t);
}

static double ratio(uint64_t part, uint64_t whole)
{
	return whole ? (double)part / (double)whole : 0;
}

static void step_line(struct table *t, const json_t *s, uint64_t busy)
{
	uint64_t packets = member_count(s, "packets"), cycles = member_count(s, "cycles");
	uint64_t batches = member_count(s, "batches");

	table_line(t);
	table_text(t, member_text(s, "step"));
	table_count(t, packets);
	table_count(t, batches);
	table_count(t, cycles);
	table_real(t, ratio(cycles, packets), 1);
	table_real(t, ratio(packets, batches), 1);
	table_real(t, 100 * ratio(cycles, busy), 1);
}

static void worker_steps(const struct ctl *c, const json_t *w)
{
	static const char *const totals[] = {"STEP",           ">PACKETS",
					     ">BATCHES",       ">CYCLES",
					     ">CYCLES/PACKET", ">PACKETS/BATCH",
					     ">% OF BUSY",     NULL};
	static const char *const rates[] = {"STEP",           ">PACKETS/S",
					    ">BATCHES/S",     ">CYCLES/S",
					    ">CYCLES/PACKET", ">PACKETS/BATCH",
					    ">% OF BUSY",     NULL};
	struct table *t = table_new(c, c->rates ? rates : totals);
	uint64_t busy = member_count(w, "cycles_busy"), idle = member_count(w, "cycles_idle");
	char a[TABLE_NUMBER], b[TABLE_NUMBER];
	const json_t *s;
	size_t i;

	json_array_foreach(member_list(w, "steps"), i, s) {
		step_line(t, s, busy);
	}
	printf("Worker %d on CPU %d: %.1f %% busy (%s of %s cycles%s)\n",
	       (int)member_int(w, "worker"), (int)member_int(w, "cpu"),
	       100 * ratio(busy, busy + idle), number_count(a, (int64_t)busy),
	       number_count(b, (int64_t)(busy + idle)), c->rates ? " a second" : "");
	table_print(t);
}

static void steps_print(const struct ctl *c, const json_t *r)
{
	const json_t *w;
	size_t i;

	json_array_foreach(member_list(r, "workers"), i, w) {
		if (i)
			putchar('\n');
		worker_steps(c, w);
	}
}

const struct ctl_command stats_commands[] = {
	{"stats", "ports", "stats.ports", "Packets, bytes and latency per port and queue",
	 "stats ports --watch", .watch = true, .print = ports_print},
	{"stats", "steps", "stats.steps", "Packets and cycles per worker and step",
	 "stats steps --watch=5", .watch = true, .print = steps_print},
	{"stats", "drops", "stats.drops", "Dropped packets by reason, and where all packets went",
	 "stats drops --all", .params = drops_params, .watch = true, .print = drops_print},
	{0},
};
