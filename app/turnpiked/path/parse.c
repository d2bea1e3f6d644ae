// SPDX-License-Identifier: Apache-2.0
#include "path/path.h"

#include <rte_mbuf.h>
#include <string.h>

#include "worker.h"

// What becomes of a frame by its kind; UDP goes on.
static const uint8_t drop_of[NET_KINDS] = {
	[NET_OTHER_IP] = PATH_DROP_OTHER_PROTOCOL,   [NET_OTHER_ETHER] = PATH_DROP_OTHER_ETHERTYPE,
	[NET_BAD_ETHERNET] = PATH_DROP_BAD_ETHERNET, [NET_BAD_IP] = PATH_DROP_BAD_IP,
	[NET_BAD_UDP] = PATH_DROP_BAD_UDP,           [NET_FRAGMENT] = PATH_DROP_FRAGMENT,
	[NET_MARTIAN] = PATH_DROP_MARTIAN,
};

static inline bool frame_for_us(const struct worker *w, const struct path *p, const struct slot *s)
{
	const uint8_t *dst = s->frame;

	if (s->facts.vlan != w->vlans[p->port])
		return false;
	return dst[0] & 1 || !memcmp(dst, w->ports[p->port].mac.b, 6);
}

static inline void parse_one(struct path *p, unsigned slot)
{
	struct slot *s = &p->slots[slot];
	enum net_kind kind = net_frame_parse(&s->facts, s->frame, s->m->data_len);

	if (s->m->next) { // larger than one buffer, so larger than any path we serve
		path_drop(p, slot, PATH_DROP_BAD_IP);
	} else if (kind == NET_UDP) {
		if (!frame_for_us(p->worker, p, s) || s->frame[0] & 1)
			path_drop(p, slot, PATH_DROP_NOT_OURS);
		else if ((s->m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) ==
			 RTE_MBUF_F_RX_L4_CKSUM_BAD)
			path_drop(p, slot, PATH_DROP_BAD_CHECKSUM);
		else
			path_to(p, PATH_CLASSIFY, slot);
	} else if (kind == NET_ARP || kind == NET_ICMP4 || kind == NET_ICMP6) {
		if (frame_for_us(p->worker, p, s))
			path_to(p, PATH_CLASSIFY, slot);
		else
			path_drop(p, slot, PATH_DROP_NOT_OURS);
	} else {
		path_drop(p, slot, drop_of[kind]);
	}
}

void path_parse(struct path *p)
{
	const struct path_list *l = &p->lists[PATH_PARSE];

	for (unsigned i = 0; i < l->n; i++)
		parse_one(p, l->at[i]);
}
