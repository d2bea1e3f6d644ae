// SPDX-License-Identifier: Apache-2.0
#include "top_model.h"

#include <errno.h>
#include <stdio.h>

#include "table.h"

const char *const top_view_names[TOP_VIEWS + 1] = {"queues", "workers", "drops", "sessions", NULL};

void top_sample_free(struct top_sample *s)
{
	json_decref(s->status);
	json_decref(s->ports);
	json_decref(s->steps);
	json_decref(s->drops);
	json_decref(s->sessions);
	*s = (struct top_sample){0};
}

unsigned top_column_first(enum top_view v)
{
	static const unsigned first[TOP_VIEWS] = {[TOP_DROPS] = 2, [TOP_SESSIONS] = 4};

	return first[v];
}

static void text_take(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text ? text : "-");
	text_clean(out);
}

static void status_take(struct top_summary *s, const json_t *status)
{
	const json_t *turn = json_object_get(status, "turn");

	text_take(s->name, sizeof s->name, member_text(status, "name"));
	text_take(s->region, sizeof s->region, member_text(status, "region"));
	text_take(s->version, sizeof s->version, member_text(status, "version"));
	text_take(s->state, sizeof s->state, member_text(status, "state"));
	s->uptime_s = (double)member_count(status, "uptime_s");
	s->allocations = (double)member_count(turn, "allocations");
	s->allocations_max = (double)member_count(turn, "allocations_max");
}

static void ports_sum(struct top_summary *s, const json_t *rates)
{
	const json_t *port, *queue;
	size_t p, q;

	json_array_foreach(member_list(rates, "ports"), p, port) {
		s->missed_ps += (double)member_count(port, "rx_missed");
		json_array_foreach(member_list(port, "queues"), q, queue) {
			s->rx_pps += (double)member_count(queue, "rx_packets");
			s->rx_bps += (double)member_count(queue, "rx_bytes") * 8;
			s->tx_pps += (double)member_count(queue, "tx_packets");
			s->tx_bps += (double)member_count(queue, "tx_bytes") * 8;
		}
	}
}

static void drops_sum(struct top_summary *s, const json_t *rates)
{
	const json_t *total = json_object_get(rates, "total");
	json_t *control = json_object_get(rates, "control"), *n;
	const char *reason;

	s->dropped_ps = (double)member_count(total, "dropped");
	s->punted_ps = (double)member_count(total, "punted");
	json_object_foreach(control, reason, n) {
		s->control_drops_ps += (double)member_count(control, reason);
	}
}

static void busy_sum(struct top_summary *s, const json_t *steps)
{
	const json_t *w;
	double sum = 0;
	size_t i;

	json_array_foreach(member_list(steps, "workers"), i, w) {
		double busy = (double)member_count(w, "cycles_busy");
		double all = busy + (double)member_count(w, "cycles_idle");
		double share = all > 0 ? busy / all : 0;

		sum += share;
		s->busy_max = share > s->busy_max ? share : s->busy_max;
		s->workers++;
	}
	s->busy_mean = s->workers ? sum / s->workers : 0;
}

// A relay that was started anew counts from 0: there is nothing to subtract.
static bool same_process(const struct top_sample *before, const struct top_sample *now)
{
	return before && now->at_s > before->at_s &&
	       member_int(before->status, "pid") == member_int(now->status, "pid") &&
	       member_count(before->status, "uptime_s") <= member_count(now->status, "uptime_s");
}

static json_t *rates_of(const json_t *before, const json_t *now, double elapsed_s)
{
	return before && now && elapsed_s > 0 ? watch_rates(before, now, elapsed_s) : NULL;
}

static unsigned columns_count(const struct top_column *columns)
{
	unsigned n = 0;

	while (columns[n].key)
		n++;
	return n;
}

static void tables_open(struct top_model *m)
{
	for (unsigned v = 0; v < TOP_VIEWS; v++) {
		m->tables[v].columns = top_columns[v];
		m->tables[v].column_count = columns_count(top_columns[v]);
	}
}

