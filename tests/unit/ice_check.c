// SPDX-License-Identifier: Apache-2.0
// One check and its answer: what is authentic, what is answered, what moves state.
#include "kit/ice_peer.h"
#include "kit/kit.h"

#include <string.h>

#define HOME "198.51.100.7:40000"
#define PLAIN (ICE_VALID | ICE_CONSENT)

static struct peer p;

static int fresh(void **state)
{
	(void)state;
	peer_init(&p);
	return 0;
}

// Sends it, and holds that nothing at all moved.
static void assert_inert(const struct peer_check *c)
{
	struct ice_agent before = p.agent;

	assert_int_equal(peer_check(&p, HOME, c), 0);
	assert_memory_equal(&before, &p.agent, sizeof before);
}

static void test_success(void **state)
{
	struct net_endpoint want = peer_endpoint(HOME), got;
	enum net_family family;
	struct stun_message m;

	(void)state;
	assert_int_equal(peer_check(&p, HOME, &(struct peer_check){0}), PLAIN | ICE_NEW);
	assert_int_equal(p.reply.verdict, ICE_ANSWERED);
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 0);
	assert_int_equal(stun_decode(&m, p.reply.bytes, p.reply.len), 0);
	assert_int_equal(stun_endpoint_decode(&m, stun_find(&m, STUN_XOR_MAPPED_ADDRESS), &got,
					      &family),
			 0);
	assert_memory_equal(&want, &got, sizeof want);
	assert_true(ice_is_valid(&p.agent, &want, &p.ours, p.now_ms));
	assert_null(ice_selected(&p.agent)); // nothing nominated yet
	assert_int_equal(peer_check(&p, HOME, &(struct peer_check){0}), PLAIN);
}

static void test_ip6(void **state)
{
	(void)state;
	assert_int_equal(peer_check(&p, "[2001:db8::7]:40000",
				    &(struct peer_check){.nominates = true}),
			 PLAIN | ICE_NEW | ICE_SELECTED);
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 0);
}

static void test_ufrag_of(void **state)
{
	const char *ufrag;

	(void)state;
	peer_write(&p, &(struct peer_check){0});
	assert_int_equal(ice_ufrag_of(p.bytes, p.len, &ufrag), ICE_UFRAG_LEN);
	assert_memory_equal(ufrag, p.agent.ours.ufrag, ICE_UFRAG_LEN);
	for (size_t len = 0; len < p.len; len++)
		assert_int_equal(ice_ufrag_of(p.bytes, len, &ufrag), 0);
	peer_write(&p, &(struct peer_check){.no_username = true});
	assert_int_equal(ice_ufrag_of(p.bytes, p.len, &ufrag), 0);
	peer_write(&p, &(struct peer_check){.class_ = STUN_SUCCESS});
	assert_int_equal(ice_ufrag_of(p.bytes, p.len, &ufrag), 0);
	peer_write(&p, &(struct peer_check){.ufrag = "abc"}); // too short
	assert_int_equal(ice_ufrag_of(p.bytes, p.len, &ufrag), 0);
	peer_write(&p, &(struct peer_check){.ufrag = "ab_cdefg"});
	assert_int_equal(ice_ufrag_of(p.bytes, p.len, &ufrag), 0);
}

// RFC 5769 section 2.1, whose username and password are the agent's here.
static void test_rfc5769(void **state)
{
	static const char sample[] =
		"0001 0058 2112a442 b7e7a701bc34d686fa87dfae 8022 0010 "
		"5354554e207465737420636c69656e74 0024 0004 6e0001ff 8029 0008 932ff9b151263b36"
		"0006 0009 6576746a3a68367659 202020"
		"0008 0014 9aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a2 8028 0004 e57a3bcf";
	const char *ufrag;

	(void)state;
	p.len = kit_hex(p.bytes, sizeof p.bytes, sample);
	assert_int_equal(ice_ufrag_of(p.bytes, p.len, &ufrag), 4);
	assert_memory_equal(ufrag, "evtj", 4);
	assert_int_equal(peer_send(&p, HOME), 0); // not ours: our ufrags have 8 characters
	assert_int_equal(p.reply.verdict, ICE_UNAUTHENTICATED);
	p.bytes[30] ^= 1;
	assert_int_equal(peer_send(&p, HOME), 0);
	assert_int_equal(p.reply.verdict, ICE_BAD);
}

