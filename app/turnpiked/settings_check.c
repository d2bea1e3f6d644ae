// SPDX-License-Identifier: Apache-2.0
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "config/limits.h"
#include "token/token.h"

// Rules across keys. A value that could not be read holds its default here, and a mistake is not
// told again where its key, or one above or under it, has one.

struct key {
	char text[CONF_KEY_MAX];
};

static struct key key_of(const char *list, size_t i, const char *within)
{
	struct key k;

	snprintf(k.text, sizeof k.text, "%s[%zu]%s", list, i, within);
	return k;
}

static struct key port_key(size_t port, const char *list, size_t i)
{
	struct key k;

	snprintf(k.text, sizeof k.text, "ports[%zu].%s[%zu]", port, list, i);
	return k;
}

// --- Ports ---------------------------------------------------------------------------------------

static bool is_before(size_t p, size_t i, size_t q, size_t k)
{
	return p < q || (p == q && i < k);
}

static void address_check(const struct settings *s, struct conf_mistakes *m, size_t port, size_t at)
{
	const struct net_addr *a = &s->ports.at[port].addresses.at[at].addr;
	struct key key = port_key(port, "addresses", at);
	char text[NET_TEXT_MAX];

	for (size_t p = 0; p <= port; p++)
		for (size_t i = 0; i < s->ports.at[p].addresses.n; i++)
			if (is_before(p, i, port, at) &&
			    net_addr_equal(a, &s->ports.at[p].addresses.at[i].addr))
				conf_mistake_add(
					m, key.text,
					"`%s` is an address of port `%s` already; keep one",
					net_addr_format(a, text), s->ports.at[p].name);
}

static void gateway_check(const struct port_settings *p, struct conf_mistakes *m, size_t port,
			  size_t at)
{
	const struct net_addr *g = &p->gateways.at[at];
	struct key key = port_key(port, "gateways", at),
		   addresses = key_of("ports", port, ".addresses");
	bool on_link = conf_mistaken(m, addresses.text);
	char text[NET_TEXT_MAX];

	net_addr_format(g, text);
	for (size_t i = 0; i < at; i++)
		if (net_addr_family(g) == net_addr_family(&p->gateways.at[i]))
			conf_mistake_add(m, key.text,
					 "`%s` is a second gateway for IPv%d; keep one", text,
					 net_addr_family(g));
	for (size_t i = 0; i < p->addresses.n; i++) {
		on_link |= net_prefix_holds(&p->addresses.at[i], g);
		if (net_addr_equal(g, &p->addresses.at[i].addr))
			conf_mistake_add(m, key.text,
					 "`%s` is this port itself; write the router's address",
					 text);
	}
	if (!on_link)
		conf_mistake_add(
			m, key.text,
			"`%s` is on no link of this port; write one within the port's addresses",
			text);
}

static void port_check(const struct settings *s, struct conf_mistakes *m, size_t port)
{
	const struct port_settings *p = &s->ports.at[port];
	struct key name = key_of("ports", port, ".name"), device = key_of("ports", port, ".device");

	for (size_t i = 0; i < port; i++) {
		if (!strcmp(p->name, s->ports.at[i].name))
			conf_mistake_add(m, name.text,
					 "`%s` is the name of another port; write another",
					 p->name);
		if (!strcmp(p->device, s->ports.at[i].device))
			conf_mistake_add(m, device.text, "`%s` is another port's; write another",
					 p->device);
	}
	for (size_t i = 0; i < p->addresses.n; i++)
		address_check(s, m, port, i);
	for (size_t i = 0; i < p->gateways.n; i++)
		gateway_check(p, m, port, i);
}

static void ports_check(const struct settings *s, struct conf_mistakes *m)
{
	size_t addresses = 0;

	for (size_t p = 0; p < s->ports.n; p++) {
		port_check(s, m, p);
		addresses += s->ports.at[p].addresses.n;
	}
	if (addresses > FLOW_LOCALS_MAX)
		conf_mistake_add(m, "ports", "have %zu addresses together; write at most %d",
				 addresses, FLOW_LOCALS_MAX);
}

// --- Cores ---------------------------------------------------------------------------------------

static void cpu_check(struct conf_mistakes *m, const char *key, uint32_t cpu)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);

	if (count > 0 && cpu >= (unsigned long)count)
		conf_mistake_add(m, key, "there is no CPU %u; this machine has 0 to %ld", cpu,
				 count - 1);
}

