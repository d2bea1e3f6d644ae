// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t turn_base64(char *out, const uint8_t *bytes, size_t len_bytes)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t n = 0;

	for (size_t i = 0; i < len_bytes; i++) {
		bits = bits << 8 | bytes[i];
		for (have += 8; have >= 6; have -= 6)
			out[n++] = digits[bits >> (have - 6) & 63];
	}
	if (have)
		out[n++] = digits[bits << (6 - have) & 63];
	return n;
}

void turn_credential_password(const char *secret, const char *username, size_t len,
			      char out[TURN_PASSWORD_LEN + 1])
{
	uint8_t mac[20];
	size_t n;

	stun_hmac_sha1(mac, secret, strlen(secret), username, len);
	n = turn_base64(out, mac, sizeof mac);
	out[n++] = '=';
	out[n] = 0;
	base_wipe(mac, sizeof mac);
}

int turn_credential_expiry(const char *username, size_t len, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	for (; i < len && i < 18 && username[i] >= '0' && username[i] <= '9'; i++)
		v = v * 10 + (uint64_t)(username[i] - '0');
	if (!i || i == len || username[i] != ':')
		return -EINVAL;
	*out = v;
	return 0;
}

static const char *tag_find(const char *name, size_t len)
{
	const char *tag = len > TURN_TAG_LEN + 1 ? name + len - TURN_TAG_LEN : NULL;

	if (!tag || tag[-1] != '~')
		return NULL;
	for (size_t i = 0; i < TURN_TAG_LEN; i++)
		if (!(tag[i] >= '0' && tag[i] <= '9') && !(tag[i] >= 'a' && tag[i] <= 'f'))
			return NULL;
	return tag;
}

void turn_credential_parse(const char *username, size_t len, struct turn_credential *out)
{
	const char *colon = memchr(username, ':', len);

	*out = (struct turn_credential){.name = username, .name_len = len};
	if (!colon || colon + 1 == username + len ||
	    turn_credential_expiry(username, len, &out->expiry_s))
		return;
	out->timed = true;
	out->name = colon + 1;
	out->name_len = (size_t)(username + len - out->name);
	out->tag = tag_find(out->name, out->name_len);
	if (out->tag)
		out->name_len -= TURN_TAG_LEN + 1;
}

int turn_credential_issue(const struct turn *t, const char *name, uint32_t life_s, uint64_t wall_s,
			  char *username, size_t username_cap, char *password, size_t password_cap)
{
	const struct turn_settings *s = &t->rules->s;
	char buffer[STUN_USERNAME_MAX + 1];
	int len;

	if (!s->shared_secret_count)
		return -ENOENT;
	if (!name || !*name || !life_s)
		return -EINVAL;
	len = snprintf(buffer, sizeof buffer, "%" PRIu64 ":%s", wall_s + life_s, name);
	if (len < 0 || (size_t)len >= sizeof buffer)
		return -EINVAL;
	if ((size_t)len >= username_cap || password_cap <= TURN_PASSWORD_LEN)
		return -ENOSPC;
	memcpy(username, buffer, (size_t)len + 1);
	turn_credential_password(s->shared_secrets[0], username, (size_t)len, password);
	return 0;
}
