// SPDX-License-Identifier: Apache-2.0
#ifndef CRYPTO_CRYPTO_H
#define CRYPTO_CRYPTO_H

// Who seals and opens: intel-ipsec-mb (many packets of different keys at a time, whatever vectors
// the processor has, seen at run time), or OpenSSL one by one. README.md says why these two.
// Control lane, when it starts; which threads may use what they find is said at struct cipher_ops.
#include "srtp/srtp.h"

extern const struct cipher_ops crypto_ipsec_mb;
extern const struct cipher_ops crypto_openssl;

// What sealing one packet of CRYPTO_SAMPLE_LEN bytes costs, by profile.
#define CRYPTO_SAMPLE_LEN 120
struct crypto_cost {
	uint32_t cycles[SRTP_PROFILES]; // of the time stamp counter; 0: not measured
};

// By name; NULL where there is none, or it does not run on this processor.
const struct cipher_ops *crypto_find(const char *name);
// The one of this name, or with NULL or "auto" the first that runs. Measures it (some milliseconds,
// start only), so that a line of the log can say which and how fast. NULL: none of this name.
const struct cipher_ops *crypto_choose(const char *name, struct crypto_cost *cost);
// The i-th driver that was built in, NULL after the last.
const struct cipher_ops *crypto_driver(unsigned i);

#endif
