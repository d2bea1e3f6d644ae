// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "table.h"
#include "top_model.h"

// From results to rows: queues, steps and sessions. Drops: top_drops.c.

static const struct top_column queue_columns[] = {
	{"port", "PORT", TOP_TEXT, 6},
	{"queue", "Q", TOP_ID, 2},
	{"rx_pps", "RX PPS", TOP_SHORT, 7},
	{"rx_bps", "RX BIT/S", TOP_SHORT, 8},
	{"tx_pps", "TX PPS", TOP_SHORT, 7},
	{"tx_bps", "TX BIT/S", TOP_SHORT, 8},
	{"missed_ps", "MISS/S", TOP_SHORT, 6},
	{"p50_us", "P50 us", TOP_REAL, 6},
	{"p99_us", "P99 us", TOP_REAL, 6},
	{"p99_9_us", "P99.9 us", TOP_REAL, 8},
	{0},
};

static const struct top_column step_columns[] = {
	{"worker", "W", TOP_ID, 2},
	{"cpu", "CPU", TOP_ID, 3},
	{"step", "STEP", TOP_TEXT, 10},
	{"pps", "PPS", TOP_SHORT, 7},
	{"per_batch", "PKT/BATCH", TOP_REAL, 9},
	{"cycles_per_packet", "CYC/PKT", TOP_REAL, 8},
	{"share", "BUSY %", TOP_SHARE, 6},
	{"bar", "OF ALL CYCLES", TOP_BAR, 20},
	{0},
};

static const struct top_column drop_columns[] = {
	{"reason", "REASON", TOP_TEXT, 18},    {"by", "BY", TOP_TEXT, 7},
	{"drops_ps", "DROPS/S", TOP_SHORT, 8}, {"drops", "DROPS", TOP_COUNT, 13},
	{"text", "MEANING", TOP_TEXT, 20},     {0},
};

static const struct top_column session_columns[] = {
	{"id", "ID", TOP_ID, 7},
	{"user", "USER", TOP_TEXT, 10},
	{"client", "CLIENT", TOP_TEXT, 21},
	{"in_pps", "IN PPS", TOP_SHORT, 7},
	{"in_bps", "IN BIT/S", TOP_SHORT, 8},
	{"out_pps", "OUT PPS", TOP_SHORT, 7},
	{"out_bps", "OUT BIT/S", TOP_SHORT, 9},
	{"peers", "PEERS", TOP_COUNT, 5},
	{"expires_s", "EXPIRES", TOP_LIFE, 8},
	{"bytes", "BYTES", TOP_SHORT, 7},
	{"relays", "RELAYS", TOP_TEXT, 21},
	{0},
};

const struct top_column *const top_columns[TOP_VIEWS] = {queue_columns, step_columns, drop_columns,
							 session_columns};

// The next cell of a row: cells are filled left to right.
struct cells {
	struct top_cell *at;
};

static void text_put(struct cells *c, const char *text)
{
	top_cell_text(c->at++, text);
}

static void number_put(struct cells *c, double n)
{
	top_cell_number(c->at++, n);
}

// A rate that there may not be yet.
static void rate_put(struct cells *c, const json_t *rate, const char *key, double factor)
{
	if (rate)
		top_cell_number(c->at, (double)member_count(rate, key) * factor);
	c->at++;
}

static void latency_put(struct cells *c, const json_t *latency)
{
	static const char *const quantiles[] = {"p50", "p99", "p99_9"};

	for (size_t i = 0; i < 3; i++, c->at++)
		if (json_is_object(latency))
			top_cell_number(c->at, member_real(latency, quantiles[i]));
}

static void queue_row(struct top_row *r, const json_t *port, struct top_pair queue,
		      const json_t *port_rate)
{
	struct cells c = {r->cells};

	text_put(&c, member_text(port, "name"));
	number_put(&c, (double)member_count(queue.now, "queue"));
	rate_put(&c, queue.rate, "rx_packets", 1);
	rate_put(&c, queue.rate, "rx_bytes", 8);
	rate_put(&c, queue.rate, "tx_packets", 1);
	rate_put(&c, queue.rate, "tx_bytes", 8);
	// The device counts for all its queues together: said once.
	rate_put(&c, port_rate, "rx_missed", 1);
	latency_put(&c, json_object_get(queue.now, "latency_us"));
}

