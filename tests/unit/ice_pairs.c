// SPDX-License-Identifier: Apache-2.0
// Which pair media goes over: nomination, changes of address, consent, restart.
#include "kit/ice_peer.h"
#include "kit/kit.h"

#include <stdio.h>
#include <string.h>

#define WIFI "198.51.100.7:40000"
#define MOBILE "203.0.113.9:50000"
#define MOVED "198.51.100.7:40001" // WIFI behind another binding of its NAT
#define LOW (PEER_PRIORITY - 1000)

static struct peer p;

static const struct peer_check plain = {0};
static const struct peer_check nominating = {.nominates = true};
static const struct peer_check plain_low = {.priority = LOW};
static const struct peer_check nominating_low = {.nominates = true, .priority = LOW};

static int fresh(void **state)
{
	(void)state;
	peer_init(&p);
	return 0;
}

static void assert_selected(const char *remote)
{
	struct net_endpoint want = peer_endpoint(remote);

	assert_non_null(ice_selected(&p.agent));
	assert_true(net_endpoint_equal(&ice_selected(&p.agent)->remote, &want));
}

static void pass(uint64_t ms)
{
	p.now_ms += ms;
	assert_int_equal(ice_tick(&p.agent, p.now_ms) & ICE_EXPIRED, 0);
}

static void test_nomination(void **state)
{
	(void)state;
	assert_int_equal(peer_check(&p, MOBILE, &plain_low) & ICE_SELECTED, 0);
	assert_int_equal(peer_check(&p, WIFI, &plain) & ICE_SELECTED, 0);
	assert_null(ice_selected(&p.agent));
	assert_true(peer_check(&p, WIFI, &nominating) & ICE_SELECTED);
	assert_selected(WIFI);
	assert_int_equal(peer_check(&p, WIFI, &nominating) & ICE_SELECTED, 0);
	assert_int_equal(peer_check(&p, MOBILE, &plain_low) & ICE_SELECTED, 0);
	assert_selected(WIFI);
}

// A peer that nominates all it checks means the best pair, in whatever order they come.
static void test_aggressive(void **state)
{
	(void)state;
	assert_true(peer_check(&p, MOBILE, &nominating_low) & ICE_SELECTED);
	assert_true(peer_check(&p, WIFI, &nominating) & ICE_SELECTED);
	for (unsigned i = 0; i < 50; i++) {
		pass(50);
		assert_int_equal(peer_check(&p, MOBILE, &nominating_low) & ICE_SELECTED, 0);
		assert_int_equal(peer_check(&p, WIFI, &nominating) & ICE_SELECTED, 0);
	}
	assert_selected(WIFI);
}

// From Wi-Fi to mobile: the nomination is believed when it comes a second time and the old pair's
// did not, though its priority is lower. A retransmission is not a second time.
static void test_change_nominated(void **state)
{
	struct peer_check again = nominating_low;

	(void)state;
	peer_check(&p, WIFI, &nominating);
	pass(500);
	assert_true(peer_check(&p, MOBILE, &plain_low) & ICE_VALID);
	again.tid = 200;
	assert_int_equal(peer_check(&p, MOBILE, &again) & ICE_SELECTED, 0);
	assert_int_equal(peer_check(&p, MOBILE, &again) & ICE_SELECTED, 0);
	pass(100);
	assert_true(peer_check(&p, MOBILE, &nominating_low) & ICE_SELECTED);
	assert_selected(MOBILE);
	assert_true(peer_check(&p, WIFI, &nominating) & ICE_SELECTED); // and back, which is better
	assert_selected(WIFI);
}

static void test_change_rebound(void **state)
{
	(void)state;
	peer_check(&p, WIFI, &nominating);
	pass(500);
	assert_true(peer_check(&p, MOVED, &nominating) & ICE_SELECTED); // at once
	assert_selected(MOVED);
}

// Without nomination (Firefox, once it is connected): when the old pair has gone silent.
static void test_change_silent(void **state)
{
	(void)state;
	peer_check(&p, WIFI, &nominating);
	pass(ICE_SILENT_MS - 1);
	assert_int_equal(peer_check(&p, MOVED, &plain) & ICE_SELECTED, 0);
	pass(1);
	assert_true(peer_check(&p, MOVED, &plain) & ICE_SELECTED);
	assert_selected(MOVED);
	assert_true(peer_check(&p, MOBILE, &nominating_low) & ICE_SELECTED); // a word beats a guess
	pass(ICE_SILENT_MS);
	assert_true(peer_check(&p, "203.0.113.9:50001",
			       &(struct peer_check){.nominates = true, .priority = LOW - 1}) &
		    ICE_SELECTED);
}

