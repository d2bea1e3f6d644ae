// SPDX-License-Identifier: Apache-2.0
// STUN as it comes from the wire: decode, the packet path's single passes, and back again.
#include "fuzz.h"

#include <string.h>

#include "stun/stun.h"

static const uint8_t key[16] = "0123456789abcdef";

static void message_walk(const struct stun_message *m)
{
	uint16_t unknown[4];
	enum net_family family;
	struct net_endpoint e;
	uint32_t wide;
	uint8_t byte;

	for (unsigned i = 0; i < m->attr_count; i++) {
		const struct stun_attr *a = &m->attrs[i];

		require(a->value >= m->bytes + STUN_HEADER_LEN + 4);
		require(a->value + a->len <= m->bytes + m->len);
		view_read(a->value, a->len);
		stun_endpoint_decode(m, a, &e, &family);
		stun_find_u32(m, a->type, &wide);
		stun_find_u8(m, a->type, &byte);
	}
	stun_unknown(m, unknown, 0, unknown, 4);
	stun_integrity_ok(m, STUN_INTEGRITY_SHA1, key, sizeof key);
	stun_integrity_ok(m, STUN_INTEGRITY_SHA256, key, sizeof key);
	stun_fingerprint_ok(m);
}

// What was taken apart and is put together again means the same.
static void message_rewrite(const struct stun_message *m)
{
	static uint8_t out[70000];
	struct stun_writer s =
		stun_begin(out, sizeof out, (enum stun_class)m->class_, m->method, m->tid);
	struct stun_message back;
	unsigned put = 0;

	for (unsigned i = 0; i < m->attr_count; i++) {
		const struct stun_attr *a = &m->attrs[i];

		if (a->type == STUN_MESSAGE_INTEGRITY || a->type == STUN_FINGERPRINT ||
		    a->type == STUN_MESSAGE_INTEGRITY_SHA256 || put > STUN_ATTRS_MAX - 4)
			continue;
		stun_put(&s, a->type, a->value, a->len);
		put++;
	}
	stun_put_integrity(&s, STUN_INTEGRITY_SHA1, key, sizeof key);
	stun_put_integrity(&s, STUN_INTEGRITY_SHA256, key, sizeof key);
	stun_put_fingerprint(&s);
	if (!stun_end(&s))
		return; // three attributes more than 64 KiB hold
	require(!stun_decode(&back, out, stun_end(&s)));
	require(back.attr_count == put + 3);
	require(back.method == m->method && back.class_ == m->class_);
	require(stun_integrity_ok(&back, STUN_INTEGRITY_SHA1, key, sizeof key));
	require(stun_integrity_ok(&back, STUN_INTEGRITY_SHA256, key, sizeof key));
	require(stun_fingerprint_ok(&back));
}

static void binding_check(const uint8_t *data, size_t size)
{
	struct net_endpoint from = {.addr = net_addr_from6(key), .port = 4000};
	struct stun_message asked, m;
	uint8_t out[STUN_ANSWER_MAX];
	size_t len = stun_binding_answer(out, sizeof out, data, size, &from);

	if (!len)
		return;
	require(!stun_decode(&m, out, len) && !stun_decode(&asked, data, size));
	require(m.method == STUN_BINDING && !memcmp(m.tid, data + 8, STUN_TID_LEN));
	require(!stun_find(&m, STUN_XOR_MAPPED_ADDRESS) == (m.class_ == STUN_ERROR));
	require(!m.fingerprint == !asked.fingerprint);
	require(!m.fingerprint || stun_fingerprint_ok(&m));
	require(!stun_binding_answer(out, sizeof out, out, len, &from)); // no answers to answers
}

static void send_check(const uint8_t *data, size_t size)
{
	uint8_t header[STUN_DATA_HEADER_MAX];
	struct stun_send s;

	if (stun_send_decode(&s, data, size))
		return;
	require(s.data >= data + STUN_HEADER_LEN && s.data + s.data_len <= data + size);
	require(s.family == NET_IP4 || s.family == NET_IP6);
	stun_data_header(header, &s.peer, s.data_len, data + 8);
	require(header[stun_data_header_len(&s.peer.addr) - 1] == (s.data_len & 0xff));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct stun_message m;

	binding_check(data, size);
	send_check(data, size);
	if (stun_decode(&m, data, size))
		return 0;
	message_walk(&m);
	message_rewrite(&m);
	return 0;
}
