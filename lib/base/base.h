// SPDX-License-Identifier: Apache-2.0
#ifndef BASE_BASE_H
#define BASE_BASE_H

// What every other folder builds on. No allocation, no clock, no system calls.
#include "base/cursor.h"
#include "base/timer.h"
#include "base/writer.h"

// Wipes secrets in a way that the compiler keeps. Any thread.
void base_wipe(void *secret, size_t len_bytes);
// True when both are equal; time depends on len_bytes only. Any thread.
bool base_equal_secret(const void *a, const void *b, size_t len_bytes);

#define BASE_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
