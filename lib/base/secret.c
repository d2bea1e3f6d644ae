// SPDX-License-Identifier: Apache-2.0
#include "base/base.h"

#include <openssl/crypto.h>

void base_wipe(void *secret, size_t len_bytes)
{
	if (len_bytes)
		OPENSSL_cleanse(secret, len_bytes);
}

bool base_equal_secret(const void *a, const void *b, size_t len_bytes)
{
	return !len_bytes || !CRYPTO_memcmp(a, b, len_bytes);
}
