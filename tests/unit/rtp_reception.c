// SPDX-License-Identifier: Apache-2.0
// Loss, jitter and the extended highest number (RFC 3550 appendix A).
#include "kit/kit.h"

#include "rtp/rtcp.h"

#define STEP 960 // 20 ms at 48 kHz

static void run(struct rtp_reception *r, uint32_t first, unsigned n)
{
	for (unsigned i = 0; i < n; i++)
		assert_true(rtp_reception_seen(r, (uint16_t)(first + i), (first + i) * STEP,
					       (first + i) * STEP + 100));
}

static void loss(void **state)
{
	struct rtp_reception r = {0};
	struct rtp_loss l;

	(void)state;
	l = rtp_reception_report(&r);
	assert_int_equal(l.highest, 0);
	run(&r, 65000, 500);
	run(&r, 65600, 100); // 100 lost, across the wrap
	l = rtp_reception_report(&r);
	assert_int_equal(l.highest, 65699);
	assert_int_equal(l.lost, 100);
	assert_int_equal(l.fraction, 100 * 256 / 700);
	assert_int_equal(l.jitter, 0);
	run(&r, 65700, 50);
	l = rtp_reception_report(&r);
	assert_int_equal(l.fraction, 0); // of this interval
	assert_int_equal(l.lost, 100);
	run(&r, 65740, 10); // doubles: more came than was expected
	l = rtp_reception_report(&r);
	assert_int_equal(l.lost, 90);
	assert_int_equal(l.fraction, 0);
	l = rtp_reception_report(&r); // nothing came, nothing was expected
	assert_int_equal(l.fraction, 0);
}

static void loss_of_nearly_all(void **state)
{
	struct rtp_reception r = {0};
	struct rtp_loss l;

	(void)state;
	run(&r, 1, 1);
	rtp_reception_report(&r);
	run(&r, 2000, 1);
	l = rtp_reception_report(&r);
	assert_int_equal(l.fraction, 1998 * 256 / 1999);
	assert_int_equal(l.lost, 1998);
}

static void overtaken(void **state)
{
	struct rtp_reception r = {0};
	struct rtp_loss l;

	(void)state;
	run(&r, 3, 1); // came before the first one
	run(&r, 1, 2);
	l = rtp_reception_report(&r);
	assert_int_equal(l.highest, 3);
	assert_int_equal(l.lost, -2);
}

static void restart(void **state)
{
	struct rtp_reception r = {0};

	(void)state;
	run(&r, 100, 50);
	assert_false(rtp_reception_seen(&r, 40000, 1, 1)); // one alone is not believed
	run(&r, 150, 1);
	assert_false(rtp_reception_seen(&r, 40000, 1, 1));
	assert_true(rtp_reception_seen(&r, 40001, 1 + STEP, 1 + STEP));
	run(&r, 40002, 10);
	assert_int_equal(rtp_reception_report(&r).highest, 40011);
	assert_int_equal(rtp_reception_report(&r).lost, 0);
}

static void jitter(void **state)
{
	struct rtp_reception r = {0};
	uint32_t now = 0xfffff000, want = 0;

	(void)state;
	// Every second packet 160 units late: the mean moves by 1/16 of the difference.
	for (unsigned i = 0; i < 400; i++) {
		assert_true(rtp_reception_seen(&r, (uint16_t)i, i * STEP, now + (i & 1 ? 160 : 0)));
		if (i)
			want += 160 - ((want + 8) >> 4);
		assert_int_equal(r.jitter_q4, want);
		now += STEP;
	}
	assert_in_range(rtp_reception_report(&r).jitter, 150, 160);
}

static void round_trip(void **state)
{
	// The example of RFC 3550 figure 2: A = 46864.500, LSR = 46853.125, DLSR = 5.250.
	struct rtcp_block b = {.lsr = 0xb7052000, .dlsr = 0x00054000};
	uint64_t now = (uint64_t)0xb44db710 << 32 | 0x80000000;

	(void)state;
	assert_int_equal(rtcp_round_trip_us(&b, now), 6125000);
	b.dlsr += 0x62000 + 10; // clocks are rounded
	assert_int_equal(rtcp_round_trip_us(&b, now), 0);
	b.dlsr += 200;
	assert_int_equal(rtcp_round_trip_us(&b, now), -1);
	b.dlsr -= 100 << 16;
	assert_int_equal(rtcp_round_trip_us(&b, now), -1);
	b.lsr = 0;
	assert_int_equal(rtcp_round_trip_us(&b, now), -1);
}

static void clock(void **state)
{
	(void)state;
	assert_int_equal(rtcp_ntp(0) >> 32, 2208988800u);
	assert_int_equal((uint32_t)rtcp_ntp(500000000), 0x80000000);
	assert_int_equal(rtcp_ntp(1700000000250000000u),
			 (uint64_t)(1700000000u + 2208988800u) << 32 | 0x40000000);
	assert_int_equal(rtcp_ntp_middle(0x1122334455667788), 0x33445566);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loss),      cmocka_unit_test(loss_of_nearly_all),
		cmocka_unit_test(overtaken), cmocka_unit_test(restart),
		cmocka_unit_test(jitter),    cmocka_unit_test(round_trip),
		cmocka_unit_test(clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
