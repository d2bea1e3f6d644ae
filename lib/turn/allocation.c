// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static uint64_t tuple_hash(const struct turn *t, const struct turn_tuple *f)
{
	uint64_t facts[5] = {
		f->client.addr.d[0],
		f->client.addr.d[1],
		f->server.addr.d[0],
		f->server.addr.d[1],
		(uint64_t)f->client.port << 32 | (uint32_t)f->server.port << 8 | f->transport,
	};

	return turn_hash(&t->hash_key, facts, sizeof facts);
}

static uint64_t entry_tuple_hash(const void *ctx, uint32_t index)
{
	const struct turn *t = ctx;

	return tuple_hash(t, &t->entries[index]->pub.tuple);
}

static uint64_t entry_id_hash(const void *ctx, uint32_t index)
{
	const struct turn *t = ctx;

	return turn_hash(&t->hash_key, &t->entries[index]->pub.id, sizeof(uint64_t));
}

static bool tuple_equal(const struct turn_tuple *a, const struct turn_tuple *b)
{
	return net_endpoint_equal(&a->client, &b->client) &&
	       net_endpoint_equal(&a->server, &b->server) && a->transport == b->transport;
}

struct turn_allocation *turn_find(struct turn *t, const struct turn_tuple *tuple)
{
	TURN_TABLE_EACH(&t->by_tuple, tuple_hash(t, tuple), at)
	{
		struct turn_entry *e = t->entries[t->by_tuple.cells[at] - 1];

		if (tuple_equal(&e->pub.tuple, tuple))
			return &e->pub;
	}
	return NULL;
}

struct turn_allocation *turn_find_id(struct turn *t, uint64_t id)
{
	TURN_TABLE_EACH(&t->by_id, turn_hash(&t->hash_key, &id, sizeof id), at)
	{
		struct turn_entry *e = t->entries[t->by_id.cells[at] - 1];

		if (e->pub.id == id)
			return &e->pub;
	}
	return NULL;
}

// --- Indices ---------------------------------------------------------------------------------------

struct turn_entry *turn_entry_at(const struct turn *t, uint32_t index)
{
	return (uintptr_t)t->entries[index] & 1 ? NULL : t->entries[index];
}

static uint32_t index_take(struct turn *t)
{
	uint32_t index = t->entry_free;

	if (index == UINT32_MAX)
		return t->entry_top++;
	t->entry_free = (uint32_t)((uintptr_t)t->entries[index] >> 1);
	return index;
}

static void index_give(struct turn *t, uint32_t index)
{
	t->entries[index] = (void *)((uintptr_t)t->entry_free << 1 | 1);
	t->entry_free = index;
}

struct turn_allocation *turn_next(struct turn *t, const struct turn_allocation *a)
{
	for (uint32_t i = a ? a->index + 1 : 0; i < t->entry_top; i++)
		if (turn_entry_at(t, i))
			return &t->entries[i]->pub;
	return NULL;
}

uint32_t turn_count(const struct turn *t)
{
	return t->count;
}

uint32_t turn_relayed(const struct turn *t, enum net_family family)
{
	return t->relayed[family != NET_IP4];
}

static void tables_fill(struct turn *t, struct turn_table *by_tuple, struct turn_table *by_id)
{
	for (struct turn_allocation *a = turn_next(t, NULL); a; a = turn_next(t, a)) {
		turn_table_put(by_tuple, entry_tuple_hash(t, a->index), a->index);
		turn_table_put(by_id, entry_id_hash(t, a->index), a->index);
	}
}

// Everything is sized by the bound once: no request ever pays for growing a table of a million.
int turn_entries_resize(struct turn *t, uint32_t count)
{
	struct turn_table by_tuple = {0}, by_id = {0};
	struct turn_entry **entries;

	if (count <= t->entry_cap)
		return 0;
	entries = calloc(count, sizeof(*entries));
	if (!entries || turn_table_init(&by_tuple, count) || turn_table_init(&by_id, count)) {
		free(entries);
		turn_table_fini(&by_tuple);
		turn_table_fini(&by_id);
		return -ENOMEM;
	}
	tables_fill(t, &by_tuple, &by_id);
	if (t->entry_top)
		memcpy(entries, t->entries, t->entry_top * sizeof(*entries));
	free(t->entries);
	turn_table_fini(&t->by_tuple);
	turn_table_fini(&t->by_id);
	t->entries = entries;
	t->by_tuple = by_tuple;
	t->by_id = by_id;
	t->entry_cap = count;
	return 0;
}

