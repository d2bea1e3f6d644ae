// SPDX-License-Identifier: Apache-2.0
#include <stdarg.h>
#include <stdio.h>

#include "sdp/private.h"

void sdp_put(struct writer *w, const char *format, ...)
{
	size_t left = (size_t)(w->end - w->at);
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf((char *)w->at, left, format, args);
	va_end(args);
	if (len < 0 || (size_t)len >= left)
		w->full = true;
	if (!w->full)
		w->at += len;
}

// RFC 8445 section 5.1.2.1: type preference 126 for host candidates, component 1. Each a foundation of
// its own: addresses differ.
void sdp_put_candidates(struct writer *w, const struct sdp_facts *facts)
{
	for (unsigned i = 0; i < facts->host_count && i < SDP_CANDIDATES_MAX; i++) {
		uint32_t priority = 126u << 24 | (65535u - i) << 8 | 255u;
		char text[NET_TEXT_MAX];

		net_addr_format(&facts->hosts[i].addr, text);
		sdp_put(w, "a=candidate:%u 1 udp %u %s %u typ host\r\n", i + 1, priority, text,
			facts->hosts[i].port);
	}
	sdp_put(w, "a=end-of-candidates\r\n");
}
