// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

// RFC 3550 appendix A.1's bounds: beyond them a sequence number is a restart, or nonsense.
#define DROPOUT_MAX 3000
#define MISORDER_MAX 100
#define NEVER 0x10000 // no sequence number
#define LOST_MAX 0x7fffff

static void reception_start(struct rtp_reception *r, uint16_t seq)
{
	// One round up, so that what was overtaken by the first packet is not below 0.
	*r = (struct rtp_reception){.base = 65536u + seq, .again = NEVER, .started = true};
	r->highest = r->base;
}

static void jitter_add(struct rtp_reception *r, uint32_t transit)
{
	int32_t d = (int32_t)(transit - r->transit);
	uint32_t size = d < 0 ? 0u - (uint32_t)d : (uint32_t)d;

	r->transit = transit;
	r->jitter_q4 += size - ((r->jitter_q4 + 8) >> 4);
}

bool rtp_reception_seen(struct rtp_reception *r, uint16_t seq, uint32_t ts, uint32_t arrival)
{
	int step = r->started ? rtp_seq_after(seq, (uint16_t)r->highest) : 0;
	bool believed = step < DROPOUT_MAX && step > -MISORDER_MAX;

	if (!believed && seq != r->again) {
		r->again = (uint16_t)(seq + 1);
		return false;
	}
	if (!r->started || !believed) {
		reception_start(r, seq);
		r->transit = arrival - ts;
	}
	if (step > 0 && believed)
		r->highest += (unsigned)step;
	r->again = NEVER;
	r->received++;
	jitter_add(r, arrival - ts);
	return true;
}

// All of them lost would be 256, which the field does not hold.
static uint8_t fraction_of(uint64_t part, uint64_t whole)
{
	return part >= whole ? 255 : (uint8_t)((part << 8) / whole);
}

struct rtp_loss rtp_reception_report(struct rtp_reception *r)
{
	uint64_t expected = r->started ? r->highest - r->base + 1 : 0;
	int64_t lost = (int64_t)expected - r->received;
	uint64_t expected_now = expected - r->expected_before;
	int64_t lost_now = (int64_t)expected_now - (uint32_t)(r->received - r->received_before);
	struct rtp_loss l = {.highest = (uint32_t)(r->highest - 65536),
			     .jitter = r->jitter_q4 >> 4};

	if (!r->started)
		return (struct rtp_loss){0};
	if (expected_now && lost_now > 0)
		l.fraction = fraction_of((uint64_t)lost_now, expected_now);
	l.lost = lost > LOST_MAX ? LOST_MAX : lost < -LOST_MAX - 1 ? -LOST_MAX - 1 : (int32_t)lost;
	r->expected_before = expected;
	r->received_before = r->received;
	return l;
}
