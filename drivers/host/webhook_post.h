// SPDX-License-Identifier: Apache-2.0
#ifndef HOST_WEBHOOK_POST_H
#define HOST_WEBHOOK_POST_H

#include <curl/curl.h>
#include <stdbool.h>

#include "host/host.h"
#include "host/webhook.h"

// One POST at a time, over a connection that is kept. One thread after _init.

enum webhook_result {
	WEBHOOK_TAKEN,
	WEBHOOK_LATER, // failed, may be tried again
	WEBHOOK_REFUSED, // for good
};

struct webhook_post {
	CURL *curl;
	char *secret;
	bool failing; // the last attempt failed: a success is worth a line
};

int webhook_post_init(struct webhook_post *p, const struct host_webhook_settings *s); // or -errno
void webhook_post_fini(struct webhook_post *p);
// Gives up once host_now_ms() is past *end_ms, which may change meanwhile.
enum webhook_result webhook_post(struct webhook_post *p, const char *body, size_t len,
				 const _Atomic uint64_t *end_ms);
// "t=SECONDS,v1=HEX" of the body, malloc'ed; NULL: out of memory.
char *webhook_signature(const char *secret, uint64_t wall_s, const char *body, size_t len);

#endif
