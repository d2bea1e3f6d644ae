// SPDX-License-Identifier: Apache-2.0
#include "metric/latency.h"

uint64_t latency_bound(unsigned bucket)
{
	unsigned octave = bucket / 8 + 2, step = bucket % 8 + 1;

	if (bucket < 8)
		return bucket + 1;
	return (1ull << octave) + ((uint64_t)step << (octave - 3));
}

double latency_quantile(const struct latency *l, double share)
{
	uint64_t all = 0, below = 0;

	for (unsigned i = 0; i < LATENCY_BUCKETS; i++)
		all += l->counts[i];
	for (unsigned i = 0; all && i < LATENCY_BUCKETS; i++) {
		below += l->counts[i];
		if ((double)below >= share * (double)all)
			return (double)latency_bound(i);
	}
	return 0;
}
