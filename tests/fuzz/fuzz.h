// SPDX-License-Identifier: Apache-2.0
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

// What fuzzers have in common.

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static inline void require(bool ok)
{
	if (!ok)
		abort();
}

// Reads every byte that a view promises, so that a sanitizer sees one that is not there.
static inline void view_read(const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		volatile uint8_t seen = bytes[i];

		(void)seen;
	}
}

#endif
