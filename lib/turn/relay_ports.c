// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>

#define PORTS 65536
#define WORDS (PORTS / 64)
#define EVENS 0x5555555555555555u

bool turn_ports_serve(const struct turn *t, enum net_family family)
{
	for (unsigned i = 0; i < TURN_RELAYS_MAX; i++) {
		const struct turn_relay *r = &t->relays[i];

		if (r->used && !r->retired && net_addr_family(&r->addr) == family)
			return true;
	}
	return false;
}

// Bits of one word that lie within first … last.
static uint64_t range_mask(unsigned word, unsigned first, unsigned last)
{
	uint64_t mask = UINT64_MAX;

	if (word < first / 64 || word > last / 64)
		return 0;
	if (word == first / 64)
		mask &= UINT64_MAX << first % 64;
	if (word == last / 64)
		mask &= UINT64_MAX >> (63 - last % 64);
	return mask;
}

// Ports of the word that can be given; a pair never straddles two words, as it begins even.
static uint64_t free_ports(const struct turn_relay *r, const struct turn_settings *s, unsigned word,
			   enum turn_port_kind kind)
{
	uint64_t ports = ~r->used[word] & range_mask(word, s->relay_port_min, s->relay_port_max);

	if (kind == TURN_PORT_PAIR)
		ports &= ports >> 1;
	return kind == TURN_PORT_ANY ? ports : ports & EVENS;
}

// The first free port at or after a random one, going round: at most one look a word.
static int port_find(struct turn *t, const struct turn_relay *r, enum turn_port_kind kind)
{
	const struct turn_settings *s = &t->rules->s;
	unsigned span = s->relay_port_max - s->relay_port_min + 1u;
	unsigned start = s->relay_port_min + (unsigned)(turn_random(t) % span);
	uint64_t ports = free_ports(r, s, start / 64, kind) & UINT64_MAX << start % 64;
	unsigned first = s->relay_port_min / 64, last = s->relay_port_max / 64;
	unsigned word = start / 64;

	for (unsigned i = 0; !ports && i <= last - first; i++) {
		word = word == last ? first : word + 1;
		ports = free_ports(r, s, word, kind);
	}
	return ports ? (int)(word * 64) + __builtin_ctzll(ports) : -ENOSPC;
}

static void port_mark(struct turn_relay *r, unsigned port)
{
	r->used[port / 64] |= UINT64_C(1) << port % 64;
	r->taken++;
}

static bool relay_take(struct turn *t, unsigned row, enum turn_port_kind kind,
		       struct turn_place *out)
{
	struct turn_relay *r = &t->relays[row];
	int port = port_find(t, r, kind);

	if (port < 0)
		return false;
	port_mark(r, (unsigned)port);
	if (kind == TURN_PORT_PAIR)
		port_mark(r, (unsigned)port + 1);
	*out = (struct turn_place){.port = (uint16_t)port, .relay = (uint8_t)row};
	return true;
}

// Rows that may serve, the preferred address first, the others from a random one on.
static unsigned relay_rows(struct turn *t, enum net_family family, const struct net_addr *prefer,
			   uint8_t rows[TURN_RELAYS_MAX])
{
	uint8_t fit[TURN_RELAYS_MAX];
	unsigned n = 0, first = 0;

	for (unsigned i = 0; i < TURN_RELAYS_MAX; i++)
		if (t->relays[i].used && !t->relays[i].retired &&
		    net_addr_family(&t->relays[i].addr) == family)
			fit[n++] = (uint8_t)i;
	if (n > 1)
		first = (unsigned)(turn_random(t) % n);
	for (unsigned i = 0; i < n; i++)
		if (net_addr_equal(&t->relays[fit[i]].addr, prefer))
			first = i;
	for (unsigned i = 0; i < n; i++)
		rows[i] = fit[(first + i) % n];
	return n;
}

int turn_ports_take(struct turn *t, enum net_family family, const struct net_addr *prefer,
		    enum turn_port_kind kind, struct turn_place *out)
{
	uint8_t rows[TURN_RELAYS_MAX];
	unsigned n = relay_rows(t, family, prefer, rows);

	for (unsigned i = 0; i < n; i++)
		if (relay_take(t, rows[i], kind, out))
			return 0;
	return n ? -ENOSPC : -EAFNOSUPPORT;
}

void turn_ports_give(struct turn *t, struct turn_place p)
{
	struct turn_relay *r = &t->relays[p.relay];

	r->used[p.port / 64] &= ~(UINT64_C(1) << p.port % 64);
	r->owners[p.port] = 0;
	r->taken--;
}

// --- Relay addresses -------------------------------------------------------------------------------

static struct turn_relay *relay_find(struct turn *t, const struct net_addr *addr)
{
	for (unsigned i = 0; i < TURN_RELAYS_MAX; i++)
		if (t->relays[i].used && net_addr_equal(&t->relays[i].addr, addr))
			return &t->relays[i];
	return NULL;
}

static void relay_fini(struct turn_relay *r)
{
	free(r->used);
	free(r->owners);
	*r = (struct turn_relay){0};
}

static bool relay_idle(const struct turn_relay *r)
{
	return r->retired && !r->wanted && !r->taken;
}

// A row of its own: free, or retired with nothing left on it.
static int relay_add(struct turn *t, const struct net_addr *addr)
{
	struct turn_relay fresh = {.addr = *addr, .retired = true};
	struct turn_relay *row = NULL;

	for (unsigned i = 0; i < TURN_RELAYS_MAX && !row; i++)
		if (!t->relays[i].used || relay_idle(&t->relays[i]))
			row = &t->relays[i];
	if (!row)
		return -ENOSPC;
	fresh.used = calloc(WORDS, sizeof *fresh.used);
	fresh.owners = calloc(PORTS, sizeof *fresh.owners);
	if (!fresh.used || !fresh.owners) {
		relay_fini(&fresh);
		return -ENOMEM;
	}
	relay_fini(row);
	*row = fresh;
	return 0;
}

static void relays_sweep(struct turn *t)
{
	for (unsigned i = 0; i < TURN_RELAYS_MAX; i++) {
		struct turn_relay *r = &t->relays[i];

		r->wanted = false;
		if (r->retired && !r->taken)
			relay_fini(r);
	}
}

// New rows come in as retired ones, so that a failure half-way leaves what was served as it was.
int turn_relays_set(struct turn *t, const struct turn_settings *s)
{
	for (size_t i = 0; i < s->relay_count; i++) {
		const struct net_addr *addr = &s->relays[i].addr;
		int rc = relay_find(t, addr) ? 0 : relay_add(t, addr);

		if (rc) {
			relays_sweep(t);
			return rc;
		}
		relay_find(t, addr)->wanted = true;
	}
	for (unsigned i = 0; i < TURN_RELAYS_MAX; i++)
		t->relays[i].retired = !t->relays[i].wanted;
	relays_sweep(t);
	return 0;
}

void turn_relays_fini(struct turn *t)
{
	for (unsigned i = 0; i < TURN_RELAYS_MAX; i++)
		relay_fini(&t->relays[i]);
}

struct turn_allocation *turn_find_relay(struct turn *t, const struct net_endpoint *relay)
{
	struct turn_relay *r = relay_find(t, &relay->addr);
	uint32_t owner = r ? r->owners[relay->port] : 0;

	return owner ? &t->entries[owner - 1]->pub : NULL;
}
