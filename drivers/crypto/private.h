// SPDX-License-Identifier: Apache-2.0
#ifndef CRYPTO_PRIVATE_H
#define CRYPTO_PRIVATE_H

// What ipsec_mb.c makes and ipsec_mb_burst.c works with.
#include <intel-ipsec-mb.h>

#include "base/base.h"
#include "crypto/crypto.h"

#define KEY_ALIGN 64
#define SHA1_LEN 20

struct cm_key {
	uint8_t cipher[176] __attribute__((aligned(16))); // 11 round keys
	uint8_t inner[SHA1_LEN]; // SHA-1 after the block of the key and ipad
	uint8_t outer[SHA1_LEN];
};

struct srtp_key {
	enum srtp_profile profile;
	union { // as much of it as the profile needs
		struct gcm_key_data gcm;
		struct cm_key cm;
	};
};

// One thread's. The arrays hold a burst's CM packets between the sweeps.
struct mb_ctx {
	IMB_MGR *wide;
	IMB_MGR *narrow; // NULL: there is no SHA-NI
	struct gcm_context_data gcm;
	IMB_JOB jobs[SRTP_BURST_MAX];
	struct srtp_job *of[SRTP_BURST_MAX];
	uint8_t digests[SRTP_BURST_MAX][SHA1_LEN + 12];
	uint32_t kept[SRTP_BURST_MAX]; // bytes of the packet where the roc stands meanwhile
};

// Memory of a key of this profile, which is always of one size; NULL: there is none. Any thread.
void *key_memory_get(enum srtp_profile profile, size_t size);
void key_memory_put(enum srtp_profile profile, void *key);

unsigned ipsec_mb_open(void *ctx, struct srtp_job jobs[], unsigned n);
void ipsec_mb_seal(void *ctx, struct srtp_job jobs[], unsigned n);

#endif
