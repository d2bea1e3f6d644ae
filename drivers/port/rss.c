// SPDX-License-Identifier: Apache-2.0
#include "port/private.h"

#include <string.h>

#include <rte_ethdev.h>
#include <rte_thash.h>

#define RSS_FLOWS (RTE_ETH_RSS_NONFRAG_IPV4_UDP | RTE_ETH_RSS_NONFRAG_IPV6_UDP)

// Microsoft's verification key: every tool that computes Toeplitz knows it.
static const uint8_t rss_key[40] = {
	0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41, 0x67, 0x25, 0x3d, 0x43, 0xa3,
	0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4, 0x77, 0xcb, 0x2d, 0xa3,
	0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01, 0xfa,
};

void port_rss_plan(struct port *p, const struct rte_eth_dev_info *info, struct rte_eth_conf *conf)
{
	uint64_t flows = info->flow_type_rss_offloads & RSS_FLOWS;

	if (p->rx_queues < 2 || !flows || info->hash_key_size > sizeof p->rss_key)
		return;
	p->rss = true;
	// Longer keys (52 bytes of some NICs) hold the same 40 in front; the rest is not reached by UDP.
	p->rss_key_len = info->hash_key_size ? info->hash_key_size : sizeof rss_key;
	memcpy(p->rss_key, rss_key, sizeof rss_key);
	conf->rxmode.mq_mode = RTE_ETH_MQ_RX_RSS;
	conf->rx_adv_conf.rss_conf.rss_hf = flows;
	conf->rx_adv_conf.rss_conf.rss_key = p->rss_key;
	conf->rx_adv_conf.rss_conf.rss_key_len = p->rss_key_len;
	p->reta_size = info->reta_size;
}

void port_rss_read(struct port *p)
{
	struct rte_eth_rss_reta_entry64 reta[8] = {0};

	if (!p->rss)
		return;
	if (p->reta_size > 512)
		p->reta_size = 512;
	for (unsigned i = 0; i < p->reta_size / 64u; i++)
		reta[i].mask = UINT64_MAX;
	if (!p->reta_size || rte_eth_dev_rss_reta_query(p->id, reta, p->reta_size)) {
		p->rss = false;
		return;
	}
	for (unsigned i = 0; i < p->reta_size; i++)
		p->reta[i] = reta[i / 64].reta[i % 64];
}

static uint32_t rss_tuple(uint32_t out[9], const struct net_endpoint *src,
			  const struct net_endpoint *dst)
{
	uint32_t n = 0;

	// Words in host order, as rte_softrss takes them; IPv4 is the last word of the mapped form.
	for (unsigned i = net_addr_is4(&src->addr) ? 3 : 0; i < 4; i++)
		out[n++] = rte_be_to_cpu_32(src->addr.w[i]);
	for (unsigned i = net_addr_is4(&dst->addr) ? 3 : 0; i < 4; i++)
		out[n++] = rte_be_to_cpu_32(dst->addr.w[i]);
	out[n++] = (uint32_t)src->port << 16 | dst->port;
	return n;
}

int port_queue_of(const struct port *p, const struct net_endpoint *src,
		  const struct net_endpoint *dst)
{
	uint32_t tuple[9];

	if (p->rx_queues == 1)
		return 0;
	if (!p->rss)
		return -1;
	return p->reta[rte_softrss(tuple, rss_tuple(tuple, src, dst), p->rss_key) % p->reta_size];
}
