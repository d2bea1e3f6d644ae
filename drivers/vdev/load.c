// SPDX-License-Identifier: Apache-2.0
#include "vdev/load.h"

#include <errno.h>
#include <rte_ethdev.h>
#include <rte_kvargs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/limits.h"
#include "vdev/crowd.h"

struct load {
	struct load_settings settings;
	unsigned queues;
	struct crowd *crowds[PORT_QUEUES_MAX];
};

static struct load *loads[RTE_MAX_ETHPORTS];

static const char *const keys[] = {"sessions", "payload", "pps",   "mode",     "served", "way",
				   "zipf",     "rubbish", "churn", "refresh",  "server", "servers",
				   "clients",  "peers",   "user",  "password", NULL};

bool load_is(const char *device)
{
	return !strncmp(device, "load", 4) && device[4] >= '0' && device[4] <= '9';
}

int load_device(const char *device, char *out, unsigned cap)
{
	int n = snprintf(out, cap, "net_null_load%u,no-rx=1,size=64", (unsigned)atoi(device + 4));

	return n < 0 || (unsigned)n >= cap ? -EINVAL : 0;
}

// --- Settings ------------------------------------------------------------------------------------------------

static int choice(const char *value, const char *const *names, unsigned *out)
{
	for (unsigned i = 0; names[i]; i++)
		if (!strcmp(names[i], value)) {
			*out = i;
			return 0;
		}
	return -EINVAL;
}

static int setting_address(struct load_settings *s, const char *key, const char *value)
{
	if (!strcmp(key, "server"))
		return net_addr_parse(&s->server, value);
	if (!strcmp(key, "clients"))
		return net_addr_parse(&s->clients, value);
	return net_addr_parse(&s->peers, value);
}

static int setting_choice(struct load_settings *s, const char *key, const char *value)
{
	static const char *const modes[] = {"channel", "indication", NULL};
	static const char *const ways[] = {"up", "down", "both", "hairpin", NULL};
	static const char *const served[] = {"turn", "table", "echo", NULL};
	bool is_mode = !strcmp(key, "mode"), is_way = !strcmp(key, "way");
	unsigned at;
	int err = choice(value, is_mode ? modes : is_way ? ways : served, &at);

	if (err)
		return err;
	if (is_mode)
		s->mode = (enum load_mode)at;
	else if (is_way)
		s->way = (enum load_way)at;
	else
		s->served = (enum load_served)at;
	return 0;
}

static int on_setting(const char *key, const char *value, void *ctx)
{
	struct load_settings *s = ctx;
	unsigned long number = strtoul(value, NULL, 0);

	if (!strcmp(key, "mode") || !strcmp(key, "way") || !strcmp(key, "served"))
		return setting_choice(s, key, value);
	if (!strcmp(key, "server") || !strcmp(key, "clients") || !strcmp(key, "peers"))
		return setting_address(s, key, value);
	if (!strcmp(key, "user"))
		snprintf(s->user, sizeof s->user, "%s", value);
	else if (!strcmp(key, "password"))
		snprintf(s->password, sizeof s->password, "%s", value);
	else if (!strcmp(key, "sessions"))
		s->sessions = (unsigned)number;
	else if (!strcmp(key, "payload"))
		s->payload = (unsigned)number;
	else if (!strcmp(key, "pps"))
		s->pps = number;
	else if (!strcmp(key, "zipf"))
		s->zipf = number;
	else if (!strcmp(key, "rubbish"))
		s->rubbish = (unsigned)number;
	else if (!strcmp(key, "churn"))
		s->churn = (unsigned)number;
	else if (!strcmp(key, "refresh"))
		s->refresh_s = (unsigned)number;
	else if (!strcmp(key, "servers"))
		s->servers = (unsigned)number;
	return 0;
}

int load_settings_read(struct load_settings *s, const char *device)
{
	const char *args = strchr(device, ',');
	struct rte_kvargs *list;
	int err;

	*s = (struct load_settings){.sessions = 1000,
				    .payload = 160,
				    .servers = 1,
				    .refresh_s = 120, // permissions last 300
				    .way = LOAD_BOTH,
				    .user = "alice",
				    .password = "secret"};
	net_addr_parse(&s->server, "198.18.0.1");
	net_addr_parse(&s->clients, "198.18.16.0");
	net_addr_parse(&s->peers, "198.18.64.0");
	if (!args)
		return 0;
	list = rte_kvargs_parse(args + 1, keys);
	if (!list)
		return -EINVAL;
	err = rte_kvargs_process(list, NULL, on_setting, s);
	rte_kvargs_free(list);
	if (err || s->payload < CROWD_PAYLOAD_MIN || s->payload > 1400 || !s->sessions ||
	    !s->servers)
		return -EINVAL;
	// Send indications are patched for IPv4 peers; IPv6 crowds talk by channels.
	return s->mode == LOAD_INDICATION && !net_addr_is4(&s->peers) ? -EINVAL : 0;
}

// --- Callbacks -------------------------------------------------------------------------------------------------

static uint16_t on_rx(uint16_t port, uint16_t queue, struct rte_mbuf *packets[], uint16_t n,
		      uint16_t most, void *ctx)
{
	struct crowd *c = ctx;

	(void)port;
	(void)queue;
	return (uint16_t)(n + crowd_generate(c, packets + n, (unsigned)(most - n)));
}

static uint16_t on_tx(uint16_t port, uint16_t queue, struct rte_mbuf *packets[], uint16_t n,
		      void *ctx)
{
	struct crowd *c = ctx;

	(void)port;
	(void)queue;
	crowd_check(c, packets, n);
	return n;
}

static int queue_attach(struct load *l, uint16_t port_id, uint16_t q, struct rte_mempool *pool)
{
	struct rte_ether_addr mac;
	struct net_mac relay;

	rte_eth_macaddr_get(port_id, &mac);
	memcpy(relay.b, mac.addr_bytes, sizeof relay.b);
	l->crowds[q] = crowd_new(&l->settings, q, l->queues, pool, &relay);
	if (!l->crowds[q])
		return -ENOMEM;
	if (!rte_eth_add_rx_callback(port_id, q, on_rx, l->crowds[q]) ||
	    !rte_eth_add_tx_callback(port_id, q, on_tx, l->crowds[q]))
		return -ENOTSUP;
	return 0;
}

int load_attach(const char *device, uint16_t port_id, unsigned queues, struct rte_mempool *pool)
{
	struct load *l = calloc(1, sizeof *l);
	int err = l ? load_settings_read(&l->settings, device) : -ENOMEM;

	if (err) {
		free(l);
		return err;
	}
	l->queues = queues;
	loads[port_id] = l;
	for (uint16_t q = 0; !err && q < queues; q++)
		err = queue_attach(l, port_id, q, pool);
	return err;
}

void load_detach(uint16_t port_id)
{
	struct load *l = loads[port_id];

	for (unsigned q = 0; l && q < l->queues; q++)
		crowd_free(l->crowds[q]);
	free(l);
	loads[port_id] = NULL;
}

bool load_counts_read(uint16_t port_id, struct load_counts *out)
{
	const struct load *l = loads[port_id];

	*out = (struct load_counts){0};
	for (unsigned q = 0; l && q < l->queues; q++) {
		const uint64_t *from = (const uint64_t *)&l->crowds[q]->counts;
		uint64_t *to = (uint64_t *)out;

		// Counters all the way through, the histogram's too.
		for (size_t i = 0; i < sizeof *out / sizeof *to; i++)
			to[i] += from[i];
	}
	return l != NULL;
}
