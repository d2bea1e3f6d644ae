// SPDX-License-Identifier: Apache-2.0
// Every driver against libsrtp2, packet by packet: what one seals the other opens, and on a stream
// with losses, reordering, repetitions and forgeries both take and refuse the same packets.
#include "kit/kit.h"
#include "kit/srtp.h"

#include <srtp2/srtp.h>

#define PACKETS 3000
#define SSRC 0x12345678
#define ROOM 2048

static void policy_set(srtp_policy_t *p, enum srtp_profile profile, uint8_t *key)
{
	static const srtp_profile_t theirs[] = {
		[SRTP_AEAD_AES_128_GCM] = srtp_profile_aead_aes_128_gcm,
		[SRTP_AEAD_AES_256_GCM] = srtp_profile_aead_aes_256_gcm,
		[SRTP_AES128_CM_SHA1_80] = srtp_profile_aes128_cm_sha1_80,
	};

	*p = (srtp_policy_t){.key = key, .window_size = SRTP_WINDOW};
	assert_int_equal(srtp_crypto_policy_set_from_profile_for_rtp(&p->rtp, theirs[profile]), 0);
	assert_int_equal(srtp_crypto_policy_set_from_profile_for_rtcp(&p->rtcp, theirs[profile]),
			 0);
}

// Their session for what the client sends: its key and salt, side by side.
static srtp_t session_new(const struct kit_pair *pair, srtp_ssrc_type_t direction)
{
	unsigned key_len = srtp_key_len(pair->profile), salt_len = srtp_salt_len(pair->profile);
	uint8_t key[SRTP_KEY_MAX + SRTP_SALT_MAX];
	srtp_policy_t policy;
	srtp_t session;

	memcpy(key, pair->block, key_len);
	memcpy(key + key_len, pair->block + 2 * key_len, salt_len);
	policy_set(&policy, pair->profile, key);
	policy.ssrc.type = direction;
	assert_int_equal(srtp_create(&session, &policy), srtp_err_status_ok);
	return session;
}

static unsigned packet_roll(uint8_t *bytes, struct kit_dice *dice, uint64_t index)
{
	struct kit_rtp r = {.seq = (uint16_t)index,
			    .ssrc = SSRC,
			    .csrcs = kit_roll(dice, 4) ? 0 : kit_roll(dice, 16),
			    .ext_words = kit_roll(dice, 2) ? 0 : kit_roll(dice, 12)};
	unsigned header;

	r.payload = 1 + kit_roll(dice, kit_roll(dice, 3) ? 200 : 1400);
	return kit_rtp_write(bytes, &r, dice, &header);
}

// A sender's walk: mostly one step, sometimes a leap, so that the numbers wrap.
static uint64_t index_step(uint64_t index, struct kit_dice *dice)
{
	return index + (kit_roll(dice, 40) ? 1 : kit_roll(dice, 12000));
}

static void we_seal(const struct srtp_engine *engine, struct kit_pair *pair)
{
	struct kit_dice dice = {.state = 5};
	srtp_t theirs = session_new(pair, ssrc_any_inbound);
	uint64_t index = 30000;

	for (unsigned i = 0; i < PACKETS; i++, index = index_step(index, &dice)) {
		uint8_t bytes[ROOM], plain[ROOM];
		unsigned plain_len = packet_roll(bytes, &dice, index);
		int len;

		memcpy(plain, bytes, plain_len);
		len = (int)kit_seal(engine, &pair->client.tx, bytes, plain_len, index);
		assert_int_equal(srtp_unprotect(theirs, bytes, &len), srtp_err_status_ok);
		assert_int_equal(len, plain_len);
		assert_memory_equal(bytes, plain, plain_len);
	}
	assert_true(index > 0x30000);
	srtp_dealloc(theirs);
}

static void they_seal(const struct srtp_engine *engine, struct kit_pair *pair)
{
	struct kit_dice dice = {.state = 6};
	srtp_t theirs = session_new(pair, ssrc_any_outbound);
	struct srtp_stream one;
	struct srtp_streams streams = {&one, 0, 1};
	uint64_t index = 30000;

	for (unsigned i = 0; i < PACKETS; i++, index = index_step(index, &dice)) {
		uint8_t bytes[ROOM], plain[ROOM];
		int len = (int)packet_roll(bytes, &dice, index), plain_len = len;
		struct srtp_arriving a;

		memcpy(plain, bytes, (size_t)len);
		assert_int_equal(srtp_protect(theirs, bytes, &len), srtp_err_status_ok);
		a = kit_arriving(&pair->server.rx, &streams, bytes, (unsigned)len);
		assert_int_equal(srtp_open_burst(engine, &a, 1), 1);
		assert_int_equal(a.index, index);
		assert_int_equal(a.len, plain_len);
		assert_memory_equal(bytes, plain, a.len);
	}
	assert_true(index > 0x30000);
	srtp_dealloc(theirs);
}

#define PAST 64

