// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define SOFTWARE_MAX 127 // bytes: RFC 8489 section 14.14 asks for fewer than 128 characters

static int settings_check(const struct turn_settings *s)
{
	if (!s->realm || !*s->realm || strlen(s->realm) > STUN_REALM_MAX)
		return -EINVAL;
	if (s->software && strlen(s->software) > SOFTWARE_MAX)
		return -EINVAL;
	if (s->relay_count > TURN_RELAYS_MAX || !s->relay_port_min)
		return -EINVAL;
	if (s->relay_port_min > s->relay_port_max)
		return -EINVAL;
	if (!s->life_default_s || !s->life_max_s || !s->permission_s || !s->channel_s)
		return -EINVAL;
	for (size_t i = 0; i < s->user_count; i++)
		if (strlen(s->users[i].name) > STUN_USERNAME_MAX || !*s->users[i].name)
			return -EINVAL;
	return s->allocations_max > UINT32_MAX / 4 ? -EINVAL : 0;
}

static int prefixes_copy(const struct net_prefix **out, const struct net_prefix *from, size_t count)
{
	struct net_prefix *copy = calloc(count + 1, sizeof *copy);

	if (!copy)
		return -ENOMEM;
	if (count)
		memcpy(copy, from, count * sizeof *copy);
	*out = copy;
	return 0;
}

static int secrets_copy(struct turn_settings *out, const struct turn_settings *s)
{
	char **copies = calloc(s->shared_secret_count + 1, sizeof(*copies));

	if (!copies)
		return -ENOMEM;
	out->shared_secrets = (const char *const *)copies;
	for (size_t i = 0; i < s->shared_secret_count; i++) {
		copies[i] = strdup(s->shared_secrets[i]);
		if (!copies[i])
			return -ENOMEM;
		out->shared_secret_count = i + 1;
	}
	return 0;
}

static int rules_copy(struct turn_rules *r, const struct turn_settings *s)
{
	int rc;

	r->s.realm = strdup(s->realm);
	r->s.software = strdup(s->software ? s->software : "");
	if (!r->s.realm || !r->s.software)
		return -ENOMEM;
	r->realm_len = strlen(r->s.realm);
	r->software_len = strlen(r->s.software);
	rc = prefixes_copy(&r->s.peers.allow, s->peers.allow, s->peers.allow_count);
	if (!rc)
		rc = prefixes_copy(&r->s.peers.deny, s->peers.deny, s->peers.deny_count);
	if (!rc)
		rc = secrets_copy(&r->s, s);
	return rc ? rc : turn_logins_init(r, s);
}

static void rules_blank(struct turn_rules *r, const struct turn_settings *s)
{
	r->s = *s;
	r->s.realm = r->s.software = NULL;
	r->s.users = NULL;
	r->s.shared_secrets = NULL;
	r->s.relays = NULL;
	r->s.user_count = r->s.shared_secret_count = r->s.relay_count = 0;
	r->s.peers.allow = r->s.peers.deny = NULL;
	memcpy(&r->hash_key, s->nonce_key, sizeof r->hash_key);
}

struct turn_rules *turn_rules_new(const struct turn_settings *s)
{
	int rc = settings_check(s);
	struct turn_rules *r = rc ? NULL : calloc(1, sizeof *r);

	if (!r) {
		errno = rc ? -rc : ENOMEM;
		return NULL;
	}
	rules_blank(r, s);
	rc = rules_copy(r, s);
	if (rc) {
		turn_rules_free(r);
		errno = -rc;
		return NULL;
	}
	return r;
}

static void text_free(const char *text, bool secret)
{
	if (text && secret)
		base_wipe((char *)(uintptr_t)text, strlen(text));
	free((char *)(uintptr_t)text);
}

void turn_rules_free(struct turn_rules *r)
{
	if (!r)
		return;
	text_free(r->s.realm, false);
	text_free(r->s.software, false);
	for (size_t i = 0; i < r->s.shared_secret_count; i++)
		text_free(r->s.shared_secrets[i], true);
	free((void *)(uintptr_t)r->s.shared_secrets);
	free((void *)(uintptr_t)r->s.peers.allow);
	free((void *)(uintptr_t)r->s.peers.deny);
	turn_logins_fini(r);
	base_wipe(r->s.nonce_key, sizeof r->s.nonce_key);
	free(r);
}