static size_t sessions_left_out(const struct top_model *m, const json_t *sessions)
{
	size_t listed = json_array_size(member_list(sessions, "allocations"));
	double all = m->sum.allocations;

	return json_is_integer(json_object_get(sessions, "next")) && all > (double)listed
		       ? (size_t)all - listed
		       : 0;
}

int top_model_make(struct top_model *m, const struct top_sample *before,
		   const struct top_sample *now)
{
	struct top_sample rate = {0};
	bool failed = false;

	*m = (struct top_model){0};
	tables_open(m);
	if (same_process(before, now)) {
		m->rates = true;
		m->elapsed_s = now->at_s - before->at_s;
		rate.ports = rates_of(before->ports, now->ports, m->elapsed_s);
		rate.steps = rates_of(before->steps, now->steps, m->elapsed_s);
		rate.drops = rates_of(before->drops, now->drops, m->elapsed_s);
		rate.sessions = rates_of(before->sessions, now->sessions, m->elapsed_s);
	}
	status_take(&m->sum, now->status);
	ports_sum(&m->sum, rate.ports);
	drops_sum(&m->sum, rate.drops);
	busy_sum(&m->sum, rate.steps ? rate.steps : now->steps);
	top_rows_queues(&m->tables[TOP_QUEUES], (struct top_pair){now->ports, rate.ports});
	top_rows_steps(&m->tables[TOP_STEPS], (struct top_pair){now->steps, rate.steps});
	top_rows_drops(&m->tables[TOP_DROPS], (struct top_pair){now->drops, rate.drops});
	top_rows_sessions(&m->tables[TOP_SESSIONS],
			  (struct top_pair){now->sessions, rate.sessions});
	m->tables[TOP_SESSIONS].left_out = sessions_left_out(m, now->sessions);
	top_sample_free(&rate);
	for (unsigned v = 0; v < TOP_VIEWS; v++)
		failed |= top_table_failed(&m->tables[v]);
	if (!failed)
		return 0;
	top_model_free(m);
	return -ENOMEM;
}

static json_t *cell_json(const struct top_cell *c, enum top_unit unit)
{
	if (!c->known)
		return json_null();
	if (c->text)
		return json_string(c->text);
	return unit == TOP_REAL || unit == TOP_SHARE ? json_real(c->n)
						     : json_integer((json_int_t)c->n);
}

static json_t *table_json(const struct top_table *t)
{
	json_t *out = json_array();

	for (size_t i = 0; i < t->row_count; i++) {
		json_t *row = json_object();

		for (unsigned k = 0; k < t->column_count; k++)
			if (t->columns[k].unit != TOP_BAR)
				json_object_set_new(row, t->columns[k].key,
						    cell_json(&t->rows[i].cells[k],
							      t->columns[k].unit));
		json_array_append_new(out, row);
	}
	return out;
}

json_t *top_model_json(const struct top_model *m)
{
	const struct top_summary *s = &m->sum;
	json_t *out = json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:f}", "name", s->name, "region",
				s->region, "version", s->version, "state", s->state, "uptime_s",
				(json_int_t)s->uptime_s, "allocations", (json_int_t)s->allocations,
				"elapsed_s", m->elapsed_s);
	json_t *sums = json_pack("{s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "rx_pps",
				 s->rx_pps, "rx_bps", s->rx_bps, "tx_pps", s->tx_pps, "tx_bps",
				 s->tx_bps, "missed_ps", s->missed_ps, "dropped_ps", s->dropped_ps,
				 "punted_ps", s->punted_ps, "control_drops_ps", s->control_drops_ps,
				 "busy_mean", s->busy_mean, "busy_max", s->busy_max);

	json_object_set_new(out, "total", m->rates ? sums : json_null());
	if (!m->rates)
		json_decref(sums);
	for (unsigned v = 0; v < TOP_VIEWS; v++)
		json_object_set_new(out, top_view_names[v], table_json(&m->tables[v]));
	return out;
}
