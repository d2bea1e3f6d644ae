// SPDX-License-Identifier: Apache-2.0
#ifndef KIT_KIT_H
#define KIT_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// Runs `step` again and again, with its 1st, 2nd, … allocation failing (malloc, calloc, realloc,
// aligned_alloc, strdup; wrapped by the linker), until a run meets no failure. `step` returns true
// when it came through; a run with a failure may return false, but must not crash nor leak. Returns
// runs made.
unsigned kit_allocation_fails(bool (*step)(void *ctx), void *ctx);

// Bytes from hex text ("00 01 ff", blanks and newlines passed over); returns how many.
size_t kit_hex(uint8_t *out, size_t cap, const char *text);

#endif
