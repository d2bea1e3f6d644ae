// SPDX-License-Identifier: Apache-2.0
#include "kit/kit.h"

#include <errno.h>
#include <string.h>

#include "stun/stun.h"

static const uint8_t tid[STUN_TID_LEN] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};

struct asked {
	uint8_t bytes[512];
	uint8_t answer[STUN_ANSWER_MAX];
	struct stun_writer s;
	struct stun_message m; // the answer
	struct net_endpoint from;
};

static void asked_begin(struct asked *x, const char *from)
{
	assert_int_equal(net_endpoint_parse(&x->from, from), 0);
	x->s = stun_begin(x->bytes, sizeof x->bytes, STUN_REQUEST, STUN_BINDING, tid);
}

static size_t asked_answer(struct asked *x)
{
	size_t len = stun_end(&x->s);

	assert_int_not_equal(len, 0);
	len = stun_binding_answer(x->answer, sizeof x->answer, x->bytes, len, &x->from);
	if (len) {
		assert_int_equal(stun_decode(&x->m, x->answer, len), 0);
		assert_int_equal(x->m.method, STUN_BINDING);
		assert_memory_equal(x->m.tid, tid, sizeof tid);
	}
	return len;
}

static void assert_mapped(struct asked *x)
{
	struct net_endpoint e;
	enum net_family family;

	assert_int_equal(x->m.class_, STUN_SUCCESS);
	assert_int_equal(stun_endpoint_decode(&x->m, stun_find(&x->m, STUN_XOR_MAPPED_ADDRESS), &e,
					      &family),
			 0);
	assert_memory_equal(&e, &x->from, sizeof e);
}

static void test_binding(void **state)
{
	struct asked x;

	(void)state;
	asked_begin(&x, "192.0.2.7:4000");
	assert_int_equal(asked_answer(&x), 32); // header and address, no more
	assert_mapped(&x);
	asked_begin(&x, "[2001:db8::7]:4000");
	assert_int_equal(asked_answer(&x), 44);
	assert_mapped(&x);
	assert_int_equal(stun_binding_answer(x.answer, 43, x.bytes, 20, &x.from), 0);
}

static void test_binding_of_ice(void **state)
{
	struct asked x;

	(void)state;
	asked_begin(&x, "192.0.2.7:4000");
	stun_put(&x.s, STUN_USERNAME, "evtj:h6vY", 9);
	stun_put_u32(&x.s, STUN_PRIORITY, 1);
	stun_put(&x.s, STUN_USE_CANDIDATE, NULL, 0);
	stun_put(&x.s, STUN_ICE_CONTROLLING, tid, 8);
	stun_put(&x.s, 0xc057, tid, 4); // optional, unknown
	stun_put_integrity(&x.s, STUN_INTEGRITY_SHA1, "key", 3);
	stun_put(&x.s, 0x7777, NULL, 0); // behind integrity: does not count
	stun_put_fingerprint(&x.s);
	assert_int_equal(asked_answer(&x), 40);
	assert_mapped(&x);
	assert_true(stun_fingerprint_ok(&x.m));
	x.bytes[30] ^= 1;
	assert_int_equal(asked_answer(&x), 0); // FINGERPRINT is wrong now
}

static void test_binding_fingerprint_last(void **state)
{
	struct asked x;

	(void)state;
	asked_begin(&x, "192.0.2.7:4000");
	stun_put_fingerprint(&x.s);
	assert_int_equal(asked_answer(&x), 40);
	stun_put_u32(&x.s, STUN_PRIORITY, 1);
	assert_int_equal(asked_answer(&x), 0);
}

