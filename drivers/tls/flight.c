// SPDX-License-Identifier: Apache-2.0
#include "tls/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LEN_BYTES 2u // in front of each datagram

void flight_fini(struct flight *f)
{
	free(f->bytes);
	memset(f, 0, sizeof *f);
}

static int flight_grow(struct flight *f, size_t need)
{
	uint8_t *bytes;

	if (need <= f->cap)
		return 0;
	if (need > DTLS_FLIGHT_MAX)
		return -ENOMEM;
	bytes = realloc(f->bytes, need);
	if (!bytes)
		return -ENOMEM;
	f->bytes = bytes;
	f->cap = (uint32_t)need;
	return 0;
}

int flight_put(struct flight *f, const void *bytes, size_t len_bytes)
{
	uint16_t len = (uint16_t)len_bytes;

	if (f->fresh)
		f->len = f->next = 0;
	f->fresh = false;
	if (len_bytes > DTLS_MTU || flight_grow(f, f->len + LEN_BYTES + len_bytes)) {
		f->lost = true;
		return -ENOMEM;
	}
	memcpy(f->bytes + f->len, &len, LEN_BYTES);
	memcpy(f->bytes + f->len + LEN_BYTES, bytes, len_bytes);
	f->len += LEN_BYTES + len;
	return 0;
}

size_t flight_take(struct flight *f, uint8_t *bytes, size_t cap_bytes)
{
	uint16_t len;

	if (f->next >= f->len)
		return 0;
	memcpy(&len, f->bytes + f->next, LEN_BYTES);
	if (len > cap_bytes)
		return 0;
	memcpy(bytes, f->bytes + f->next + LEN_BYTES, len);
	f->next += LEN_BYTES + len;
	return len;
}

void flight_shrink(struct flight *f)
{
	uint8_t *bytes = f->len ? realloc(f->bytes, f->len) : NULL;

	if (!bytes)
		return;
	f->bytes = bytes;
	f->cap = f->len;
}
