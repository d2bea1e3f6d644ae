// SPDX-License-Identifier: Apache-2.0
#ifndef DTLS_PRIVATE_H
#define DTLS_PRIVATE_H

#include "dtls/dtls.h"

// The handshake under way, NULL when there is none or it has failed.
static inline struct dtls_session *seat_pending(const struct dtls_seat *seat)
{
	return seat->pending_failed ? NULL : seat->pending;
}

#endif
