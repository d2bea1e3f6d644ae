// SPDX-License-Identifier: Apache-2.0
#ifndef TOKEN_TOKEN_H
#define TOKEN_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/limits.h"

// Session tokens: JWT (RFC 7519) that a game's backend signs and a relay believes. Pure; one thread;
// time is an argument (seconds since 1970).
//
// Header: `kid` (one of the configured keys; required), `alg` (that key's own, no other), no `crit`.
// Claims: `exp` and `iat` (required, at most TOKEN_LIFE_MAX_S apart), `nbf`, `jti` (without one, a digest
// of what was signed stands for it), `sub` the player, `room`, `aud` ("turnpike", if there is one);
// `speak`, `listen`, `relay`: true or false, `rights`: "show" or "change" on a control connection. What a
// token does not grant is not granted. Claims that we do not know are passed over.

enum token_error {
	TOKEN_OK,
	TOKEN_MALFORMED, // no JWT, or longer than TOKEN_MAX
	TOKEN_UNKNOWN_KEY, // kid
	TOKEN_WRONG_ALGORITHM, // alg is not that of the key
	TOKEN_BAD_SIGNATURE,
	TOKEN_BAD_CLAIMS, // signed, but a claim is missing, of another type or too long
	TOKEN_WRONG_AUDIENCE,
	TOKEN_TOO_LONG_LIVED, // exp is more than TOKEN_LIFE_MAX_S after iat
	TOKEN_EXPIRED,
	TOKEN_NOT_YET, // nbf or iat lies ahead
	TOKEN_REVOKED,
	TOKEN_LACKS_GRANT,
	TOKEN_NO_MEMORY,
	TOKEN_ERRORS
};
extern const char *const token_error_names[TOKEN_ERRORS]; // "bad_signature"
// What goes on after "the token …", and says what would be right.
extern const char *const token_error_texts[TOKEN_ERRORS];

// --- Keys: a set is never changed; a new one takes its place ----------------------------------------------

enum token_algorithm { TOKEN_HS256, TOKEN_ES256, TOKEN_ALGORITHMS };
extern const char *const token_algorithm_names[TOKEN_ALGORITHMS];

struct token_key {
	const char *id;
	const char *algorithm; // a name of token_algorithm_names
	// HS256: the secret; ES256: PEM of a P-256 key, the public part suffices.
	const char *secret;
};
struct token_keys;

// What would be right instead, or NULL when it is right. For configurations.
const char *token_algorithm_check(const char *name);
const char *token_secret_check(const char *algorithm, const char *secret);
// True where a secret is shorter than what it signs with is strong (RFC 7518 section 3.2: 32 bytes).
bool token_secret_is_short(const char *algorithm, const char *secret);

// Copies all. NULL with errno: EINVAL (a check above, a duplicate id), ENOMEM.
struct token_keys *token_keys_new(const struct token_key *keys, size_t count);
void token_keys_free(struct token_keys *k); // wipes; NULL is fine
size_t token_keys_count(const struct token_keys *k);

// --- Tokens -------------------------------------------------------------------------------------------------

enum token_right { TOKEN_NOTHING, TOKEN_SHOW, TOKEN_CHANGE };

// Ids and subjects are compared and kept as digests of this many bytes of a SHA-256.
#define TOKEN_DIGEST_LEN 12

struct token {
	char key[TOKEN_KEY_ID_MAX + 1];
	char id[TOKEN_ID_MAX + 1]; // jti, or the digest in hex
	char player[TOKEN_NAME_MAX + 1]; // "": none
	char room[TOKEN_NAME_MAX + 1]; // "": none
	bool speak, listen, relay;
	enum token_right rights;
	uint64_t issued_s, not_before_s, expires_s; // not_before_s 0: none
};

// Whether it is signed by one of our keys, and what it says. `out` is written on TOKEN_OK only.
enum token_error token_read(const struct token_keys *k, const char *text, size_t len,
			    struct token *out);
// Whether it holds now, give or take TOKEN_SKEW_S.
enum token_error token_time_check(const struct token *t, uint64_t wall_s);
// Both. A token that is good by its signature but not by its time is TOKEN_EXPIRED or TOKEN_NOT_YET.
enum token_error token_verify(const struct token_keys *k, const char *text, size_t len,
			      uint64_t wall_s, struct token *out);

// Signs by the key that t->key names ("": the first that can sign). Writes text and NUL. 0, -ENOENT (no
// such key), -EACCES (only its public part is there), -EINVAL (a claim), -ENOSPC, -ENOMEM.
int token_sign(const struct token_keys *k, const struct token *t, char *out, size_t cap_bytes);

// --- Revocation ---------------------------------------------------------------------------------------------

enum token_subject {
	TOKEN_BY_ID, // one token
	TOKEN_BY_PLAYER, // all tokens of a player that were issued until then
	TOKEN_BY_USER, // a name as such, until it is allowed again
	TOKEN_SUBJECTS
};

// What was revoked. `before_s`: tokens issued then or earlier (BY_PLAYER).
struct token_revocation {
	enum token_subject by;
	uint8_t digest[TOKEN_DIGEST_LEN]; // of subject and name
	uint64_t before_s;
	uint64_t due_s; // forgotten from then on: no token of that time holds any more
};

void token_digest(enum token_subject by, const char *name, size_t len,
		  uint8_t out[TOKEN_DIGEST_LEN]);

// A bounded list (TOKEN_REVOCATIONS_MAX) of fixed memory.
struct token_revocations;
struct token_revocations *token_revocations_new(void); // NULL: out of memory
void token_revocations_free(struct token_revocations *r);
// Adds or renews; fills *out. 0, or -ENOSPC when the list is full of what still counts.
int token_revoke(struct token_revocations *r, enum token_subject by, const char *name,
		 uint64_t wall_s, struct token_revocation *out);
// Lifts a revocation: true when there was one.
bool token_allow(struct token_revocations *r, enum token_subject by, const char *name);
// The revocation of that digest, or NULL.
const struct token_revocation *token_revocation_find(const struct token_revocations *r,
						     const uint8_t digest[TOKEN_DIGEST_LEN],
						     uint64_t wall_s);
// Whether this token was revoked: by its id, its player (tokens issued by a clock that is ahead by up to
// TOKEN_SKEW_S included), or its player as a user.
bool token_is_revoked(const struct token_revocations *r, const struct token *t, uint64_t wall_s);
size_t token_revocations_count(const struct token_revocations *r);

#endif
