// SPDX-License-Identifier: Apache-2.0
#include "token/private.h"

const char *const token_error_names[TOKEN_ERRORS] = {
	[TOKEN_OK] = "ok",
	[TOKEN_MALFORMED] = "malformed",
	[TOKEN_UNKNOWN_KEY] = "unknown_key",
	[TOKEN_WRONG_ALGORITHM] = "wrong_algorithm",
	[TOKEN_BAD_SIGNATURE] = "bad_signature",
	[TOKEN_BAD_CLAIMS] = "bad_claims",
	[TOKEN_WRONG_AUDIENCE] = "wrong_audience",
	[TOKEN_TOO_LONG_LIVED] = "too_long_lived",
	[TOKEN_EXPIRED] = "expired",
	[TOKEN_NOT_YET] = "not_yet",
	[TOKEN_REVOKED] = "revoked",
	[TOKEN_LACKS_GRANT] = "lacks_grant",
	[TOKEN_NO_MEMORY] = "no_memory",
};

const char *const token_error_texts[TOKEN_ERRORS] = {
	[TOKEN_OK] = "is good",
	[TOKEN_MALFORMED] = "is no JWT: three parts of base64url, joined by dots",
	[TOKEN_UNKNOWN_KEY] = "names a key (kid) that voice.tokens.keys does not hold",
	[TOKEN_WRONG_ALGORITHM] = "is not signed by the algorithm of its key",
	[TOKEN_BAD_SIGNATURE] = "has a wrong signature; sign it with the key that kid names",
	[TOKEN_BAD_CLAIMS] = "lacks exp or iat, or a claim is of another type or too long",
	[TOKEN_WRONG_AUDIENCE] = "is meant for others; write \"turnpike\" in aud, or no aud",
	[TOKEN_TOO_LONG_LIVED] = "lives too long; give it at most a day from iat to exp",
	[TOKEN_EXPIRED] = "is over; get a new one",
	[TOKEN_NOT_YET] = "begins in the future; compare the clocks of signer and relay",
	[TOKEN_REVOKED] = "was revoked",
	[TOKEN_LACKS_GRANT] = "does not grant this",
	[TOKEN_NO_MEMORY] = "could not be looked at: out of memory",
};

const char *const token_algorithm_names[TOKEN_ALGORITHMS] = {
	[TOKEN_HS256] = "HS256",
	[TOKEN_ES256] = "ES256",
};