// --- One allocation --------------------------------------------------------------------------------

struct turn_account *turn_entry_account(const struct turn_entry *e)
{
	return (void *)(uintptr_t)(e->pub.user - offsetof(struct turn_account, name));
}

static void entry_fire(struct timer *timer, uint64_t now_ms)
{
	turn_entry_settle((void *)((char *)timer - offsetof(struct turn_entry, timer)), now_ms);
}

struct turn_entry *turn_entry_new(struct turn *t, struct turn_account *account)
{
	struct turn_entry *e = calloc(1, sizeof *e);

	if (!e)
		return NULL;
	e->turn = t;
	e->timer.fire = entry_fire;
	e->pub.user = account->name;
	e->pub.id = t->next_id++;
	e->pub.index = index_take(t);
	t->entries[e->pub.index] = e;
	return e;
}

void turn_entry_place(struct turn_entry *e, unsigned i, struct turn_place p, uint64_t due_ms)
{
	struct turn_relay *r = &e->turn->relays[p.relay];

	r->owners[p.port] = e->pub.index + 1;
	e->pub.own.relay_at[i] = p.relay;
	e->relay_due_ms[i] = due_ms;
	e->pub.relay[i].addr = r->addr;
	e->pub.relay[i].port = p.port;
	e->turn->relayed[!net_addr_is4(&r->addr)]++;
}

void turn_entry_unplace(struct turn_entry *e, unsigned i, bool give)
{
	struct turn_place p = {.port = e->pub.relay[i].port, .relay = e->pub.own.relay_at[i]};

	if (!turn_relay_live(&e->pub, i))
		return;
	if (give)
		turn_ports_give(e->turn, p);
	else
		e->turn->relays[p.relay].owners[p.port] = 0;
	e->turn->relayed[!net_addr_is4(&e->pub.relay[i].addr)]--;
	memset(&e->pub.relay[i], 0, sizeof e->pub.relay[i]);
	e->relay_due_ms[i] = 0;
}

void turn_entry_free(struct turn_entry *e)
{
	struct turn *t = e->turn;

	timer_stop(&e->timer);
	turn_entry_unplace(e, 0, true);
	turn_entry_unplace(e, 1, true);
	index_give(t, e->pub.index);
	turn_account_release(t, turn_entry_account(e));
	free(e->pub.permissions);
	free(e->pub.channels);
	free(e);
}

int turn_entry_publish(struct turn_entry *e)
{
	struct turn *t = e->turn;
	int rc = t->sink.made ? t->sink.made(t->ctx, &e->pub) : 0;

	if (rc)
		return rc;
	turn_table_put(&t->by_tuple, entry_tuple_hash(t, e->pub.index), e->pub.index);
	turn_table_put(&t->by_id, entry_id_hash(t, e->pub.index), e->pub.index);
	t->count++;
	return 0;
}

void turn_entry_end(struct turn_entry *e)
{
	struct turn *t = e->turn;

	if (t->sink.gone)
		t->sink.gone(t->ctx, &e->pub);
	turn_table_drop(&t->by_tuple, entry_tuple_hash, t, e->pub.index);
	turn_table_drop(&t->by_id, entry_id_hash, t, e->pub.index);
	t->count--;
	turn_entry_free(e);
}

void turn_delete(struct turn *t, struct turn_allocation *a)
{
	(void)t;
	a->end = TURN_END_DELETED;
	turn_entry_end(turn_entry_of(a));
}

void turn_entry_changed(struct turn_entry *e)
{
	if (e->turn->sink.changed)
		e->turn->sink.changed(e->turn->ctx, &e->pub);
}

bool turn_entry_serves(const struct turn_entry *e, enum net_family family)
{
	for (unsigned i = 0; i < 2; i++)
		if (turn_relay_live(&e->pub, i) && net_addr_family(&e->pub.relay[i].addr) == family)
			return true;
	return false;
}

uint64_t turn_entry_token(const struct turn_entry *e)
{
	return turn_hash(&e->turn->token_key, &e->pub.id, sizeof e->pub.id);
}
