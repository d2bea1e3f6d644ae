// SPDX-License-Identifier: Apache-2.0
#include "srtp/private.h"

static const struct {
	const char *name;
	uint8_t key, salt;
} profiles[SRTP_PROFILES] = {
	[SRTP_AEAD_AES_128_GCM] = {"aead_aes_128_gcm", 16, 12},
	[SRTP_AEAD_AES_256_GCM] = {"aead_aes_256_gcm", 32, 12},
	[SRTP_AES128_CM_SHA1_80] = {"aes128_cm_sha1_80", 16, 14},
};

unsigned srtp_key_len(enum srtp_profile profile)
{
	return profiles[profile].key;
}

unsigned srtp_salt_len(enum srtp_profile profile)
{
	return profiles[profile].salt;
}

const char *srtp_profile_name(enum srtp_profile profile)
{
	return profiles[profile].name;
}

const char *srtp_verdict_name(enum srtp_verdict verdict)
{
	static const char *const names[] = {
		[SRTP_OK] = "ok",
		[SRTP_MALFORMED] = "malformed",
		[SRTP_REPLAYED] = "replayed",
		[SRTP_FORGED] = "forged",
		[SRTP_CROWDED] = "crowded",
	};

	return names[verdict];
}
