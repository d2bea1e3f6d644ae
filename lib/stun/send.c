// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

#include <errno.h>

// One attribute of a Send indication; of a type, only the first counts. False: discard.
static bool send_attr(struct stun_send *s, const uint8_t *bytes, size_t len,
		      const struct stun_attr *a)
{
	enum net_family family;

	switch (a->type) {
	case STUN_XOR_PEER_ADDRESS:
		if (s->family)
			return true;
		if (attr_endpoint(bytes, a, &s->peer, &family))
			return false;
		s->family = (uint8_t)family;
		return true;
	case STUN_DATA_ATTR:
		if (!s->data) {
			s->data = a->value;
			s->data_len = a->len;
		}
		return true;
	case STUN_DONT_FRAGMENT:
		s->dont_fragment = true;
		return true;
	case STUN_FINGERPRINT:
		return attr_fingerprint_ok(bytes, len, a);
	default:
		return attr_is_known(a->type);
	}
}

// As nearly all clients write it: an IPv4 peer's address, then the data, and no more. False: to be walked.
static inline bool send_plain(struct stun_send *out, const uint8_t *bytes, size_t len)
{
	const uint8_t *peer = bytes + STUN_HEADER_LEN, *data = peer + ATTR_HEADER_LEN + 8;
	uint8_t address[4];

	if (len < STUN_HEADER_LEN + ATTR_HEADER_LEN + 8 + ATTR_HEADER_LEN ||
	    get32(peer) != (STUN_XOR_PEER_ADDRESS << 16 | 8) || peer[5] != 1 ||
	    get16(data) != STUN_DATA_ATTR ||
	    data + ATTR_HEADER_LEN + pad4(get16(data + 2)) != bytes + len)
		return false;
	*out = (struct stun_send){
		.peer.port = get16(peer + 6) ^ STUN_MAGIC >> 16,
		.data = data + ATTR_HEADER_LEN,
		.data_len = get16(data + 2),
		.family = NET_IP4,
	};
	put32(address, get32(peer + 8) ^ STUN_MAGIC);
	out->peer.addr = net_addr_from4(address);
	return true;
}

int stun_send_decode(struct stun_send *out, const uint8_t *bytes, size_t len_bytes)
{
	struct stun_send s = {.data = NULL};
	struct attr_walk w;
	struct stun_attr a;

	if (!stun_is_message(bytes, len_bytes) ||
	    get16(bytes) != stun_type(STUN_SEND, STUN_INDICATION))
		return -EBADMSG;
	if (send_plain(out, bytes, len_bytes))
		return 0;
	w = attr_walk_of(bytes, len_bytes);
	while (attr_next(&w, &a))
		if (!send_attr(&s, bytes, len_bytes, &a))
			return -EBADMSG;
	if (w.bad || !s.family || !s.data)
		return -EBADMSG;
	*out = s;
	return 0;
}

void stun_data_header(uint8_t *out, const struct net_endpoint *peer, uint16_t data_len,
		      const uint8_t tid[STUN_TID_LEN])
{
	unsigned header = stun_data_header_len(&peer->addr);
	uint8_t *attr = out + STUN_HEADER_LEN;
	size_t len;

	put16(out, stun_type(STUN_DATA, STUN_INDICATION));
	put16(out + 2, (uint16_t)(header - STUN_HEADER_LEN + pad4(data_len)));
	put32(out + 4, STUN_MAGIC);
	memcpy(out + 8, tid, STUN_TID_LEN);
	len = attr_endpoint_write(attr + ATTR_HEADER_LEN, STUN_XOR_PEER_ADDRESS, peer, tid);
	put16(attr, STUN_XOR_PEER_ADDRESS);
	put16(attr + 2, (uint16_t)len);
	attr += ATTR_HEADER_LEN + len;
	put16(attr, STUN_DATA_ATTR);
	put16(attr + 2, data_len);
}