static void test_binding_unknown(void **state)
{
	static const uint8_t listed[] = {0x00, 0x03, 0x7f, 0xff, 0x00, 0x02};
	const struct stun_attr *a;
	struct asked x;

	(void)state;
	asked_begin(&x, "192.0.2.7:4000");
	stun_put_u32(&x.s, STUN_CHANGE_REQUEST, 6);
	// A datagram grows by half at most: 28 bytes of IP and UDP stand on both.
	assert_true((asked_answer(&x) + 28) * 2 <= (stun_end(&x.s) + 28) * 3);
	stun_put(&x.s, 0x7fff, NULL, 0);
	stun_put_u32(&x.s, STUN_CHANGE_REQUEST, 6);
	stun_put(&x.s, 0x0002, NULL, 0);
	stun_put_fingerprint(&x.s);
	assert_int_not_equal(asked_answer(&x), 0);
	assert_int_equal(x.m.class_, STUN_ERROR);
	a = stun_find(&x.m, STUN_ERROR_CODE);
	assert_int_equal(a->value[2] * 100 + a->value[3], 420);
	a = stun_find(&x.m, STUN_UNKNOWN_ATTRIBUTES);
	assert_int_equal(a->len, sizeof listed);
	assert_memory_equal(a->value, listed, sizeof listed);
	assert_null(stun_find(&x.m, STUN_XOR_MAPPED_ADDRESS));
	assert_true(stun_fingerprint_ok(&x.m));
}

static void test_binding_many_unknown(void **state)
{
	struct asked x;

	(void)state;
	asked_begin(&x, "192.0.2.7:4000");
	for (unsigned i = 0; i < STUN_ATTRS_MAX; i++)
		stun_put(&x.s, (uint16_t)(0x1000 + i), NULL, 0);
	assert_int_not_equal(asked_answer(&x), 0);
	assert_int_equal(stun_find(&x.m, STUN_UNKNOWN_ATTRIBUTES)->len, 2 * STUN_ATTRS_MAX);
	stun_put(&x.s, 0x1000, NULL, 0);
	assert_int_equal(asked_answer(&x), 0);
}

static void test_binding_not_answered(void **state)
{
	struct asked x;

	(void)state;
	asked_begin(&x, "192.0.2.7:4000");
	x.bytes[1] = 0x11; // an indication
	assert_int_equal(asked_answer(&x), 0);
	x.bytes[1] = 0x03; // Allocate
	assert_int_equal(asked_answer(&x), 0);
	x.bytes[0] = 0x01;
	x.bytes[1] = 0x01; // an answer must not be answered
	assert_int_equal(asked_answer(&x), 0);
	x.bytes[0] = 0;
	x.bytes[4] ^= 1;
	assert_int_equal(asked_answer(&x), 0);
	x.bytes[4] ^= 1;
	stun_put_u32(&x.s, STUN_PRIORITY, 1);
	x.bytes[STUN_HEADER_LEN + 3] = 5; // ends past the end
	assert_int_equal(asked_answer(&x), 0);
}

static int send_of(struct stun_send *out, struct stun_writer *s)
{
	return stun_send_decode(out, s->w.start, stun_end(s));
}

static void test_send(void **state)
{
	struct net_endpoint first, second;
	uint8_t bytes[256];
	struct stun_writer s = stun_begin(bytes, sizeof bytes, STUN_INDICATION, STUN_SEND, tid);
	struct stun_send out = {.data_len = 77};

	(void)state;
	net_endpoint_parse(&first, "192.0.2.1:1");
	net_endpoint_parse(&second, "[2001:db8::2]:2");
	stun_put(&s, STUN_DATA_ATTR, "hello", 5);
	assert_int_equal(send_of(&out, &s), -EBADMSG); // nowhere to
	assert_int_equal(out.data_len, 77);
	stun_put_endpoint(&s, STUN_XOR_PEER_ADDRESS, &first);
	stun_put_endpoint(&s, STUN_XOR_PEER_ADDRESS, &second);
	stun_put(&s, STUN_DATA_ATTR, "other", 5);
	stun_put(&s, STUN_SOFTWARE, "x", 1);
	stun_put(&s, STUN_USERNAME, "x", 1); // known, and of no use here
	assert_int_equal(send_of(&out, &s), 0);
	assert_memory_equal(&out.peer, &first, sizeof first);
	assert_int_equal(out.family, NET_IP4);
	assert_int_equal(out.data_len, 5);
	assert_memory_equal(out.data, "hello", 5);
	assert_false(out.dont_fragment);
	stun_put(&s, STUN_DONT_FRAGMENT, NULL, 0);
	stun_put_fingerprint(&s);
	assert_int_equal(send_of(&out, &s), 0);
	assert_true(out.dont_fragment);
	bytes[25] ^= 1;
	assert_int_equal(send_of(&out, &s), -EBADMSG);
}

