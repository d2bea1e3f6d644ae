// SPDX-License-Identifier: Apache-2.0
// Voice rooms through a worker's walk, the crowd in the same thread: what one delivered packet costs the
// relay, and what it does at a pace. One line of JSON each. Usage: rooms CPU SAMPLES SECONDS.
#include <rte_cycles.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rooms.h"

#define ROUND_MS 20
#define PACKETS_PER_S 50
#define SAMPLES_MAX 64
#define SAMPLE_COPIES 40000 // at least, of one sample

static struct scene scenes[] = {
	{"10 talkers, 3,000 listeners", 1, 10, 3000, 10, SRTP_AEAD_AES_128_GCM, 0, 0},
	{"a room of 11, GCM", 1, 11, 0, 10, SRTP_AEAD_AES_128_GCM, 0, 0},
	{"a room of 11, CM+SHA1", 1, 11, 0, 10, SRTP_AES128_CM_SHA1_80, 0, 0},
	{"a room of 10, 3 slots", 1, 10, 0, 3, SRTP_AEAD_AES_128_GCM, 0, 0},
	{"1,000 rooms of 10, 3 slots", 1000, 10, 0, 3, SRTP_AEAD_AES_128_GCM, 0, 0},
};
#define SCENES (sizeof scenes / sizeof scenes[0])

struct sample {
	double cycles, crowd, steps[PATH_STEPS], delivered;
};

struct bench {
	struct players crowd;
	uint64_t now_ms[SCENES];
	struct sample samples[SCENES][SAMPLES_MAX];
	unsigned sample_count;
	double seconds;
};

// --- Rounds: one packet of each talker, as fast as it goes -----------------------------------------------------

// path_walk, at a time of ours.
static unsigned walk_at(struct worker *w, uint64_t now_ms, uint64_t steps[PATH_STEPS])
{
	struct path *p = &w->path;
	uint64_t since = rte_rdtsc(), now;
	unsigned n;

	p->port = p->queue = 0;
	path_rx(p);
	n = p->lists[PATH_PARSE].n;
	p->now_tsc = now_ms * (w->tsc_hz / 1000);
	now = rte_rdtsc();
	steps[PATH_RX] += now - since;
	for (unsigned step = PATH_PARSE; n && step < PATH_STEPS; step++) {
		if (!p->lists[step].n)
			continue;
		since = now;
		path_steps[step].run(p);
		p->lists[step].n = 0;
		now = rte_rdtsc();
		steps[step] += now - since;
	}
	return n;
}

static void rounds_run(struct bench *b, unsigned scene, unsigned rounds, uint64_t steps[PATH_STEPS])
{
	for (unsigned i = 0; i < rounds; i++) {
		b->now_ms[scene] += ROUND_MS;
		players_round(&b->crowd);
		while (walk_at(b->crowd.worker, b->now_ms[scene], steps))
			;
	}
}

