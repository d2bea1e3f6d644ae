// SPDX-License-Identifier: Apache-2.0
// A run of checks as they come from the wire, the sums at their ends mended so that a mutation gets
// as far as it can: the agent's answers are parsed back, its state stays within its bounds.
#include "fuzz.h"

#include <string.h>

#include "ice/ice.h"

#define STEP_MS 700

static const char pwd[] = "AAAAAAAAAAAAAAAAAAAAAAAA"; // of the agent, whose random is all 0

// Signs a check as the peer would and mends its FINGERPRINT; returns its length.
static size_t check_mend(uint8_t *out, size_t cap, const uint8_t *bytes, size_t len)
{
	struct stun_message m;
	struct stun_writer s;

	if (stun_decode(&m, bytes, len))
		return 0;
	s = stun_begin(out, cap, (enum stun_class)m.class_, m.method, m.tid);
	for (unsigned i = 0; i < m.attr_count; i++) {
		const struct stun_attr *a = &m.attrs[i];

		if (a->type == STUN_MESSAGE_INTEGRITY)
			stun_put_integrity(&s, STUN_INTEGRITY_SHA1, pwd, strlen(pwd));
		else if (a->type == STUN_FINGERPRINT)
			stun_put_fingerprint(&s);
		else
			stun_put(&s, a->type, a->value, a->len);
	}
	return stun_end(&s);
}

static void reply_check(const struct ice_agent *a, const struct ice_packet *p,
			const struct ice_reply *r)
{
	struct stun_message m;

	require(r->verdict < ICE_VERDICTS && r->len <= sizeof r->bytes);
	require(!r->events == (r->verdict != ICE_ANSWERED));
	require(!r->len == (r->verdict == ICE_BAD || r->verdict == ICE_IGNORED));
	require(a->selected >= -1 && a->selected < ICE_PAIRS_MAX);
	require(!ice_selected(a) || ice_selected(a)->used);
	if (!r->len)
		return;
	require(!stun_decode(&m, r->bytes, r->len) && stun_fingerprint_ok(&m));
	require(!memcmp(m.tid, p->bytes + 8, STUN_TID_LEN) && m.method == STUN_BINDING);
	require((m.class_ == STUN_SUCCESS) == (r->verdict == ICE_ANSWERED));
	require(!m.integrity || r->verdict != ICE_UNAUTHENTICATED);
	require(m.integrity || r->verdict == ICE_UNAUTHENTICATED || r->verdict == ICE_BAD_REQUEST);
}

static void check_one(struct ice_agent *a, const uint8_t *bytes, size_t len, uint64_t now_ms)
{
	struct ice_packet p = {.bytes = bytes, .len_bytes = len};
	struct ice_agent before = *a;
	struct ice_reply reply;
	const char *ufrag;
	size_t ufrag_len = ice_ufrag_of(bytes, len, &ufrag);

	require(!ufrag_len ||
		(ufrag >= (const char *)bytes && ufrag + ufrag_len <= (const char *)bytes + len));
	p.from.port = len ? bytes[len - 1] : 0;
	p.to.port = 1;
	ice_check(a, &p, now_ms, &reply);
	reply_check(a, &p, &reply);
	if (reply.verdict != ICE_ANSWERED)
		require(!memcmp(&before, a, sizeof before));
	else
		require(ice_is_valid(a, &p.from, &p.to, now_ms));
}

// Each message stands behind two bytes of length.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t random[ICE_RANDOM_LEN];
	static uint8_t mended[STUN_MESSAGE_MAX];
	struct ice_agent agent;
	uint64_t now_ms = 1;

	require(!ice_agent_init(&agent, random, "", now_ms));
	while (size >= 2) {
		size_t len = (size_t)data[0] << 8 | data[1];

		data += 2;
		size -= 2;
		len = len < size ? len : size;
		check_one(&agent, data, len, now_ms);
		check_one(&agent, mended, check_mend(mended, sizeof mended, data, len), now_ms);
		now_ms += STEP_MS;
		ice_tick(&agent, now_ms);
		require(ice_due_ms(&agent) > 0);
		data += len;
		size -= len;
	}
	ice_agent_fini(&agent);
	return 0;
}
