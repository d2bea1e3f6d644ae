// SPDX-License-Identifier: Apache-2.0
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "token/token.h"

#define EXPECT(what)                                                                               \
	do {                                                                                       \
		if (!(what))                                                                       \
			abort();                                                                   \
	} while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct token_key key[] = {{"k1", "HS256", "s3cret"}};

// What is believed can be said again, and then says the same.
static void again(const struct token_keys *keys, const struct token *t)
{
	char text[TOKEN_MAX + 1];
	struct token got;

	EXPECT(t->id[0] && !strcmp(t->key, "k1"));
	EXPECT(t->expires_s <= t->issued_s + TOKEN_LIFE_MAX_S);
	if (token_sign(keys, t, text, sizeof text))
		return; // a time of 0, or over before it began
	EXPECT(!token_read(keys, text, strlen(text), &got));
	EXPECT(!strcmp(got.id, t->id) && !strcmp(got.player, t->player));
	EXPECT(!strcmp(got.room, t->room) && got.rights == t->rights);
	EXPECT(got.speak == t->speak && got.listen == t->listen && got.relay == t->relay);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct token_keys *keys = token_keys_new(key, 1);
	struct token t;
	enum token_error error = token_read(keys, (const char *)data, size, &t);

	EXPECT(error < TOKEN_ERRORS);
	if (!error)
		again(keys, &t);
	token_keys_free(keys);
	return 0;
}
