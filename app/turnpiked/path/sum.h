// SPDX-License-Identifier: Apache-2.0
#ifndef PATH_SUM_H
#define PATH_SUM_H

#include <rte_byteorder.h>
#include <stdint.h>
#include <string.h>

#include "net/net.h"

// Checksum by difference (RFC 1624): HC' = ~(~HC + ~m + m'), so that damage on the way in stays visible
// on the way out. Sums are of 16-bit words in memory order, folded late: 65,536 words fit.

static inline uint32_t sum_add(uint32_t sum, uint16_t word)
{
	return sum + word;
}

static inline uint32_t sum_take(uint32_t sum, uint16_t word)
{
	return sum + (uint16_t)~word;
}

static inline uint16_t sum_fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)(sum + (sum >> 16));
}

// Of a header of ours: its length is a multiple of 4.
static inline uint32_t sum_header(uint32_t sum, const uint8_t *bytes, unsigned len_bytes)
{
	uint64_t wide = sum;
	uint32_t word;

	for (unsigned i = 0; i < len_bytes; i += 4) {
		memcpy(&word, bytes + i, sizeof word);
		wide += word;
	}
	return (uint32_t)((wide & 0xffff) + (wide >> 16 & 0xffff) + (wide >> 32));
}

// The UDP length stands in the header and in the pseudo-header.
static inline uint32_t sum_length(uint32_t sum, uint16_t old_len, uint16_t new_len)
{
	uint16_t gone = rte_cpu_to_be_16(old_len), come = rte_cpu_to_be_16(new_len);

	return sum + 2u * (uint16_t)~gone + 2u * come;
}

// The checksum that stands for `old`, changed by `sum`.
static inline uint16_t sum_apply(uint16_t old, uint32_t sum)
{
	uint16_t checksum = (uint16_t)~sum_fold(sum + (uint16_t)~old);

	return checksum ? checksum : 0xffff;
}

#endif