static bool cpu_among(const uint32_t *at, size_t n, uint32_t cpu)
{
	for (size_t i = 0; i < n; i++)
		if (at[i] == cpu)
			return true;
	return false;
}

static void cores_check(const struct settings *s, struct conf_mistakes *m)
{
	const uint32_t *workers = s->cores.workers.at, *audio = s->cores.audio.at;
	size_t worker_count = s->cores.workers.n;

	cpu_check(m, "cores.control", s->cores.control);
	for (size_t i = 0; i < worker_count; i++) {
		struct key key = key_of("cores.workers", i, "");

		cpu_check(m, key.text, workers[i]);
		if (cpu_among(workers, i, workers[i]))
			conf_mistake_add(m, key.text, "CPU %u has a worker already; keep one",
					 workers[i]);
		// A worker that sleeps leaves the CPU to others; one that polls starves them.
		if (workers[i] == s->cores.control && s->cores.idle != IDLE_SLEEP)
			conf_mistake_add(
				m, key.text,
				"CPU %u is cores.control too; write another, or cores.idle: sleep",
				workers[i]);
	}
	for (size_t i = 0; i < s->cores.audio.n; i++) {
		struct key key = key_of("cores.audio", i, "");

		cpu_check(m, key.text, audio[i]);
		if (cpu_among(audio, i, audio[i]) || cpu_among(workers, worker_count, audio[i]))
			conf_mistake_add(m, key.text, "CPU %u is taken already; write another",
					 audio[i]);
	}
}

// --- TURN and voice ------------------------------------------------------------------------------

static bool is_udp(const struct conf_listen *l)
{
	return l->transport == CONF_UDP || l->transport == CONF_DTLS;
}

static void listen_check(const struct settings *s, struct conf_mistakes *m, size_t at)
{
	const struct conf_listen *l = &s->turn.listen.at[at];
	const struct conf_range *relayed = &s->turn.relay_ports;
	struct key key = key_of("turn.listen", at, "");

	for (size_t i = 0; i < at; i++)
		if (l->port == s->turn.listen.at[i].port &&
		    l->transport == s->turn.listen.at[i].transport)
			conf_mistake_add(m, key.text, "is there twice; keep one");
	for (size_t i = 0; is_udp(l) && i < s->voice.listen.n; i++)
		if (l->port == s->voice.listen.at[i].port)
			conf_mistake_add(m, key.text,
					 "UDP port %u is voice.listen's; write another", l->port);
	if (is_udp(l) && l->port >= relayed->low && l->port <= relayed->high)
		conf_mistake_add(m, "turn.relay_ports",
				 "hold UDP port %u of turn.listen; write a range without it",
				 l->port);
}

static void token_key_check(const struct settings *s, struct conf_mistakes *m, size_t at)
{
	const struct key_settings *k = &s->voice.tokens.keys.at[at];
	struct key algorithm = key_of("voice.tokens.keys", at, ".algorithm"),
		   secret = key_of("voice.tokens.keys", at, ".secret");
	const char *right = conf_mistaken(m, algorithm.text)
				    ? NULL
				    : token_secret_check(k->algorithm, k->secret);

	for (size_t i = 0; i < at; i++)
		if (!strcmp(k->id, s->voice.tokens.keys.at[i].id))
			conf_mistake_add(m, key_of("voice.tokens.keys", at, ".id").text,
					 "`%s` is another key's; write another", k->id);
	if (right)
		conf_mistake_add(m, secret.text, "is no key for %s; write %s", k->algorithm, right);
}

static void voice_check(const struct settings *s, struct conf_mistakes *m)
{
	const struct conf_range *relayed = &s->turn.relay_ports;

	for (size_t i = 0; i < s->voice.listen.n; i++) {
		uint32_t port = s->voice.listen.at[i].port;
		struct key key = key_of("voice.listen", i, "");

		for (size_t k = 0; k < i; k++)
			if (port == s->voice.listen.at[k].port)
				conf_mistake_add(m, key.text, "is there twice; keep one");
		if (port >= relayed->low && port <= relayed->high)
			conf_mistake_add(
				m, "turn.relay_ports",
				"hold UDP port %u of voice.listen; write a range without it", port);
	}
	for (size_t i = 0; i < s->voice.tokens.keys.n; i++)
		token_key_check(s, m, i);
}

