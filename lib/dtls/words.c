// SPDX-License-Identifier: Apache-2.0
#include "dtls/private.h"

const char *dtls_failure_name(enum dtls_failure f)
{
	static const char *const names[DTLS_FAILURES] = {
		[DTLS_FAIL_NONE] = "none",         [DTLS_FAIL_FINGERPRINT] = "fingerprint",
		[DTLS_FAIL_NO_SRTP] = "no_srtp",   [DTLS_FAIL_ALERT] = "alert",
		[DTLS_FAIL_PROTOCOL] = "protocol", [DTLS_FAIL_TIMEOUT] = "timeout",
		[DTLS_FAIL_MEMORY] = "memory",     [DTLS_FAIL_CLOSED] = "closed",
		[DTLS_FAIL_REPLACED] = "replaced",
	};

	return (unsigned)f < DTLS_FAILURES ? names[f] : "unknown";
}

const char *dtls_gate_name(enum dtls_gate g)
{
	static const char *const names[DTLS_GATES] = {
		[DTLS_TO_LIVE] = "live",
		[DTLS_TO_PENDING] = "pending",
		[DTLS_BEGIN] = "begin",
		[DTLS_DROP_UNCHECKED] = "unchecked",
		[DTLS_DROP_MALFORMED] = "malformed",
		[DTLS_DROP_STRAY] = "stray",
		[DTLS_DROP_BUSY] = "busy",
		[DTLS_DROP_REPEATED] = "repeated",
		[DTLS_DROP_MEMORY] = "memory",
		[DTLS_HELD] = "held",
	};

	return (unsigned)g < DTLS_GATES ? names[g] : "unknown";
}