// An attacker without the password moves nothing, from any address.
static void test_change_forged(void **state)
{
	struct peer_check forged = {.nominates = true, .pwd = "0123456789012345678901"};

	(void)state;
	peer_check(&p, WIFI, &nominating);
	pass(ICE_SILENT_MS + 1);
	assert_int_equal(peer_check(&p, MOBILE, &forged), 0);
	assert_selected(WIFI);
}

// More addresses than there are places: the longest silent go, never the selected one.
static void test_bounded(void **state)
{
	struct net_endpoint last;
	unsigned events, lost = 0;
	char from[32];

	(void)state;
	peer_check(&p, WIFI, &nominating);
	for (unsigned i = 0; i < 10 * ICE_PAIRS_MAX; i++) {
		p.now_ms++;
		snprintf(from, sizeof from, "203.0.113.9:%u", 50000 + i);
		events = peer_check(&p, from, &plain_low);
		assert_true(events & ICE_NEW);
		if (events & ICE_LOST) { // each one is told, in the order in which they came
			assert_int_equal(p.reply.lost_remote.port, 50000 + lost++);
			assert_false(ice_is_valid(&p.agent, &p.reply.lost_remote,
						  &p.reply.lost_local, p.now_ms));
		}
		last = peer_endpoint(from);
		assert_true(ice_is_valid(&p.agent, &last, &p.ours, p.now_ms));
	}
	assert_selected(WIFI);
	assert_int_equal(lost, 9 * ICE_PAIRS_MAX + 1);
	last = peer_endpoint("203.0.113.9:50000");
	assert_false(ice_is_valid(&p.agent, &last, &p.ours, p.now_ms));
}

static void test_consent(void **state)
{
	struct net_endpoint wifi = peer_endpoint(WIFI);

	(void)state;
	peer_check(&p, WIFI, &nominating);
	for (unsigned i = 0; i < 20; i++) {
		pass(5000);
		assert_true(peer_check(&p, WIFI, &plain) & ICE_CONSENT);
	}
	assert_int_equal(ice_due_ms(&p.agent), p.now_ms + ICE_CONSENT_MS);
	pass(ICE_CONSENT_MS - 1);
	assert_true(ice_is_valid(&p.agent, &wifi, &p.ours, p.now_ms));
	p.now_ms++;
	assert_false(ice_is_valid(&p.agent, &wifi, &p.ours, p.now_ms));
	assert_int_equal(ice_tick(&p.agent, p.now_ms), ICE_EXPIRED | ICE_SELECTED);
	assert_null(ice_selected(&p.agent));
}

// The peer goes on checking elsewhere, by new credentials, and nominates nothing: the old pair's
// consent ends all the same.
static void test_consent_of_pair(void **state)
{
	uint8_t random[ICE_RANDOM_LEN] = {1};

	(void)state;
	peer_check(&p, WIFI, &nominating);
	assert_int_equal(ice_restart(&p.agent, random, PEER_UFRAG, p.now_ms), 0);
	for (unsigned i = 0; i < 5; i++) {
		pass(5000);
		assert_int_equal(peer_check(&p, MOBILE, &plain) & ICE_SELECTED, 0);
	}
	assert_int_equal(ice_due_ms(&p.agent), p.now_ms + 5000);
	p.now_ms += 5000;
	assert_int_equal(ice_tick(&p.agent, p.now_ms), ICE_OLD_GONE | ICE_SELECTED);
	assert_null(ice_selected(&p.agent));
	assert_true(peer_check(&p, MOBILE, &nominating_low) & ICE_SELECTED);
}

static void test_never_connected(void **state)
{
	(void)state;
	assert_int_equal(ice_due_ms(&p.agent), p.now_ms + ICE_CONNECT_MS);
	pass(ICE_CONNECT_MS - 1);
	p.now_ms++;
	assert_int_equal(ice_tick(&p.agent, p.now_ms), ICE_EXPIRED);
}

static void restart(struct ice_credentials *old, const char *theirs)
{
	uint8_t random[ICE_RANDOM_LEN];

	*old = p.agent.ours;
	memset(random, p.agent.generation + 3, sizeof random);
	assert_int_equal(ice_restart(&p.agent, random, theirs, p.now_ms), 0);
	assert_string_not_equal(old->ufrag, p.agent.ours.ufrag);
	assert_string_not_equal(old->pwd, p.agent.ours.pwd);
}

