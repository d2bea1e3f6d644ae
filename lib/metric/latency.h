// SPDX-License-Identifier: Apache-2.0
#ifndef METRIC_LATENCY_H
#define METRIC_LATENCY_H

#include <stdint.h>

// A histogram of TSC cycles: 8 buckets an octave, 13 % wide at most, from 8 cycles to 2^40.
#define LATENCY_BUCKETS 304

struct latency {
	uint64_t counts[LATENCY_BUCKETS];
	uint64_t sum;
};

static inline unsigned latency_bucket(uint64_t cycles)
{
	unsigned octave, bucket;

	if (cycles < 8)
		return (unsigned)cycles;
	octave = 63u - (unsigned)__builtin_clzll(cycles);
	bucket = (octave - 2) * 8 + (unsigned)(cycles >> (octave - 3) & 7);
	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

static inline void latency_add(struct latency *l, uint64_t cycles)
{
	l->counts[latency_bucket(cycles)]++;
	l->sum += cycles;
}

// The least cycles that fall into the bucket behind this one.
uint64_t latency_bound(unsigned bucket);
// The value that `share` (0 to 1) of all lies below, in cycles; 0 without samples.
double latency_quantile(const struct latency *l, double share);

#endif
