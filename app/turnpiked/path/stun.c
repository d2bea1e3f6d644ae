// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <string.h>

#include "stun/stun.h"
#include "worker.h"

// The answer takes the request's place in the mbuf; its headers are then written like a relayed packet's.
static bool answer_binding(struct slot *s)
{
	uint8_t answer[STUN_ANSWER_MAX];
	uint8_t *payload = s->frame + s->facts.payload;
	size_t len;

	if (!net_udp_checksum_ok(&s->facts, s->frame))
		return false;
	len = stun_binding_answer(answer, sizeof answer, payload, s->facts.payload_len,
				  &s->facts.src);
	if (!len || len > s->facts.payload_len + rte_pktmbuf_tailroom(s->m))
		return false;
	memcpy(payload, answer, len);
	s->data = s->facts.payload;
	s->data_len = (uint16_t)len;
	s->prefix_len = 0;
	s->pad_len = 0;
	s->src_addr = &s->facts.dst.addr;
	s->src_port = s->facts.dst.port;
	s->dst_addr = &s->facts.src.addr;
	s->dst_port = s->facts.src.port;
	s->df = true;
	s->way = PATH_ANSWERED;
	return true;
}

static inline void stun_indication(struct path *p, unsigned slot, unsigned method)
{
	struct slot *s = &p->slots[slot];

	if (method != STUN_SEND) {
		path_drop(p, slot, PATH_DROP_STUN_MALFORMED);
	} else if (!s->session) {
		path_drop(p, slot, PATH_DROP_NO_ALLOCATION);
	} else {
		s->turn_mode = PATH_FROM_SEND;
		path_to(p, PATH_TURN, slot);
	}
}

static inline void stun_request(struct path *p, unsigned slot, unsigned method)
{
	struct slot *s = &p->slots[slot];

	if (method != STUN_BINDING)
		path_punt(p, slot, s->session ? PUNT_KNOWN : PUNT_NEW);
	else if (answer_binding(s))
		path_to(p, PATH_ROUTE, slot);
	else
		path_drop(p, slot, PATH_DROP_STUN_MALFORMED);
}

void path_stun(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_STUN];

	for (unsigned i = 0; i < l->n; i++) {
		const struct slot *s = &p->slots[l->at[i]];
		const uint8_t *payload = s->frame + s->facts.payload;
		uint16_t type;

		if (!stun_is_message(payload, s->facts.payload_len)) {
			path_drop(p, l->at[i], PATH_DROP_STUN_MALFORMED);
			continue;
		}
		type = (uint16_t)(payload[0] << 8 | payload[1]);
		if (stun_type_class(type) == STUN_REQUEST)
			stun_request(p, l->at[i], stun_type_method(type));
		else if (stun_type_class(type) == STUN_INDICATION)
			stun_indication(p, l->at[i], stun_type_method(type));
		else
			path_drop(p, l->at[i], PATH_DROP_STUN_MALFORMED);
	}
}