static bool address_is_ours(const struct settings *s, const struct net_addr *a)
{
	for (size_t p = 0; p < s->ports.n; p++)
		for (size_t i = 0; i < s->ports.at[p].addresses.n; i++)
			if (net_addr_equal(a, &s->ports.at[p].addresses.at[i].addr))
				return true;
	return false;
}

static void relays_check(const struct settings *s, struct conf_mistakes *m)
{
	bool known = !conf_mistaken(m, "ports"); // what a port has, that is

	for (size_t i = 0; i < s->turn.relay_addresses.n; i++) {
		const struct net_addr *a = &s->turn.relay_addresses.at[i];
		struct key key = key_of("turn.relay_addresses", i, "");
		char text[NET_TEXT_MAX];

		for (size_t k = 0; k < i; k++)
			if (net_addr_equal(a, &s->turn.relay_addresses.at[k]))
				conf_mistake_add(m, key.text, "is there twice; keep one");
		if (known && !address_is_ours(s, a))
			conf_mistake_add(m, key.text,
					 "`%s` is no port's; write one of ports[].addresses",
					 net_addr_format(a, text));
	}
}

static int user_compare(const void *a, const void *b)
{
	const struct user_settings *const *x = a, *const *y = b;
	int order = strcmp((*x)->name, (*y)->name);

	return order ? order : *x < *y ? -1 : 1; // as written, so that the later one is told
}

// Sorted: there may be tens of thousands.
static void users_check(const struct settings *s, struct conf_mistakes *m)
{
	size_t n = s->turn.users.n;
	const struct user_settings **sorted = calloc(n + 1, sizeof *sorted);

	if (!sorted) {
		m->failed = true;
		return;
	}
	for (size_t i = 0; i < n; i++)
		sorted[i] = &s->turn.users.at[i];
	qsort(sorted, n, sizeof *sorted, user_compare);
	for (size_t i = 1; i < n; i++)
		if (!strcmp(sorted[i - 1]->name, sorted[i]->name))
			conf_mistake_add(m,
					 key_of("turn.users",
						(size_t)(sorted[i] - s->turn.users.at), ".name")
						 .text,
					 "`%.60s` is there twice; keep one", sorted[i]->name);
	free(sorted);
}

static void turn_check(const struct settings *s, struct conf_mistakes *m)
{
	for (size_t i = 0; i < s->turn.listen.n; i++)
		listen_check(s, m, i);
	if (s->turn.lifetimes.default_ > s->turn.lifetimes.maximum)
		conf_mistake_add(
			m, "turn.lifetimes.default",
			"%u seconds are more than turn.lifetimes.maximum (%u); write at most that",
			s->turn.lifetimes.default_, s->turn.lifetimes.maximum);
	relays_check(s, m);
	users_check(s, m);
}

static void tls_file_check(struct conf_mistakes *m, const char *key, const char *file)
{
	if (!file[0])
		conf_mistake_add(m, key, "is missing; turn.listen has tls or dtls, which need it");
	else if (access(file, R_OK))
		conf_mistake_add(m, key, "`%.80s` cannot be read (%s); write a PEM file's name",
				 file, strerror(errno));
}

static void tls_check(const struct settings *s, struct conf_mistakes *m)
{
	bool wanted = false;

	for (size_t i = 0; i < s->turn.listen.n; i++)
		wanted |= s->turn.listen.at[i].transport == CONF_TLS ||
			  s->turn.listen.at[i].transport == CONF_DTLS;
	if (!wanted)
		return;
	tls_file_check(m, "tls.certificate", s->tls.certificate);
	tls_file_check(m, "tls.key", s->tls.key);
}

static void webhook_check(const struct settings *s, struct conf_mistakes *m)
{
	if (s->events.webhook.url[0] && !s->events.webhook.secret[0] &&
	    !conf_mistaken(m, "events.webhook"))
		conf_mistake_add(m, "events.webhook.secret",
				 "is missing; posts are signed, so write secret or secret_file");
}

void settings_check(const void *settings, struct conf_mistakes *m)
{
	const struct settings *s = settings;

	ports_check(s, m);
	cores_check(s, m);
	if (!strcmp(s->control.socket, s->control.read_socket))
		conf_mistake_add(m, "control.read_socket",
				 "is control.socket too; write another path");
	turn_check(s, m);
	voice_check(s, m);
	tls_check(s, m);
	webhook_check(s, m);
}