// The old pair carries on, by the old credentials, until the new ones nominate; then both are good
// for a while, but the old nominate nothing any more.
static void test_restart(void **state)
{
	struct ice_credentials old;
	struct peer_check by_old = {.nominates = true}, by_new = {.theirs = "newU"};
	struct peer_check mixed = {.theirs = "newU", .nominates = true};

	(void)state;
	peer_check(&p, WIFI, &nominating);
	restart(&old, "newU");
	by_old.ufrag = mixed.ufrag = old.ufrag;
	by_old.pwd = old.pwd;
	assert_selected(WIFI);
	assert_true(peer_check(&p, WIFI, &by_old) & ICE_CONSENT);
	assert_int_equal(peer_code(&p, old.pwd), 0);
	assert_int_equal(peer_check(&p, WIFI, &mixed), 0); // old name, new password
	assert_int_equal(peer_check(&p, MOBILE, &by_new) & ICE_SELECTED, 0);
	by_new.nominates = true;
	by_new.priority = LOW;
	assert_true(peer_check(&p, MOBILE, &by_new) & ICE_SELECTED); // at once, whatever it weighs
	assert_int_equal(peer_code(&p, p.agent.ours.pwd), 0);
	pass(ICE_OLD_LINGER_MS - 1);
	assert_int_equal(peer_check(&p, WIFI, &by_old) & (ICE_SELECTED | ICE_VALID), ICE_VALID);
	assert_selected(MOBILE);
	p.now_ms++;
	assert_int_equal(ice_due_ms(&p.agent), p.now_ms);
	assert_int_equal(ice_tick(&p.agent, p.now_ms), ICE_OLD_GONE);
	assert_int_equal(ice_tick(&p.agent, p.now_ms), 0);
	assert_int_equal(peer_check(&p, WIFI, &by_old), 0);
	assert_int_equal(peer_code(&p, NULL), 401);
}

// A restart that the peer does not follow: the old credentials end by themselves.
static void test_restart_alone(void **state)
{
	struct ice_credentials old, older;
	struct peer_check by_old = {0}, by_older = {0};

	(void)state;
	peer_check(&p, WIFI, &nominating);
	restart(&older, PEER_UFRAG);
	restart(&old, PEER_UFRAG);
	by_old.ufrag = old.ufrag;
	by_old.pwd = old.pwd;
	by_older.ufrag = older.ufrag;
	by_older.pwd = older.pwd;
	assert_true(peer_check(&p, WIFI, &by_old) & ICE_CONSENT);
	assert_int_equal(peer_check(&p, WIFI, &by_older), 0);
	pass(ICE_RESTART_GRACE_MS - 1);
	assert_int_equal(peer_check(&p, WIFI, &by_old) & ICE_CONSENT, ICE_CONSENT);
	p.now_ms++; // even before the tick
	assert_int_equal(peer_check(&p, WIFI, &by_old), 0);
	assert_int_equal(ice_tick(&p.agent, p.now_ms), ICE_OLD_GONE);
	assert_selected(WIFI);
}

// The same pair under new credentials: nominated anew, its past forgotten.
static void test_restart_same_pair(void **state)
{
	struct ice_credentials old;

	(void)state;
	for (unsigned i = 0; i < 300; i++) { // generations wrap
		peer_check(&p, WIFI, &nominating);
		restart(&old, PEER_UFRAG);
		assert_int_equal(peer_check(&p, WIFI, &nominating) & ICE_SELECTED, 0);
		assert_true(peer_check(&p, MOVED, &nominating) & ICE_SELECTED);
		restart(&old, PEER_UFRAG);
		assert_true(peer_check(&p, WIFI, &nominating_low) & ICE_SELECTED);
	}
}

// In control (after a conflict): the best pair that is alive.
static void test_controlling(void **state)
{
	struct peer_check low = {.controlled = true, .priority = LOW};
	struct peer_check high = {.controlled = true};

	(void)state;
	assert_true(peer_check(&p, MOBILE, &low) & ICE_SELECTED);
	assert_true(peer_check(&p, WIFI, &high) & ICE_SELECTED);
	assert_int_equal(peer_check(&p, MOBILE, &low) & ICE_SELECTED, 0);
	pass(ICE_SILENT_MS);
	assert_true(peer_check(&p, MOBILE, &low) & ICE_SELECTED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_nomination, fresh),
		cmocka_unit_test_setup(test_aggressive, fresh),
		cmocka_unit_test_setup(test_change_nominated, fresh),
		cmocka_unit_test_setup(test_change_rebound, fresh),
		cmocka_unit_test_setup(test_change_silent, fresh),
		cmocka_unit_test_setup(test_change_forged, fresh),
		cmocka_unit_test_setup(test_bounded, fresh),
		cmocka_unit_test_setup(test_consent, fresh),
		cmocka_unit_test_setup(test_consent_of_pair, fresh),
		cmocka_unit_test_setup(test_never_connected, fresh),
		cmocka_unit_test_setup(test_restart, fresh),
		cmocka_unit_test_setup(test_restart_alone, fresh),
		cmocka_unit_test_setup(test_restart_same_pair, fresh),
		cmocka_unit_test_setup(test_controlling, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
