// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

#include <errno.h>

enum { WIRE_IP4 = 1, WIRE_IP6 = 2 };

bool attr_is_xor(uint16_t type)
{
	return type == STUN_XOR_MAPPED_ADDRESS || type == STUN_XOR_PEER_ADDRESS ||
	       type == STUN_XOR_RELAYED_ADDRESS;
}

// Cookie and transaction id, which follow each other in the header, are the mask.
static void mask_apply(uint8_t *address, size_t len, const uint8_t *cookie)
{
	for (size_t i = 0; i < len; i++)
		address[i] ^= cookie[i];
}

int attr_endpoint(const uint8_t *bytes, const struct stun_attr *a, struct net_endpoint *out,
		  enum net_family *family)
{
	bool xored = attr_is_xor(a->type);
	uint8_t address[16];
	size_t len;

	if (a->len < 4)
		return -EBADMSG;
	if (a->value[1] != WIRE_IP4 && a->value[1] != WIRE_IP6)
		return -EAFNOSUPPORT;
	len = a->value[1] == WIRE_IP4 ? 4 : 16;
	if (a->len != 4 + len)
		return -EBADMSG;
	memcpy(address, a->value + 4, len);
	if (xored)
		mask_apply(address, len, bytes + 4);
	*out = (struct net_endpoint){
		.addr = len == 4 ? net_addr_from4(address) : net_addr_from6(address),
		.port = get16(a->value + 2) ^ (xored ? STUN_MAGIC >> 16 : 0),
	};
	*family = len == 4 ? NET_IP4 : NET_IP6;
	return 0;
}

int stun_endpoint_decode(const struct stun_message *m, const struct stun_attr *a,
			 struct net_endpoint *out, enum net_family *family)
{
	return attr_endpoint(m->bytes, a, out, family);
}

size_t attr_endpoint_write(uint8_t *out, uint16_t type, const struct net_endpoint *e,
			   const uint8_t *tid)
{
	bool xored = attr_is_xor(type), is4 = net_addr_is4(&e->addr);
	size_t len = is4 ? 4 : 16;
	uint8_t mask[16];

	put32(mask, STUN_MAGIC);
	memcpy(mask + 4, tid, STUN_TID_LEN);
	out[0] = 0;
	out[1] = is4 ? WIRE_IP4 : WIRE_IP6;
	put16(out + 2, e->port ^ (xored ? STUN_MAGIC >> 16 : 0));
	memcpy(out + 4, e->addr.b + 16 - len, len);
	if (xored)
		mask_apply(out + 4, len, mask);
	return 4 + len;
}