void top_rows_queues(struct top_table *t, struct top_pair ports)
{
	const json_t *port, *queue;
	size_t p, q;

	json_array_foreach(member_list(ports.now, "ports"), p, port) {
		const json_t *rate = json_array_get(member_list(ports.rate, "ports"), p);

		json_array_foreach(member_list(port, "queues"), q, queue) {
			struct top_pair pair = {queue,
						json_array_get(member_list(rate, "queues"), q)};
			struct top_row *r = top_row_add(t);

			if (r)
				queue_row(r, port, pair, q ? NULL : rate);
		}
	}
}

static double ratio(double part, double whole)
{
	return whole > 0 ? part / whole : 0;
}

static void step_row(struct top_row *r, const json_t *worker, struct top_pair step, double all)
{
	// Without rates, what is shown is since the start.
	const json_t *s = step.rate ? step.rate : step.now;
	double packets = (double)member_count(s, "packets");
	double cycles = (double)member_count(s, "cycles");
	struct cells c = {r->cells};

	number_put(&c, (double)member_count(worker, "worker"));
	number_put(&c, (double)member_count(worker, "cpu"));
	text_put(&c, member_text(s, "step"));
	rate_put(&c, step.rate, "packets", 1);
	number_put(&c, ratio(packets, (double)member_count(s, "batches")));
	number_put(&c, ratio(cycles, packets));
	number_put(&c, ratio(cycles, all));
	number_put(&c, ratio(cycles, all));
}

// A worker as a whole, before its steps: what enters the walk is what its first step took.
static void worker_row(struct top_row *r, struct top_pair worker)
{
	const json_t *w = worker.rate ? worker.rate : worker.now;
	const json_t *first = json_array_get(member_list(w, "steps"), 0);
	double busy = (double)member_count(w, "cycles_busy");
	double all = busy + (double)member_count(w, "cycles_idle");
	double packets = (double)member_count(first, "packets");
	struct cells c = {r->cells};

	number_put(&c, (double)member_count(w, "worker"));
	number_put(&c, (double)member_count(w, "cpu"));
	text_put(&c, "all");
	rate_put(&c, worker.rate ? first : NULL, "packets", 1);
	number_put(&c, ratio(packets, (double)member_count(first, "batches")));
	number_put(&c, ratio(busy, packets));
	number_put(&c, ratio(busy, all));
	number_put(&c, ratio(busy, all));
}

void top_rows_steps(struct top_table *t, struct top_pair steps)
{
	const json_t *worker, *step;
	size_t w, i;

	json_array_foreach(member_list(steps.now, "workers"), w, worker) {
		const json_t *rate = json_array_get(member_list(steps.rate, "workers"), w);
		const json_t *s = rate ? rate : worker;
		double all = (double)member_count(s, "cycles_busy") +
			     (double)member_count(s, "cycles_idle");
		struct top_row *r = top_row_add(t);

		if (r)
			worker_row(r, (struct top_pair){worker, rate});
		json_array_foreach(member_list(worker, "steps"), i, step) {
			const json_t *of = json_array_get(member_list(rate, "steps"), i);

			r = top_row_add(t);
			if (r)
				step_row(r, worker, (struct top_pair){step, of}, all);
		}
	}
}

static void session_row(struct top_row *r, struct top_pair s)
{
	double bytes =
		(double)member_count(s.now, "bytes_in") + (double)member_count(s.now, "bytes_out");
	char *relays = member_join(s.now, "relays");
	struct cells c = {r->cells};

	number_put(&c, (double)member_count(s.now, "id"));
	text_put(&c, member_text(s.now, "user"));
	text_put(&c, member_text(s.now, "client"));
	rate_put(&c, s.rate, "packets_in", 1);
	rate_put(&c, s.rate, "bytes_in", 8);
	rate_put(&c, s.rate, "packets_out", 1);
	rate_put(&c, s.rate, "bytes_out", 8);
	number_put(&c, (double)member_count(s.now, "peers"));
	number_put(&c, (double)member_count(s.now, "expires_s"));
	number_put(&c, bytes);
	text_put(&c, relays);
	free(relays);
}

void top_rows_sessions(struct top_table *t, struct top_pair sessions)
{
	const json_t *s;
	size_t i;

	json_array_foreach(member_list(sessions.now, "allocations"), i, s) {
		struct top_row *r = top_row_add(t);

		if (r)
			session_row(r,
				    (struct top_pair){s, json_array_get(member_list(sessions.rate,
										    "allocations"),
									i)});
	}
}
