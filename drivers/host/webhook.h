// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_WEBHOOK_H
#define HOST_WEBHOOK_H

#include <stddef.h>
#include <stdint.h>

// Events to an HTTP receiver (libcurl), from a thread of its own: whoever puts never waits. POSTs
// {"node":NAME,"events":[...]} with
//   Turnpike-Signature: t=SECONDS,v1=HEX     HEX = HMAC-SHA256(secret, "SECONDS.BODY")
// A batch that fails is tried again, later and later (WEBHOOK_ATTEMPTS in all), then dropped and
// counted; so is one that the receiver refuses for good (4xx but 408 and 429). Certificates are
// verified, redirections are not followed.

struct host_webhook;

struct host_webhook_settings { // copied
	const char *url; // http:// or https://
	const char *secret;
	const char *node; // name, letters that need no escaping
	unsigned timeout_s; // of one attempt
};

struct host_webhook_counts {
	uint64_t sent, dropped; // events
	uint64_t attempts_ok, attempts_failed; // POSTs
	uint32_t queued; // events
};

// NULL with errno.
struct host_webhook *host_webhook_open(const struct host_webhook_settings *s);
// `event` is one JSON object. 0, or -ENOBUFS and counted when the queue is full.
int host_webhook_put(struct host_webhook *w, const char *event, size_t len);
void host_webhook_counts(struct host_webhook *w, struct host_webhook_counts *out);
// Gives what is queued one more chance, for WEBHOOK_CLOSE_MS at most.
void host_webhook_close(struct host_webhook *w);
// The same, without waiting for it.
void host_webhook_release(struct host_webhook *w);

#endif
