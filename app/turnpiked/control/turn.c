// SPDX-License-Identifier: Apache-2.0
#include "control/turn.h"

#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

#include "control/token.h"

// Who sent the request that is being answered: lib/turn calls back within turn_request.
struct turn_origin {
	struct node *node;
	const struct net_mac *mac; // NULL outside a request
};

static struct turn_origin origin;

static int on_made(void *ctx, struct turn_allocation *a)
{
	struct turn_origin *o = ctx;
	int err = turn_publish(o->node, a, o->mac);

	if (!err)
		turn_event_made(o->node, a);
	return err;
}

static void on_changed(void *ctx, struct turn_allocation *a)
{
	turn_republish(((struct turn_origin *)ctx)->node, a);
}

static void on_gone(void *ctx, struct turn_allocation *a)
{
	struct node *n = ((struct turn_origin *)ctx)->node;

	turn_event_gone(n, a);
	turn_unpublish(n, a);
}

static void failure_log(const struct turn_told *told)
{
	char client[NET_TEXT_MAX];

	host_log(LOG_LEVEL_INFO, "turn_auth_failed", "reason",
		 turn_auth_failure_names[told->failure], "client",
		 net_endpoint_format(&told->from->client, client), "user",
		 host_text("%.*s", (int)told->user_len, told->user), NULL);
}

static void on_told(void *ctx, const struct turn_told *told)
{
	struct node *n = ((struct turn_origin *)ctx)->node;

	if (told->kind == TURN_TOLD_REFUSED)
		failure_log(told);
	turn_event_told(n, told);
}

static bool on_refused(void *ctx, const char *user, size_t user_len)
{
	return token_user_refused(((struct turn_origin *)ctx)->node, user, user_len);
}

static const struct turn_sink sink = {on_made, on_changed, on_gone, on_told, on_refused};

// Said aloud, so that nobody waits for clients of a listener that is not there.
static void unserved_tell(const struct settings *s)
{
	static const char *const names[] = {"udp", "tcp", "tls", "dtls"};

	for (size_t i = 0; i < s->turn.listen.n; i++)
		if (s->turn.listen.at[i].transport != CONF_UDP)
			host_log(LOG_LEVEL_WARN, "listener_not_served", "key", "turn.listen",
				 "listener",
				 host_text("%s:%u", names[s->turn.listen.at[i].transport],
					   s->turn.listen.at[i].port),
				 "reason", "this version serves TURN over UDP only", NULL);
}

static int turn_open(struct node *n)
{
	struct turn_settings s;
	struct turn_lists lists;
	int err = turn_settings_make(n, &n->settings, &lists, &s);

	if (err)
		return err;
	unserved_tell(&n->settings);
	host_random(s.nonce_key, sizeof s.nonce_key);
	origin.node = n;
	n->rate_published = n->settings.turn.limits.bits_per_second;
	n->turn = turn_new(&s, &sink, &origin, n->now_ms);
	err = n->turn ? 0 : -errno;
	turn_lists_free(&lists);
	base_wipe(&s, sizeof s);
	return err;
}

static void turn_close(struct node *n)
{
	turn_free(n->turn);
	n->turn = NULL;
	turn_event_close();
}

static struct turn_now turn_time(const struct node *n)
{
	return (struct turn_now){.ms = n->now_ms, .wall_s = host_wall_s()};
}

static unsigned turn_tick(struct node *n, uint64_t now_ms)
{
	(void)now_ms;
	turn_event_tick(n);
	return turn_advance(n->turn, turn_time(n), 1024);
}

static bool turn_punt(struct node *n, struct punt *p, struct rte_mbuf *m)
{
	const uint8_t *frame = rte_pktmbuf_mtod(m, const uint8_t *);
	struct turn_tuple from = {.client = p->facts.src,
				  .server = p->facts.dst,
				  .transport = TURN_UDP};
	uint8_t answer[STUN_MESSAGE_MAX];
	struct net_mac mac;
	size_t len;

	if (p->class_ != PUNT_KNOWN && p->class_ != PUNT_NEW)
		return false;
	if (!net_udp_checksum_ok(&p->facts, frame)) {
		punt_drop(n, m, PUNT_DROP_CHECKSUM);
		return true;
	}
	memcpy(mac.b, frame + 6, sizeof mac.b);
	origin.mac = &mac;
	len = turn_request(n->turn, &from, frame + p->facts.payload, p->facts.payload_len,
			   turn_time(n), answer, sizeof answer);
	origin.mac = NULL;
	if (len)
		punt_answer(n, m, answer, len);
	else
		punt_drop(n, m, PUNT_DROP_ANSWERLESS);
	return true;
}

// A new rate holds for allocations that live, too.
static void turn_reload_done(struct node *n, bool taken)
{
	if (!taken)
		return;
	unserved_tell(&n->settings);
	if (n->rate_published == n->settings.turn.limits.bits_per_second)
		return;
	n->rate_published = n->settings.turn.limits.bits_per_second;
	for (struct turn_allocation *a = turn_next(n->turn, NULL); a; a = turn_next(n->turn, a))
		turn_republish(n, a);
}

const struct module turn_module = {
	.name = "turn",
	.open = turn_open,
	.close = turn_close,
	.tick = turn_tick,
	.punt = turn_punt,
	.requests = turn_module_requests,
	.metrics = turn_metrics,
	.reload_done = turn_reload_done,
};