// Peer, then data and no more: what is read without a walk, at each length of padding; and not with a byte
// more of data than there is.
static void test_send_plain(void **state)
{
	struct net_endpoint peer;

	(void)state;
	net_endpoint_parse(&peer, "192.0.2.1:65535");
	for (uint16_t len = 0; len < 9; len++) {
		uint8_t bytes[64];
		struct stun_writer s =
			stun_begin(bytes, sizeof bytes, STUN_INDICATION, STUN_SEND, tid);
		struct stun_send out = {.dont_fragment = true};

		stun_put_endpoint(&s, STUN_XOR_PEER_ADDRESS, &peer);
		stun_put(&s, STUN_DATA_ATTR, "indication", len);
		assert_int_equal(send_of(&out, &s), 0);
		assert_memory_equal(&out.peer, &peer, sizeof peer);
		assert_int_equal(out.family, NET_IP4);
		assert_ptr_equal(out.data, bytes + 36);
		assert_int_equal(out.data_len, len);
		assert_false(out.dont_fragment);
		bytes[35] += 4;
		out.data_len = 77;
		assert_int_equal(send_of(&out, &s), -EBADMSG);
		assert_int_equal(out.data_len, 77);
	}
}

static void test_send_refused(void **state)
{
	struct net_endpoint peer;
	uint8_t bytes[256];
	struct stun_writer s = stun_begin(bytes, sizeof bytes, STUN_INDICATION, STUN_SEND, tid);
	struct stun_send out;

	(void)state;
	net_endpoint_parse(&peer, "[2001:db8::2]:2");
	stun_put_endpoint(&s, STUN_XOR_PEER_ADDRESS, &peer);
	assert_int_equal(send_of(&out, &s), -EBADMSG); // no DATA
	stun_put(&s, STUN_DATA_ATTR, NULL, 0);
	assert_int_equal(send_of(&out, &s), 0); // empty DATA
	assert_int_equal(out.data_len, 0);
	assert_int_equal(out.family, NET_IP6);
	bytes[1] = 0x06; // a request
	assert_int_equal(send_of(&out, &s), -EBADMSG);
	bytes[1] = 0x16;
	bytes[STUN_HEADER_LEN + 5] = 3; // family
	assert_int_equal(send_of(&out, &s), -EBADMSG);
	bytes[STUN_HEADER_LEN + 5] = 1; // family against length
	assert_int_equal(send_of(&out, &s), -EBADMSG);
	bytes[STUN_HEADER_LEN + 5] = 2;
	assert_int_equal(send_of(&out, &s), 0);
	stun_put(&s, 0x7fff, NULL, 0);
	assert_int_equal(send_of(&out, &s), -EBADMSG); // not understood
}

static void test_data_header(void **state)
{
	static const char *peers[] = {"192.0.2.1:1", "[2001:db8::2]:65535"};

	(void)state;
	for (unsigned i = 0; i < 2 * 9; i++) {
		uint8_t bytes[STUN_DATA_HEADER_MAX + 12] = {0}, want[STUN_DATA_HEADER_MAX + 12];
		struct net_endpoint peer;
		uint16_t len = (uint16_t)(i / 2);
		struct stun_writer s =
			stun_begin(want, sizeof want, STUN_INDICATION, STUN_DATA, tid);
		unsigned header;

		net_endpoint_parse(&peer, peers[i % 2]);
		header = stun_data_header_len(&peer.addr);
		assert_int_equal(header, i % 2 ? 48 : 36);
		stun_put_endpoint(&s, STUN_XOR_PEER_ADDRESS, &peer);
		stun_put(&s, STUN_DATA_ATTR, "12345678", len);
		stun_data_header(bytes, &peer, len, tid);
		memcpy(bytes + header, "12345678", len);
		assert_int_equal(stun_end(&s), header + ((len + 3u) & ~3u));
		assert_memory_equal(bytes, want, stun_end(&s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_binding),
		cmocka_unit_test(test_binding_of_ice),
		cmocka_unit_test(test_binding_fingerprint_last),
		cmocka_unit_test(test_binding_unknown),
		cmocka_unit_test(test_binding_many_unknown),
		cmocka_unit_test(test_binding_not_answered),
		cmocka_unit_test(test_send),
		cmocka_unit_test(test_send_plain),
		cmocka_unit_test(test_send_refused),
		cmocka_unit_test(test_data_header),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
