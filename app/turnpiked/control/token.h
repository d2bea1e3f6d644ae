// SPDX-License-Identifier: Apache-2.0
#ifndef CONTROL_TOKEN_H
#define CONTROL_TOKEN_H

#include "node.h"
#include "token/token.h"

// Session tokens: the keys of the configuration, what was revoked, who is refused. Control lane.

// Whether this token is good here and now. Failures are counted by reason and logged (never the token).
enum token_error token_check(struct node *n, const char *text, struct token *out);
// As token_check, but a token that is over, or not yet, or revoked, is read too: for revoking it.
enum token_error token_identify(struct node *n, const char *text, struct token *out);
// Counts and logs a refusal for another reason, such as a grant that is missing. Returns it.
enum token_error token_refuse(struct node *n, enum token_error why, const struct token *t);
// Fills an API error: which parameter, what is wrong. Returns API_DENIED (API_INTERNAL without memory).
enum api_code token_error_tell(enum token_error why, struct api_error *error);

struct token_revocations *token_list(struct node *n);

// A user name whose holder was revoked: of TURN's requests (control/token_turn.c).
bool token_user_refused(struct node *n, const char *user, size_t len);
// Ends the allocations that a revocation is about; how many. `name`: what was revoked.
unsigned token_turn_end(struct node *n, const struct token_revocation *r, const char *name);
// The mark of a user name that a token was exchanged for: when, and for which. With NUL.
void token_tag(char out[TURN_TAG_LEN + 1], uint64_t issued_s, const struct token *t);

#endif