static void sample_take(struct bench *b, unsigned scene, unsigned at)
{
	struct players *c = &b->crowd;
	struct sample *s = &b->samples[scene][at];
	unsigned rounds = SAMPLE_COPIES / scene_copies(&scenes[scene]) + 3;
	uint64_t steps[PATH_STEPS] = {0}, total = 0;
	struct players_counts before;
	double out;

	if (players_talk(c, &scenes[scene], 0))
		abort();
	rounds_run(b, scene, at ? rounds / 8 + 1 : 100, steps); // caches as they will be
	memset(steps, 0, sizeof steps);
	before = c->counts;
	rounds_run(b, scene, rounds, steps);
	out = (double)(c->counts.received - before.received);
	steps[PATH_RX] -= c->counts.generate_cycles - before.generate_cycles;
	steps[PATH_RTP] -= c->counts.check_cycles - before.check_cycles;
	for (unsigned i = 0; i < PATH_STEPS; i++) {
		total += steps[i];
		s->steps[i] = (double)steps[i] / out;
	}
	s->cycles = (double)total / out;
	s->crowd = (double)(c->counts.generate_cycles + c->counts.check_cycles -
			    before.generate_cycles - before.check_cycles) /
		   out;
	s->delivered = out / rounds / scene_copies(&scenes[scene]);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

// Of one field of all samples of a scene.
static double median(const struct bench *b, unsigned scene, size_t field)
{
	double values[SAMPLES_MAX];

	for (unsigned i = 0; i < b->sample_count; i++)
		memcpy(&values[i], (const uint8_t *)&b->samples[scene][i] + field,
		       sizeof values[i]);
	qsort(values, b->sample_count, sizeof values[0], by_value);
	return values[b->sample_count / 2];
}

static void steps_print(const struct bench *b, unsigned scene)
{
	const char *comma = "";

	printf("\"steps\": {");
	for (unsigned i = 0; i < PATH_STEPS; i++) {
		double cycles =
			median(b, scene, offsetof(struct sample, steps) + i * sizeof(double));

		if (cycles >= 0.05)
			printf("%s\"%s\": %.1f", comma, path_steps[i].name, cycles);
		comma = cycles >= 0.05 ? ", " : comma;
	}
	printf("}");
}

static void scene_print(const struct bench *b, unsigned scene)
{
	printf("{\"scene\": \"%s\", \"copies\": %u, \"cycles\": %.1f, \"crowd_cycles\": %.1f, "
	       "\"delivered\": %.4f, ",
	       scenes[scene].name, scene_copies(&scenes[scene]),
	       median(b, scene, offsetof(struct sample, cycles)),
	       median(b, scene, offsetof(struct sample, crowd)),
	       median(b, scene, offsetof(struct sample, delivered)));
	steps_print(b, scene);
	printf("}\n");
}

static void rounds_measure(struct bench *b)
{
	for (unsigned at = 0; at < b->sample_count; at++)
		for (unsigned scene = 0; scene < SCENES; scene++)
			sample_take(b, scene, at);
	for (unsigned scene = 0; scene < SCENES; scene++)
		scene_print(b, scene);
}

// --- At a pace, by the clock -------------------------------------------------------------------------------------

struct paced {
	double load, own, seconds, delivered_per_s;
	struct players_counts counts;
};

// Walks until then; returns the cycles of rounds that found something. `from` becomes where it ended.
static uint64_t walk_until(struct bench *b, uint64_t *from, uint64_t until)
{
	struct players *c = &b->crowd;
	struct path *p = &c->worker->path;
	uint64_t last = *from, busy = 0;

	while (last < until) {
		uint64_t looked = c->counts.generate_cycles, now;
		unsigned n;

		p->now_tsc = last;
		n = path_walk(p, 0, 0);
		now = rte_rdtsc();
		busy += n ? now - last : 0;
		if (!n)
			c->counts.generate_cycles = looked; // it looked at the clock
		last = now;
	}
	*from = last;
	return busy;
}

// `speed` times as fast as voice is, time included. Path time jumps at the beginning, and all begin to talk.
static struct paced paced_run(struct bench *b, unsigned scene, double speed, double seconds)
{
	struct players *c = &b->crowd;
	double hz = (double)rte_get_tsc_hz(), talkers = scenes[scene].rooms * scenes[scene].talkers;
	struct players_counts before;
	struct paced out = {0};
	uint64_t start, last, busy, crowd;

	c->worker->tsc_hz = (uint64_t)(hz / speed);
	if (players_talk(c, &scenes[scene], (uint64_t)(hz / (talkers * PACKETS_PER_S * speed))))
		abort();
	last = c->start_tsc;
	walk_until(b, &last, last + (uint64_t)(hz / 4));
	memset(&c->latency, 0, sizeof c->latency);
	c->counts.behind_most = 0;
	before = c->counts;
	start = last;
	busy = walk_until(b, &last, last + (uint64_t)(seconds * hz));
	c->worker->tsc_hz = (uint64_t)hz;
	crowd = c->counts.generate_cycles + c->counts.check_cycles - before.generate_cycles -
		before.check_cycles;
	out.load = (double)busy / (double)(last - start);
	out.own = (double)(busy - crowd) / (double)(last - start);
	out.seconds = (double)(last - start) / hz;
	out.counts = c->counts;
	out.counts.sent -= before.sent;
	out.counts.received -= before.received;
	out.delivered_per_s = (double)out.counts.received / out.seconds;
	return out;
}

static void paced_print(const struct bench *b, unsigned scene, const struct paced *p)
{
	double us = 1e6 / (double)rte_get_tsc_hz();
	const struct latency *l = &b->crowd.latency;

	printf("{\"paced\": \"%s\", \"load\": %.4f, \"own\": %.4f, \"sent\": %lu, \"received\": "
	       "%lu, "
	       "\"per_s\": %.0f, \"cycles\": %.1f, \"p50_us\": %.1f, \"p99_us\": %.1f, "
	       "\"p99_9_us\": %.1f, "
	       "\"behind_most\": %lu}\n",
	       scenes[scene].name, p->load, p->own, p->counts.sent, p->counts.received,
	       p->delivered_per_s, p->own * p->seconds * 1e6 / us / (double)p->counts.received,
	       latency_quantile(l, 0.5) * us, latency_quantile(l, 0.99) * us,
	       latency_quantile(l, 0.999) * us, p->counts.behind_most);
}

static void paced_measure(struct bench *b)
{
	const unsigned big = 0, many = SCENES - 1;
	double speed = 0.5;
	struct paced p;

	p = paced_run(b, big, 1, b->seconds);
	paced_print(b, big, &p);
	for (unsigned i = 0; i < 4; i++) { // to 80 % of the core, the crowd's share included
		p = paced_run(b, many, speed, b->seconds / 4);
		speed *= 0.8 / p.load;
	}
	p = paced_run(b, many, speed, b->seconds);
	paced_print(b, many, &p);
}

static void faults_print(const struct bench *b)
{
	const struct players_counts *n = &b->crowd.counts;
	const struct worker *w = b->crowd.worker;

	printf("{\"faults\": %lu, \"gaps\": %lu, \"opened\": %lu, \"received\": %lu, \"drops\": {",
	       n->wrong, n->gaps, n->opened, n->received);
	for (unsigned i = 0, some = 0; i < PATH_REASON_COUNT; i++)
		if (w->drops[i])
			printf("%s\"%s\": %lu", some++ ? ", " : "", path_reason_names[i],
			       w->drops[i]);
	printf("}}\n");
}

int main(int argc, char **argv)
{
	static struct bench b;
	unsigned cpu = argc > 1 ? (unsigned)atoi(argv[1]) : 1;

	b.sample_count = argc > 2 ? (unsigned)atoi(argv[2]) : 9;
	b.seconds = argc > 3 ? atof(argv[3]) : 1;
	if (argc > 4 || !b.sample_count || b.sample_count > SAMPLES_MAX || b.seconds <= 0) {
		fprintf(stderr, "usage: %s [CPU [SAMPLES [SECONDS]]]\n", argv[0]);
		return 2;
	}
	if (players_start(&b.crowd, cpu) || players_open(&b.crowd, scenes, SCENES))
		return 1;
	for (unsigned i = 0; i < SCENES; i++)
		b.now_ms[i] = 1000000;
	rounds_measure(&b);
	paced_measure(&b);
	faults_print(&b);
	players_stop(&b.crowd);
	return b.crowd.counts.wrong != 0;
}
