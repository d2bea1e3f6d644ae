// SPDX-License-Identifier: Apache-2.0
#include "stun/private.h"

#define KNOWN(type) (1ull << (type))

// All types below 0x8000 that are known are below 64.
bool attr_is_known(uint16_t type)
{
	static const uint64_t known =
		KNOWN(STUN_MAPPED_ADDRESS) | KNOWN(STUN_USERNAME) | KNOWN(STUN_MESSAGE_INTEGRITY) |
		KNOWN(STUN_ERROR_CODE) | KNOWN(STUN_UNKNOWN_ATTRIBUTES) |
		KNOWN(STUN_CHANNEL_NUMBER) | KNOWN(STUN_LIFETIME) | KNOWN(STUN_XOR_PEER_ADDRESS) |
		KNOWN(STUN_DATA_ATTR) | KNOWN(STUN_REALM) | KNOWN(STUN_NONCE) |
		KNOWN(STUN_XOR_RELAYED_ADDRESS) | KNOWN(STUN_REQUESTED_ADDRESS_FAMILY) |
		KNOWN(STUN_EVEN_PORT) | KNOWN(STUN_REQUESTED_TRANSPORT) |
		KNOWN(STUN_DONT_FRAGMENT) | KNOWN(STUN_MESSAGE_INTEGRITY_SHA256) |
		KNOWN(STUN_PASSWORD_ALGORITHM) | KNOWN(STUN_USERHASH) |
		KNOWN(STUN_XOR_MAPPED_ADDRESS) | KNOWN(STUN_RESERVATION_TOKEN) |
		KNOWN(STUN_PRIORITY) | KNOWN(STUN_USE_CANDIDATE);

	return type >= 0x8000 || (type < 64 && known >> type & 1);
}

// What of a Binding request decides its answer.
struct binding {
	uint16_t unknown[STUN_ATTRS_MAX];
	unsigned unknown_count;
	bool fingerprint;
};

static void unknown_add(struct binding *b, uint16_t type)
{
	for (unsigned i = 0; i < b->unknown_count; i++)
		if (b->unknown[i] == type)
			return;
	b->unknown[b->unknown_count++] = type;
}

static bool binding_read(struct binding *b, const uint8_t *bytes, size_t len)
{
	struct attr_walk w = attr_walk_of(bytes, len);
	struct stun_attr a;

	b->unknown_count = 0;
	b->fingerprint = false;
	for (unsigned i = 0; attr_next(&w, &a); i++) {
		if (i == STUN_ATTRS_MAX)
			return false;
		if (a.type == STUN_FINGERPRINT) {
			if (!attr_fingerprint_ok(bytes, len, &a))
				return false;
			b->fingerprint = true;
		} else if (!attr_is_known(a.type)) {
			unknown_add(b, a.type);
		}
	}
	return !w.bad;
}

size_t stun_binding_answer(uint8_t *out, size_t cap_bytes, const uint8_t *request, size_t len_bytes,
			   const struct net_endpoint *from)
{
	// Without its phrase, an answer of 420 stays below 1.5 times the datagram that asked.
	static const uint8_t error[4] = {0, 0, 4, 20};
	struct stun_writer s;
	struct binding b;

	if (!stun_is_message(request, len_bytes) ||
	    get16(request) != stun_type(STUN_BINDING, STUN_REQUEST) ||
	    !binding_read(&b, request, len_bytes))
		return 0;
	s = stun_begin(out, cap_bytes, b.unknown_count ? STUN_ERROR : STUN_SUCCESS, STUN_BINDING,
		       request + 8);
	if (b.unknown_count) {
		stun_put(&s, STUN_ERROR_CODE, error, sizeof error);
		stun_put_unknown(&s, b.unknown, b.unknown_count);
	} else {
		stun_put_endpoint(&s, STUN_XOR_MAPPED_ADDRESS, from);
	}
	if (b.fingerprint)
		stun_put_fingerprint(&s);
	return stun_end(&s);
}