static void test_wrong_credentials(void **state)
{
	static const char other[] = "ABCDEFGHIJKLMNOPQRSTUVWX";

	(void)state;
	assert_inert(&(struct peer_check){.pwd = other});
	assert_int_equal(p.reply.verdict, ICE_UNAUTHENTICATED);
	assert_int_equal(peer_code(&p, NULL), 401);
	assert_inert(&(struct peer_check){.ufrag = "AAAAAAAA"});
	assert_int_equal(peer_code(&p, NULL), 401);
	assert_inert(&(struct peer_check){.theirs = "h6vZ"});
	assert_int_equal(peer_code(&p, NULL), 401);
	assert_inert(&(struct peer_check){.theirs = "h6vYY"});
	assert_int_equal(peer_code(&p, NULL), 401);
	assert_inert(&(struct peer_check){.no_username = true});
	assert_int_equal(peer_code(&p, NULL), 400);
	assert_inert(&(struct peer_check){.no_integrity = true});
	assert_int_equal(peer_code(&p, NULL), 400);
	assert_true(p.reply.len <= 2 * p.len); // no amplifier
}

// Every bit of a check that is turned makes it inert, whether or not the sum at its end is mended.
static void test_tampered(void **state)
{
	struct ice_agent before = p.agent;
	uint8_t whole[sizeof p.bytes];

	(void)state;
	peer_write(&p, &(struct peer_check){.nominates = true});
	memcpy(whole, p.bytes, p.len);
	for (size_t bit = 0; bit < p.len * 8; bit++) {
		struct stun_message m;

		memcpy(p.bytes, whole, p.len);
		p.bytes[bit / 8] ^= 1u << (bit & 7);
		assert_int_equal(peer_send(&p, HOME), 0);
		if (bit / 8 < p.len - 8 && !stun_decode(&m, p.bytes, p.len)) {
			uint32_t sum = stun_crc32(p.bytes, p.len - 8) ^ STUN_FINGERPRINT_XOR;

			for (unsigned i = 0; i < 4; i++)
				p.bytes[p.len - 4 + i] = (uint8_t)(sum >> (24 - 8 * i));
			assert_int_equal(peer_send(&p, HOME), 0);
		}
		assert_memory_equal(&before, &p.agent, sizeof before);
	}
}

static void test_not_checks(void **state)
{
	(void)state;
	assert_inert(&(struct peer_check){.no_fingerprint = true});
	assert_int_equal(p.reply.verdict, ICE_BAD);
	assert_int_equal(p.reply.len, 0);
	assert_inert(&(struct peer_check){.class_ = STUN_INDICATION});
	assert_int_equal(p.reply.verdict, ICE_IGNORED);
	assert_int_equal(p.reply.len, 0);
	assert_inert(&(struct peer_check){.class_ = STUN_SUCCESS});
	assert_int_equal(p.reply.verdict, ICE_IGNORED);
	assert_inert(&(struct peer_check){.method = STUN_ALLOCATE});
	assert_int_equal(p.reply.verdict, ICE_BAD);
	p.len = 0;
	assert_int_equal(peer_send(&p, HOME), 0);
	assert_int_equal(p.reply.verdict, ICE_BAD);
}

