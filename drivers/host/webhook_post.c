// SPDX-License-Identifier: Apache-2.0
#include "host/webhook_post.h"

#include <errno.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"

char *webhook_signature(const char *secret, uint64_t wall_s, const char *body, size_t len)
{
	char *text = malloc(len + 24), *out = malloc(24 + 8 + 64 + 1);
	uint8_t mac[32];
	int head, at;

	if (!text || !out) {
		free(text);
		free(out);
		return NULL;
	}
	head = sprintf(text, "%llu.", (unsigned long long)wall_s);
	memcpy(text + head, body, len);
	// Not lib/stun's, which keeps a context for each thread's life: this thread may end.
	HMAC(EVP_sha256(), secret, (int)strlen(secret), (uint8_t *)text, (size_t)head + len, mac,
	     NULL);
	at = sprintf(out, "t=%llu,v1=", (unsigned long long)wall_s);
	for (unsigned i = 0; i < sizeof mac; i++)
		at += sprintf(out + at, "%02x", mac[i]);
	free(text);
	return out;
}

static size_t on_body(char *bytes, size_t size, size_t n, void *ctx)
{
	(void)bytes;
	(void)ctx;
	return size * n; // nobody reads it
}

// libcurl asks about once a second, and whenever something moves.
static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
	const _Atomic uint64_t *end_ms = ctx;

	(void)a;
	(void)b;
	(void)c;
	(void)d;
	return host_now_ms() > *end_ms;
}

static void options_set(CURL *c, const struct host_webhook_settings *s)
{
	curl_easy_setopt(c, CURLOPT_URL, s->url);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 2L);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L); // the process has threads
	curl_easy_setopt(c, CURLOPT_TIMEOUT, (long)s->timeout_s);
	curl_easy_setopt(c, CURLOPT_USERAGENT, "turnpike/" TURNPIKE_VERSION);
	curl_easy_setopt(c, CURLOPT_POST, 1L);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(c, CURLOPT_XFERINFOFUNCTION, on_progress);
	curl_easy_setopt(c, CURLOPT_NOPROGRESS, 0L);
}

int webhook_post_init(struct webhook_post *p, const struct host_webhook_settings *s)
{
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return -ENOMEM;
	p->curl = curl_easy_init();
	if (!p->curl) {
		curl_global_cleanup();
		return -ENOMEM;
	}
	p->secret = strdup(s->secret);
	if (!p->secret)
		return -ENOMEM;
	options_set(p->curl, s);
	return 0;
}

void webhook_post_fini(struct webhook_post *p)
{
	if (p->curl) {
		curl_easy_cleanup(p->curl);
		curl_global_cleanup();
	}
	if (p->secret)
		base_wipe(p->secret, strlen(p->secret));
	free(p->secret);
}

static struct curl_slist *headers_make(const char *signature)
{
	static const char *const fixed[] = {"Content-Type: application/json", "Expect:"};
	char line[160];
	struct curl_slist *out, *more;

	snprintf(line, sizeof line, "Turnpike-Signature: %s", signature);
	out = curl_slist_append(NULL, line);
	for (unsigned i = 0; out && i < BASE_COUNT(fixed); i++) {
		more = curl_slist_append(out, fixed[i]);
		if (!more)
			curl_slist_free_all(out);
		out = more;
	}
	return out;
}

// Says neither address nor body: an URL may hold a password, and a body names people.
static enum webhook_result judge(struct webhook_post *p, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(p->curl, CURLINFO_RESPONSE_CODE, &status);
	if (!code && status >= 200 && status < 300) {
		if (p->failing)
			host_log(LOG_LEVEL_INFO, "webhook_recovered", NULL);
		p->failing = false;
		return WEBHOOK_TAKEN;
	}
	p->failing = true;
	host_log(LOG_LEVEL_WARN, "webhook_failed", "error", code ? curl_easy_strerror(code) : "",
		 "status", status ? host_text("%ld", status) : "", NULL);
	if (!code && status < 500 && status != 408 && status != 429)
		return WEBHOOK_REFUSED;
	return WEBHOOK_LATER;
}

enum webhook_result webhook_post(struct webhook_post *p, const char *body, size_t len,
				 const _Atomic uint64_t *end_ms)
{
	char *signature = webhook_signature(p->secret, host_wall_s(), body, len);
	struct curl_slist *headers = signature ? headers_make(signature) : NULL;
	enum webhook_result result;

	free(signature);
	if (!headers)
		return WEBHOOK_LATER;
	curl_easy_setopt(p->curl, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(p->curl, CURLOPT_POSTFIELDS, body);
	curl_easy_setopt(p->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)len);
	curl_easy_setopt(p->curl, CURLOPT_XFERINFODATA, (void *)(uintptr_t)end_ms);
	result = judge(p, curl_easy_perform(p->curl));
	curl_easy_setopt(p->curl, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(headers);
	return result;
}
