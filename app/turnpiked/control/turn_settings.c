// SPDX-License-Identifier: Apache-2.0
#include "control/turn.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int users_make(const struct settings *s, struct turn_lists *l)
{
	l->users = calloc(s->turn.users.n + 1, sizeof *l->users);
	if (!l->users)
		return -ENOMEM;
	for (size_t i = 0; i < s->turn.users.n; i++) {
		l->users[i].name = s->turn.users.at[i].name;
		l->users[i].password = s->turn.users.at[i].password;
	}
	return 0;
}

static int secrets_make(const struct settings *s, struct turn_lists *l)
{
	const struct text_list *lists[] = {&s->turn.shared_secrets, &s->turn.shared_secret_files};

	l->secrets = calloc(lists[0]->n + lists[1]->n + 1, sizeof *l->secrets);
	if (!l->secrets)
		return -ENOMEM;
	for (unsigned i = 0; i < BASE_COUNT(lists); i++)
		for (size_t k = 0; k < lists[i]->n; k++)
			l->secrets[l->secret_count++] = lists[i]->at[k];
	return 0;
}

// The addresses that are named; without any, all of the ports: lib/turn prefers the one that the client
// reached, then the first of the family.
static int relays_make(const struct node *n, const struct settings *s, struct turn_lists *l)
{
	size_t named = s->turn.relay_addresses.n;

	l->relays = calloc(named + n->flow->local_count + 1, sizeof *l->relays);
	if (!l->relays)
		return -ENOMEM;
	for (size_t i = 0; i < named; i++)
		l->relays[l->relay_count++].addr = s->turn.relay_addresses.at[i];
	for (unsigned i = 0; !named && i < n->flow->local_count; i++)
		l->relays[l->relay_count++].addr = n->flow->locals[i].addr;
	return 0;
}

static struct net_prefix *prefixes_make(const struct text_list *texts, size_t *count)
{
	size_t builtin_count;
	const struct net_prefix *builtin = turn_deny_default(&builtin_count);
	struct net_prefix *out = calloc(texts->n + builtin_count + 1, sizeof *out);

	*count = 0;
	for (size_t i = 0; out && i < texts->n; i++) {
		if (!strcmp(texts->at[i], "default")) {
			memcpy(out + *count, builtin, builtin_count * sizeof *out);
			*count += builtin_count;
		} else if (!net_prefix_parse(&out[*count], texts->at[i])) {
			(*count)++;
		}
	}
	return out;
}

static void limits_make(const struct settings *s, struct turn_settings *out)
{
	out->relay_port_min = (uint16_t)s->turn.relay_ports.low;
	out->relay_port_max = (uint16_t)s->turn.relay_ports.high;
	out->allocations_max = s->turn.limits.allocations;
	out->allocations_per_user_max = s->turn.limits.allocations_per_user;
	out->bits_per_second = s->turn.limits.bits_per_second;
	out->legacy_channels = s->turn.legacy_channels;
	out->life_default_s = s->turn.lifetimes.default_;
	out->life_max_s = s->turn.lifetimes.maximum;
	out->permission_s = s->turn.lifetimes.permission;
	out->channel_s = s->turn.lifetimes.channel;
}

int turn_settings_make(const struct node *n, const struct settings *s, struct turn_lists *l,
		       struct turn_settings *out)
{
	size_t allow_count;

	*l = (struct turn_lists){0};
	*out = (struct turn_settings){.realm = s->turn.realm};
	l->allow = prefixes_make(&s->turn.allow_peers, &allow_count);
	l->deny = prefixes_make(&s->turn.deny_peers, &l->deny_count);
	if (!l->allow || !l->deny || users_make(s, l) || secrets_make(s, l) ||
	    relays_make(n, s, l)) {
		turn_lists_free(l);
		return -ENOMEM;
	}
	out->users = l->users;
	out->user_count = s->turn.users.n;
	out->shared_secrets = l->secrets;
	out->shared_secret_count = l->secret_count;
	out->relays = l->relays;
	out->relay_count = l->relay_count;
	out->peers = (struct turn_peer_rules){l->allow, allow_count, l->deny, l->deny_count};
	limits_make(s, out);
	return 0;
}

void turn_lists_free(struct turn_lists *l)
{
	free(l->users);
	free(l->secrets);
	free(l->relays);
	free(l->allow);
	free(l->deny);
	*l = (struct turn_lists){0};
}