static void test_attributes(void **state)
{
	const struct stun_attr *unknown;
	struct stun_message m;

	(void)state;
	assert_inert(&(struct peer_check){.extra = 0x7ffe});
	assert_int_equal(p.reply.verdict, ICE_UNKNOWN_ATTRIBUTE);
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 420);
	stun_decode(&m, p.reply.bytes, p.reply.len);
	unknown = stun_find(&m, STUN_UNKNOWN_ATTRIBUTES);
	assert_non_null(unknown);
	assert_int_equal(unknown->len, 2);
	assert_memory_equal(unknown->value, "\x7f\xfe", 2);
	assert_inert(&(struct peer_check){.no_priority = true});
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 400);
	// Chromium's own, comprehension-optional.
	assert_int_equal(peer_check(&p, HOME, &(struct peer_check){.extra = 0xc057}),
			 PLAIN | ICE_NEW);
}

// What stands behind MESSAGE-INTEGRITY is nobody's word: an attacker may have put it there.
static void test_behind_integrity(void **state)
{
	(void)state;
	assert_int_equal(peer_check(&p, HOME, &(struct peer_check){.behind = STUN_USE_CANDIDATE}),
			 PLAIN | ICE_NEW);
	assert_null(ice_selected(&p.agent));
	assert_int_equal(peer_check(&p, HOME, &(struct peer_check){.behind = 0x7ffe}), PLAIN);
	assert_int_equal(peer_check(&p, HOME,
				    &(struct peer_check){.behind = STUN_ICE_CONTROLLED,
							 .no_role = true}),
			 PLAIN);
	assert_false(p.agent.controlling);
}

static void test_role_conflict(void **state)
{
	struct peer_check weak = {.controlled = true, .tie_breaker = 999};
	struct peer_check strong = {.controlled = true, .tie_breaker = 1001};
	struct peer_check equal = {.controlled = true, .tie_breaker = 1000};

	(void)state;
	// Both say controlled. The larger number is to control: theirs, so they are told.
	assert_inert(&strong);
	assert_int_equal(p.reply.verdict, ICE_ROLE_CONFLICT);
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 487);
	// Ours, or equal: we change sides.
	assert_int_equal(peer_check(&p, HOME, &weak), PLAIN | ICE_NEW | ICE_SELECTED);
	assert_true(p.agent.controlling);
	peer_init(&p);
	assert_int_equal(peer_check(&p, HOME, &equal), PLAIN | ICE_NEW | ICE_SELECTED);
	assert_true(p.agent.controlling);
	// Both say controlling.
	assert_inert(&(struct peer_check){.tie_breaker = 1000});
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 487);
	assert_inert(&(struct peer_check){.tie_breaker = 5});
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 487);
	assert_true(p.agent.controlling);
	assert_int_equal(peer_check(&p, HOME, &(struct peer_check){.tie_breaker = 1001}), PLAIN);
	assert_false(p.agent.controlling);
}

static void test_credentials(void **state)
{
	uint8_t random[ICE_RANDOM_LEN];
	struct ice_agent a;

	(void)state;
	memset(random, 0xff, sizeof random);
	assert_int_equal(ice_agent_init(&a, random, "", 1), 0);
	assert_string_equal(a.ours.ufrag, "////////");
	assert_true(ice_ufrag_ok(a.ours.ufrag, strlen(a.ours.ufrag)));
	assert_string_equal(a.ours.pwd, "////////////////////////");
	assert_int_not_equal(ice_agent_init(&a, random, "a:bc", 1), 0);
	assert_int_not_equal(ice_agent_init(&a, random, "abc", 1), 0);
	assert_false(ice_ufrag_ok("ab\0d", 4));
	ice_agent_fini(&a);
	assert_int_equal(a.ours.pwd[0], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_success, fresh),
		cmocka_unit_test_setup(test_ip6, fresh),
		cmocka_unit_test_setup(test_ufrag_of, fresh),
		cmocka_unit_test_setup(test_rfc5769, fresh),
		cmocka_unit_test_setup(test_wrong_credentials, fresh),
		cmocka_unit_test_setup(test_tampered, fresh),
		cmocka_unit_test_setup(test_not_checks, fresh),
		cmocka_unit_test_setup(test_attributes, fresh),
		cmocka_unit_test_setup(test_behind_integrity, fresh),
		cmocka_unit_test_setup(test_role_conflict, fresh),
		cmocka_unit_test(test_credentials),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