// What is still on its way, to come late, twice, or changed.
struct network {
	struct kit_dice dice;
	uint8_t bytes[PAST][ROOM];
	unsigned len[PAST];
	uint64_t index;
};

static void network_send(struct network *net, const struct srtp_engine *engine,
			 const struct kit_pair *pair)
{
	unsigned slot = kit_roll(&net->dice, PAST); // whose packet was there is lost, or has come

	net->len[slot] =
		kit_seal(engine, &pair->client.tx, net->bytes[slot],
			 packet_roll(net->bytes[slot], &net->dice, net->index), net->index);
	net->index += kit_roll(&net->dice, 300) ? 1 : kit_roll(&net->dice, 9000);
}

// Both receivers get the same packet and must agree.
static bool network_deliver(struct network *net, const struct srtp_engine *engine, srtp_t theirs,
			    const struct srtp_side *side, struct srtp_streams *streams)
{
	unsigned slot = kit_roll(&net->dice, PAST);
	uint8_t ours[ROOM], copy[ROOM];
	struct srtp_arriving a;
	int len = (int)net->len[slot];
	bool taken;

	if (!len)
		return false;
	memcpy(copy, net->bytes[slot], (size_t)len);
	if (!kit_roll(&net->dice, 5)) // from the payload on, or the timestamp: they parse the rest
		copy[kit_roll(&net->dice, 3) ? len - 1 - (int)kit_roll(&net->dice, 17) : 5] ^= 4;
	memcpy(ours, copy, (size_t)len);
	a = kit_arriving(side, streams, ours, (unsigned)len);
	taken = srtp_open_burst(engine, &a, 1);
	assert_int_equal(taken, srtp_unprotect(theirs, copy, &len) == srtp_err_status_ok);
	if (taken) {
		assert_int_equal(a.len, len);
		assert_memory_equal(ours, copy, a.len);
	}
	return taken;
}

static void both_receive(const struct srtp_engine *engine, struct kit_pair *pair)
{
	static struct network net;
	srtp_t theirs = session_new(pair, ssrc_any_inbound);
	struct srtp_stream one;
	struct srtp_streams streams = {&one, 0, 1};
	unsigned taken = 0;

	net = (struct network){.dice = {.state = 77}, .index = 60000};
	for (unsigned i = 0; i < PACKETS * 3; i++) {
		if (kit_roll(&net.dice, 2))
			network_send(&net, engine, pair);
		taken += network_deliver(&net, engine, theirs, &pair->server.rx, &streams);
	}
	assert_true(net.index > 0x12000);
	assert_in_range(taken, PACKETS / 2, PACKETS * 2);
	srtp_dealloc(theirs);
}

static void rtcp_both_ways(const struct srtp_engine *engine, struct kit_pair *pair)
{
	srtp_t in = session_new(pair, ssrc_any_inbound), out = session_new(pair, ssrc_any_outbound);
	struct kit_dice dice = {.state = 8};
	struct srtp_stream one;
	struct srtp_streams streams = {&one, 0, 1};
	uint32_t index = 1;

	for (unsigned i = 0; i < 500; i++) {
		uint8_t bytes[ROOM], plain[ROOM];
		size_t plain_len = 8 + 4 * kit_roll(&dice, 300), len = plain_len;
		int their_len = (int)len;

		kit_fill(&dice, plain, len);
		memcpy(plain, "\x80\xc9\x00\x01\x12\x34\x56\x78", 8);
		memcpy(bytes, plain, len);
		assert_int_equal(srtp_seal_rtcp(engine, &pair->client.tx_rtcp, &index, bytes, &len),
				 0);
		their_len = (int)len;
		assert_int_equal(srtp_unprotect_rtcp(in, bytes, &their_len), srtp_err_status_ok);
		assert_int_equal(their_len, plain_len);
		assert_memory_equal(bytes, plain, plain_len);
		assert_int_equal(srtp_protect_rtcp(out, bytes, &their_len), srtp_err_status_ok);
		len = (size_t)their_len;
		assert_int_equal(srtp_open_rtcp(engine, &pair->server.rx_rtcp, &streams, bytes,
						&len),
				 SRTP_OK);
		assert_int_equal(len, plain_len);
		assert_memory_equal(bytes, plain, plain_len);
	}
	srtp_dealloc(in);
	srtp_dealloc(out);
}

static void oracle_with(const struct srtp_engine *engine)
{
	for (unsigned p = 0; p < SRTP_PROFILES; p++) {
		struct kit_pair pair;

		kit_pair_open(&pair, engine, (enum srtp_profile)p, (uint8_t)p);
		we_seal(engine, &pair);
		they_seal(engine, &pair);
		both_receive(engine, &pair);
		rtcp_both_ways(engine, &pair);
		kit_pair_close(&pair, engine);
	}
}

static void oracle(void **state)
{
	(void)state;
	assert_int_equal(srtp_init(), srtp_err_status_ok);
	kit_each_driver(oracle_with);
	srtp_shutdown();
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(oracle)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
