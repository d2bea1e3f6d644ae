// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>

#include "metric/latency.h"

// pause CORE SECONDS: how long at a time a core does nothing for a program that never sleeps: what the
// machine itself adds to every latency that is measured on it. Reads the clock for that long, and prints
// the gaps between two readings: how many of each length, and the cycles in them.

#define SETTLE_S 0.05

static struct latency gaps;
static uint64_t cycles[LATENCY_BUCKETS];

static void gap_add(uint64_t gap)
{
	latency_add(&gaps, gap);
	cycles[latency_bucket(gap)] += gap;
}

static uint64_t spin(uint64_t until, void add(uint64_t gap))
{
	uint64_t last = rte_rdtsc();

	while (last < until) {
		uint64_t now = rte_rdtsc();

		if (add)
			add(now - last);
		last = now;
	}
	return last;
}

static uint64_t hz_measure(void)
{
	struct timespec from, to;
	uint64_t tsc = rte_rdtsc();

	clock_gettime(CLOCK_MONOTONIC_RAW, &from);
	do
		clock_gettime(CLOCK_MONOTONIC_RAW, &to);
	while ((to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec - from.tv_nsec < 20000000L);
	return (uint64_t)((double)(rte_rdtsc() - tsc) * 1e9 /
			  (double)((to.tv_sec - from.tv_sec) * 1000000000L + to.tv_nsec -
				   from.tv_nsec));
}

// Nanoseconds that we wanted the core and others had it.
static unsigned long waited_ns(void)
{
	char text[128] = "";
	int fd = open("/proc/thread-self/schedstat", O_RDONLY);
	unsigned long waited = 0;

	if (fd >= 0 && read(fd, text, sizeof text - 1) > 0)
		sscanf(text, "%*u %lu", &waited);
	close(fd);
	return waited;
}

static void array_print(const char *name, const uint64_t *values)
{
	printf(", \"%s\": [", name);
	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		printf("%s%lu", i ? ", " : "", values[i]);
	printf("]");
}

int main(int argc, char **argv)
{
	uint64_t hz, from, to;
	unsigned long waited;
	cpu_set_t cpus;

	if (argc != 3) {
		fprintf(stderr, "usage: pause CORE SECONDS\n");
		return 2;
	}
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[1]), &cpus);
	if (sched_setaffinity(0, sizeof cpus, &cpus)) {
		perror("pause");
		return 1;
	}
	hz = hz_measure();
	from = spin(rte_rdtsc() + (uint64_t)(SETTLE_S * (double)hz), NULL);
	waited = waited_ns();
	to = spin(from + (uint64_t)(atof(argv[2]) * (double)hz), gap_add);
	printf("{\"tsc_hz\": %lu, \"tsc\": %lu, \"waited_ns\": %lu", hz, to - from,
	       waited_ns() - waited);
	array_print("gaps", gaps.counts);
	array_print("cycles", cycles);
	puts("}");
	return 0;
}
