// SPDX-License-Identifier: Apache-2.0
#include "turn/private.h"

// RFC 8656 section 11.5: which errors a client hears of.
static bool type_passes(const struct net_icmp_error *e)
{
	if (net_addr_is4(&e->src.addr))
		return e->type == 3 || e->type == 11;
	return e->type >= 1 && e->type <= 3;
}

// Error data is the next hop's MTU where there is one (section 18.13), else 0.
static uint32_t error_data(const struct net_icmp_error *e)
{
	if (!net_addr_is4(&e->src.addr))
		return e->type == 2 ? e->data : 0;
	return e->type == 3 && e->code == 4 ? e->data & 0xffff : 0;
}

size_t turn_icmp(struct turn *t, const struct turn_allocation *a, const struct net_icmp_error *e,
		 uint8_t *out, size_t cap_bytes, const uint8_t tid[STUN_TID_LEN])
{
	uint32_t kind = (uint32_t)e->type << 9 | e->code; // 7 bits of type, 9 of code
	uint32_t data = error_data(e);
	uint8_t value[8] = {
		0,
		0,
		(uint8_t)(kind >> 8),
		(uint8_t)kind,
		(uint8_t)(data >> 24),
		(uint8_t)(data >> 16),
		(uint8_t)(data >> 8),
		(uint8_t)data,
	};
	struct stun_writer w;

	(void)t;
	if (!type_passes(e) || e->type > 127)
		return 0;
	if (!net_endpoint_equal(&a->relay[0], &e->src) &&
	    !net_endpoint_equal(&a->relay[1], &e->src))
		return 0;
	if (!turn_permission_find(a, &e->dst.addr))
		return 0;
	w = stun_begin(out, cap_bytes, STUN_INDICATION, STUN_DATA, tid);
	stun_put_endpoint(&w, STUN_XOR_PEER_ADDRESS, &e->dst);
	stun_put(&w, STUN_ICMP, value, sizeof value);
	return stun_end(&w);
}
