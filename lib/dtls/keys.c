// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

#include <errno.h>
#include <string.h>

int dtls_srtp_lengths(unsigned profile, uint8_t *key_len, uint8_t *salt_len)
{
	switch (profile) {
	case DTLS_SRTP_CM_SHA1_80:
		*key_len = 16;
		*salt_len = 14;
		return 0;
	case DTLS_SRTP_GCM_128:
		*key_len = 16;
		*salt_len = 12;
		return 0;
	case DTLS_SRTP_GCM_256:
		*key_len = 32;
		*salt_len = 12;
		return 0;
	}
	return -EINVAL;
}

int dtls_keys_split(struct dtls_keys *out, unsigned profile, const uint8_t *bytes,
		    enum dtls_role ours)
{
	bool server = ours == DTLS_SERVER;
	uint8_t key, salt;

	if (dtls_srtp_lengths(profile, &key, &salt))
		return -EINVAL;
	memset(out, 0, sizeof *out);
	out->profile = (uint16_t)profile;
	out->key_len = key;
	out->salt_len = salt;
	memcpy(server ? out->rx_key : out->tx_key, bytes, key);
	memcpy(server ? out->tx_key : out->rx_key, bytes + key, key);
	memcpy(server ? out->rx_salt : out->tx_salt, bytes + 2 * key, salt);
	memcpy(server ? out->tx_salt : out->rx_salt, bytes + 2 * key + salt, salt);
	return 0;
}
