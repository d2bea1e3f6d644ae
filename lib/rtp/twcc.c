// SPDX-License-Identifier: Apache-2.0
#include "rtp/private.h"

#define FIXED_LEN 16 // two SSRCs, base, count, reference time, counter

enum twcc_form { TWCC_RUN, TWCC_BITS, TWCC_PAIRS };
enum twcc_status { TWCC_LOST, TWCC_SMALL, TWCC_LARGE };

static unsigned chunk_statuses(const uint8_t *p)
{
	if (!(p[0] & 0x80))
		return get16(p) & 0x1fff;
	return p[0] & 0x40 ? 7 : 14;
}

bool rtcp_twcc_decode(const struct rtcp_packet *p, struct rtcp_twcc *out)
{
	struct cursor c = cursor_of(p->body, p->len);
	struct rtcp_twcc t = {.end = p->body + p->len};
	unsigned covered = 0;

	if (p->type != RTCP_RTPFB || p->count != RTCP_TWCC || !cursor_bytes(&c, FIXED_LEN))
		return false;
	t.seq = get16(p->body + 8);
	t.left = get16(p->body + 10);
	t.reference_64ms = get32(p->body + 12) >> 8;
	t.feedback = p->body[15];
	t.chunk = c.at;
	// Deltas begin where the chunks have told of every packet.
	while (covered < t.left && !c.bad) {
		const uint8_t *chunk = cursor_bytes(&c, 2);

		covered += chunk ? chunk_statuses(chunk) : 0;
	}
	if (c.bad)
		return false;
	t.delta = c.at;
	*out = t;
	return true;
}

static void chunk_open(struct rtcp_twcc *t)
{
	const uint8_t *p = t->chunk;

	t->chunk += 2;
	t->run = (uint16_t)chunk_statuses(p);
	t->bits = get16(p);
	t->form = TWCC_RUN;
	if (p[0] & 0x80)
		t->form = p[0] & 0x40 ? TWCC_PAIRS : TWCC_BITS;
}

static unsigned status_take(struct rtcp_twcc *t)
{
	t->run--;
	if (t->form == TWCC_RUN)
		return t->bits >> 13 & 3;
	if (t->form == TWCC_BITS)
		return t->bits >> t->run & 1;
	return t->bits >> 2 * t->run & 3;
}

static bool delta_take(struct rtcp_twcc *t, unsigned status, int32_t *delta)
{
	size_t size = status == TWCC_SMALL ? 1 : 2;

	if (status > TWCC_LARGE || (size_t)(t->end - t->delta) < size)
		return false;
	*delta = status == TWCC_SMALL ? t->delta[0] : (int16_t)get16(t->delta);
	t->delta += size;
	return true;
}

bool rtcp_twcc_next(struct rtcp_twcc *t, struct rtcp_arrival *out)
{
	struct rtcp_arrival a = {.seq = t->seq};
	unsigned status;

	if (!t->left)
		return false;
	while (!t->run) // runs of no packet are allowed; decode saw that the chunks suffice
		chunk_open(t);
	status = status_take(t);
	a.received = status != TWCC_LOST;
	if (a.received && !delta_take(t, status, &a.delta_250us)) {
		t->left = 0;
		return false;
	}
	t->left--;
	t->seq++;
	*out = a;
	return true;
}
