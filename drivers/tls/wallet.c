// SPDX-License-Identifier: Apache-2.0
#include "tls/tls.h"

#define RETRY_MS 60000u

int tls_wallet_init(struct tls_wallet *w, uint64_t now_ms)
{
	w->renew_ms = now_ms + TLS_IDENTITY_RENEW_MS;
	w->identity = NULL;
	return tls_identity_new(&w->identity);
}

void tls_wallet_fini(struct tls_wallet *w)
{
	tls_identity_unref(w->identity);
	w->identity = NULL;
}

bool tls_wallet_tick(struct tls_wallet *w, uint64_t now_ms)
{
	struct tls_identity *next;

	if (now_ms < w->renew_ms)
		return false;
	if (tls_identity_new(&next)) {
		w->renew_ms = now_ms + RETRY_MS;
		return false;
	}
	tls_identity_unref(w->identity);
	w->identity = next;
	w->renew_ms = now_ms + TLS_IDENTITY_RENEW_MS;
	return true;
}
