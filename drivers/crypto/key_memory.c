// SPDX-License-Identifier: Apache-2.0
// Keys in pages of 2 MB. A packet to each of 3,000 hearers reads 3,000 keys, and with pages of 4 KB the
// address translation alone took a quarter of the time that such a packet takes.
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "crypto/private.h"

#if defined(__SANITIZE_ADDRESS__)
// So that a key used after its end is seen.
void *key_memory_get(enum srtp_profile profile, size_t size)
{
	(void)profile;
	return aligned_alloc(KEY_ALIGN, size);
}

void key_memory_put(enum srtp_profile profile, void *key)
{
	(void)profile;
	free(key);
}
#else
#define CHUNK ((size_t)2 << 20)

struct free_key {
	struct free_key *next;
};

struct key_class { // keys of one size
	struct free_key *free;
	uint8_t *at, *end; // of the newest chunk
};

static struct key_class classes[2]; // GCM, CM
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static bool chunk_new(struct key_class *c)
{
	uint8_t *at = aligned_alloc(CHUNK, CHUNK);

	if (!at)
		return false;
	madvise(at, CHUNK, MADV_HUGEPAGE); // a wish
	c->at = at;
	c->end = at + CHUNK;
	return true;
}

static void *class_get(struct key_class *c, size_t size)
{
	struct free_key *key = c->free;

	if (key) {
		c->free = key->next;
		return key;
	}
	if ((size_t)(c->end - c->at) < size && !chunk_new(c))
		return NULL;
	c->at += size;
	return c->at - size;
}

void *key_memory_get(enum srtp_profile profile, size_t size)
{
	void *key;

	pthread_mutex_lock(&lock);
	key = class_get(&classes[profile == SRTP_AES128_CM_SHA1_80], size);
	pthread_mutex_unlock(&lock);
	return key;
}

void key_memory_put(enum srtp_profile profile, void *key)
{
	struct key_class *c = &classes[profile == SRTP_AES128_CM_SHA1_80];
	struct free_key *f = key;

	pthread_mutex_lock(&lock);
	f->next = c->free;
	c->free = f;
	pthread_mutex_unlock(&lock);
}
#endif
