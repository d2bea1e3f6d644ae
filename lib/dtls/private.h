// SPDX-License-Identifier: Apache-2.0
#ifndef DTLS_PRIVATE_H
#define DTLS_PRIVATE_H

#include "dtls/dtls.h"

// Whether a ClientHello with these facts is the one that `random` is of.
static inline bool random_known(const struct dtls_facts *f)
{
	return f->hello && f->random;
}

#endif
